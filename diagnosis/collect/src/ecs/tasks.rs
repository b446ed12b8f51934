//! Tasks: which there are, and what became of them.

use aws_sdk_ecs::types;
use diagnosis::Listing;
use diagnosis::evidence::ecs::{Container, Task};
use diagnosis::evidence::short;
use futures::future::try_join_all;

use crate::actions::{ECS_DESCRIBE_TASKS, ECS_LIST_TASKS};
use crate::convert::{count, maybe_text, maybe_time, text};
use crate::observe::NotSeen;
use crate::reader::Kind;
use crate::session::{Query, Seen, Session};
use crate::tally::Chain;
use diagnosis::stop_reason::redact;

/// `DescribeTasks` takes this many at once, `ListTasks` gives this many.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html>
pub(crate) const BATCH: usize = 100;

/// Whose tasks to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of<'a> {
    /// All of the cluster.
    Cluster,
    /// A service's.
    Service(&'a str),
    /// Those of a task definition family.
    Family(&'a str),
}

/// Whether tasks should be running (that is: run or start) or have been stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// `RUNNING`: starting ones are among them.
    Running,
    /// `STOPPED`: AWS lists them for about an hour.
    Stopped,
}

/// ARNs of tasks, one page.
pub(crate) async fn list(
    session: &Session<'_>,
    cluster: &str,
    of: Of<'_>,
    wanted: Wanted,
    after: Chain,
) -> Seen<Listing<String>> {
    let (resource, family, service) = match of {
        Of::Cluster => (cluster.to_owned(), None, None),
        Of::Service(name) => (format!("{cluster}/{name}"), None, Some(name.to_owned())),
        Of::Family(name) => (format!("{cluster}/family:{name}"), Some(name.to_owned()), None),
    };
    let status = match wanted {
        Wanted::Running => types::DesiredStatus::Running,
        Wanted::Stopped => types::DesiredStatus::Stopped,
    };
    let query =
        Query::new(&ECS_LIST_TASKS, resource, &session.region, Kind::Tasks, after).variant(status.as_str());
    session
        .read(query, async {
            let answer = session
                .ecs(&session.region)
                .list_tasks()
                .cluster(cluster)
                .set_family(family)
                .set_service_name(service)
                .desired_status(status)
                .send()
                .await?;
            let complete = answer.next_token().is_none_or(str::is_empty);
            let items = answer.task_arns().to_vec();
            Ok(Listing {
                items,
                complete,
                window: None,
            })
        })
        .await
}

/// The tasks of these ARNs or ids; those AWS has forgotten are left out.
pub(crate) async fn describe(
    session: &Session<'_>,
    cluster: &str,
    ids: &[String],
    resource: &str,
    after: Chain,
) -> Seen<Listing<Task>> {
    let mut sorted: Vec<&str> = ids.iter().map(|id| short(id)).collect();
    sorted.sort_unstable();
    let query = Query::new(&ECS_DESCRIBE_TASKS, resource, &session.region, Kind::Tasks, after)
        .variant(sorted.join(","));
    session
        .read(query, async {
            let batches = ids.chunks(BATCH).map(|batch| batch_of(session, cluster, batch));
            let found = try_join_all(batches).await?;
            Ok(Listing::complete(found.into_iter().flatten().collect()))
        })
        .await
}

/// The task of this id; absent where AWS has forgotten it, or never knew it.
pub(crate) async fn describe_one(session: &Session<'_>, cluster: &str, id: &str) -> Seen<Task> {
    let resource = format!("{cluster}/{id}");
    let query = Query::new(
        &ECS_DESCRIBE_TASKS,
        resource,
        &session.region,
        Kind::Tasks,
        Chain::START,
    )
    .variant("one");
    session
        .read(query, async {
            let found = batch_of(session, cluster, &[id.to_owned()]).await?;
            found.into_iter().next().ok_or(NotSeen::Absent)
        })
        .await
}

async fn batch_of(session: &Session<'_>, cluster: &str, ids: &[String]) -> Result<Vec<Task>, NotSeen> {
    let answer = session
        .ecs(&session.region)
        .describe_tasks()
        .cluster(cluster)
        .set_tasks(Some(ids.to_vec()))
        .send()
        .await?;
    let odd = answer
        .failures()
        .iter()
        .filter_map(types::Failure::reason)
        .find(|reason| *reason != "MISSING");
    match odd {
        Some(reason) if answer.tasks().is_empty() => Err(NotSeen::Failed(format!("ECS answered {reason}"))),
        _ => Ok(answer.tasks().iter().map(convert).collect()),
    }
}

fn convert(task: &types::Task) -> Task {
    // Details of the attachment outlive the interface: they tell the subnet of a stopped task.
    let interface = task
        .attachments()
        .iter()
        .find(|attachment| attachment.r#type() == Some("ElasticNetworkInterface"));
    let detail = |name: &str| {
        let details = interface?.details();
        let found = details.iter().find(|pair| pair.name() == Some(name))?;
        maybe_text(found.value())
    };
    let attribute = |name: &str| {
        let found = task
            .attributes()
            .iter()
            .find(|attribute| attribute.name() == name)?;
        maybe_text(found.value())
    };
    let storage = task
        .fargate_ephemeral_storage()
        .map(types::TaskEphemeralStorage::size_in_gib)
        .filter(|size| *size > 0)
        .or_else(|| task.ephemeral_storage().map(types::EphemeralStorage::size_in_gib));
    Task {
        arn: text(task.task_arn()),
        task_definition: text(task.task_definition_arn()),
        group: maybe_text(task.group()),
        started_by: maybe_text(task.started_by()),
        last_status: text(task.last_status()),
        desired_status: text(task.desired_status()),
        launch_type: task.launch_type().map(|kind| kind.as_str().to_owned()),
        capacity_provider: maybe_text(task.capacity_provider_name()),
        platform_version: maybe_text(task.platform_version()),
        container_instance: maybe_text(task.container_instance_arn()),
        availability_zone: maybe_text(task.availability_zone()),
        stop_code: task.stop_code().map(|code| code.as_str().to_owned()),
        stopped_reason: maybe_text(task.stopped_reason()).map(|reason| redact(&reason)),
        created_at: maybe_time(task.created_at()),
        started_at: maybe_time(task.started_at()),
        stopping_at: maybe_time(task.stopping_at()),
        stopped_at: maybe_time(task.stopped_at()),
        pull_started_at: maybe_time(task.pull_started_at()),
        pull_stopped_at: maybe_time(task.pull_stopped_at()),
        subnet: detail("subnetId"),
        network_interface: detail("networkInterfaceId"),
        private_ip: detail("privateIPv4Address"),
        execution_role_override: task
            .overrides()
            .and_then(types::TaskOverride::execution_role_arn)
            .and_then(|arn| maybe_text(Some(arn))),
        cpu_architecture: attribute("ecs.cpu-architecture"),
        ephemeral_storage_gib: storage.map(count),
        containers: task.containers().iter().map(container).collect(),
    }
}

fn container(container: &types::Container) -> Container {
    Container {
        name: text(container.name()),
        image: maybe_text(container.image()),
        image_digest: maybe_text(container.image_digest()),
        last_status: maybe_text(container.last_status()),
        reason: maybe_text(container.reason()).map(|reason| redact(&reason)),
        exit_code: container.exit_code(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stopped_task_keeps_its_subnet_and_its_words() {
        let pair = |name: &str, value: &str| types::KeyValuePair::builder().name(name).value(value).build();
        let interface = types::Attachment::builder()
            .r#type("ElasticNetworkInterface")
            .details(pair("subnetId", "subnet-1"))
            .details(pair("privateIPv4Address", "10.0.1.9"))
            .build();
        let other = types::Attachment::builder()
            .r#type("AmazonElasticBlockStorage")
            .details(pair("subnetId", "no"))
            .build();
        let container = types::Container::builder()
            .name("app")
            .reason("CannotPullContainerError: get https://b.example/l?X-Amz-Signature=abc: 403")
            .build();
        let overrides = types::TaskOverride::builder()
            .execution_role_arn("arn:aws:iam::111122223333:role/o")
            .build();
        let task = types::Task::builder()
            .task_arn("arn:aws:ecs:eu-west-1:111122223333:task/prod/abc")
            .attachments(other)
            .attachments(interface)
            .containers(container)
            .overrides(overrides)
            .stop_code(types::TaskStopCode::TaskFailedToStart)
            .build();
        let converted = convert(&task);
        assert_eq!(converted.subnet.as_deref(), Some("subnet-1"));
        assert_eq!(converted.private_ip.as_deref(), Some("10.0.1.9"));
        assert_eq!(converted.stop_code.as_deref(), Some("TaskFailedToStart"));
        assert_eq!(
            converted.execution_role_override.as_deref(),
            Some("arn:aws:iam::111122223333:role/o")
        );
        assert!(!converted.containers[0].reason.as_ref().unwrap().contains("abc"));
    }
}
