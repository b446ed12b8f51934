//! VPC Block Public Access drops the way through the internet gateway.
//!
//! # What fails
//! Block Public Access overrides routes, groups and ACLs: with `block-bidirectional` nothing passes an internet gateway
//! of the account's VPCs in the region, NAT gateways included; with `block-ingress` only connections from NAT gateways
//! and egress-only gateways pass.
//!
//! # What the pull says
//! "… dial tcp …:443: i/o timeout", with a public address, though route, public address, groups and ACLs are as they
//! should be.
//!
//! # What proves it
//! The mode of the account in the region, and that neither the VPC nor the subnets on the way are exempt.
//!
//! # What rules it out
//! The mode is `off`, or the subnet is exempt; endpoints that serve; a failure that proves that the host was reached.
//!
//! # What cannot be known
//! The setting of the account that owns a shared VPC. What an exemption for egress lets out directly is not documented.
//!
//! # Remedies
//! An exclusion for the subnet, or the mode changed; both are decisions of whoever guards the account.
//!
//! # References
//! <https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html>

use super::broken::{self, Question};
use crate::case::Case;
use crate::evidence::network::RouteTarget;
use crate::judgement::{Judgement, Subject};
use crate::network::{Break, Part};
use crate::remedy::{Remedy, Risk, manual};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let tables = case.evidence.network.route_tables.items();
    let question = Question {
        arises: tables
            .iter()
            .flat_map(|table| &table.routes)
            .any(|route| matches!(route.target, RouteTarget::InternetGateway(_))),
        parts: &[Part::BlockPublicAccess],
    };
    let judged = broken::judge(
        case,
        question,
        |at, _| matches!(at, Break::BlockPublicAccess { .. }),
        |_, path| broken::whole(case, path),
    );
    broken::mended(judged, |_| exempt(case))
}

fn exempt(case: &Case<'_>) -> Option<Remedy> {
    let subnet = case
        .reaches
        .iter()
        .flat_map(|reach| reach.path.breaks())
        .find_map(|at| match at {
            Break::BlockPublicAccess { subnet, .. } => Some(subnet.clone()),
            _ => None,
        })?;
    let mut remedy = manual(
        "exempt_from_block_public_access",
        "Exempt the subnet from VPC Block Public Access",
        Risk::High,
        format!(
            "aws ec2 create-vpc-block-public-access-exclusion --subnet-id {subnet} --internet-gateway-exclusion-mode allow-bidirectional"
        ),
        Some(format!(
            "resource \"aws_vpc_block_public_access_exclusion\" \"pull\" {{\n  subnet_id                       = \"{subnet}\"\n  internet_gateway_exclusion_mode = \"allow-bidirectional\"\n}}"
        )),
    );
    remedy
        .notes
        .push("Whoever switched it on meant to: ask the account's security owners first.".to_owned());
    Some(remedy)
}
