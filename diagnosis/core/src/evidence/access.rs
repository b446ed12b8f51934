//! What decides about access besides roles and repositories: keys, secrets, the organization; and IAM's own simulation.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::role::NamedDocument;
use crate::observed::{Listing, Observed};

/// What was seen of a KMS key. Read only where it encrypts a repository or a registry's secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeyEvidence {
    /// The key as the repository or secret names it: an ARN, id or alias.
    pub name: String,
    /// The key itself (`kms:DescribeKey`).
    pub key: Observed<Key>,
    /// Its policy (`kms:GetKeyPolicy`); read only for the key of a secret, which the role itself must be let use.
    pub policy: Observed<Value>,
    /// Its grants (`kms:ListGrants`); read only for the key of a repository, which ECR uses by grants.
    pub grants: Observed<Listing<Grant>>,
}

/// A KMS key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// Its ARN.
    pub arn: String,
    /// `Enabled`, `Disabled`, `PendingDeletion`, … (`KeyState`).
    pub state: String,
    /// `AWS` or `CUSTOMER` (`KeyManager`).
    pub manager: String,
    /// When it will be gone, where its deletion is scheduled.
    pub deletion_at: Option<Timestamp>,
}

/// A grant of a KMS key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Who may use the key by it: an ARN, or a service's name.
    pub grantee: String,
    /// What it lets the grantee do, `Decrypt`, `GenerateDataKey`, …
    pub operations: Vec<String>,
    /// Encryption context that it asks for: key and value.
    pub context: Vec<(String, String)>,
}

/// What was seen of a secret that holds the credentials of a registry. Its value is never read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SecretEvidence {
    /// `credentialsParameter` as the task definition writes it: an ARN or name.
    pub parameter: String,
    /// The secret (`secretsmanager:DescribeSecret`).
    pub secret: Observed<Secret>,
    /// Its resource policy (`secretsmanager:GetResourcePolicy`); absent where it has none.
    pub policy: Observed<Value>,
}

/// A secret, without its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// Its ARN, with the six characters that AWS adds.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// The key that encrypts it; `None` is the account's own `aws/secretsmanager`.
    pub kms_key: Option<String>,
    /// When it was marked for deletion.
    pub deleted_at: Option<Timestamp>,
    /// Whether one of its versions is the current one (`AWSCURRENT`): only that is read.
    pub has_current: bool,
}

/// The organization's limits on the target's account (`organizations:ListPoliciesForTarget` for it and all above it).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Organization {
    /// The account, its organizational units, and the root: each level must allow.
    pub levels: Vec<PolicyLevel>,
}

/// Service control policies of one level of an organization.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PolicyLevel {
    /// Id of the account, organizational unit or root.
    pub target: String,
    /// The policies attached to it.
    pub policies: Vec<NamedDocument>,
}

/// What IAM's own simulation says of a role (`iam:SimulatePrincipalPolicy`): a second witness and no proof.
///
/// It knows neither VPC endpoint policies nor resource control policies nor, for roles, resource policies
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html>).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Simulation {
    /// ARN of the role.
    pub role: String,
    /// One per action and resource asked about.
    pub answers: Vec<SimulatedAnswer>,
}

/// What the simulation says of one action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimulatedAnswer {
    /// The action.
    pub action: String,
    /// The resource's ARN, or `*`.
    pub resource: String,
    /// `allowed`, `explicitDeny` or `implicitDeny`.
    pub decision: String,
    /// Whether the organization's policies allow it, where the answer says.
    pub allowed_by_organization: Option<bool>,
    /// Whether the permissions boundary allows it, where the answer says.
    pub allowed_by_boundary: Option<bool>,
    /// Condition keys that the simulation was not given a value for.
    pub missing_context: Vec<String>,
}
