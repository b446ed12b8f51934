//! Whether the layer store may be read through the S3 endpoint that the layers come through.
//!
//! ECR hands out addresses that it signed itself: S3 sees a principal of AWS's own, and the bucket is AWS's too. So the
//! role's permissions do not matter, and a condition on one's own organization or account is never met
//! (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-setting-up-s3-gateway>).

use serde_json::json;

use super::fate::ImageCase;
use super::permission::{EndpointPolicy, context, gate_of, own::named};
use crate::access::{
    Context, Decision, Effect, NamedPolicy, Policies, PolicyKind, Principal, Request, decide,
};
use crate::evidence::Evidence;
use crate::evidence::network::VpcEndpoint;
use crate::images::Registry;
use crate::network::{Gate, Need, NetworkAnalysis};
use crate::observed::{Fact, Missing, Present};

/// The layer store of one region, and whether it may be read.
#[derive(Debug)]
pub struct LayerStore<'e> {
    /// Its region.
    pub region: String,
    /// ARN of what is read in it.
    pub resource: String,
    /// Whether an endpoint's policy lets it be read.
    pub access: StoreAccess<'e>,
}

/// What an S3 endpoint's policy says of the layer store.
#[derive(Debug)]
pub enum StoreAccess<'e> {
    /// It refuses. `certain` unless a condition names accounts or organizations that could be AWS's own.
    Refused {
        /// The endpoint.
        endpoint: Present<'e, VpcEndpoint>,
        /// What its policy comes to.
        decision: Box<Decision>,
        /// Whether that holds whatever AWS's own account is.
        certain: bool,
        /// The policy, as it was read.
        fact: Fact,
    },
    /// It allows, or there is no endpoint on the way.
    Open(Vec<Fact>),
    /// It cannot be told.
    Unknown(Option<Present<'e, VpcEndpoint>>, Vec<Missing>),
}

/// Keys that tell whose principal or resource it is: here AWS's own.
const OWNERS: [&str; 6] = [
    "aws:PrincipalAccount",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:ResourceAccount",
    "aws:ResourceOrgID",
    "s3:ResourceAccount",
];

/// Stands for an account and an organization of AWS's own.
const OF_AWS: &str = "000000000000";

/// The layer stores that the images need, one per region.
pub(super) fn stores<'e>(
    evidence: &'e Evidence,
    images: &[ImageCase<'_>],
    network: &NetworkAnalysis,
) -> Vec<LayerStore<'e>> {
    let mut stores: Vec<LayerStore<'e>> = Vec::new();
    for image in images {
        let Some(Registry::EcrPrivate { region, .. }) = image.registry() else {
            continue;
        };
        if stores.iter().any(|store| store.region == *region) {
            continue;
        }
        let partition = &evidence.target.partition;
        let resource = format!("arn:{partition}:s3:::prod-{region}-starport-layer-bucket/*");
        let gate = gate_of(
            evidence,
            network,
            |need| matches!(need, Need::LayerStore { region: of } if of == region),
        );
        stores.push(LayerStore {
            access: access(evidence, region, &resource, gate),
            region: region.clone(),
            resource,
        });
    }
    stores
}

fn access<'e>(evidence: &Evidence, region: &str, resource: &str, gate: Gate<'e>) -> StoreAccess<'e> {
    let endpoint = match gate {
        Gate::None(ref facts) => return StoreAccess::Open(facts.clone()),
        Gate::Unclear(endpoint, missing) => return StoreAccess::Unknown(endpoint, vec![missing]),
        Gate::Endpoint(endpoint) => endpoint,
    };
    let EndpointPolicy {
        policy,
        fact,
        missing,
    } = EndpointPolicy::of(&endpoint);
    let (Some(policy), Some(request)) = (policy, request(evidence, region, resource, &gate)) else {
        return StoreAccess::Unknown(Some(endpoint), missing.into_iter().collect());
    };
    let decision = decided(&request, &policy);
    match decision.effect {
        Effect::Allowed => return StoreAccess::Open(vec![fact]),
        Effect::ImplicitDeny | Effect::ExplicitDeny => {
            return StoreAccess::Refused {
                endpoint,
                decision: Box::new(decision),
                certain: true,
                fact,
            };
        }
        Effect::Unknown => {}
    }
    let mut foreign = request;
    for key in OWNERS {
        foreign.context.set(key, [OF_AWS]);
    }
    let as_aws = decided(&foreign, &policy);
    match as_aws.effect {
        // It holds where a Deny or Allow asks for somebody else than AWS.
        Effect::Allowed => StoreAccess::Open(vec![fact]),
        Effect::ImplicitDeny | Effect::ExplicitDeny => StoreAccess::Refused {
            certain: names_own_only(evidence, &as_aws),
            endpoint,
            decision: Box::new(as_aws),
            fact,
        },
        Effect::Unknown => {
            let keys = as_aws.missing_context.iter().map(|key| {
                Missing::unknowable(
                    format!("condition key {key} for s3:GetObject"),
                    "the endpoint's policy asks for it, and its value exists only during the call",
                )
            });
            StoreAccess::Unknown(Some(endpoint), keys.collect())
        }
    }
}

/// ECR's own request for a layer, as S3 sees it.
fn request(evidence: &Evidence, region: &str, resource: &str, gate: &Gate<'_>) -> Option<Request> {
    let partition = &evidence.target.partition;
    let mut known = Context::new()
        .with("aws:RequestedRegion", [region])
        .with("aws:SecureTransport", ["true"])
        .with("aws:CurrentTime", [evidence.observed_at.to_string()]);
    context::through(&mut known, &evidence.network, Some(gate));
    Some(Request {
        principal: Principal::parse(&format!("arn:{partition}:iam::{OF_AWS}:role/of-aws")).ok()?,
        action: "s3:GetObject".to_owned(),
        resource: resource.replace("/*", "/layer"),
        context: known,
    })
}

/// What the endpoint's policy comes to for somebody who may do everything else.
fn decided(request: &Request, endpoint: &NamedPolicy) -> Decision {
    let all = json!({ "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }] });
    let all: Vec<NamedPolicy> = named("what ECR may do", PolicyKind::Inline, &all)
        .into_iter()
        .collect();
    let policies = Policies {
        identity: &all,
        endpoint: Some(endpoint),
        ..Policies::default()
    };
    decide(request, &policies)
}

/// Whether the conditions that are not met name nobody who could be AWS: only the target's own account.
fn names_own_only(evidence: &Evidence, decision: &Decision) -> bool {
    let own = evidence.target.account.as_deref();
    if let Some(deny) = &decision.decided_by {
        let written = deny.statement.to_string();
        let mut accounts = written
            .split(|c: char| !c.is_ascii_digit())
            .filter(|digits| digits.len() == 12);
        return accounts.all(|account| Some(account) == own);
    }
    let of_owner = decision
        .unmet
        .iter()
        .filter(|unmet| OWNERS.iter().any(|key| key.eq_ignore_ascii_case(&unmet.key)));
    let mut any = false;
    for unmet in of_owner {
        any = true;
        // Nobody's organization but one's own is written into a policy of one's own endpoint.
        let organization = unmet.key.to_ascii_lowercase().contains("org");
        if !organization && unmet.wanted.iter().any(|account| Some(account.as_str()) != own) {
            return false;
        }
    }
    any
}
