//! Watching whether it helped: a task that started afterwards pulls and runs, or fails.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_ecs::types::{DesiredStatus, Task};
use collect::said;
use diagnosis::stop_reason::{StopClass, redact, understand};
use jiff::Timestamp;

/// Most tasks looked at: those of one answer.
const TASKS: i32 = 100;
/// A permission takes seconds to reach every place that checks it: failures right after are no proof.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency>
pub(super) const PROPAGATION: Duration = Duration::from_secs(15);

/// What the tasks that started afterwards do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// None has started, or none is through yet.
    Nothing {
        /// Number of those that are starting.
        starting: usize,
    },
    /// Some run.
    Running {
        /// When the first one ran.
        since: Timestamp,
        /// Tasks running.
        running: i32,
        /// Tasks wanted.
        desired: i32,
    },
    /// One failed; why, for a person.
    Failed(String),
}

/// Looks once.
///
/// # Errors
/// What AWS said, for a person.
pub(super) async fn look(
    config: &SdkConfig,
    cluster: &str,
    service: &str,
    after: Timestamp,
    patience: Duration,
) -> Result<Seen, String> {
    let ecs = aws_sdk_ecs::Client::new(config);
    let (running, stopped) = tokio::join!(
        tasks(&ecs, cluster, service, DesiredStatus::Running),
        tasks(&ecs, cluster, service, DesiredStatus::Stopped),
    );
    let (running, stopped) = (running?, stopped?);
    let since = running
        .iter()
        .filter(|task| created(task).is_some_and(|at| at > after) && task.last_status() == Some("RUNNING"))
        .filter_map(|task| time(task.started_at()))
        .min();
    if let Some(since) = since {
        let answer = ecs
            .describe_services()
            .cluster(cluster)
            .services(service)
            .send()
            .await
            .map_err(|e| said(&e))?;
        let counts = answer
            .services()
            .first()
            .map(|service| (service.running_count(), service.desired_count()));
        let (running, desired) = counts.unwrap_or_default();
        return Ok(Seen::Running {
            since,
            running,
            desired,
        });
    }
    let settled = after.checked_add(patience).unwrap_or(after);
    let failed = stopped
        .iter()
        .filter(|task| created(task).is_some_and(|at| at > settled))
        .max_by_key(|task| created(task))
        .and_then(why);
    if let Some(why) = failed {
        return Ok(Seen::Failed(why));
    }
    let starting = running
        .iter()
        .filter(|task| created(task).is_some_and(|at| at > after))
        .count();
    Ok(Seen::Nothing { starting })
}

async fn tasks(
    ecs: &aws_sdk_ecs::Client,
    cluster: &str,
    service: &str,
    status: DesiredStatus,
) -> Result<Vec<Task>, String> {
    let listed = ecs
        .list_tasks()
        .cluster(cluster)
        .service_name(service)
        .desired_status(status)
        .max_results(TASKS)
        .send()
        .await
        .map_err(|error| said(&error))?;
    if listed.task_arns().is_empty() {
        return Ok(Vec::new());
    }
    let answer = ecs
        .describe_tasks()
        .cluster(cluster)
        .set_tasks(listed.task_arns)
        .send()
        .await
        .map_err(|error| said(&error))?;
    Ok(answer.tasks.unwrap_or_default())
}

/// Why a task failed, if it did: the text that speaks of a pull before any other.
fn why(task: &Task) -> Option<String> {
    let reasons = task
        .containers()
        .iter()
        .filter_map(|container| container.reason())
        .chain(task.stopped_reason());
    let texts: Vec<&str> = reasons.collect();
    let pull = texts
        .iter()
        .find(|text| understand(text).class != StopClass::NotPullFailure);
    pull.or(texts.first()).map(|text| redact(text))
}

fn created(task: &Task) -> Option<Timestamp> {
    time(task.created_at())
}

fn time(at: Option<&aws_smithy_types::DateTime>) -> Option<Timestamp> {
    let at = at?;
    Timestamp::new(at.secs(), i32::try_from(at.subsec_nanos()).ok()?).ok()
}
