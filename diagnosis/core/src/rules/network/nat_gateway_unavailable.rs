//! The NAT gateway on the way is not available.
//!
//! # What fails
//! The subnet's default route leads to a NAT gateway that failed, is being made, or is being deleted.
//!
//! # What the pull says
//! "… connection issue between the task and Amazon ECR …", or "dial tcp …:443: i/o timeout" with a public address.
//!
//! # What proves it
//! The `State` of the NAT gateway is not `available`; AWS tells a failure code where it failed.
//!
//! # What rules it out
//! An available NAT gateway; endpoints that serve instead.
//!
//! # What cannot be known
//! Nothing, once NAT gateways may be read.
//!
//! # Remedies
//! Route to an available NAT gateway, or make a new one.
//!
//! # References
//! <https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html>

use super::broken;
use crate::case::Case;
use crate::judgement::{Judgement, Subject};
use crate::network::Break;
use crate::remedy::{Risk, manual};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let cli = "aws ec2 create-nat-gateway --subnet-id … --allocation-id …\naws ec2 replace-route --route-table-id … --destination-cidr-block 0.0.0.0/0 --nat-gateway-id …";
    let remedy = manual(
        "replace_nat_gateway",
        "Route to a working NAT gateway",
        Risk::Medium,
        cli.to_owned(),
        None,
    );
    broken::judge(
        case,
        |at| matches!(at, Break::NatUnavailable { .. }),
        |_, path| Subject::subnet(&path.place.subnet),
    )
    .into_iter()
    .map(|(subject, judgement)| (subject, judgement.with_remedies([remedy.clone()])))
    .collect()
}
