//! Reads what the tasks of a service do.

use aws_config::SdkConfig;
use aws_sdk_ecs::types::{Deployment, DeploymentRolloutState, DesiredStatus, Service, TaskStopCode};
use collect::said;
use diagnosis::stop_reason::{StopClass, redact, understand};
use jiff::Timestamp;

use super::seen::{Primary, Seen, Task, Wanted, judge};
use crate::slack::render::line::cut;

/// Most tasks of one answer: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html>
const TASKS: i32 = 100;
/// Most pages of tasks that are looked at in one go.
const PAGES: usize = 5;

/// Looks once.
///
/// # Errors
/// What AWS said, for a person.
pub(super) async fn look(
    config: &SdkConfig,
    cluster: &str,
    service: &str,
    wanted: &Wanted,
    after: Timestamp,
) -> Result<Seen, String> {
    let ecs = aws_sdk_ecs::Client::new(config);
    let describe = ecs.describe_services().cluster(cluster).services(service).send();
    let (services, running, stopped) = tokio::join!(
        describe,
        // Boxed: futures of SDK calls are large.
        Box::pin(tasks(&ecs, cluster, service, DesiredStatus::Running)),
        Box::pin(tasks(&ecs, cluster, service, DesiredStatus::Stopped)),
    );
    let services = services.map_err(|error| said(&error))?;
    let now = services
        .services()
        .first()
        .ok_or_else(|| format!("service {service} is not there"))?;
    let mut tasks = running?;
    tasks.extend(stopped?);
    Ok(judge(wanted, after, now, &primary(now), &tasks))
}

fn primary(service: &Service) -> Primary {
    let is_primary = |deployment: &&Deployment| deployment.status() == Some("PRIMARY");
    let Some(primary) = service.deployments().iter().find(is_primary) else {
        return Primary::default();
    };
    Primary {
        id: primary.id().unwrap_or_default().to_owned(),
        definition: primary.task_definition().unwrap_or_default().to_owned(),
        running: primary.running_count(),
        desired: primary.desired_count(),
        completed: primary.rollout_state() == Some(&DeploymentRolloutState::Completed),
    }
}

async fn tasks(
    ecs: &aws_sdk_ecs::Client,
    cluster: &str,
    service: &str,
    status: DesiredStatus,
) -> Result<Vec<Task>, String> {
    let mut tasks = Vec::new();
    let mut token = None;
    for _ in 0..PAGES {
        let listed = ecs
            .list_tasks()
            .cluster(cluster)
            .service_name(service)
            .desired_status(status.clone())
            .max_results(TASKS)
            .set_next_token(token)
            .send()
            .await
            .map_err(|error| said(&error))?;
        if !listed.task_arns().is_empty() {
            let answer = ecs
                .describe_tasks()
                .cluster(cluster)
                .set_tasks(listed.task_arns)
                .send()
                .await
                .map_err(|error| said(&error))?;
            tasks.extend(answer.tasks().iter().map(task));
        }
        token = listed.next_token;
        if token.is_none() {
            break;
        }
    }
    Ok(tasks)
}

fn task(task: &aws_sdk_ecs::types::Task) -> Task {
    let stopped = task.last_status() == Some("STOPPED") || task.desired_status() == Some("STOPPED");
    Task {
        created: time(task.created_at()),
        started: time(task.started_at()),
        running: task.last_status() == Some("RUNNING") && !stopped,
        stopped,
        definition: task.task_definition_arn().unwrap_or_default().to_owned(),
        started_by: task.started_by().unwrap_or_default().to_owned(),
        failure: stopped.then(|| failure(task)).flatten(),
    }
}

/// Why a task failed by itself. What a deployment, a person or AWS stops has not failed.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html>
fn failure(task: &aws_sdk_ecs::types::Task) -> Option<String> {
    let reasons = task
        .containers()
        .iter()
        .filter_map(|container| container.reason())
        .chain(task.stopped_reason());
    let texts: Vec<&str> = reasons.collect();
    let pull = texts
        .iter()
        .find(|text| understand(text).class != StopClass::NotPullFailure);
    if let Some(pull) = pull {
        return Some(readable(pull));
    }
    match task.stop_code() {
        Some(TaskStopCode::EssentialContainerExited) => Some(format!(
            "they pull their image, and stop afterwards: {}",
            readable(texts.last()?)
        )),
        Some(TaskStopCode::TaskFailedToStart) => Some(readable(texts.last()?)),
        _ => None,
    }
}

fn readable(text: &str) -> String {
    cut(&redact(text), 400)
}

fn time(at: Option<&aws_smithy_types::DateTime>) -> Option<Timestamp> {
    let at = at?;
    Timestamp::new(at.secs(), i32::try_from(at.subsec_nanos()).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use aws_sdk_ecs::types::Task as AwsTask;

    use super::*;

    #[test]
    fn what_somebody_stops_has_not_failed() {
        let stopped = |code: TaskStopCode, reason: &str| {
            AwsTask::builder()
                .last_status("STOPPED")
                .stop_code(code)
                .stopped_reason(reason)
                .build()
        };
        let scaling = stopped(
            TaskStopCode::ServiceSchedulerInitiated,
            "Scaling activity initiated by (deployment ecs-svc/1)",
        );
        assert_eq!(task(&scaling).failure, None);
        let person = stopped(TaskStopCode::UserInitiated, "Task stopped by user");
        assert_eq!(task(&person).failure, None);
        let pull = stopped(
            TaskStopCode::TaskFailedToStart,
            "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref r/a:1: r/a:1: not found",
        );
        assert!(task(&pull).failure.unwrap().contains("not found"));
        let exits = stopped(
            TaskStopCode::EssentialContainerExited,
            "Essential container in task exited",
        );
        assert_eq!(
            task(&exits).failure.unwrap(),
            "they pull their image, and stop afterwards: Essential container in task exited"
        );
    }
}
