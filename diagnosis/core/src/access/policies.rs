//! The policies that bear on a request, and the layers they make up.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::document::PolicyDocument;

/// A kind of policy, in the words of AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PolicyKind {
    /// A managed policy attached to a role.
    Managed,
    /// A policy embedded in a role.
    Inline,
    /// A role's permissions boundary.
    PermissionsBoundary,
    /// An ECR repository's policy.
    Repository,
    /// An ECR registry's policy.
    Registry,
    /// A role's trust policy.
    Trust,
    /// A KMS key's policy.
    Key,
    /// Another policy that hangs on a resource (a secret's, a bucket's).
    Resource,
    /// A service control policy of an organization.
    ServiceControl,
    /// A VPC endpoint's policy.
    Endpoint,
}

impl PolicyKind {
    /// The kind in words, for a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Self::Managed => "managed policy",
            Self::Inline => "inline policy",
            Self::PermissionsBoundary => "permissions boundary",
            Self::Repository => "repository policy",
            Self::Registry => "registry policy",
            Self::Trust => "trust policy",
            Self::Key => "key policy",
            Self::Resource => "resource policy",
            Self::ServiceControl => "service control policy",
            Self::Endpoint => "VPC endpoint policy",
        }
    }
}

/// A policy and what to call it.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedPolicy {
    /// What a reader finds it by: a policy ARN, or `inline policy X of role Y`.
    pub name: String,
    /// Its kind.
    pub kind: PolicyKind,
    /// What it says.
    pub document: PolicyDocument,
}

/// A layer of AWS's evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// Service control policies: the organization's limit on the principal's account.
    ServiceControl,
    /// The principal's own policies.
    Identity,
    /// The principal's permissions boundary.
    Boundary,
    /// The resource's policies.
    Resource,
    /// The policy of the VPC endpoint that the request goes through.
    Endpoint,
}

impl Layer {
    /// Every layer, in the order in which a report names them.
    pub const ALL: [Self; 5] = [
        Self::ServiceControl,
        Self::Identity,
        Self::Boundary,
        Self::Resource,
        Self::Endpoint,
    ];

    /// The layer in words, for "no {} allows …", as AWS's own messages name it
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>).
    pub fn words(self) -> &'static str {
        match self {
            Self::ServiceControl => "service control policy",
            Self::Identity => "identity-based policy",
            Self::Boundary => "permissions boundary",
            Self::Resource => "resource-based policy",
            Self::Endpoint => "VPC endpoint policy",
        }
    }

    /// Whether statements of this layer say whom they mean.
    pub(super) fn has_principals(self) -> bool {
        matches!(self, Self::Resource | Self::Endpoint)
    }
}

/// A policy that bears on the request but could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnreadPolicy {
    /// What a reader finds it by.
    pub name: String,
    /// Where it would count.
    pub layer: Layer,
}

/// The policies that bear on a request.
///
/// Session policies and resource control policies are not evaluated: ECS passes no session policies, and resource control
/// policies can be read by the organization's own accounts only. Name the latter in `unread` where one is known to exist.
#[derive(Debug, Clone, Copy, Default)]
pub struct Policies<'a> {
    /// The principal's own policies.
    pub identity: &'a [NamedPolicy],
    /// The principal's permissions boundary.
    pub boundary: Option<&'a NamedPolicy>,
    /// The resource's policy: repository policy, trust policy, key policy.
    pub resource: Option<&'a NamedPolicy>,
    /// An ECR registry's policy, which counts beside the repository's.
    pub registry: Option<&'a NamedPolicy>,
    /// Service control policies, level by level (root, organizational units, account): each level must allow. No levels, or
    /// a level without policies: no limit.
    pub scps: &'a [Vec<NamedPolicy>],
    /// The policy of the VPC endpoint that the request goes through; nothing means no limit.
    pub endpoint: Option<&'a NamedPolicy>,
    /// Policies that count but could not be read: what they might say keeps the answer open.
    pub unread: &'a [UnreadPolicy],
}

impl<'a> Policies<'a> {
    /// The policies of a layer, with the number of their level (zero but for service control policies).
    pub(super) fn of(&self, layer: Layer) -> Vec<(usize, &'a NamedPolicy)> {
        let single = |policy: Option<&'a NamedPolicy>| policy.into_iter().map(|policy| (0, policy));
        match layer {
            Layer::ServiceControl => {
                let levels = self.scps.iter().enumerate();
                levels
                    .flat_map(|(level, policies)| policies.iter().map(move |policy| (level, policy)))
                    .collect()
            }
            Layer::Identity => self.identity.iter().map(|policy| (0, policy)).collect(),
            Layer::Boundary => single(self.boundary).collect(),
            Layer::Resource => single(self.resource).chain(single(self.registry)).collect(),
            Layer::Endpoint => single(self.endpoint).collect(),
        }
    }

    /// The names of what could not be read in a layer.
    pub(super) fn unread_in(&self, layer: Layer) -> impl Iterator<Item = &'a UnreadPolicy> + use<'a> {
        self.unread.iter().filter(move |unread| unread.layer == layer)
    }

    /// Whether the principal certainly has a permissions boundary. One that was not read may not be there: what it might
    /// deny keeps the answer open all the same.
    pub(super) fn is_bounded(&self) -> bool {
        self.boundary.is_some()
    }
}
