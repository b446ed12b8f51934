//! From the words of the question to the thing meant, its tasks and those around it.

use diagnosis::evidence::ecs::{Cluster, Service, Task, TaskDefinition};
use diagnosis::evidence::preflight::Preflight;
use diagnosis::{Listing, Observed, Target, TargetKind, Window};
use futures::FutureExt;
use futures::future::{BoxFuture, Either, join_all, select};

use crate::actions;
use crate::ask::{Ask, What, looks_like_task_id};
use crate::ecs::tasks::{Of, Wanted};
use crate::ecs::{clusters, services, task_definitions, tasks};
use crate::neighbours::{self, Known, Own};
use crate::session::{Seen, Session};
use crate::tally::Chain;
use crate::{health, seen_tasks};

/// What was asked about, with everything of ECS that tells how it fares.
pub(crate) struct Resolved {
    pub(crate) target: Target,
    pub(crate) cluster: Observed<Cluster>,
    pub(crate) cluster_names: Observed<Listing<String>>,
    pub(crate) service_names: Observed<Listing<String>>,
    pub(crate) service: Seen<Service>,
    pub(crate) tasks: Seen<Listing<Task>>,
    pub(crate) siblings: Observed<Listing<Task>>,
    /// The definition that was asked for, where one was.
    pub(crate) definition: Option<Seen<TaskDefinition>>,
    /// The chain of calls after which all of this was known.
    pub(crate) chain: Chain,
    /// The task that is to be started, where nothing has failed.
    pub(crate) preflight: Option<Preflight>,
}

/// What the name led to.
#[derive(Default)]
struct Found {
    service: Option<Seen<Service>>,
    task: Option<Seen<Task>>,
    definition: Option<Seen<TaskDefinition>>,
    /// Lists of the target's own tasks.
    lists: Vec<Seen<Listing<String>>>,
}

/// What was asked about, and reads that were begun for what comes next and need not be waited for.
pub(crate) async fn resolve<'s>(
    session: &'s Session<'_>,
    ask: &Ask,
    window: Window,
) -> (Resolved, BoxFuture<'s, ()>) {
    let name = ask.cluster.as_str();
    let (cluster, stopped, running, found) = tokio::join!(
        clusters::describe(session, name),
        tasks::list(session, name, Of::Cluster, Wanted::Stopped, Chain::START),
        tasks::list(session, name, Of::Cluster, Wanted::Running, Chain::START),
        find(session, ask),
    );
    let own = own(ask, &found);
    let (kind, target) = target(session, ask, &cluster, &found);
    let known = Known {
        task: found.task.as_ref(),
        lists: &found.lists,
    };
    let begun = match kind {
        TargetKind::NotFound => async {}.boxed(),
        _ => ahead(session, found.service.as_ref(), window),
    };
    let neighbours = Box::pin(neighbours::read(session, name, &own, &known, &stopped, &running));
    let ((tasks, siblings), begun) = match select(neighbours, begun).await {
        Either::Left((read, begun)) => (read, begun),
        Either::Right(((), neighbours)) => (neighbours.await, async {}.boxed()),
    };
    let service = match found.service {
        Some(service) => service,
        None => Seen {
            item: session.skipped(&actions::ECS_DESCRIBE_SERVICES, name, no_service(kind)),
            chain: Chain::START,
        },
    };
    // Tasks of a service that may not be described still tell that there is one.
    let target = with_tasks(target, &own, &tasks);
    let chain = cluster.chain.max(tasks.chain).max(service.chain);
    let (cluster_names, service_names) = suggestions(session, name, &cluster, target.kind, chain).await;
    let resolved = Resolved {
        target,
        cluster: cluster.item,
        cluster_names,
        service_names,
        service,
        tasks,
        siblings,
        definition: found.definition,
        chain,
        preflight: None,
    };
    (resolved, begun)
}

fn no_service(kind: TargetKind) -> &'static str {
    match kind {
        TargetKind::Task => "which service the task belongs to is not known",
        TargetKind::TaskDefinition => "no task of the definition that AWS still knows belongs to a service",
        _ => "no service was found",
    }
}

async fn find(session: &Session<'_>, ask: &Ask) -> Found {
    match &ask.what {
        What::Task(id) => find_task(session, &ask.cluster, id).await,
        What::Service(name) => find_service(session, &ask.cluster, name, Chain::START).await,
        What::TaskDefinition(family, revision) => {
            find_definition(session, &ask.cluster, family, *revision, Chain::START).await
        }
        What::Name(name) => find_name(session, &ask.cluster, name).await,
    }
}

/// In the order task id, service, family.
async fn find_name(session: &Session<'_>, cluster: &str, name: &str) -> Found {
    let mut found = Found::default();
    if looks_like_task_id(name) {
        found = find_task(session, cluster, name).await;
        let unknown = found
            .task
            .as_ref()
            .is_some_and(|task| task.item.absent().is_some());
        if !unknown {
            return found;
        }
    }
    let task = found.task.take();
    let after = task.as_ref().map_or(Chain::START, |task| task.chain);
    let by_service = find_service(session, cluster, name, after).await;
    let service = by_service.service.as_ref();
    if service.is_some_and(|service| service.value().is_some()) {
        return Found {
            task: None,
            ..by_service
        };
    }
    let after = service.map_or(after, |service| service.chain);
    let by_family = find_definition(session, cluster, name, None, after).await;
    if by_family
        .definition
        .as_ref()
        .is_some_and(|definition| definition.value().is_some())
    {
        // Where the service could not be looked at, it stays open which of the two was meant.
        return Found {
            service: by_family.service.or(by_service
                .service
                .filter(|service| service.item.absent().is_none())),
            ..by_family
        };
    }
    Found {
        task,
        definition: by_family.definition,
        ..by_service
    }
}

async fn find_task(session: &Session<'_>, cluster: &str, id: &str) -> Found {
    let mut task = tasks::describe_one(session, cluster, id).await;
    if task.item.absent().is_some()
        && let Some(seen) = seen_tasks::recall(session, cluster, id).await
    {
        task.item = seen;
    }
    let service = task.value().and_then(|task| task.service().map(str::to_owned));
    let mut found = match service {
        Some(name) => find_service(session, cluster, &name, task.chain).await,
        None => Found::default(),
    };
    found.task = Some(task);
    found
}

async fn find_service(session: &Session<'_>, cluster: &str, name: &str, after: Chain) -> Found {
    let (service, stopped) = tokio::join!(
        services::describe(session, cluster, name, after),
        tasks::list(session, cluster, Of::Service(name), Wanted::Stopped, after),
    );
    Found {
        service: Some(service),
        lists: vec![stopped],
        ..Found::default()
    }
}

/// Reads the service's definitions before its tasks tell which of them failed, and what hangs on neither: then all of it
/// is known already.
fn ahead<'s>(session: &'s Session<'_>, service: Option<&Seen<Service>>, window: Window) -> BoxFuture<'s, ()> {
    let seen = service.and_then(|service| Some((service.chain, definitions_of(service.value()?))));
    let (chain, definitions) = seen.unwrap_or((Chain::START, Vec::new()));
    async move {
        let reads = definitions
            .iter()
            .map(|arn| task_definitions::describe(session, arn, chain));
        tokio::join!(join_all(reads), health::events(session, window));
    }
    .boxed()
}

/// Task definitions that the service and its deployments use.
pub(crate) fn definitions_of(service: &Service) -> Vec<String> {
    let deployments = service
        .deployments
        .iter()
        .map(|deployment| &deployment.task_definition);
    let mut arns: Vec<String> = Vec::new();
    for arn in std::iter::once(&service.task_definition).chain(deployments) {
        if !arn.is_empty() && !arns.contains(arn) {
            arns.push(arn.clone());
        }
    }
    arns
}

async fn find_definition(
    session: &Session<'_>,
    cluster: &str,
    family: &str,
    revision: Option<u32>,
    after: Chain,
) -> Found {
    let name = revision.map_or_else(|| family.to_owned(), |revision| format!("{family}:{revision}"));
    let (definition, stopped) = tokio::join!(
        task_definitions::describe(session, &name, after),
        tasks::list(session, cluster, Of::Family(family), Wanted::Stopped, after),
    );
    Found {
        definition: Some(definition),
        lists: vec![stopped],
        ..Found::default()
    }
}

fn own(ask: &Ask, found: &Found) -> Own {
    let service = found
        .service
        .as_ref()
        .and_then(|service| service.value().map(|service| service.name.clone()));
    let family = found
        .definition
        .as_ref()
        .and_then(|definition| definition.value().map(|seen| seen.family.clone()));
    match (&ask.what, service, family) {
        (_, Some(name), None) => Own::Service(name),
        (What::Service(name) | What::Name(name), None, None) => Own::Service(name.clone()),
        (_, _, Some(family)) => Own::Family(family),
        (What::TaskDefinition(family, _), None, None) => Own::Family(family.clone()),
        (What::Task(_), None, None) => Own::One,
    }
}

fn target(session: &Session<'_>, ask: &Ask, cluster: &Seen<Cluster>, found: &Found) -> (TargetKind, Target) {
    let service = found.service.as_ref().and_then(Seen::value);
    let task = found.task.as_ref().and_then(Seen::value);
    let definition = found.definition.as_ref().and_then(Seen::value);
    let open = |seen: bool, absent: bool| !seen && !absent;
    let unresolved = found
        .service
        .as_ref()
        .is_some_and(|item| open(item.value().is_some(), item.item.absent().is_some()))
        || found
            .definition
            .as_ref()
            .is_some_and(|item| open(item.value().is_some(), item.item.absent().is_some()));
    let kind = if cluster.item.absent().is_some() {
        TargetKind::NotFound
    } else if task.is_some() || matches!(ask.what, What::Task(_)) {
        TargetKind::Task
    } else if definition.is_some() {
        TargetKind::TaskDefinition
    } else if service.is_some() {
        TargetKind::Service
    } else if unresolved {
        TargetKind::Unresolved
    } else if found.task.is_some() {
        // It has the form of a task id and is no name of anything: a task that AWS has forgotten, or never had.
        TargetKind::Task
    } else {
        TargetKind::NotFound
    };
    let asked_task = match &ask.what {
        What::Task(id) => Some(id.clone()),
        What::Name(name) if kind == TargetKind::Task => Some(name.clone()),
        _ => None,
    };
    let account = session
        .known_account()
        .map(str::to_owned)
        .or_else(|| account_in(&cluster.value()?.arn));
    let target = Target {
        account,
        region: session.region.clone(),
        partition: session.partition().to_owned(),
        cluster: ask.cluster.clone(),
        asked: ask.asked.clone(),
        kind,
        service: service.map(|service| service.name.clone()),
        task: asked_task,
        task_definition: definition.map(TaskDefinition::name),
    };
    (kind, target)
}

pub(crate) fn account_in(arn: &str) -> Option<String> {
    arn.split(':')
        .nth(4)
        .filter(|account| !account.is_empty())
        .map(str::to_owned)
}

fn with_tasks(mut target: Target, own: &Own, tasks: &Seen<Listing<Task>>) -> Target {
    let listed = tasks.value().map_or(&[][..], |listing| listing.items.as_slice());
    if let Own::Service(name) = own
        && listed.iter().any(|task| own.has(task))
    {
        target.service = Some(name.clone());
        if target.kind == TargetKind::Unresolved {
            target.kind = TargetKind::Service;
        }
    }
    target
}

async fn suggestions(
    session: &Session<'_>,
    cluster: &str,
    seen: &Seen<Cluster>,
    kind: TargetKind,
    after: Chain,
) -> (Observed<Listing<String>>, Observed<Listing<String>>) {
    let no_clusters = |why| session.skipped(&actions::ECS_LIST_CLUSTERS, "", why);
    let no_services = |why| session.skipped(&actions::ECS_LIST_SERVICES, cluster, why);
    if seen.item.absent().is_some() {
        let names = clusters::names(session, after).await;
        return (names, no_services("the cluster does not exist"));
    }
    let found = "the target was found";
    if kind == TargetKind::NotFound {
        let names = clusters::service_names(session, cluster, after).await;
        return (no_clusters("the cluster was found"), names);
    }
    (no_clusters(found), no_services(found))
}
