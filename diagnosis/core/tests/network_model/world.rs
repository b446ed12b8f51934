//! Small networks, mostly working: generated from few ranges and ports, so that few packets try all there is.

use diagnosis::evidence::network::*;
use diagnosis::network::{Need, Place, PlaceKind, PublicIp};
use diagnosis::observed::{Listing, Observed, Source};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

pub(crate) const SUBNETS: [(&str, &str); 3] = [
    ("subnet-a", "10.0.1.0/24"),
    ("subnet-b", "10.0.2.0/24"),
    ("subnet-p", "10.0.100.0/24"),
];

/// A network and where the puller is in it.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) net: NetworkEvidence,
    pub(crate) place: Place,
}

pub(crate) fn needs() -> [Need; 4] {
    let region = "eu-west-1".to_owned();
    [
        Need::EcrApi {
            region: region.clone(),
            fips: false,
        },
        Need::LayerStore { region },
        Need::LayerStore {
            region: "us-east-1".to_owned(),
        },
        Need::Registry {
            host: "ghcr.io".to_owned(),
            region: None,
            fips: false,
            dual_stack: false,
        },
    ]
}

fn seen<T>(value: T) -> Observed<T> {
    let source = Source {
        call: "ec2:Describe".to_owned(),
        resource: "vpc-1".to_owned(),
        region: "eu-west-1".to_owned(),
        account: "111122223333".to_owned(),
    };
    Observed::present(source, jiff::Timestamp::UNIX_EPOCH, value)
}

/// What is read only where names or a NAT gateway's ports are in question.
fn unasked<T>() -> Observed<T> {
    let source = seen(()).source;
    Observed::not_collected(source, jiff::Timestamp::UNIX_EPOCH, "it is not in question")
}

fn all<T>(items: Vec<T>) -> Observed<Listing<T>> {
    seen(Listing::complete(items))
}

fn often<T: Clone + std::fmt::Debug + 'static>(usual: T, rare: Vec<T>) -> impl Strategy<Value = T> {
    prop_oneof![4 => Just(usual), 1 => select(rare)]
}

fn ids(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

fn ports() -> impl Strategy<Value = (Option<u16>, Option<u16>)> {
    select(vec![
        (None, None),
        (Some(443), Some(443)),
        (Some(80), Some(80)),
        (Some(400), Some(500)),
        (Some(1024), Some(65535)),
        (Some(32768), Some(65535)),
        (Some(32768), Some(60999)),
    ])
}

fn route() -> impl Strategy<Value = Route> {
    let destination = select(vec![
        "0.0.0.0/0",
        "0.0.0.0/0",
        "0.0.0.0/1",
        "52.0.0.0/8",
        "10.0.0.0/8",
        "pl-s3",
        "pl-own",
    ]);
    let target = prop_oneof![
        3 => Just(RouteTarget::InternetGateway("igw-1".to_owned())),
        3 => Just(RouteTarget::NatGateway("nat-1".to_owned())),
        1 => Just(RouteTarget::TransitGateway("tgw-1".to_owned())),
        1 => Just(RouteTarget::VpcEndpoint("vpce-s3g".to_owned())),
    ];
    (destination, target, often(false, vec![true])).prop_map(|(destination, target, blackhole)| {
        let (destination, target) = match destination {
            // Only gateway endpoints are routed to by S3's list, and nothing else leads to them.
            "pl-s3" => (
                Destination::PrefixList("pl-s3".to_owned()),
                RouteTarget::VpcEndpoint("vpce-s3g".to_owned()),
            ),
            "pl-own" => (
                Destination::PrefixList("pl-own".to_owned()),
                RouteTarget::TransitGateway("tgw-1".to_owned()),
            ),
            range => (Destination::Cidr(range.parse().unwrap()), target),
        };
        let target = match (&destination, target) {
            (Destination::Cidr(_), RouteTarget::VpcEndpoint(_)) => {
                RouteTarget::NatGateway("nat-1".to_owned())
            }
            (_, target) => target,
        };
        Route {
            destination,
            target,
            blackhole,
        }
    })
}

fn tables() -> impl Strategy<Value = Vec<RouteTable>> {
    let table = |id: &'static str, main: bool, usual: &'static str| {
        let usual_route = Route {
            destination: Destination::Cidr("0.0.0.0/0".parse().unwrap()),
            target: match usual {
                "nat" => RouteTarget::NatGateway("nat-1".to_owned()),
                _ => RouteTarget::InternetGateway("igw-1".to_owned()),
            },
            blackhole: false,
        };
        let routes = prop_oneof![
            3 => Just(vec![usual_route]),
            2 => Just(vec![]),
            2 => proptest::collection::vec(route(), 0..3),
        ];
        routes.prop_map(move |mut routes| {
            // A table has one route to each destination.
            let mut known = Vec::new();
            routes.retain(|route| {
                let new = !known.contains(&route.destination);
                known.push(route.destination.clone());
                new
            });
            routes.push(Route {
                destination: Destination::Cidr("10.0.0.0/16".parse().unwrap()),
                target: RouteTarget::Local,
                blackhole: false,
            });
            RouteTable {
                id: id.to_owned(),
                main,
                subnets: vec![],
                routes,
            }
        })
    };
    (
        table("rtb-main", true, "nat"),
        table("rtb-private", false, "nat"),
        table("rtb-public", false, "igw"),
        often(
            [1usize, 1, 2],
            vec![[0, 0, 0], [0, 1, 2], [2, 1, 2], [1, 1, 1], [2, 2, 2]],
        ),
    )
        .prop_map(|(main, private, public, of_subnets)| {
            let mut tables = vec![private, main, public];
            for ((subnet, _), at) in SUBNETS.iter().zip(of_subnets) {
                match at {
                    1 => tables[0].subnets.push((*subnet).to_owned()),
                    2 => tables[2].subnets.push((*subnet).to_owned()),
                    _ => {}
                }
            }
            tables
        })
}

fn peer() -> impl Strategy<Value = Destination> {
    select(vec![
        "0.0.0.0/0",
        "0.0.0.0/0",
        "10.0.0.0/16",
        "10.0.1.0/25",
        "10.0.1.0/24",
        "10.0.2.0/24",
        "52.0.0.0/8",
        "sg-task",
        "sg-endpoint",
        "pl-s3",
    ])
    .prop_map(|text| {
        if text.starts_with("sg-") {
            Destination::SecurityGroup(text.to_owned())
        } else if text.starts_with("pl-") {
            Destination::PrefixList(text.to_owned())
        } else {
            Destination::Cidr(text.parse().unwrap())
        }
    })
}

fn rules() -> impl Strategy<Value = Vec<SecurityGroupRule>> {
    let rule = (ports(), peer()).prop_map(|((from_port, to_port), peer)| SecurityGroupRule {
        protocol: if from_port.is_none() { "-1" } else { "tcp" }.to_owned(),
        from_port,
        to_port,
        peers: vec![peer],
    });
    let everything = SecurityGroupRule {
        protocol: "-1".to_owned(),
        from_port: None,
        to_port: None,
        peers: vec![Destination::Cidr("0.0.0.0/0".parse().unwrap())],
    };
    prop_oneof![2 => Just(vec![everything]), 1 => proptest::collection::vec(rule, 0..4)]
}

fn groups() -> impl Strategy<Value = Vec<SecurityGroup>> {
    let group = |id: &'static str, name: &'static str| {
        (rules(), rules()).prop_map(move |(ingress, egress)| SecurityGroup {
            id: id.to_owned(),
            name: name.to_owned(),
            ingress,
            egress,
        })
    };
    (
        group("sg-default", "default"),
        group("sg-task", "task"),
        group("sg-endpoint", "endpoint"),
    )
        .prop_map(|(default, task, endpoint)| vec![task, default, endpoint])
}

fn acls() -> impl Strategy<Value = Vec<NetworkAcl>> {
    let entry = (
        select(vec![10u32, 20, 30, 40, 50]),
        any::<bool>(),
        often(true, vec![false]),
        ports(),
        select(vec![
            "0.0.0.0/0",
            "0.0.0.0/0",
            "10.0.0.0/16",
            "10.0.1.0/24",
            "52.0.0.0/8",
            "3.5.64.0/21",
        ]),
    )
        .prop_map(
            |(number, egress, allow, (from_port, to_port), cidr)| NetworkAclEntry {
                number,
                egress,
                allow,
                protocol: if from_port.is_none() { "-1" } else { "6" }.to_owned(),
                cidr: Some(cidr.parse().unwrap()),
                from_port,
                to_port,
            },
        );
    let allow_all = |egress| NetworkAclEntry {
        number: 100,
        egress,
        allow: true,
        protocol: "-1".to_owned(),
        cidr: Some("0.0.0.0/0".parse().unwrap()),
        from_port: None,
        to_port: None,
    };
    let entries = (
        proptest::collection::vec(entry, 0..5),
        often((true, true), vec![(false, true), (true, false)]),
    )
        .prop_map(move |(mut entries, (all_in, all_out))| {
            // Numbers are given once in each direction.
            entries.sort_by_key(|entry| (entry.egress, entry.number));
            entries.dedup_by_key(|entry| (entry.egress, entry.number));
            entries.extend(all_in.then(|| allow_all(false)));
            entries.extend(all_out.then(|| allow_all(true)));
            entries
        });
    (
        entries,
        subsequence(vec!["subnet-a", "subnet-b", "subnet-p"], 0..=2),
    )
        .prop_map(move |(entries, strict)| {
            let on = |wanted: bool| -> Vec<String> {
                SUBNETS
                    .iter()
                    .filter(|(id, _)| strict.contains(id) == wanted)
                    .map(|(id, _)| (*id).to_owned())
                    .collect()
            };
            let acl = |id: &str, default, subnets, entries| NetworkAcl {
                id: id.to_owned(),
                default,
                subnets,
                entries,
            };
            vec![
                acl("acl-strict", false, on(true), entries),
                acl(
                    "acl-default",
                    true,
                    on(false),
                    vec![allow_all(true), allow_all(false)],
                ),
            ]
        })
}

fn endpoints(doubtful: bool) -> impl Strategy<Value = (Vec<VpcEndpoint>, Vec<InterfaceAddress>)> {
    let interface = move |id: &'static str, service: &'static str, last: u8| {
        (
            any::<bool>(),
            often(true, vec![false]),
            if doubtful {
                select(vec!["available", "available", "pending", "deleted"]).boxed()
            } else {
                Just("available").boxed()
            },
            subsequence(vec!["subnet-a", "subnet-b"], 1..=2),
            often("sg-endpoint", vec!["sg-default"]),
        )
            .prop_map(move |(exists, private_dns, state, subnets, group)| {
                exists.then(|| {
                    let addresses: Vec<InterfaceAddress> = subnets
                        .iter()
                        .map(|subnet| InterfaceAddress {
                            interface: format!("eni-{last}-{subnet}"),
                            subnet: Some((*subnet).to_owned()),
                            addresses: vec![
                                format!("10.0.{}.{last}", if *subnet == "subnet-a" { 1 } else { 2 })
                                    .parse()
                                    .unwrap(),
                            ],
                        })
                        .collect();
                    let endpoint = VpcEndpoint {
                        id: id.to_owned(),
                        service: format!("com.amazonaws.eu-west-1.{service}"),
                        kind: "Interface".to_owned(),
                        state: state.to_owned(),
                        private_dns,
                        policy: None,
                        route_tables: vec![],
                        subnets: ids(&subnets),
                        security_groups: ids(&[group]),
                        network_interfaces: addresses.iter().map(|item| item.interface.clone()).collect(),
                        created_at: None,
                    };
                    (endpoint, addresses)
                })
            })
    };
    let s3 = interface("vpce-s3i", "s3", 20).prop_map(move |found| if doubtful { found } else { None });
    (interface("vpce-api", "ecr.api", 10), s3, any::<bool>()).prop_map(|(api, s3, logs)| {
        let mut endpoints = Vec::new();
        let mut addresses = Vec::new();
        for (endpoint, its) in api.into_iter().chain(s3) {
            endpoints.push(endpoint);
            addresses.extend(its);
        }
        if logs {
            let other = VpcEndpoint {
                id: "vpce-logs".to_owned(),
                service: "com.amazonaws.eu-west-1.logs".to_owned(),
                kind: "Interface".to_owned(),
                state: "available".to_owned(),
                private_dns: true,
                policy: None,
                route_tables: vec![],
                subnets: ids(&["subnet-b"]),
                security_groups: ids(&["sg-endpoint"]),
                network_interfaces: vec![],
                created_at: None,
            };
            endpoints.insert(0, other);
        }
        (endpoints, addresses)
    })
}

/// A network. `doubtful` ones have what the naive model does not know: states in between, and names of two endpoints.
pub(crate) fn world(doubtful: bool) -> impl Strategy<Value = World> {
    let gateway = often(true, vec![false]);
    let nat = (
        often("subnet-p", vec!["subnet-a", "subnet-b"]),
        often("available", vec!["failed", "pending"]),
        often("public", vec!["private"]),
        often(true, vec![false]),
    );
    let names = (
        often(true, vec![false]),
        often(true, vec![false]),
        if doubtful {
            often("AmazonProvidedDNS", vec!["10.0.0.53", "10.0.0.2"]).boxed()
        } else {
            Just("AmazonProvidedDNS").boxed()
        },
    );
    let block = (
        often("off", vec!["block-ingress", "block-bidirectional"]),
        select(vec![vec![], vec!["vpc-1"], vec!["subnet-p", "subnet-a"]]),
    );
    let place = (
        select(vec!["subnet-a", "subnet-p"]),
        often(vec!["sg-task"], vec![vec![], vec!["sg-task", "sg-endpoint"]]),
        any::<bool>(),
        any::<bool>(),
    );
    let parts = (tables(), groups(), acls(), endpoints(doubtful), gateway);
    (
        parts,
        nat,
        names,
        block,
        place,
        often(true, vec![false]),
        any::<bool>(),
    )
        .prop_map(
            |(
                (tables, groups, acls, (mut endpoints, addresses), has_gateway),
                nat,
                names,
                block,
                place,
                attached,
                v6,
            )| {
                let used = tables.iter().any(|table| {
                    table
                        .routes
                        .iter()
                        .any(|route| route.target == RouteTarget::VpcEndpoint("vpce-s3g".to_owned()))
                });
                if has_gateway || used {
                    endpoints.push(VpcEndpoint {
                        id: "vpce-s3g".to_owned(),
                        service: "com.amazonaws.eu-west-1.s3".to_owned(),
                        kind: "Gateway".to_owned(),
                        state: "available".to_owned(),
                        private_dns: false,
                        policy: None,
                        route_tables: vec![],
                        subnets: vec![],
                        security_groups: vec![],
                        network_interfaces: vec![],
                        created_at: None,
                    });
                }
                let subnet = |(id, range): &(&str, &str)| Subnet {
                    id: (*id).to_owned(),
                    vpc: "vpc-1".to_owned(),
                    owner: "111122223333".to_owned(),
                    availability_zone: "eu-west-1a".to_owned(),
                    cidrs: if v6 && *id == "subnet-p" {
                        vec![range.parse().unwrap(), "2001:db8:0:1::/64".parse().unwrap()]
                    } else {
                        vec![range.parse().unwrap()]
                    },
                    ipv6_only: false,
                    maps_public_ip: true,
                    name: None,
                };
                let (nat_subnet, nat_state, connectivity, nat_exists) = nat;
                let (support, hostnames, server) = names;
                let (mode, exempt) = block;
                let (at, place_groups, public, address) = place;
                let (mine, others): (Vec<Subnet>, Vec<Subnet>) =
                    SUBNETS.iter().map(subnet).partition(|subnet| subnet.id == at);
                let net = NetworkEvidence {
                    subnets: all(mine),
                    vpc: seen(Vpc {
                        id: "vpc-1".to_owned(),
                        owner: "111122223333".to_owned(),
                        cidrs: vec!["10.0.0.0/16".parse().unwrap()],
                        dhcp_options: Some("dopt-1".to_owned()),
                    }),
                    dns_support: seen(support),
                    dns_hostnames: seen(hostnames),
                    dhcp_options: seen(DhcpOptions {
                        id: "dopt-1".to_owned(),
                        name_servers: ids(&[server]),
                    }),
                    route_tables: all(tables),
                    endpoints: all(endpoints),
                    security_groups: all(groups),
                    network_acls: all(acls),
                    nat_gateways: all(if nat_exists {
                        vec![NatGateway {
                            id: "nat-1".to_owned(),
                            subnet: nat_subnet.to_owned(),
                            state: nat_state.to_owned(),
                            connectivity: connectivity.to_owned(),
                            failure: None,
                        }]
                    } else {
                        vec![]
                    }),
                    other_subnets: all(others),
                    internet_gateways: all(vec![InternetGateway {
                        id: "igw-1".to_owned(),
                        vpcs: if attached { ids(&["vpc-1"]) } else { vec![] },
                    }]),
                    prefix_lists: all(vec![
                        PrefixList {
                            id: "pl-s3".to_owned(),
                            name: "com.amazonaws.eu-west-1.s3".to_owned(),
                            cidrs: vec!["52.218.0.0/17".parse().unwrap(), "3.5.64.0/21".parse().unwrap()],
                        },
                        PrefixList {
                            id: "pl-own".to_owned(),
                            name: "corporate".to_owned(),
                            cidrs: vec!["10.20.0.0/16".parse().unwrap()],
                        },
                    ]),
                    endpoint_addresses: all(addresses),
                    block_public_access: seen(BlockPublicAccess {
                        internet_gateway_mode: mode.to_owned(),
                        exclusions: exempt
                            .into_iter()
                            .map(|id| (id.to_owned(), "allow-bidirectional".to_owned()))
                            .collect(),
                    }),
                    hosted_zones: unasked(),
                    dns_firewall: unasked(),
                    nat_port_errors: unasked(),
                };
                World {
                    net,
                    place: Place {
                        subnet: at.to_owned(),
                        security_groups: Some(ids(&place_groups)),
                        public_ip: if public { PublicIp::Yes } else { PublicIp::No },
                        kind: PlaceKind::TaskEni,
                        address: address.then(|| {
                            if at == "subnet-a" {
                                "10.0.1.200"
                            } else {
                                "10.0.100.200"
                            }
                            .parse()
                            .unwrap()
                        }),
                        platform_version: None,
                        failed: vec![],
                        running: vec![],
                        facts: vec![],
                    },
                }
            },
        )
}
