//! The condition keys whose values are known at diagnosis time; every other key is unknown.
//!
//! Keys: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>.

use crate::access::Context;
use crate::evidence::Evidence;
use crate::evidence::network::NetworkEvidence;
use crate::network::Gate;

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
        .with("aws:CurrentTime", [evidence.observed_at.to_string()]);
    through(&mut context, &evidence.network, gate);
    context
}

/// Where a call comes from: a VPC endpoint tells which VPC, and hides the address; without one it is the other way round.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-network-properties>
pub(in crate::case) fn through(context: &mut Context, network: &NetworkEvidence, gate: Option<&Gate<'_>>) {
    const NONE: [&str; 0] = [];
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
