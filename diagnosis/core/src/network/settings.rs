//! Network settings that tasks are started with.

use serde_json::Value;

use crate::evidence::Evidence;
use crate::evidence::ecs::{AwsvpcConfiguration, Service, Task};
use crate::observed::{Fact, Observed, Present};

/// Network settings, and what they were read off.
pub(super) struct Settings {
    pub(super) network: AwsvpcConfiguration,
    pub(super) fact: Fact,
}

fn written(network: &AwsvpcConfiguration) -> String {
    let or_default = |groups: &[String]| {
        if groups.is_empty() {
            "the VPC's default".to_owned()
        } else {
            groups.join(", ")
        }
    };
    format!(
        "subnets {}, security groups {}, assignPublicIp {}",
        network.subnets.join(", "),
        or_default(&network.security_groups),
        if network.assign_public_ip {
            "ENABLED"
        } else {
            "DISABLED"
        }
    )
}

/// The network settings a task was started with: its deployment's, its service's, or those of the recorded `RunTask`.
pub(super) fn settings_of(evidence: &Evidence, task: &Task) -> Option<Settings> {
    let Some(name) = task.service() else {
        return run_task(evidence, task);
    };
    let service = evidence.service.seen().filter(|service| service.name == name)?;
    let deployment = service
        .deployments
        .iter()
        .find(|deployment| Some(&deployment.id) == task.started_by.as_ref());
    match deployment.and_then(|deployment| Some((deployment, deployment.network.as_ref()?))) {
        Some((deployment, network)) => Some(Settings {
            network: network.clone(),
            fact: service.fact(format!("deployment {}: {}", deployment.id, written(network))),
        }),
        None => of_service(service),
    }
}

pub(super) fn of_service(service: Present<'_, Service>) -> Option<Settings> {
    let newest = service
        .deployments
        .iter()
        .find_map(|deployment| deployment.network.as_ref());
    let network = service.network.as_ref().or(newest)?;
    Some(Settings {
        network: network.clone(),
        fact: service.fact(format!("service {}: {}", service.name, written(network))),
    })
}

/// Settings of the recorded call that started a task of no service.
fn run_task(evidence: &Evidence, task: &Task) -> Option<Settings> {
    let change = evidence
        .changes
        .iter()
        .filter_map(Observed::seen)
        .flat_map(Present::each)
        .filter(|change| change.name == "RunTask")
        .find(|change| {
            let tasks = change.response.get("tasks").and_then(Value::as_array);
            let answered = tasks.is_some_and(|tasks| {
                tasks
                    .iter()
                    .any(|started| started.get("taskArn").and_then(Value::as_str) == Some(&task.arn))
            });
            answered || change.resources.contains(&task.arn)
        })?;
    let settings = change
        .request
        .get("networkConfiguration")?
        .get("awsvpcConfiguration")?;
    let strings = |key: &str| -> Vec<String> {
        let items = settings.get(key).and_then(Value::as_array);
        items
            .into_iter()
            .flatten()
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect()
    };
    let network = AwsvpcConfiguration {
        subnets: strings("subnets"),
        security_groups: strings("securityGroups"),
        assign_public_ip: settings.get("assignPublicIp").and_then(Value::as_str) == Some("ENABLED"),
    };
    let fact = change.fact(format!("RunTask was called with {}", written(&network)));
    Some(Settings { network, fact })
}
