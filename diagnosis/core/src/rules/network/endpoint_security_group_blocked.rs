//! The endpoint's security groups let no TCP 443 in from the task.
//!
//! # What fails
//! An interface endpoint has security groups of its own. With private DNS on, every pull of the VPC goes to it,
//! whatever NAT gateways there are; if its groups do not let the puller in, nothing answers. The VPC's default group
//! lets in only its own members.
//!
//! # What the pull says
//! "… dial tcp …:443: i/o timeout", with a private address: the endpoint's.
//!
//! # What proves it
//! The ingress rules of the endpoint's groups, asked for the puller's address and groups.
//!
//! # What rules it out
//! A rule that lets TCP 443 in from the puller; a public address in the failure's text; a failure that proves that the
//! host was reached.
//!
//! # What cannot be known
//! The puller's groups, for a task that no service started.
//!
//! # Remedies
//! A rule on the endpoint's group that lets TCP 443 in from the puller's group.
//!
//! # References
//! <https://docs.aws.amazon.com/vpc/latest/privatelink/interface-endpoints.html>,
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>

use super::endpoints;
use crate::case::Case;
use crate::judgement::{Judgement, Subject};
use crate::network::{Break, Part};
use crate::remedy::{Remedy, Risk, manual};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    endpoints::judge(
        case,
        &[Part::Endpoints, Part::SecurityGroups],
        |at| matches!(at, Break::EndpointIngressBlocked { .. }),
        |_| let_in(case),
    )
}

fn let_in(case: &Case<'_>) -> Option<Remedy> {
    let (group, from) = case.reaches.iter().find_map(|reach| {
        reach.path.breaks().find_map(|at| match at {
            Break::EndpointIngressBlocked { groups, .. } => {
                let from = reach
                    .path
                    .place
                    .security_groups
                    .as_ref()
                    .and_then(|groups| groups.first());
                Some((groups.first()?, from.map_or("GROUP_OF_THE_TASKS", String::as_str)))
            }
            _ => None,
        })
    })?;
    Some(manual(
        "let_into_endpoint",
        "Let the tasks into the endpoint",
        Risk::Low,
        format!(
            "aws ec2 authorize-security-group-ingress --group-id {group} --protocol tcp --port 443 --source-group {from}"
        ),
        Some(format!(
            "resource \"aws_vpc_security_group_ingress_rule\" \"endpoint\" {{\n  security_group_id            = \"{group}\"\n  referenced_security_group_id = \"{from}\"\n  ip_protocol                  = \"tcp\"\n  from_port                    = 443\n  to_port                      = 443\n}}"
        )),
    ))
}
