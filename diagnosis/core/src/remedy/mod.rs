//! What would remove a cause, as data. Applying is somebody else's job.

mod create_endpoints;
mod force_new_deployment;
mod grant_pull;
mod manual;
mod roll_back;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use create_endpoints::{EndpointPlan, create_endpoints};
pub use force_new_deployment::force_new_deployment;
pub use grant_pull::grant_pull;
pub use manual::{Rollout, manual, revise};
pub use roll_back::roll_back;

/// A typed plan that would remove a cause.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Remedy {
    /// Its id, unique within a report: `grant_pull`, `roll_back`, …
    pub id: String,
    /// What it does, as a button or heading says it (at most 75 characters).
    pub title: String,
    /// How much can go wrong.
    pub risk: Risk,
    /// Whether a button may apply it.
    pub mode: Mode,
    /// The exact AWS calls, in order.
    pub calls: Vec<Call>,
    /// The state before, for a person.
    pub before: Option<String>,
    /// The state after, for a person.
    pub after: Option<String>,
    /// What else to know before applying: drift, what is not touched.
    pub notes: Vec<String>,
    /// The same as AWS CLI commands.
    pub cli: String,
    /// The same as Terraform, where it can be said so.
    pub terraform: Option<String>,
    /// What to apply, typed; `None` for a manual remedy.
    pub action: Option<Action>,
}

/// How much can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Undone with one press, touches only the broken thing.
    Low,
    /// Undone, but something else may notice.
    Medium,
    /// Cannot be undone exactly, or ships something else.
    High,
}

/// Who carries it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// A button applies it.
    Automatic,
    /// A person does, with the commands shown.
    Manual,
}

/// One AWS call of a remedy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Call {
    /// IAM-style name, `ecs:UpdateService`.
    pub action: String,
    /// ARN of what it changes.
    pub resource: String,
    /// Its parameters.
    pub parameters: Value,
}

/// What a button applies, with all it needs to check the state again first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "do")]
pub enum Action {
    /// `iam:PutRolePolicy` of one new inline policy with the pull actions that lack.
    GrantPull {
        /// ARN of the role.
        role_arn: String,
        /// Name of the inline policy; the product's own, so that undo removes just this.
        policy_name: String,
        /// Its document.
        document: Value,
        /// The document that was there under this name when the diagnosis looked.
        previous: Option<Value>,
    },
    /// `ecs:UpdateService` back to a revision that ran and whose images exist.
    RollBack {
        /// ARN of the cluster.
        cluster_arn: String,
        /// Name of the service.
        service: String,
        /// ARN of the service.
        service_arn: String,
        /// ARN of the task definition the diagnosis saw as the service's.
        from: String,
        /// ARN of the task definition to go back to.
        to: String,
    },
    /// `ecs:UpdateService` with `forceNewDeployment`.
    ForceNewDeployment {
        /// ARN of the cluster.
        cluster_arn: String,
        /// Name of the service.
        service: String,
        /// ARN of the service.
        service_arn: String,
        /// ARN of the task definition the diagnosis saw as the service's.
        task_definition: String,
        /// Id of the deployment the diagnosis saw as the primary one.
        deployment: String,
    },
}
