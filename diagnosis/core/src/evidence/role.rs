//! IAM roles and their policies.

use serde::{Deserialize, Serialize};

use crate::observed::{Listing, Observed};

/// What was seen of one role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoleEvidence {
    /// Its ARN, as the task definition or instance profile names it.
    pub arn: String,
    /// The role itself (`iam:GetRole`).
    pub role: Observed<Role>,
    /// Names of its inline policies (`iam:ListRolePolicies`).
    pub inline_names: Observed<Listing<String>>,
    /// Its inline policies (`iam:GetRolePolicy`), one per name.
    pub inline: Vec<Observed<NamedDocument>>,
    /// ARNs of its attached policies (`iam:ListAttachedRolePolicies`).
    pub attached_arns: Observed<Listing<String>>,
    /// Default versions of its attached policies (`iam:GetPolicyVersion`), one per ARN.
    pub attached: Vec<Observed<NamedDocument>>,
    /// The permissions boundary's document; absent where the role has none.
    pub boundary: Observed<NamedDocument>,
}

/// A role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Role {
    /// Its ARN.
    pub arn: String,
    /// Its name: the last part of the ARN.
    pub name: String,
    /// Its unique id, `AROA…`.
    pub id: String,
    /// Its trust policy (`AssumeRolePolicyDocument`).
    pub trust: serde_json::Value,
    /// ARN of its permissions boundary.
    pub boundary_arn: Option<String>,
}

/// A policy document and what it is called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NamedDocument {
    /// Name of an inline policy, ARN of a managed one.
    pub name: String,
    /// The document, decoded.
    pub document: serde_json::Value,
}

impl RoleEvidence {
    /// Whether IAM said of any of it that there is no such role.
    pub fn is_gone(&self) -> bool {
        self.role.absent().is_some()
            || self.inline_names.absent().is_some()
            || self.attached_arns.absent().is_some()
    }

    /// Name of the role: the last part of its ARN.
    pub fn name(&self) -> &str {
        super::short(&self.arn)
    }
}
