//! The policies beside the role's own and the repository's: endpoint, registry, organization.

use super::own::{ResourcePolicy, named};
use crate::access::{NamedPolicy, PolicyKind};
use crate::evidence::Evidence;
use crate::evidence::image::EcrEvidence;
use crate::evidence::network::VpcEndpoint;
use crate::observed::{Fact, Missing, Present};

/// The policy of a VPC endpoint.
#[derive(Debug)]
pub(in crate::case) struct EndpointPolicy {
    pub(in crate::case) policy: Option<NamedPolicy>,
    pub(in crate::case) fact: Fact,
    pub(in crate::case) missing: Option<Missing>,
}

impl EndpointPolicy {
    pub(in crate::case) fn of(endpoint: &Present<'_, VpcEndpoint>) -> Self {
        let name = format!("policy of endpoint {} ({})", endpoint.id, endpoint.service);
        let document = endpoint.policy.as_ref();
        let policy = document.and_then(|document| named(&name, PolicyKind::Endpoint, document));
        let missing = policy
            .is_none()
            .then(|| Missing::unknowable(&name, "AWS gave none that can be read"));
        let written = document.map_or_else(
            || name.clone(),
            |document| format!("{name}: {}", crate::names::at_most(&document.to_string(), 600)),
        );
        Self {
            policy,
            fact: endpoint.fact_on(&endpoint.id, written),
            missing,
        }
    }
}

/// The registry's policy, where it is about pulls at all: in its first version it is about replication and
/// pull-through caches only
/// (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html>).
pub(super) fn registry_policy(name: &str, ecr: &EcrEvidence) -> ResourcePolicy {
    let read = ResourcePolicy::of(name, PolicyKind::Registry, &ecr.registry_policy);
    if read.policy.is_none() {
        return read;
    }
    match ecr.registry_policy_scope.seen() {
        Some(scope) if scope.value() == "V1" => ResourcePolicy {
            policy: None,
            fact: Some(scope.fact(format!(
                "{name} is of scope V1: it is about replication and pull-through caches only"
            ))),
            missing: None,
        },
        Some(_) => read,
        None => ResourcePolicy {
            policy: None,
            fact: None,
            missing: Some(
                ecr.registry_policy_scope
                    .missing(format!("scope of the {name}"))
                    .unwrap_or_else(|| Missing::unknowable(format!("scope of the {name}"), "AWS named none")),
            ),
        },
    }
}

/// The organization's service control policies, level by level.
pub(in crate::case) fn service_control(evidence: &Evidence) -> Vec<Vec<NamedPolicy>> {
    let levels = evidence
        .organization
        .value()
        .map(|organization| organization.levels.as_slice())
        .unwrap_or_default();
    levels
        .iter()
        .map(|level| {
            let policies = level.policies.iter();
            policies
                .filter_map(|policy| {
                    let name = format!("service control policy {} ({})", policy.name, level.target);
                    named(&name, PolicyKind::ServiceControl, &policy.document)
                })
                .collect()
        })
        .collect()
}
