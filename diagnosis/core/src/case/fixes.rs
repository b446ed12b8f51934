//! The remedies that depend on the whole case: whether they would help, and whether they are safe.

use super::Case;
use super::situation::primary;
use crate::evidence::Evidence;
use crate::evidence::ecs::TaskDefinition;
use crate::images::{ImageReference, Registry};
use crate::observed::Present;
use crate::remedy::{Remedy, Risk, Rollout, force_new_deployment, revise, roll_back};

impl Case<'_> {
    /// Back to the last revision that ran and whose images exist. `None` where no such revision is known.
    pub fn roll_back(&self) -> Option<Remedy> {
        self.roll_back_where(|_| true)
    }

    /// Back to the last such revision, where it pulls with another execution role than the one that failed.
    pub fn roll_back_to_another_role(&self) -> Option<Remedy> {
        let failed = self.execution_role.as_ref()?.arn;
        let pulls = self.puller.role().is_some_and(|(arn, _)| arn == failed);
        self.roll_back_where(|definition| {
            let other = definition.execution_role.as_deref();
            pulls && other.is_some_and(|other| other != failed)
        })
    }

    fn roll_back_where(&self, fits: impl Fn(&TaskDefinition) -> bool) -> Option<Remedy> {
        if self.evidence.preflight.is_some() {
            // Nothing was deployed that could be rolled back.
            return None;
        }
        let (cluster, service) = (self.cluster()?, self.service()?);
        let failed = self.definition.map(|definition| definition.value().arn.as_str());
        let mut candidates: Vec<&TaskDefinition> = self
            .evidence
            .task_definitions
            .iter()
            .filter_map(|definition| definition.value())
            .filter(|definition| Some(definition.arn.as_str()) != failed && definition.status == "ACTIVE")
            .filter(|definition| {
                self.definition
                    .is_none_or(|failed| failed.family == definition.family)
            })
            .filter(|definition| self.ran(&definition.arn) && images_exist(self.evidence, definition))
            .filter(|definition| {
                self.definition
                    .is_none_or(|failed| pulls_otherwise(definition, failed.value()))
            })
            .collect();
        candidates.retain(|definition| fits(definition) && !self.is_refused(definition));
        candidates.sort_by_key(|definition| definition.revision);
        roll_back(cluster, service, candidates.pop()?)
    }

    /// Whether the same role would be refused an image of this definition as well: tasks of it run, and no new one would.
    fn is_refused(&self, definition: &TaskDefinition) -> bool {
        let failed = self.definition.map(Present::value);
        let same_role = failed.is_some_and(|failed| failed.execution_role == definition.execution_role);
        same_role
            && self.permissions.each.iter().any(|permission| {
                let pulls = definition
                    .containers
                    .iter()
                    .any(|container| container.image == permission.image);
                pulls && permission.refused_by().is_some()
            })
    }

    /// A new revision of the task definition in question: `edit` says what to change in it.
    pub fn revise(&self, id: &str, title: &str, risk: Risk, edit: &str, terraform: Option<&str>) -> Remedy {
        let name = self
            .definition
            .map(|definition| definition.name())
            .unwrap_or_default();
        let rollout = match (self.cluster(), self.service()) {
            (Some(cluster), Some(service)) if service.deployment_controller == "ECS" => Rollout::Service {
                cluster: &cluster.name,
                service: &service.name,
            },
            (_, Some(service)) => Rollout::Elsewhere {
                service: &service.name,
                controller: &service.deployment_controller,
            },
            (_, None) => Rollout::Callers,
        };
        revise(id, title, risk, &name, edit, terraform, rollout)
    }

    /// A new deployment of the same revision. Withheld while ECS rolls back on its own.
    pub fn deploy_again(&self, risk: Risk) -> Option<Remedy> {
        if self.rollback_in_progress() || self.evidence.preflight.is_some() {
            return None;
        }
        force_new_deployment(self.cluster()?, self.service()?, risk)
    }

    /// Whether ECS is rolling the service back by itself: then the advice is to wait.
    pub fn rollback_in_progress(&self) -> bool {
        self.service().and_then(primary).is_some_and(|deployment| {
            let rolling = deployment.rollout_reason.as_deref().is_some_and(|reason| {
                let reason = reason.to_lowercase();
                reason.contains("rolling back") || reason.contains("rollback")
            });
            rolling && deployment.rollout_state.as_deref() == Some("IN_PROGRESS")
        })
    }

    /// Whether tasks of this definition are known to have run.
    fn ran(&self, arn: &str) -> bool {
        let task_runs = self.cohort.running.iter().any(|task| task.task_definition == arn);
        let deployed = self.service().is_some_and(|service| {
            service.deployments.iter().any(|deployment| {
                deployment.task_definition == arn
                    && (deployment.running > 0 || deployment.rollout_state.as_deref() == Some("COMPLETED"))
            })
        });
        let task_ran = self
            .evidence
            .tasks
            .items()
            .iter()
            .any(|task| task.task_definition == arn && task.started_at.is_some());
        task_runs || deployed || task_ran
    }
}

/// Whether anything that a pull depends on differs: going back to a revision that pulls the same in the same way brings the
/// same failure back, as tags are resolved anew.
fn pulls_otherwise(other: &TaskDefinition, failed: &TaskDefinition) -> bool {
    let pulled = |definition: &TaskDefinition| {
        let containers = definition.containers.iter();
        let images: std::collections::BTreeSet<(String, Option<String>)> = containers
            .map(|container| (container.image.clone(), container.credentials_parameter.clone()))
            .collect();
        images
    };
    failed.status != "ACTIVE"
        || pulled(other) != pulled(failed)
        || other.execution_role != failed.execution_role
        || other.cpu_architecture != failed.cpu_architecture
        || other.os_family != failed.os_family
        || other.ephemeral_storage_gib != failed.ephemeral_storage_gib
}

/// Whether every image of the definition that is in private ECR is there and active.
fn images_exist(evidence: &Evidence, definition: &TaskDefinition) -> bool {
    definition.containers.iter().all(|container| {
        match ImageReference::parse(&container.image).map(|reference| reference.registry) {
            Ok(Registry::EcrPrivate { .. }) => evidence
                .image(&container.image)
                .and_then(|image| image.ecr.as_ref()?.image.value())
                .is_some_and(|image| image.status == "ACTIVE"),
            Ok(_) => true,
            Err(_) => false,
        }
    })
}
