//! The route to the registry points at something that no longer exists.
//!
//! # What fails
//! The route table sends the registry's packets to a gateway, an interface or a peering connection that was deleted or
//! detached. The route stays and its state is `blackhole`: packets are dropped. A more specific blackhole beats a
//! default route that works.
//!
//! # What the pull says
//! "… dial tcp …:443: i/o timeout", with a public address.
//!
//! # What proves it
//! The route that is taken, by longest prefix, has the state `blackhole`; or the internet gateway it names is not
//! attached to the VPC.
//!
//! # What rules it out
//! A route that is `active`; a failure that proves that the registry was reached. A NAT gateway that is
//! there and does not work is `nat_gateway_unavailable`.
//!
//! # What cannot be known
//! Who deleted the target, where CloudTrail's 90 days do not reach back.
//!
//! # Remedies
//! The route replaced by one to a target that exists, a NAT gateway of the same VPC for instance; a route for a part of the
//! internet taken away, where a wider one is to serve.
//!
//! # References
//! <https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html>,
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Route.html>

use super::broken::{self, Question};
use crate::case::Case;
use crate::evidence::network::NatGateway;
use crate::judgement::{Judgement, Subject, SubjectKind};
use crate::network::{Break, Part, Path};
use crate::remedy::{Remedy, Risk, manual};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let question = Question {
        arises: true,
        parts: &[Part::RouteTables, Part::InternetGateways],
    };
    let judged = broken::judge(case, question, fits, |at, path| match at {
        Break::Blackhole { route_table, .. } => Subject::new(SubjectKind::RouteTable, route_table),
        _ => Subject::subnet(&path.place.subnet),
    });
    broken::mended(judged, |_| replace_route(case))
}

/// A NAT gateway that is still there speaks for itself.
fn fits(at: &Break, path: &Path) -> bool {
    match at {
        Break::Blackhole { target, .. } => !path
            .breaks()
            .any(|other| matches!(other, Break::NatUnavailable { nat, .. } if nat == target)),
        Break::InternetGatewayDetached { .. } => true,
        _ => false,
    }
}

fn replace_route(case: &Case<'_>) -> Option<Remedy> {
    let blackhole = |path: &Path| {
        path.breaks().find_map(|at| match at {
            Break::Blackhole {
                route_table,
                destination,
                target,
            } => Some((route_table.clone(), destination.clone(), target.clone())),
            _ => None,
        })
    };
    let (table, destination, target) = case.reaches.iter().find_map(|reach| blackhole(&reach.path))?;
    let option = if destination.starts_with("pl-") {
        "--destination-prefix-list-id"
    } else if destination.contains(':') {
        "--destination-ipv6-cidr-block"
    } else {
        "--destination-cidr-block"
    };
    if !matches!(destination.as_str(), "0.0.0.0/0" | "::/0") {
        let mut remedy = manual(
            "delete_route",
            &format!("Take the route for {destination} away"),
            Risk::Medium,
            format!("aws ec2 delete-route --route-table-id {table} {option} {destination}"),
            None,
        );
        remedy.notes.push(format!(
            "It takes these packets before a wider route can. What else it was for fails already: {target}, which it led to, is gone."
        ));
        return Some(remedy);
    }
    let nats = case.evidence.network.nat_gateways.items();
    let nat = nats
        .iter()
        .find(|nat| nat.state == "available" && nat.connectivity == "public");
    let target = nat.map_or("NAT_GATEWAY_ID", |nat: &NatGateway| nat.id.as_str());
    Some(manual(
        "replace_route",
        "Lead the route to something that exists",
        Risk::Medium,
        format!(
            "aws ec2 replace-route --route-table-id {table} {option} {destination} --nat-gateway-id {target}"
        ),
        Some(format!(
            "resource \"aws_route\" \"out\" {{\n  route_table_id         = \"{table}\"\n  destination_cidr_block = \"{destination}\"\n  nat_gateway_id         = \"{target}\"\n}}"
        )),
    ))
}
