//! Going back to the last revision that ran and whose images exist.

use serde_json::json;

use super::{Action, Call, Mode, Remedy, Risk};
use crate::evidence::ecs::{Cluster, Service, TaskDefinition};
use crate::evidence::short;

/// `service` set back to `to`. The caller has made sure that `to` ran and that its images exist.
///
/// `None` where the service's deployments are not ECS's own: `UpdateService` refuses another task definition there
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html>).
pub fn roll_back(cluster: &Cluster, service: &Service, to: &TaskDefinition) -> Option<Remedy> {
    if service.deployment_controller != "ECS" || service.task_definition == to.arn {
        return None;
    }
    let from = short(&service.task_definition);
    let name = to.name();
    let images: Vec<&str> = to
        .containers
        .iter()
        .map(|container| short(&container.image))
        .collect();
    let mut notes = vec![format!(
        "Not touched: desired count {}, network, load balancer.",
        service.desired
    )];
    notes.extend(managed_by(service).map(|manager| {
        format!("This service is managed by {manager}: its next run would bring {from} back.")
    }));
    Some(Remedy {
        id: "roll_back".to_owned(),
        title: format!("Back to {name}"),
        risk: Risk::Low,
        mode: Mode::Automatic,
        calls: vec![Call {
            action: "ecs:UpdateService".to_owned(),
            resource: service.arn.clone(),
            parameters: json!({ "cluster": cluster.name, "service": service.name, "taskDefinition": to.arn }),
        }],
        before: Some(format!("task definition {from}")),
        after: Some(format!("task definition {name} ({})", images.join(", "))),
        notes,
        cli: format!(
            "aws ecs update-service --cluster {} --service {} --task-definition {name}",
            cluster.name, service.name
        ),
        terraform: Some(format!(
            "resource \"aws_ecs_service\" \"{}\" {{\n  # …\n  task_definition = \"{}\"\n}}",
            service.name, to.arn
        )),
        action: Some(Action::RollBack {
            cluster_arn: cluster.arn.clone(),
            service: service.name.clone(),
            service_arn: service.arn.clone(),
            from: service.task_definition.clone(),
            to: to.arn.clone(),
        }),
    })
}

/// Who manages the service, by the tags that such tools set.
pub(super) fn managed_by(service: &Service) -> Option<String> {
    service
        .tags
        .iter()
        .find_map(|tag| match tag.key.to_ascii_lowercase().as_str() {
            "aws:cloudformation:stack-name" => Some(format!("CloudFormation stack {}", tag.value)),
            "terraform" | "terraformed" => Some("Terraform".to_owned()),
            "managedby" | "managed-by" | "managed_by" => Some(tag.value.clone()),
            _ => None,
        })
}
