//! The same networks, seen from a subnet that has only IPv6.

use diagnosis::evidence::network::*;
use diagnosis::network::Need;
use diagnosis::observed::{Listing, Outcome};
use proptest::prelude::*;
use proptest::sample::select;

use crate::world::{World, world};

pub(crate) const SUBNET_V6: &str = "subnet-6";

/// A registry's name with IPv6 addresses, and one without.
pub(crate) fn needs() -> [Need; 2] {
    [("dkr-ecr", "on.aws", true), ("dkr.ecr", "amazonaws.com", false)].map(|(first, last, dual_stack)| {
        Need::Registry {
            host: format!("111122223333.{first}.eu-west-1.{last}"),
            region: Some("eu-west-1".to_owned()),
            fips: false,
            dual_stack,
        }
    })
}

fn route() -> impl Strategy<Value = Route> {
    let destination = select(vec!["::/0", "::/0", "2000::/3", "2600::/12", "64:ff9b::/96"]);
    let target = select(vec![
        RouteTarget::EgressOnlyInternetGateway("eigw-1".to_owned()),
        RouteTarget::EgressOnlyInternetGateway("eigw-1".to_owned()),
        RouteTarget::InternetGateway("igw-1".to_owned()),
        RouteTarget::TransitGateway("tgw-1".to_owned()),
    ]);
    (destination, target, prop::bool::weighted(0.1)).prop_map(|(destination, target, blackhole)| Route {
        destination: Destination::Cidr(destination.parse().unwrap()),
        // Only a NAT gateway translates.
        target: match destination {
            "64:ff9b::/96" => RouteTarget::NatGateway("nat-1".to_owned()),
            _ => target,
        },
        blackhole,
    })
}

fn rule() -> impl Strategy<Value = SecurityGroupRule> {
    let peer = select(vec!["::/0", "::/0", "2600::/12", "2001:db8::/32", "0.0.0.0/0"]);
    let ports = select(vec![(None, None), (Some(443), Some(443)), (Some(80), Some(80))]);
    (peer, ports).prop_map(|(peer, (from_port, to_port))| SecurityGroupRule {
        protocol: if from_port.is_none() { "-1" } else { "tcp" }.to_owned(),
        from_port,
        to_port,
        peers: vec![Destination::Cidr(peer.parse().unwrap())],
    })
}

fn entry() -> impl Strategy<Value = NetworkAclEntry> {
    let range = select(vec!["::/0", "::/0", "2600::/12", "0.0.0.0/0"]);
    let ports = select(vec![
        (None, None),
        (Some(443), Some(443)),
        (Some(1024), Some(65535)),
        (Some(32768), Some(60999)),
    ]);
    (range, ports, any::<bool>(), prop::bool::weighted(0.8)).prop_map(
        |(range, (from_port, to_port), egress, allow)| NetworkAclEntry {
            number: 0,
            egress,
            allow,
            protocol: if from_port.is_none() { "-1" } else { "6" }.to_owned(),
            cidr: Some(range.parse().unwrap()),
            from_port,
            to_port,
        },
    )
}

fn set<T>(listing: &mut diagnosis::Observed<Listing<T>>, items: Vec<T>) {
    listing.outcome = Outcome::Present(Listing::complete(items));
}

fn everything(egress: bool, number: u32) -> NetworkAclEntry {
    NetworkAclEntry {
        number,
        egress,
        allow: true,
        protocol: "-1".to_owned(),
        cidr: Some("::/0".parse().unwrap()),
        from_port: None,
        to_port: None,
    }
}

/// One of the small networks without endpoints, with a subnet that has only IPv6, in which the puller is.
pub(crate) fn only_v6() -> impl Strategy<Value = World> {
    let open = prop::bool::weighted(0.6);
    (
        world(false),
        prop::collection::vec(route(), 0..3),
        prop::collection::vec(rule(), 0..3),
        prop::collection::vec(entry(), 0..3),
        (open, open, open),
    )
        .prop_map(
            |(mut world, mut routes, mut rules, mut entries, (open_routes, open_rules, open_acl))| {
                let net = &mut world.net;
                if open_routes {
                    routes.insert(
                        0,
                        Route {
                            destination: Destination::Cidr("::/0".parse().unwrap()),
                            target: RouteTarget::EgressOnlyInternetGateway("eigw-1".to_owned()),
                            blackhole: false,
                        },
                    );
                }
                let mut known = Vec::new();
                routes.retain(|route| {
                    let new = !known.contains(&route.destination);
                    known.push(route.destination.clone());
                    new
                });
                if open_rules {
                    rules.push(SecurityGroupRule {
                        protocol: "-1".to_owned(),
                        from_port: None,
                        to_port: None,
                        peers: vec![Destination::Cidr("::/0".parse().unwrap())],
                    });
                }
                for (number, entry) in (10..).zip(&mut entries) {
                    entry.number = number;
                }
                if open_acl {
                    entries.extend([everything(true, 100), everything(false, 100)]);
                }
                let own = Subnet {
                    id: SUBNET_V6.to_owned(),
                    vpc: "vpc-1".to_owned(),
                    owner: "111122223333".to_owned(),
                    availability_zone: "eu-west-1a".to_owned(),
                    cidrs: vec!["2001:db8:0:6::/64".parse().unwrap()],
                    ipv6_only: true,
                    maps_public_ip: false,
                    name: None,
                };
                let others = [net.subnets.items(), net.other_subnets.items()].concat();
                set(&mut net.subnets, vec![own]);
                set(&mut net.other_subnets, others);
                let mut tables = net.route_tables.items().to_vec();
                tables.push(RouteTable {
                    id: "rtb-6".to_owned(),
                    main: false,
                    subnets: vec![SUBNET_V6.to_owned()],
                    routes,
                });
                set(&mut net.route_tables, tables);
                let mut groups = net.security_groups.items().to_vec();
                for group in &mut groups {
                    group.egress.clone_from(&rules);
                }
                set(&mut net.security_groups, groups);
                let mut acls = net.network_acls.items().to_vec();
                acls.push(NetworkAcl {
                    id: "acl-6".to_owned(),
                    default: false,
                    subnets: vec![SUBNET_V6.to_owned()],
                    entries,
                });
                set(&mut net.network_acls, acls);
                set(&mut net.endpoints, Vec::new());
                set(&mut net.endpoint_addresses, Vec::new());
                SUBNET_V6.clone_into(&mut world.place.subnet);
                world.place.address = None;
                world
            },
        )
}

/// Whether the route for addresses that stand for IPv4 ones leads where they may be translated.
pub(crate) fn may_translate(net: &NetworkEvidence) -> bool {
    let table = net
        .route_tables
        .items()
        .iter()
        .find(|table| table.id == "rtb-6")
        .unwrap();
    let translated: std::net::IpAddr = "64:ff9b::1".parse().unwrap();
    let taken = table
        .routes
        .iter()
        .filter_map(|route| match &route.destination {
            Destination::Cidr(range) if range.contains(&translated) => Some((range.prefix_len(), route)),
            _ => None,
        })
        .max_by_key(|(length, _)| *length);
    taken.is_some_and(|(_, route)| {
        !route.blackhole
            && matches!(
                route.target,
                RouteTarget::NatGateway(_) | RouteTarget::TransitGateway(_)
            )
    })
}
