//! Which task definitions to read: the one that failed, those that serve, and earlier ones to go back to.

use diagnosis::Observed;
use diagnosis::evidence::ecs::{Service, Task, TaskDefinition};
use diagnosis::evidence::short;
use futures::future::join_all;

use crate::ecs::task_definitions;
use crate::failure::{failed_to_pull, failing_deployment, newest_failed};
use crate::resolve::{Resolved, definitions_of};
use crate::session::{Seen, Session};

/// Earlier revisions that are read, so that a rollback can name one whose image exists.
const EARLIER: u32 = 2;
/// Definitions of other services that are read. Each costs a call.
const MOST_OF_COHORT: usize = 4;
/// How long before the first failure a task that came to run still says something of now.
const ABOUT_THEN: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);

/// The task that failed, as far as AWS still knows one: the one asked for, else the newest.
pub(crate) fn failed_task(resolved: &Resolved) -> Option<&Task> {
    let tasks = resolved
        .tasks
        .value()
        .map_or(&[][..], |listing| listing.items.as_slice());
    match &resolved.target.task {
        Some(id) => tasks.iter().find(|task| task.id() == id),
        None => newest_failed(tasks),
    }
}

/// Name of the definition that failed. That is not simply the newest: a failed deployment may have been rolled back.
fn failed_name(resolved: &Resolved) -> Option<String> {
    let task = failed_task(resolved).map(|task| task.task_definition.clone());
    let service = resolved.service.value();
    task.filter(|arn| !arn.is_empty())
        .or_else(|| service.and_then(failing_deployment).map(str::to_owned))
        .or_else(|| service.map(|service| service.task_definition.clone()))
        .filter(|arn| !arn.is_empty())
}

/// The definition in question.
pub(crate) async fn failed(session: &Session<'_>, resolved: &Resolved) -> Option<Seen<TaskDefinition>> {
    if resolved.preflight.is_some() {
        return resolved.definition.clone();
    }
    // A revision that was asked for by number is the one in question, whatever others do.
    if let Some(asked) = &resolved.definition
        && (resolved.target.asked.contains(':') || failed_name(resolved).is_none())
    {
        return Some(asked.clone());
    }
    let name = failed_name(resolved)?;
    Some(task_definitions::describe(session, &name, resolved.chain).await)
}

/// The other definitions: those that the service's deployments use, and earlier revisions where none of them is one
/// to go back to.
pub(crate) async fn others(
    session: &Session<'_>,
    resolved: &Resolved,
    failed: &Seen<TaskDefinition>,
) -> Vec<Seen<TaskDefinition>> {
    if resolved.preflight.is_some() {
        // What has not been started is not rolled back.
        return Vec::new();
    }
    let service = resolved.service.value();
    let used = service.map(definitions_of).unwrap_or_default();
    let mut names: Vec<String> = used
        .into_iter()
        .filter(|arn| failed.value().is_none_or(|definition| definition.arn != *arn))
        .collect();
    if let Some(definition) = failed.value()
        && !service.is_some_and(|service| serves_another(service, definition))
    {
        let first = definition.revision.saturating_sub(EARLIER).max(1);
        let earlier = (first..definition.revision)
            .rev()
            .map(|revision| format!("{}:{revision}", definition.family));
        for name in earlier {
            if names.iter().all(|known| short(known) != name) {
                names.push(name);
            }
        }
    }
    let after = failed.chain;
    join_all(
        names
            .iter()
            .map(|name| task_definitions::describe(session, name, after)),
    )
    .await
}

/// The definitions of other services' failed pulls, and of tasks that came to run about then: their roles are what the
/// failures have in common, or what sets them apart. None where no other pull fails.
pub(crate) async fn of_cohort(session: &Session<'_>, resolved: &Resolved) -> Vec<Observed<TaskDefinition>> {
    let siblings = resolved.siblings.items();
    let mut failing: Vec<&Task> = siblings.iter().filter(|task| failed_to_pull(task)).collect();
    failing.sort_by_key(|task| std::cmp::Reverse(task.stopped_at));
    let Some(first) = failing.iter().filter_map(|task| task.stopped_at).min() else {
        return Vec::new();
    };
    let since = first.checked_sub(ABOUT_THEN).unwrap_or(first);
    let ran = siblings
        .iter()
        .filter(|task| task.is_running() && task.started_at.is_some_and(|at| at >= since));
    let own = resolved
        .tasks
        .value()
        .map_or(&[][..], |listing| listing.items.as_slice());
    let mut names: Vec<&str> = Vec::new();
    for task in failing.iter().copied().chain(ran) {
        let name = task.task_definition.as_str();
        if !names.contains(&name) && own.iter().all(|own| own.task_definition != name) {
            names.push(name);
        }
    }
    let read = names.into_iter().take(MOST_OF_COHORT);
    let read = read.map(|name| task_definitions::describe(session, name, resolved.chain));
    join_all(read).await.into_iter().map(|seen| seen.item).collect()
}

/// Whether another revision runs tasks right now: then that is the one to go back to.
fn serves_another(service: &Service, failed: &TaskDefinition) -> bool {
    service
        .deployments
        .iter()
        .any(|deployment| deployment.task_definition != failed.arn && deployment.running > 0)
}
