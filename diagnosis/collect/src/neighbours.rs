//! The target's own tasks, and those around it: described in as few calls as can be.

use diagnosis::evidence::ecs::Task;
use diagnosis::evidence::short;
use diagnosis::{Listing, Observed};

use crate::actions;
use crate::ecs::tasks::{self, BATCH, Of, Wanted};
use crate::seen_tasks;
use crate::session::{Seen, Session};
use crate::tally::Chain;

/// Running tasks of the cluster that are read beside those that failed.
const RUNNING_SAMPLE: usize = 40;

/// Whose tasks are the target's own.
pub(crate) enum Own {
    Service(String),
    Family(String),
    One,
}

impl Own {
    pub(crate) fn has(&self, task: &Task) -> bool {
        match self {
            Self::Service(name) => task.service() == Some(name),
            Self::Family(family) => family_of(&task.task_definition) == family,
            Self::One => false,
        }
    }
}

/// The family that an ARN or name of a task definition is of.
pub(crate) fn family_of(definition: &str) -> &str {
    let name = short(definition);
    name.split(':').next().unwrap_or(name)
}

/// What finding the target has shown of its tasks.
pub(crate) struct Known<'k> {
    /// The one that was asked for.
    pub(crate) task: Option<&'k Seen<Task>>,
    /// Lists of the target's own.
    pub(crate) lists: &'k [Seen<Listing<String>>],
}

/// The target's own tasks and the others of the cluster, described in as few calls as can be.
pub(crate) async fn read(
    session: &Session<'_>,
    cluster: &str,
    own: &Own,
    known: &Known<'_>,
    stopped: &Seen<Listing<String>>,
    running: &Seen<Listing<String>>,
) -> (Seen<Listing<Task>>, Observed<Listing<Task>>) {
    let mut lists: Vec<Seen<Listing<String>>> = known.lists.to_vec();
    // The cluster's running tasks include the target's, unless there are more than one page of them.
    let of = match own {
        Own::Service(name) => Some(Of::Service(name)),
        Own::Family(family) => Some(Of::Family(family)),
        Own::One => None,
    };
    if let Some(of) = of
        && !whole(running)
    {
        lists.push(tasks::list(session, cluster, of, Wanted::Running, running.chain).await);
    }
    let listed = |seen: &Seen<Listing<String>>, most: usize| {
        let items = seen.value().map_or(&[][..], |listing| listing.items.as_slice());
        items.iter().take(most).cloned().collect::<Vec<String>>()
    };
    let one = known.task.and_then(Seen::value).map(|task| task.arn.as_str());
    let mut mine: Vec<String> = lists.iter().flat_map(|list| listed(list, BATCH)).collect();
    mine.retain(|arn| Some(arn.as_str()) != one);
    // Of a list that fits into one page all are read: the service's own running ones are somewhere in it.
    let sample = if whole(running) { BATCH } else { RUNNING_SAMPLE };
    let mut others = listed(stopped, BATCH);
    others.extend(listed(running, sample));
    others.retain(|arn| !mine.contains(arn) && Some(arn.as_str()) != one);
    let chain = lists
        .iter()
        .map(|list| list.chain)
        .chain([stopped.chain, running.chain])
        .max()
        .unwrap_or_default();
    let (mine, others) = if mine.len() + others.len() <= BATCH {
        mine.extend(others);
        let all = describe(session, cluster, &mine, cluster, chain).await;
        (all.clone(), all)
    } else {
        tokio::join!(
            describe(session, cluster, &mine, cluster, chain),
            describe(session, cluster, &others, cluster, chain),
        )
    };
    let task = known.task;
    let chain = mine
        .chain
        .max(others.chain)
        .max(task.map_or(Chain::START, |task| task.chain));
    let own_tasks = own_tasks(own, task, &lists, running, &mine, &others);
    let siblings = siblings(own, one, stopped, running, &others);
    let own_tasks = Seen {
        item: own_tasks,
        chain,
    };
    seen_tasks::remember(session, cluster, &own_tasks.item).await;
    (own_tasks, siblings)
}

async fn describe(
    session: &Session<'_>,
    cluster: &str,
    ids: &[String],
    resource: &str,
    chain: Chain,
) -> Seen<Listing<Task>> {
    if ids.is_empty() {
        let source = session.source(&actions::ECS_LIST_TASKS, resource, &session.region);
        let item = Observed::present(source, jiff::Timestamp::now(), Listing::complete(Vec::new()));
        return Seen { item, chain };
    }
    tasks::describe(session, cluster, ids, resource, chain).await
}

fn own_tasks(
    own: &Own,
    task: Option<&Seen<Task>>,
    lists: &[Seen<Listing<String>>],
    running: &Seen<Listing<String>>,
    mine: &Seen<Listing<Task>>,
    others: &Seen<Listing<Task>>,
) -> Observed<Listing<Task>> {
    let one = task.and_then(Seen::value);
    if let (Some(task), None) = (task, one) {
        // The one task that was asked for is not there to be seen: nothing else stands in for it.
        if !lists.iter().any(|list| list.value().is_some()) {
            return task.item.clone().map(|task| Listing::partial(vec![task]));
        }
    }
    let unseen = lists.iter().all(|list| list.value().is_none());
    if let (None, true, Some(first)) = (one, unseen, lists.first()) {
        return first.item.clone().map(|_| Listing::partial(Vec::new()));
    }
    if mine.value().is_none() && one.is_none() {
        return mine.item.clone();
    }
    let mut items: Vec<Task> = one.cloned().into_iter().collect();
    for listing in [mine.value(), others.value()].into_iter().flatten() {
        for task in listing.items.iter().filter(|task| own.has(task)) {
            if items.iter().all(|known| known.arn != task.arn) {
                items.push(task.clone());
            }
        }
    }
    let complete = lists.iter().all(whole) && (lists.len() > 1 || whole(running)) && mine.value().is_some();
    let listing = Listing {
        items,
        complete,
        window: None,
    };
    match (mine.value(), task) {
        (None, Some(task)) => task.item.clone().map(|_| listing),
        _ => mine.item.clone().map(|_| listing),
    }
}

/// Whether a list was read to its end.
fn whole<T>(list: &Seen<Listing<T>>) -> bool {
    list.value().is_some_and(|listing| listing.complete)
}

fn siblings(
    own: &Own,
    known: Option<&str>,
    stopped: &Seen<Listing<String>>,
    running: &Seen<Listing<String>>,
    described: &Seen<Listing<Task>>,
) -> Observed<Listing<Task>> {
    if let (None, None) = (stopped.value(), running.value()) {
        return stopped.item.clone().map(|_| Listing::partial(Vec::new()));
    }
    let complete = whole(stopped) && whole(running);
    described.item.clone().map(|listing| Listing {
        items: listing
            .items
            .into_iter()
            .filter(|task| !own.has(task) && known != Some(task.arn.as_str()))
            .collect(),
        complete,
        window: None,
    })
}
