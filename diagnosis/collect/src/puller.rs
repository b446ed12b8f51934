//! Who pulls and from where: the roles and subnets that have to be read.

use diagnosis::evidence::ecs::{ContainerInstance, Service, Task, TaskDefinition};
use diagnosis::evidence::preflight::Preflight;

use diagnosis::{Observed, Outcome};

use crate::session::Seen;

/// With this attribute the agent pulls with the execution role, without it with the instance's.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html>
const PULLS_WITH_EXECUTION_ROLE: &str = "ecs.capability.execution-role-ecr-pull";

/// Instances that are looked at.
const MOST_INSTANCES: usize = 2;
/// Instances that are looked at where any of them may be the one that pulls.
const MOST_INSTANCES_AHEAD: usize = 6;
/// Subnets that are looked at.
const MOST_SUBNETS: usize = 16;

/// Where pulls come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The task's own network interface.
    Task,
    /// An EC2 instance.
    Instance,
    /// A machine outside AWS.
    External,
}

/// Where the pull came from.
pub(crate) fn place(task: Option<&Task>, service: Option<&Service>) -> Place {
    let launch_type = task
        .and_then(|task| task.launch_type.as_deref())
        .or_else(|| service.and_then(|service| service.launch_type.as_deref()));
    match launch_type {
        Some("EXTERNAL") => Place::External,
        Some("EC2" | "MANAGED_INSTANCES") => Place::Instance,
        _ if task.is_some_and(|task| task.container_instance.is_some()) => Place::Instance,
        _ => Place::Task,
    }
}

/// Where a task that is to be started would pull from.
pub(crate) fn place_ahead(ahead: &Preflight) -> Place {
    match ahead.launch_type.as_deref() {
        Some("EXTERNAL") => Place::External,
        Some("EC2" | "MANAGED_INSTANCES") => Place::Instance,
        _ => Place::Task,
    }
}

/// Container instances on which a task that is to be started may be placed, as many as are looked at.
pub(crate) fn instance_arns_ahead(ahead: &Preflight) -> Vec<String> {
    let all = ahead.container_instances.items().iter();
    all.take(MOST_INSTANCES_AHEAD).cloned().collect()
}

/// Container instances to look at, that of the failed task first.
pub(crate) fn instance_arns(failed: Option<&Task>, tasks: &[Task]) -> Vec<String> {
    let mut arns: Vec<String> = Vec::new();
    for task in failed.into_iter().chain(tasks) {
        if let Some(arn) = &task.container_instance
            && !arns.contains(arn)
            && arns.len() < MOST_INSTANCES
        {
            arns.push(arn.clone());
        }
    }
    arns
}

/// Roles that pull, or may: the one that the failed task was given first.
pub(crate) fn execution_roles(definition: Option<&TaskDefinition>, failed: Option<&Task>) -> Vec<String> {
    let override_role = failed.and_then(|task| task.execution_role_override.clone());
    let own_role = definition.and_then(|definition| definition.execution_role.clone());
    let mut roles: Vec<String> = override_role.into_iter().chain(own_role).collect();
    roles.dedup();
    roles
}

/// Instance profiles whose role pulls: none where the agent pulls with the execution role.
pub(crate) fn pulling_profiles(
    definition: Option<&TaskDefinition>,
    instances: &[Seen<ContainerInstance>],
) -> Vec<String> {
    let with_execution_role = definition.is_some_and(|definition| {
        definition
            .requires_attributes
            .iter()
            .any(|attribute| attribute == PULLS_WITH_EXECUTION_ROLE)
    });
    if with_execution_role {
        return Vec::new();
    }
    let mut profiles: Vec<String> = instances
        .iter()
        .filter_map(|instance| instance.value()?.ec2.value()?.instance_profile.clone())
        .collect();
    profiles.sort();
    profiles.dedup();
    profiles
}

/// The instances, each with the role that was found in its profile.
pub(crate) fn with_roles(
    mut instances: Vec<Seen<ContainerInstance>>,
    profiles: &[(String, Observed<String>)],
) -> Vec<Seen<ContainerInstance>> {
    for instance in &mut instances {
        if let Outcome::Present(instance) = &mut instance.item.outcome
            && let Outcome::Present(ec2) = &mut instance.ec2.outcome
        {
            let known = profiles
                .iter()
                .find(|(profile, _)| ec2.instance_profile.as_ref() == Some(profile));
            if let Some((_, role)) = known {
                ec2.role = role.value().cloned();
                instance.profile_role = role.clone();
            }
        }
    }
    instances
}

/// Subnets that the puller is or may be in, that of the failed task first.
pub(crate) fn subnets(
    place: Place,
    failed: Option<&Task>,
    tasks: &[Task],
    service: Option<&Service>,
    instances: &[Seen<ContainerInstance>],
) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut add = |id: &String| {
        if !found.contains(id) && found.len() < MOST_SUBNETS {
            found.push(id.clone());
        }
    };
    match place {
        Place::External => {}
        Place::Instance => {
            let of_instances = instances
                .iter()
                .filter_map(|instance| instance.value()?.ec2.value()?.subnet.as_ref());
            of_instances.for_each(&mut add);
        }
        Place::Task => {
            failed
                .into_iter()
                .chain(tasks)
                .filter_map(|task| task.subnet.as_ref())
                .for_each(&mut add);
            let configured = service.into_iter().flat_map(|service| {
                let deployments = service
                    .deployments
                    .iter()
                    .filter_map(|deployment| deployment.network.as_ref());
                service.network.iter().chain(deployments)
            });
            configured.flat_map(|network| &network.subnets).for_each(&mut add);
        }
    }
    found
}
