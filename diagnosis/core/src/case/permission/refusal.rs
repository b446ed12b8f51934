//! Who refuses an action: one deciding layer, and the others that would refuse it next.

use crate::access::{self, DecidedBy, Decision, Layer, LayerVerdict, PolicyKind, Relation};
use crate::stop_reason::{DeniedBy, DenyingPolicy};

/// A way to be refused. Each is the matter of one cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum By {
    /// A Deny in the role's own policies.
    OwnDeny,
    /// The organization's policies: a Deny, or a level that does not allow.
    Organization,
    /// Nothing in the role's own policies allows it.
    OwnSilence,
    /// The role's permissions boundary: a Deny, or nothing in it allows.
    Boundary,
    /// A Deny in the repository's policy.
    RepositoryDeny,
    /// The repository is another account's, and its policy does not let this one in.
    RepositorySilence,
    /// A Deny in the registry's policy.
    Registry,
    /// The policy of the VPC endpoint that the call goes through: a Deny, or nothing in it allows.
    Endpoint,
}

impl By {
    /// Every way, those that a Deny can take first.
    pub const ALL: [Self; 8] = [
        Self::OwnDeny,
        Self::Organization,
        Self::OwnSilence,
        Self::Boundary,
        Self::RepositoryDeny,
        Self::RepositorySilence,
        Self::Registry,
        Self::Endpoint,
    ];

    /// The layer of AWS's evaluation that it belongs to.
    pub fn layer(self) -> Layer {
        match self {
            Self::OwnDeny | Self::OwnSilence => Layer::Identity,
            Self::Organization => Layer::ServiceControl,
            Self::Boundary => Layer::Boundary,
            Self::RepositoryDeny | Self::RepositorySilence | Self::Registry => Layer::Resource,
            Self::Endpoint => Layer::Endpoint,
        }
    }

    /// What AWS's own words name; `None` for a session policy, which ECS does not pass.
    pub(super) fn said(denied: DeniedBy) -> Option<Self> {
        Some(match (denied.policy, denied.explicit) {
            (DenyingPolicy::Identity, true) => Self::OwnDeny,
            (DenyingPolicy::Identity, false) => Self::OwnSilence,
            (DenyingPolicy::Boundary, _) => Self::Boundary,
            (DenyingPolicy::Scp | DenyingPolicy::Rcp, _) => Self::Organization,
            (DenyingPolicy::ResourcePolicy, true) => Self::RepositoryDeny,
            (DenyingPolicy::ResourcePolicy, false) => Self::RepositorySilence,
            (DenyingPolicy::EndpointPolicy, _) => Self::Endpoint,
            (DenyingPolicy::SessionPolicy, _) => return None,
        })
    }

    /// Whether AWS's words for `said` may mean this: they do not tell a repository's policy from its registry's.
    pub fn may_be(self, said: Self) -> bool {
        self == said || (self == Self::Registry && said == Self::RepositoryDeny)
    }
}

/// Everything that certainly refuses the action, the deciding one first; `None` where no statement decided.
///
/// A Deny anywhere decides before any silence; the rest is in the order in which AWS asks
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>).
/// Where AWS's words name one of them, that one goes first.
pub(super) fn refusals(decision: &Decision, said: Option<By>) -> Vec<(By, Option<DecidedBy>)> {
    let mut denies = Vec::new();
    let mut silent = Vec::new();
    for by in By::ALL {
        let Some(result) = decision.layer_result(by.layer()) else {
            continue;
        };
        let denied = result
            .denied_by
            .iter()
            .find(|statement| is_of(by, statement.kind))
            .cloned();
        match denied {
            Some(statement) if by != By::OwnSilence && by != By::RepositorySilence => {
                denies.push((by, Some(statement)));
            }
            None if is_silent(by, decision, result.verdict) => silent.push((by, None)),
            _ => {}
        }
    }
    denies.append(&mut silent);
    if denies.is_empty() {
        denies.extend(of_effect(decision));
    }
    // The sort is stable.
    denies.sort_by_key(|(by, _)| said.is_none_or(|said| !by.may_be(said)));
    denies
}

/// Whether a statement of this kind of policy is this way's.
pub(super) fn is_of(by: By, kind: PolicyKind) -> bool {
    match by {
        By::Registry => kind == PolicyKind::Registry,
        By::RepositoryDeny => kind != PolicyKind::Registry,
        _ => true,
    }
}

/// Whether a layer that must allow certainly does not, whatever else is open.
fn is_silent(by: By, decision: &Decision, verdict: LayerVerdict) -> bool {
    let silent = matches!(verdict, LayerVerdict::Silent | LayerVerdict::NotPresent);
    let resource = decision
        .layer_result(Layer::Resource)
        .map_or(LayerVerdict::NotPresent, |result| result.verdict);
    let crosses = decision.relation == Relation::CrossAccount;
    let nothing_granted = matches!(
        resource,
        LayerVerdict::NotPresent | LayerVerdict::Silent | LayerVerdict::Delegates
    );
    match by {
        By::OwnDeny | By::RepositoryDeny | By::Registry => false,
        By::Organization | By::Endpoint => verdict == LayerVerdict::Silent,
        By::OwnSilence => silent && (crosses || nothing_granted),
        By::Boundary => verdict == LayerVerdict::Silent && (crosses || nothing_granted),
        By::RepositorySilence => crosses && silent,
    }
}

/// What decided, where only the whole of the statements tells.
fn of_effect(decision: &Decision) -> Option<(By, Option<DecidedBy>)> {
    let by = match (decision.effect, decision.layer?) {
        (access::Effect::ExplicitDeny, Layer::Identity) => By::OwnDeny,
        (access::Effect::ImplicitDeny, Layer::Identity) => By::OwnSilence,
        (access::Effect::ExplicitDeny, Layer::Resource)
            if decision
                .decided_by
                .as_ref()
                .is_some_and(|statement| statement.kind == PolicyKind::Registry) =>
        {
            By::Registry
        }
        (access::Effect::ExplicitDeny, Layer::Resource) => By::RepositoryDeny,
        (access::Effect::ImplicitDeny, Layer::Resource) => By::RepositorySilence,
        (access::Effect::ExplicitDeny | access::Effect::ImplicitDeny, Layer::ServiceControl) => {
            By::Organization
        }
        (access::Effect::ExplicitDeny | access::Effect::ImplicitDeny, Layer::Boundary) => By::Boundary,
        (access::Effect::ExplicitDeny | access::Effect::ImplicitDeny, Layer::Endpoint) => By::Endpoint,
        (access::Effect::Allowed | access::Effect::Unknown, _) => return None,
    };
    Some((by, decision.decided_by.clone()))
}
