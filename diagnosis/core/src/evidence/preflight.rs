//! A task that has not been started: what a preflight is told, or finds out, besides its target.

use serde::{Deserialize, Serialize};

use super::ecs::AwsvpcConfiguration;
use crate::observed::{Listing, Observed};

/// A task that is to be started.
///
/// The target's definition is the first of [`super::Evidence::task_definitions`], the service whose network it is to have
/// is [`super::Evidence::service`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Preflight {
    /// `FARGATE`, `EC2`, `EXTERNAL` or `MANAGED_INSTANCES`: as asked, as the service says, or the only one that the
    /// definition is meant for. `None` where nothing says.
    pub launch_type: Option<String>,
    /// Network settings that whoever asks gave, in place of a service's.
    pub network: Option<AwsvpcConfiguration>,
    /// Whether the service was not named but found: the only one of the cluster that runs the family.
    pub found_service: bool,
    /// ARNs of the cluster's active container instances (`ecs:ListContainerInstances`); looked up only where an instance
    /// would pull.
    pub container_instances: Observed<Listing<String>>,
    /// The newest active revision, `family:revision`; looked up only where the revision asked for does not exist.
    pub newest: Observed<String>,
    /// Names of the account's task definition families (`ecs:ListTaskDefinitionFamilies`); looked up only where the family
    /// does not exist.
    pub families: Observed<Listing<String>>,
}

impl Preflight {
    /// Whether the task would run on Fargate; `None` where it is not known what it would run on.
    pub fn fargate(&self) -> Option<bool> {
        Some(self.launch_type.as_deref()? == "FARGATE")
    }

    /// Whether a container instance pulls with its own network; `None` where it is not known what the task would run on.
    pub fn on_instances(&self) -> Option<bool> {
        Some(matches!(
            self.launch_type.as_deref()?,
            "EC2" | "MANAGED_INSTANCES"
        ))
    }
}
