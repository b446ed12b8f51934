//! The condition keys whose values are known at diagnosis time; every other key is unknown.
//!
//! Keys: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>.

use crate::access::Context;
use crate::evidence::Evidence;
use crate::evidence::network::NetworkEvidence;
use crate::network::Gate;
use crate::observed::Missing;

/// A key that the call does not carry.
const NONE: [&str; 0] = [];

/// Circumstances of a call that `role` makes to something of account `owner` in `region`, through `gate`.
pub(in crate::case) fn of_call(
    evidence: &Evidence,
    role: &str,
    owner: &str,
    region: &str,
    gate: Option<&Gate<'_>>,
) -> Context {
    let account = role.split(':').nth(4).unwrap_or_default();
    let mut context = Context::new()
        .with("aws:PrincipalArn", [role])
        .with("aws:PrincipalAccount", [account])
        .with("aws:PrincipalType", ["AssumedRole"])
        .with("aws:PrincipalIsAWSService", ["false"])
        .with("aws:ViaAWSService", ["false"])
        .with("aws:ResourceAccount", [owner])
        .with("aws:RequestedRegion", [region])
        .with("aws:SecureTransport", ["true"])
        .with(
            "aws:CurrentTime",
            [evidence.observed_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()],
        );
    if evidence.organization.absent().is_some() {
        for key in ["aws:PrincipalOrgID", "aws:PrincipalOrgPaths"] {
            context.set(key, NONE);
        }
    }
    through(&mut context, &evidence.network, gate);
    context
}

/// That the value of a condition key is not known for `action`, and why.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
pub(in crate::case) fn unknown(key: &str, action: &str) -> Missing {
    let lower = key.to_ascii_lowercase();
    let why = if lower.contains("resourcetag/") {
        "a policy's condition asks for it, and the resource's tags were not read"
    } else if lower.starts_with("aws:principaltag/") {
        "a policy's condition asks for it, and the role's tags were not read"
    } else if lower.starts_with("aws:principalorg") || lower.starts_with("aws:resourceorg") {
        "a policy's condition asks for it, and which organization that is was not read"
    } else {
        "a policy's condition asks for it, and its value exists only during the call"
    };
    Missing::unknowable(format!("condition key {key} for {action}"), why)
}

/// Where a call comes from: a VPC endpoint tells which VPC, and hides the address; without one it is the other way round.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-network-properties>
pub(in crate::case) fn through(context: &mut Context, network: &NetworkEvidence, gate: Option<&Gate<'_>>) {
    match gate {
        Some(Gate::Endpoint(endpoint)) => {
            context.set("aws:SourceVpce", [endpoint.id.as_str()]);
            context.set("aws:SourceIp", NONE);
            if let Some(vpc) = network.vpc.value() {
                context.set("aws:SourceVpc", [vpc.id.as_str()]);
            }
        }
        Some(Gate::None(_)) => {
            context.set("aws:SourceVpce", NONE);
            context.set("aws:SourceVpc", NONE);
            context.set("aws:VpcSourceIp", NONE);
        }
        Some(Gate::Unclear(..)) | None => {}
    }
}
