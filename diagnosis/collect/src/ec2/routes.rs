//! Route tables.

use aws_sdk_ec2::types;
use diagnosis::evidence::network::{Destination, Route, RouteTable, RouteTarget};
use diagnosis::{Listing, Outcome};

use super::{PAGES, of_vpc};
use crate::actions::EC2_DESCRIBE_ROUTE_TABLES;
use crate::convert::text;
use crate::pages::pages;
use crate::reader::Kind;
use crate::session::{Query, Seen, Session};
use crate::tally::Chain;

/// All route tables of the VPC.
pub(crate) async fn describe(session: &Session<'_>, vpc: &str, after: Chain) -> Seen<Listing<RouteTable>> {
    let query = Query::new(
        &EC2_DESCRIBE_ROUTE_TABLES,
        vpc,
        &session.region,
        Kind::Network,
        after,
    );
    session
        .read(query, async {
            pages(PAGES, |token| async {
                let answer = session
                    .ec2(&session.region)
                    .describe_route_tables()
                    .filters(of_vpc(vpc))
                    .set_next_token(token)
                    .send()
                    .await?;
                let tables = answer.route_tables().iter().map(convert).collect();
                Ok((tables, answer.next_token))
            })
            .await
        })
        .await
}

/// All routes that were seen.
pub(crate) fn routes(tables: &Seen<Listing<RouteTable>>) -> impl Iterator<Item = &Route> {
    let tables = match &tables.item.outcome {
        Outcome::Present(listing) => listing.items.as_slice(),
        _ => &[],
    };
    tables.iter().flat_map(|table| &table.routes)
}

fn convert(table: &types::RouteTable) -> RouteTable {
    RouteTable {
        id: text(table.route_table_id()),
        main: table
            .associations()
            .iter()
            .any(|association| association.main() == Some(true)),
        subnets: table
            .associations()
            .iter()
            .filter_map(types::RouteTableAssociation::subnet_id)
            .map(str::to_owned)
            .collect(),
        routes: table.routes().iter().map(route).collect(),
    }
}

fn route(route: &types::Route) -> Route {
    let range = route
        .destination_cidr_block()
        .or_else(|| route.destination_ipv6_cidr_block());
    let destination = match (range, route.destination_prefix_list_id()) {
        (Some(range), _) => range
            .parse()
            .map_or_else(|_| Destination::Other(range.to_owned()), Destination::Cidr),
        (None, Some(list)) => Destination::PrefixList(list.to_owned()),
        (None, None) => Destination::Other(String::new()),
    };
    Route {
        destination,
        target: target(route),
        blackhole: route.state() == Some(&types::RouteState::Blackhole),
    }
}

fn target(route: &types::Route) -> RouteTarget {
    let gateway = route.gateway_id().map(|id| match id.split('-').next() {
        Some("local") => RouteTarget::Local,
        Some("igw") => RouteTarget::InternetGateway(id.to_owned()),
        Some("vpce") => RouteTarget::VpcEndpoint(id.to_owned()),
        Some("vgw") => RouteTarget::VirtualPrivateGateway(id.to_owned()),
        _ => RouteTarget::Other(id.to_owned()),
    });
    let owned = str::to_owned;
    gateway
        .or_else(|| route.nat_gateway_id().map(owned).map(RouteTarget::NatGateway))
        .or_else(|| {
            route
                .transit_gateway_id()
                .map(owned)
                .map(RouteTarget::TransitGateway)
        })
        .or_else(|| {
            route
                .vpc_peering_connection_id()
                .map(owned)
                .map(RouteTarget::Peering)
        })
        .or_else(|| {
            let id = route.egress_only_internet_gateway_id().map(owned)?;
            Some(RouteTarget::EgressOnlyInternetGateway(id))
        })
        // An instance route names its interface too; the interface is what a blackhole is about.
        .or_else(|| {
            route
                .network_interface_id()
                .map(owned)
                .map(RouteTarget::Appliance)
        })
        .or_else(|| route.instance_id().map(owned).map(RouteTarget::Appliance))
        .unwrap_or_else(|| {
            let other = route
                .local_gateway_id()
                .or_else(|| route.carrier_gateway_id())
                .or_else(|| route.core_network_arn())
                .or_else(|| route.odb_network_arn());
            RouteTarget::Other(text(other))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_told_apart() {
        let build = || types::Route::builder().destination_cidr_block("0.0.0.0/0");
        let id = |text: &str| text.to_owned();
        for (built, expected) in [
            (build().gateway_id("local"), RouteTarget::Local),
            (
                build().gateway_id("igw-1"),
                RouteTarget::InternetGateway(id("igw-1")),
            ),
            (
                build().gateway_id("vpce-1"),
                RouteTarget::VpcEndpoint(id("vpce-1")),
            ),
            (
                build().gateway_id("vgw-1"),
                RouteTarget::VirtualPrivateGateway(id("vgw-1")),
            ),
            (
                build().nat_gateway_id("nat-1"),
                RouteTarget::NatGateway(id("nat-1")),
            ),
            (
                build().transit_gateway_id("tgw-1"),
                RouteTarget::TransitGateway(id("tgw-1")),
            ),
            (
                build().vpc_peering_connection_id("pcx-1"),
                RouteTarget::Peering(id("pcx-1")),
            ),
            (
                build().instance_id("i-1").network_interface_id("eni-1"),
                RouteTarget::Appliance(id("eni-1")),
            ),
            (build().core_network_arn("arn:x"), RouteTarget::Other(id("arn:x"))),
        ] {
            assert_eq!(route(&built.build()).target, expected);
        }
    }

    #[test]
    fn blackholes_and_prefix_lists_are_seen() {
        let gone = types::Route::builder()
            .destination_prefix_list_id("pl-1")
            .gateway_id("vpce-1")
            .state(types::RouteState::Blackhole)
            .build();
        let converted = route(&gone);
        assert!(converted.blackhole);
        assert_eq!(converted.destination, Destination::PrefixList("pl-1".to_owned()));
    }

    #[test]
    fn the_main_table_is_known_by_its_association() {
        let main = types::RouteTableAssociation::builder().main(true).build();
        let other = types::RouteTableAssociation::builder()
            .main(false)
            .subnet_id("subnet-1")
            .build();
        let table = types::RouteTable::builder()
            .associations(main)
            .associations(other)
            .build();
        let converted = convert(&table);
        assert!(converted.main);
        assert_eq!(converted.subnets, ["subnet-1"]);
    }
}
