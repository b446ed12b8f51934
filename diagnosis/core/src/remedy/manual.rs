//! Remedies that a person carries out.

use super::{Mode, Remedy, Risk};

/// A remedy that is only shown: what to do, and the commands for it.
pub fn manual(id: &str, title: &str, risk: Risk, cli: String, terraform: Option<String>) -> Remedy {
    Remedy {
        id: id.to_owned(),
        title: title.to_owned(),
        risk,
        mode: Mode::Manual,
        calls: Vec::new(),
        before: None,
        after: None,
        notes: Vec::new(),
        cli,
        terraform,
        action: None,
    }
}

/// What becomes of a new revision.
#[derive(Debug, Clone, Copy)]
pub enum Rollout<'a> {
    /// ECS deploys it to a service.
    Service {
        /// Name of the cluster.
        cluster: &'a str,
        /// Name of the service.
        service: &'a str,
    },
    /// The service's deployments are another's: `UpdateService` refuses a task definition there
    /// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html>).
    Elsewhere {
        /// Name of the service.
        service: &'a str,
        /// Its deployment controller, `CODE_DEPLOY`.
        controller: &'a str,
    },
    /// No service is known: whoever starts the tasks starts them from it.
    Callers,
}

/// A remedy that needs a new revision of task definition `name`: `edit` says what to change in it.
///
/// The fields that are removed are those that `RegisterTaskDefinition` does not take; tags come beside the definition,
/// and are lost unless they are put back
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html>).
pub fn revise(
    id: &str,
    title: &str,
    risk: Risk,
    name: &str,
    edit: &str,
    terraform: Option<&str>,
    rollout: Rollout<'_>,
) -> Remedy {
    let family = name.rsplit_once(':').map_or(name, |(family, _)| family);
    let then = match rollout {
        Rollout::Service { cluster, service } => {
            format!(
                "aws ecs update-service --cluster {cluster} --service {service} --task-definition {family}"
            )
        }
        Rollout::Elsewhere { service, controller } => {
            format!("# then deploy {family} to {service} by its deployment controller, {controller}")
        }
        Rollout::Callers => {
            format!("# then start the tasks from {family}: its latest revision is the new one")
        }
    };
    let cli = format!(
        "aws ecs describe-task-definition --task-definition {name} --include TAGS |\n  \
         jq '.taskDefinition + {{tags}} | del(.taskDefinitionArn, .revision, .status, .requiresAttributes, .compatibilities, .registeredAt, .registeredBy, .deregisteredAt)' > task-definition.json\n\
         # in task-definition.json: {edit}\n\
         aws ecs register-task-definition --cli-input-json file://task-definition.json\n\
         {then}"
    );
    manual(id, title, risk, cli, terraform.map(str::to_owned))
}
