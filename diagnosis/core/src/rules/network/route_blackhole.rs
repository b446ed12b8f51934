//! The route to the registry points at something that no longer exists.
//!
//! # What fails
//! The subnet's route for the registry's addresses leads to a gateway, endpoint or interface that was deleted or
//! detached. What is sent there is dropped.
//!
//! # What the pull says
//! "… connection issue between the task and Amazon ECR …", or "dial tcp …:443: i/o timeout" with a public address.
//!
//! # What proves it
//! The route, by longest prefix, has `State` `blackhole`, or its internet gateway is not attached to the VPC.
//!
//! # What rules it out
//! An active route; endpoints that serve instead; a failure that proves that the registry was reached.
//!
//! # What cannot be known
//! When the target went away, where CloudTrail does not reach back so far.
//!
//! # Remedies
//! Replace the route by one that leads to an existing gateway.
//!
//! # References
//! <https://docs.aws.amazon.com/vpc/latest/userguide/WorkWithRouteTables.html>

use super::broken;
use crate::case::Case;
use crate::judgement::{Judgement, Subject};
use crate::network::Break;
use crate::remedy::{Risk, manual};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let cli =
        "aws ec2 replace-route --route-table-id … --destination-cidr-block 0.0.0.0/0 --nat-gateway-id …";
    let remedy = manual(
        "replace_route",
        "Replace the dead route",
        Risk::Medium,
        cli.to_owned(),
        None,
    );
    broken::judge(
        case,
        |at| {
            matches!(
                at,
                Break::Blackhole { .. } | Break::InternetGatewayDetached { .. }
            )
        },
        |_, path| Subject::subnet(&path.place.subnet),
    )
    .into_iter()
    .map(|(subject, judgement)| (subject, judgement.with_remedies([remedy.clone()])))
    .collect()
}
