//! What the rules about NAT gateways share.

use super::broken::{self, Question};
use crate::case::Case;
use crate::evidence::network::{RouteTable, RouteTarget};
use crate::judgement::{Judgement, Subject, SubjectKind};
use crate::network::{Break, Part, route_table};
use crate::observed::without_repeats;
use crate::remedy::{Remedy, Risk, manual};

/// Judges breaks of NAT gateways, each about the gateway that `fits` finds in it.
pub(super) fn judge(case: &Case<'_>, fits: impl Fn(&Break) -> Option<&str>) -> Vec<(Subject, Judgement)> {
    let question = Question {
        arises: are_used(case),
        parts: &[Part::RouteTables, Part::NatGateways],
    };
    let judged = broken::judge(
        case,
        question,
        |at, _| fits(at).is_some(),
        |at, path| match fits(at) {
            Some(nat) => Subject::new(SubjectKind::NatGateway, nat),
            None => Subject::subnet(&path.place.subnet),
        },
    );
    broken::mended(judged, |subject| [new_one(case, &subject.id)])
}

/// Whether a subnet of the puller leads to a NAT gateway.
pub(super) fn are_used(case: &Case<'_>) -> bool {
    !on_the_way(case).is_empty()
}

/// Ids of the NAT gateways that the puller's subnets lead to.
pub(super) fn on_the_way(case: &Case<'_>) -> Vec<String> {
    let network = &case.evidence.network;
    let places = case.network.places.known.iter();
    let routes = places
        .filter_map(|place| route_table(network, &place.subnet))
        .flat_map(|table| &table.value().routes);
    without_repeats(routes.filter_map(|route| match &route.target {
        RouteTarget::NatGateway(id) => Some(id.clone()),
        _ => None,
    }))
}

fn leads_to(table: &RouteTable, nat: &str) -> bool {
    let is_nat = |target: &RouteTarget| matches!(target, RouteTarget::NatGateway(id) if id == nat);
    table.routes.iter().any(|route| is_nat(&route.target))
}

/// A NAT gateway in a public subnet, and the routes that lead to it in place of `nat`.
pub(super) fn new_one(case: &Case<'_>, nat: &str) -> Remedy {
    let network = &case.evidence.network;
    let places = case.network.places.known.iter();
    let tables = places
        .filter_map(|place| route_table(network, &place.subnet))
        .filter(|table| leads_to(table.value(), nat))
        .map(|table| table.id.clone());
    let routes: Vec<String> = without_repeats(tables)
        .iter()
        .map(|table| {
            format!("aws ec2 replace-route --route-table-id {table} --destination-cidr-block 0.0.0.0/0 --nat-gateway-id NAT_GATEWAY_ID")
        })
        .collect();
    let cli = format!(
        "# PUBLIC_SUBNET_ID: a subnet whose own route table leads to an internet gateway\n\
         aws ec2 create-nat-gateway --subnet-id PUBLIC_SUBNET_ID --allocation-id ELASTIC_IP_ALLOCATION_ID\n{}",
        routes.join("\n")
    );
    let terraform = "resource \"aws_nat_gateway\" \"out\" {\n  subnet_id     = \"…\" # a public subnet\n  allocation_id = aws_eip.out.id\n}\n\nresource \"aws_route\" \"out\" {\n  route_table_id         = \"…\"\n  destination_cidr_block = \"0.0.0.0/0\"\n  nat_gateway_id         = aws_nat_gateway.out.id\n}";
    manual(
        "new_nat_gateway",
        "A NAT gateway that works, and the route to it",
        Risk::Medium,
        cli,
        Some(terraform.to_owned()),
    )
}
