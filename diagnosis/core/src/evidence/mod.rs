//! Typed snapshots of everything that was looked at, one module per thing.
//!
//! These are plain data with public fields: collecting fills them in, the analyses and rules read them. They carry
//! no value of a task definition's `environment` or `secrets`, and no credentials.

pub mod access;
pub mod changes;
pub mod ecs;
pub mod image;
pub mod logs;
pub mod network;
pub mod preflight;
pub mod role;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::observed::{Listing, Missing, Observed};

/// Version of the evidence's own format, raised with every change that an older `replay` could misread.
pub const EVIDENCE_VERSION: u32 = 1;

/// Everything that was observed for one diagnosis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Format of this document ([`EVIDENCE_VERSION`]).
    pub version: u32,
    /// When the diagnosis looked: the report's "now".
    pub observed_at: Timestamp,
    /// What was asked for, resolved as far as it could be.
    pub target: Target,
    /// The cluster.
    pub cluster: Observed<ecs::Cluster>,
    /// Names of the account's clusters; looked up only where the one asked for was not found.
    pub cluster_names: Observed<Listing<String>>,
    /// Names of the cluster's services; looked up only where the target was not found.
    pub service_names: Observed<Listing<String>>,
    /// The service.
    pub service: Observed<ecs::Service>,
    /// The target's own tasks that AWS still knows, stopped and running.
    pub tasks: Observed<Listing<ecs::Task>>,
    /// Other tasks of the cluster: who else fails, who runs.
    pub siblings: Observed<Listing<ecs::Task>>,
    /// Container instances (EC2 capacity) of the target's tasks.
    pub instances: Vec<Observed<ecs::ContainerInstance>>,
    /// Task definitions by ARN: the one that failed first, then those that serve or served.
    pub task_definitions: Vec<Observed<ecs::TaskDefinition>>,
    /// One entry per distinct image reference of the task definitions above.
    pub images: Vec<image::ImageEvidence>,
    /// One entry per role that pulls or might: execution role, instance role.
    pub roles: Vec<role::RoleEvidence>,
    /// Secrets with the credentials of registries, one entry per `credentialsParameter`.
    pub secrets: Vec<access::SecretEvidence>,
    /// Keys that encrypt repositories and those secrets.
    pub keys: Vec<access::KeyEvidence>,
    /// The organization's policies for the target's account; read only where a refusal is to be explained. Absent where
    /// the account is in no organization.
    pub organization: Observed<access::Organization>,
    /// IAM's simulation of the pull; read only where a refusal is to be explained and nothing that was read refuses.
    pub simulation: Observed<access::Simulation>,
    /// The puller's network.
    pub network: network::NetworkEvidence,
    /// Change events (CloudTrail), one entry per region asked.
    pub changes: Vec<Observed<Listing<changes::Change>>>,
    /// Failure lines from log groups that hold ECS events or agent logs.
    pub logs: Observed<Listing<logs::LogLine>>,
    /// `RepositoryPullCount` per repository.
    pub pull_counts: Vec<Observed<image::PullCount>>,
    /// Events AWS reports for the services a pull uses (AWS Health).
    pub health: Observed<Listing<logs::HealthEvent>>,
    /// The task that is to be started, where nothing has failed: the evidence is a preflight's.
    #[serde(default)]
    pub preflight: Option<preflight::Preflight>,
}

/// What to diagnose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// Account, twelve digits; `None` until AWS has said which one the credentials belong to.
    pub account: Option<String>,
    /// Region.
    pub region: String,
    /// Partition of the region: `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: String,
    /// Cluster name.
    pub cluster: String,
    /// What was typed for the task.
    pub asked: String,
    /// What that turned out to be.
    pub kind: TargetKind,
    /// Service name, once known.
    pub service: Option<String>,
    /// Task id, where one task was asked for.
    pub task: Option<String>,
    /// Task definition as `family:revision`, once known.
    pub task_definition: Option<String>,
}

/// What the thing asked for turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// One task.
    Task,
    /// A service.
    Service,
    /// A task definition family or revision.
    TaskDefinition,
    /// AWS knows nothing by that name.
    NotFound,
    /// It could not be told: what would tell was denied or failed.
    Unresolved,
}

impl Target {
    /// `prod/payments`: how people call it.
    pub fn name(&self) -> String {
        let what = self
            .service
            .as_deref()
            .or(self.task_definition.as_deref())
            .unwrap_or(&self.asked);
        format!("{}/{what}", self.cluster)
    }
}

impl Evidence {
    /// What is missing of the target's own tasks; nothing in a preflight, which is about a task that is not there yet.
    pub fn tasks_missing(&self, what: &str) -> Option<Missing> {
        self.tasks.missing(what).filter(|_| self.preflight.is_none())
    }

    /// The task definition with this ARN, or whose `family:revision` this is.
    pub fn task_definition(&self, name: &str) -> Option<&Observed<ecs::TaskDefinition>> {
        let wanted = short(name);
        self.task_definitions
            .iter()
            .find(|item| short(&item.source.resource) == wanted)
    }

    /// What was seen of the image that `reference` names.
    pub fn image(&self, reference: &str) -> Option<&image::ImageEvidence> {
        self.images.iter().find(|item| item.reference == reference)
    }

    /// What was seen of the secret that `parameter` names.
    pub fn secret(&self, parameter: &str) -> Option<&access::SecretEvidence> {
        self.secrets.iter().find(|item| item.parameter == parameter)
    }

    /// What was seen of a key, by the name it is used under.
    pub fn key(&self, name: &str) -> Option<&access::KeyEvidence> {
        self.keys.iter().find(|item| item.name == name)
    }

    /// What was seen of a role, by ARN.
    pub fn role(&self, arn: &str) -> Option<&role::RoleEvidence> {
        self.roles.iter().find(|item| item.arn == arn)
    }
}

/// The last part of an ARN: what people write.
pub fn short(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
