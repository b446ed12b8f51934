//! Starting the same revision again.

use serde_json::json;

use super::{Action, Call, Mode, Remedy, Risk};
use crate::evidence::ecs::{Cluster, Service};
use crate::evidence::short;

/// A new deployment of the revision the service is set to. `risk` is the caller's: pulling the same image again is
/// harmless, resolving a moved tag ships something else.
///
/// `None` where the service's deployments are not ECS's own, or it has no primary deployment.
pub fn force_new_deployment(cluster: &Cluster, service: &Service, risk: Risk) -> Option<Remedy> {
    let primary = service
        .deployments
        .iter()
        .find(|deployment| deployment.status == "PRIMARY")?;
    if service.deployment_controller != "ECS" {
        return None;
    }
    let revision = short(&service.task_definition);
    Some(Remedy {
        id: "force_new_deployment".to_owned(),
        title: format!("Deploy {revision} again"),
        risk,
        mode: Mode::Automatic,
        calls: vec![Call {
            action: "ecs:UpdateService".to_owned(),
            resource: service.arn.clone(),
            parameters: json!({ "cluster": cluster.name, "service": service.name, "forceNewDeployment": true }),
        }],
        before: Some(format!("deployment {} of {revision}", primary.id)),
        after: Some(format!("a new deployment of {revision}")),
        notes: vec![
            format!(
                "Not touched: task definition {revision}, desired count {}, network.",
                service.desired
            ),
            "Tags are resolved again: what they name now is what starts.".to_owned(),
        ],
        cli: format!(
            "aws ecs update-service --cluster {} --service {} --force-new-deployment",
            cluster.name, service.name
        ),
        terraform: Some(format!(
            "resource \"aws_ecs_service\" \"{}\" {{\n  # …\n  force_new_deployment = true\n}}",
            service.name
        )),
        action: Some(Action::ForceNewDeployment {
            cluster_arn: cluster.arn.clone(),
            service: service.name.clone(),
            service_arn: service.arn.clone(),
            task_definition: service.task_definition.clone(),
            deployment: primary.id.clone(),
        }),
    })
}
