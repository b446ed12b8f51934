//! The NAT gateway's own subnet has no way out, or it is a private NAT gateway.
//!
//! # What fails
//! The subnet's default route leads to a NAT gateway that cannot reach the internet itself: its own subnet has no
//! route to an internet gateway, or its connectivity is private.
//!
//! # What the pull says
//! "… connection issue between the task and Amazon ECR …", or "dial tcp …:443: i/o timeout" with a public address.
//!
//! # What proves it
//! The route table of the NAT gateway's subnet has no route to an internet gateway, or its `ConnectivityType` is
//! `private`.
//!
//! # What rules it out
//! A route from its subnet to an internet gateway.
//!
//! # What cannot be known
//! Nothing, once route tables and NAT gateways may be read.
//!
//! # Remedies
//! A default route to an internet gateway in the NAT gateway's subnet, or a public NAT gateway.
//!
//! # References
//! <https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html>

use super::broken;
use crate::case::Case;
use crate::judgement::{Judgement, Subject};
use crate::network::Break;
use crate::remedy::{Risk, manual};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let cli = "aws ec2 create-route --route-table-id … --destination-cidr-block 0.0.0.0/0 --gateway-id igw-…";
    let remedy = manual(
        "route_nat_subnet",
        "Give the NAT gateway a way out",
        Risk::Medium,
        cli.to_owned(),
        None,
    );
    broken::judge(
        case,
        |at| matches!(at, Break::NatWithoutRoute { .. } | Break::NatPrivate { .. }),
        |_, path| Subject::subnet(&path.place.subnet),
    )
    .into_iter()
    .map(|(subject, judgement)| (subject, judgement.with_remedies([remedy.clone()])))
    .collect()
}
