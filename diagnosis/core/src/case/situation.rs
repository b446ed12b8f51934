//! Whether something fails at all, and whether it is a pull.

use jiff::Timestamp;

use super::Case;
use super::attempts::Attempt;
use crate::evidence::TargetKind;
use crate::evidence::ecs::{Deployment, Service, Task};
use crate::evidence::short;
use crate::observed::{Missing, Present};

/// What state the target is in.
#[derive(Debug)]
pub enum Situation<'c, 'e> {
    /// AWS knows nothing by that name.
    NotFound,
    /// A pull failed, and nothing says that it is over.
    PullFailure,
    /// Tasks stop for another reason.
    OtherFailure(&'c Attempt<'e>),
    /// No task can be started: the task definition is not there, or inactive. Nothing is pulled.
    CannotStart,
    /// Everything runs; it may have failed before.
    Healthy(Healthy<'c, 'e>),
    /// It cannot be told.
    Inconclusive(Vec<Missing>),
}

/// How the target came to be healthy.
#[derive(Debug)]
pub enum Healthy<'c, 'e> {
    /// Nothing says that it ever failed.
    Steady,
    /// A pull failed, and a later task of the same revision runs.
    Recovered {
        /// The failure.
        failure: &'c Attempt<'e>,
        /// The task that runs.
        task: Present<'e, Task>,
        /// Since when.
        since: Timestamp,
    },
    /// A revision failed, and the service runs on another one again.
    RolledBack {
        /// The failure.
        failure: &'c Attempt<'e>,
        /// The revision that serves.
        serving: &'e str,
    },
}

/// Tells what state the target is in.
pub(crate) fn situation<'c, 'e>(case: &'c Case<'e>) -> Situation<'c, 'e> {
    let evidence = case.evidence;
    let pull = case.attempts.newest_pull(None);
    match evidence.target.kind {
        TargetKind::NotFound => return Situation::NotFound,
        TargetKind::Unresolved if pull.is_none() => return Situation::Inconclusive(gaps(case)),
        _ => {}
    }
    if let Some(failure) = pull {
        return match over(case, failure) {
            Some(healthy) => Situation::Healthy(healthy),
            None => Situation::PullFailure,
        };
    }
    let settled = case.service().is_some_and(is_settled);
    if !settled && super::definitions::cannot_start(evidence) {
        return Situation::CannotStart;
    }
    let failures = || case.attempts.all.iter().filter(|attempt| is_failure(attempt));
    let other = failures()
        .find(|attempt| !attempt.is_injected())
        .or_else(|| failures().next());
    match other {
        Some(attempt) if !settled || ran_since(case, attempt).is_none() => Situation::OtherFailure(attempt),
        _ if settled || is_running(case) => Situation::Healthy(Healthy::Steady),
        _ => Situation::Inconclusive(gaps(case)),
    }
}

/// Whether a failed pull is over: the service is settled, and a task that started later runs.
fn over<'c, 'e>(case: &'c Case<'e>, failure: &'c Attempt<'e>) -> Option<Healthy<'c, 'e>> {
    let definition = failure.definition;
    let same_revision = case.cohort.running.iter().copied().find_map(|task| {
        let value = task.value();
        let since = value.started_at?;
        let own = case.evidence.tasks.items().iter().any(|own| own.arn == value.arn);
        (own && definition.is_none_or(|arn| arn == value.task_definition)
            && failure.at.is_some_and(|at| at < since))
        .then_some((task, since))
    });
    let Some(service) = case.service() else {
        let (task, since) = same_revision?;
        return Some(Healthy::Recovered { failure, task, since });
    };
    if !is_settled(service) {
        return None;
    }
    if let Some((task, since)) = same_revision {
        return Some(Healthy::Recovered { failure, task, since });
    }
    let primary = primary(service)?;
    let failed = definition?;
    (failed != primary.task_definition).then_some(Healthy::RolledBack {
        failure,
        serving: &primary.task_definition,
    })
}

/// Whether the service runs what it wants to run and no deployment is under way.
fn is_settled(service: &Service) -> bool {
    service.running >= service.desired
        && service.pending == 0
        && primary(service).is_some_and(|deployment| {
            deployment
                .rollout_state
                .as_deref()
                .is_none_or(|state| state == "COMPLETED")
                && deployment.running >= deployment.desired
        })
}

/// The deployment the service is to run.
pub(crate) fn primary(service: &Service) -> Option<&Deployment> {
    service
        .deployments
        .iter()
        .find(|deployment| deployment.status == "PRIMARY")
}

fn is_running(case: &Case<'_>) -> bool {
    let tasks = case.evidence.tasks.items();
    !tasks.is_empty() && tasks.iter().all(Task::is_running)
}

/// A task of the target that started after `attempt` and runs.
fn ran_since<'e>(case: &Case<'e>, attempt: &Attempt<'_>) -> Option<Present<'e, Task>> {
    case.cohort
        .running
        .iter()
        .copied()
        .find(|task| match (task.value().started_at, attempt.at) {
            (Some(since), Some(at)) => {
                since > at
                    && case
                        .evidence
                        .tasks
                        .items()
                        .iter()
                        .any(|own| own.arn == task.value().arn)
            }
            _ => false,
        })
}

/// Whether a stop that is no failed pull is a failure at all: people and deployments stop tasks as well.
/// Codes: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html>.
fn is_failure(attempt: &Attempt<'_>) -> bool {
    let Some(task) = attempt.task else { return false };
    let by_intent = matches!(
        task.stop_code.as_deref(),
        Some("UserInitiated" | "ServiceSchedulerInitiated" | "SpotInterruption" | "TerminationNotice")
    );
    let ended_well = !task.containers.is_empty()
        && task
            .containers
            .iter()
            .all(|container| container.exit_code == Some(0))
        && task.service().is_none();
    !by_intent && !ended_well
}

/// What kept us from telling.
fn gaps(case: &Case<'_>) -> Vec<Missing> {
    let evidence = case.evidence;
    let mut gaps: Vec<Missing> = [
        evidence.cluster.missing("the cluster"),
        evidence.service.missing("the service"),
        evidence.tasks.missing("the tasks"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if gaps.is_empty() {
        let what = evidence.target.task.as_deref().map_or_else(
            || format!("why tasks of {} do not run", short(&evidence.target.name())),
            |task| format!("task {task}"),
        );
        gaps.push(Missing::unknowable(
            what,
            "AWS forgets a stopped task about an hour after it stops, and no event or log line tells more",
        ));
    }
    gaps
}
