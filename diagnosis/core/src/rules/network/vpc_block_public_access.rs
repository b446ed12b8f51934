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
use crate::observed::without_repeats;
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
    let breaks = case.reaches.iter().flat_map(|reach| reach.path.breaks());
    let subnets = without_repeats(breaks.filter_map(|at| match at {
        Break::BlockPublicAccess { subnet, .. } => Some(subnet.clone()),
        _ => None,
    }));
    if subnets.is_empty() {
        return None;
    }
    let each = |text: &dyn Fn(&str) -> String, between: &str| {
        let texts: Vec<String> = subnets.iter().map(|subnet| text(subnet)).collect();
        texts.join(between)
    };
    let cli = |subnet: &str| {
        format!(
            "aws ec2 create-vpc-block-public-access-exclusion --subnet-id {subnet} --internet-gateway-exclusion-mode allow-bidirectional"
        )
    };
    let terraform = |subnet: &str| {
        format!(
            "resource \"aws_vpc_block_public_access_exclusion\" \"{}\" {{\n  subnet_id                       = \"{subnet}\"\n  internet_gateway_exclusion_mode = \"allow-bidirectional\"\n}}",
            subnet.replace('-', "_")
        )
    };
    let mut remedy = manual(
        "exempt_from_block_public_access",
        "Exempt the way out from VPC Block Public Access",
        Risk::High,
        each(&cli, "\n"),
        Some(each(&terraform, "\n\n")),
    );
    remedy
        .notes
        .push("Whoever switched it on meant to: ask the account's security owners first.".to_owned());
    Some(remedy)
}
