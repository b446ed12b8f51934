//! Small networks for tests: an ordinary VPC, of which a test breaks one thing.

use ipnet::IpNet;
use jiff::Timestamp;

use super::need::Need;
use super::place::{Place, PlaceKind, PublicIp};
use crate::evidence::network::{
    BlockPublicAccess, Destination, DhcpOptions, InterfaceAddress, InternetGateway, NatGateway, NetworkAcl,
    NetworkAclEntry, NetworkEvidence, PrefixList, Route, RouteTable, RouteTarget, SecurityGroup,
    SecurityGroupRule, Subnet, Vpc, VpcEndpoint,
};
use crate::observed::{Listing, Observed, Outcome, Source};

pub(super) const REGION: &str = "eu-west-1";
pub(super) const ACCOUNT: &str = "111122223333";

pub(super) fn seen<T>(call: &str, value: T) -> Observed<T> {
    let source = Source {
        call: format!("ec2:{call}"),
        resource: "vpc-1".to_owned(),
        region: REGION.to_owned(),
        account: ACCOUNT.to_owned(),
    };
    Observed::present(source, Timestamp::UNIX_EPOCH, value)
}

pub(super) fn deny<T>(observed: &mut Observed<T>) {
    observed.outcome = Outcome::Denied {
        action: observed.source.call.clone(),
        principal: None,
    };
}

pub(super) fn items<T>(observed: &mut Observed<Listing<T>>) -> &mut Vec<T> {
    match &mut observed.outcome {
        Outcome::Present(listing) => &mut listing.items,
        _ => panic!("it was not seen"),
    }
}

pub(super) fn value<T>(observed: &mut Observed<T>) -> &mut T {
    match &mut observed.outcome {
        Outcome::Present(value) => value,
        _ => panic!("it was not seen"),
    }
}

pub(super) fn cidr(text: &str) -> IpNet {
    text.parse().unwrap()
}

pub(super) fn to(destination: &str, target: RouteTarget) -> Route {
    Route {
        destination: if destination.starts_with("pl-") {
            Destination::PrefixList(destination.to_owned())
        } else {
            Destination::Cidr(cidr(destination))
        },
        target,
        blackhole: false,
    }
}

pub(super) fn rule(ports: Option<(u16, u16)>, peer: &str) -> SecurityGroupRule {
    let peer = match peer.split_once('-') {
        Some(("pl", _)) => Destination::PrefixList(peer.to_owned()),
        Some(("sg", _)) => Destination::SecurityGroup(peer.to_owned()),
        _ => Destination::Cidr(cidr(peer)),
    };
    SecurityGroupRule {
        protocol: if ports.is_some() { "tcp" } else { "-1" }.to_owned(),
        from_port: ports.map(|ports| ports.0),
        to_port: ports.map(|ports| ports.1),
        peers: vec![peer],
    }
}

pub(super) fn entry(
    number: u32,
    egress: bool,
    allow: bool,
    ports: Option<(u16, u16)>,
    range: &str,
) -> NetworkAclEntry {
    NetworkAclEntry {
        number,
        egress,
        allow,
        protocol: if ports.is_some() { "6" } else { "-1" }.to_owned(),
        cidr: Some(cidr(range)),
        from_port: ports.map(|ports| ports.0),
        to_port: ports.map(|ports| ports.1),
    }
}

fn subnet(id: &str, range: &str) -> Subnet {
    Subnet {
        id: id.to_owned(),
        vpc: "vpc-1".to_owned(),
        owner: ACCOUNT.to_owned(),
        availability_zone: "eu-west-1a".to_owned(),
        cidrs: vec![cidr(range)],
        ipv6_only: false,
        maps_public_ip: true,
        name: None,
    }
}

fn table(id: &str, main: bool, subnets: &[&str], routes: Vec<Route>) -> RouteTable {
    RouteTable {
        id: id.to_owned(),
        main,
        subnets: subnets.iter().map(|id| (*id).to_owned()).collect(),
        routes: [vec![to("10.0.0.0/16", RouteTarget::Local)], routes].concat(),
    }
}

/// A VPC without a way out of its private subnets: `subnet-a` (the puller's) and `subnet-b` on `rtb-private`,
/// `subnet-public` on `rtb-public` with a route to `igw-1`. Groups and ACLs let everything through.
pub(super) fn isolated() -> NetworkEvidence {
    NetworkEvidence {
        subnets: seen(
            "DescribeSubnets",
            Listing::complete(vec![subnet("subnet-a", "10.0.1.0/24")]),
        ),
        vpc: seen(
            "DescribeVpcs",
            Vpc {
                id: "vpc-1".to_owned(),
                owner: ACCOUNT.to_owned(),
                cidrs: vec![cidr("10.0.0.0/16")],
                dhcp_options: Some("dopt-1".to_owned()),
            },
        ),
        dns_support: seen("DescribeVpcAttribute", true),
        dns_hostnames: seen("DescribeVpcAttribute", true),
        dhcp_options: seen(
            "DescribeDhcpOptions",
            DhcpOptions {
                id: "dopt-1".to_owned(),
                name_servers: vec!["AmazonProvidedDNS".to_owned()],
            },
        ),
        route_tables: seen(
            "DescribeRouteTables",
            Listing::complete(vec![
                table("rtb-main", true, &[], vec![]),
                table("rtb-private", false, &["subnet-a", "subnet-b"], vec![]),
                table(
                    "rtb-public",
                    false,
                    &["subnet-public"],
                    vec![to("0.0.0.0/0", RouteTarget::InternetGateway("igw-1".to_owned()))],
                ),
            ]),
        ),
        endpoints: seen("DescribeVpcEndpoints", Listing::complete(vec![])),
        security_groups: seen(
            "DescribeSecurityGroups",
            Listing::complete(vec![
                SecurityGroup {
                    id: "sg-default".to_owned(),
                    name: "default".to_owned(),
                    ingress: vec![rule(None, "sg-default")],
                    egress: vec![rule(None, "0.0.0.0/0")],
                },
                SecurityGroup {
                    id: "sg-task".to_owned(),
                    name: "task".to_owned(),
                    ingress: vec![],
                    egress: vec![rule(None, "0.0.0.0/0")],
                },
                SecurityGroup {
                    id: "sg-endpoint".to_owned(),
                    name: "endpoint".to_owned(),
                    ingress: vec![rule(Some((443, 443)), "10.0.0.0/16")],
                    egress: vec![],
                },
            ]),
        ),
        network_acls: seen(
            "DescribeNetworkAcls",
            Listing::complete(vec![NetworkAcl {
                id: "acl-1".to_owned(),
                default: true,
                subnets: vec![
                    "subnet-a".to_owned(),
                    "subnet-b".to_owned(),
                    "subnet-public".to_owned(),
                ],
                entries: vec![
                    entry(100, true, true, None, "0.0.0.0/0"),
                    entry(100, false, true, None, "0.0.0.0/0"),
                    entry(32767, true, false, None, "0.0.0.0/0"),
                    entry(32767, false, false, None, "0.0.0.0/0"),
                ],
            }]),
        ),
        nat_gateways: seen("DescribeNatGateways", Listing::complete(vec![])),
        other_subnets: seen(
            "DescribeSubnets",
            Listing::complete(vec![
                subnet("subnet-b", "10.0.2.0/24"),
                subnet("subnet-public", "10.0.100.0/24"),
            ]),
        ),
        internet_gateways: seen(
            "DescribeInternetGateways",
            Listing::complete(vec![InternetGateway {
                id: "igw-1".to_owned(),
                vpcs: vec!["vpc-1".to_owned()],
            }]),
        ),
        prefix_lists: seen(
            "DescribePrefixLists",
            Listing::complete(vec![PrefixList {
                id: "pl-s3".to_owned(),
                name: "com.amazonaws.eu-west-1.s3".to_owned(),
                cidrs: vec![cidr("52.218.0.0/17"), cidr("3.5.64.0/21")],
            }]),
        ),
        endpoint_addresses: seen("DescribeNetworkInterfaces", Listing::complete(vec![])),
        block_public_access: seen(
            "DescribeVpcBlockPublicAccessOptions",
            BlockPublicAccess {
                internet_gateway_mode: "off".to_owned(),
                exclusions: vec![],
            },
        ),
        hosted_zones: unasked("route53:ListHostedZonesByVPC"),
        dns_firewall: unasked("route53resolver:ListFirewallRules"),
        nat_port_errors: unasked("cloudwatch:GetMetricData"),
    }
}

/// What is read only where names or a NAT gateway's ports are in question.
pub(super) fn unasked<T>(call: &str) -> Observed<T> {
    let source = Source {
        call: call.to_owned(),
        resource: "vpc-1".to_owned(),
        region: REGION.to_owned(),
        account: ACCOUNT.to_owned(),
    };
    Observed::not_collected(source, Timestamp::UNIX_EPOCH, "it is not in question")
}

pub(super) fn routes<'a>(net: &'a mut NetworkEvidence, table: &str) -> &'a mut Vec<Route> {
    let tables = items(&mut net.route_tables);
    &mut tables.iter_mut().find(|found| found.id == table).unwrap().routes
}

pub(super) fn group<'a>(net: &'a mut NetworkEvidence, id: &str) -> &'a mut SecurityGroup {
    items(&mut net.security_groups)
        .iter_mut()
        .find(|group| group.id == id)
        .unwrap()
}

pub(super) fn endpoint<'a>(net: &'a mut NetworkEvidence, id: &str) -> &'a mut VpcEndpoint {
    items(&mut net.endpoints)
        .iter_mut()
        .find(|endpoint| endpoint.id == id)
        .unwrap()
}

/// The same VPC with a working NAT gateway for its private subnets.
pub(super) fn with_nat() -> NetworkEvidence {
    let mut net = isolated();
    items(&mut net.nat_gateways).push(NatGateway {
        id: "nat-1".to_owned(),
        subnet: "subnet-public".to_owned(),
        state: "available".to_owned(),
        connectivity: "public".to_owned(),
        failure: None,
    });
    routes(&mut net, "rtb-private").push(to("0.0.0.0/0", RouteTarget::NatGateway("nat-1".to_owned())));
    net
}

/// Adds an interface endpoint in `subnet-b`, at `10.0.2.10` and up.
pub(super) fn add_interface(net: &mut NetworkEvidence, service: &str) {
    let number = items(&mut net.endpoints).len() + 10;
    let id = format!("vpce-{}", service.rsplit('.').next().unwrap());
    let interface = format!("eni-{number}");
    items(&mut net.endpoints).push(VpcEndpoint {
        id,
        service: format!("com.amazonaws.{REGION}.{service}"),
        kind: "Interface".to_owned(),
        state: "available".to_owned(),
        private_dns: true,
        policy: None,
        route_tables: vec![],
        subnets: vec!["subnet-b".to_owned()],
        security_groups: vec!["sg-endpoint".to_owned()],
        network_interfaces: vec![interface.clone()],
        created_at: None,
    });
    items(&mut net.endpoint_addresses).push(InterfaceAddress {
        interface,
        subnet: Some("subnet-b".to_owned()),
        addresses: vec![format!("10.0.2.{number}").parse().unwrap()],
    });
}

/// Adds S3's gateway endpoint, on these route tables.
pub(super) fn add_gateway(net: &mut NetworkEvidence, tables: &[&str]) {
    items(&mut net.endpoints).push(VpcEndpoint {
        id: "vpce-s3".to_owned(),
        service: format!("com.amazonaws.{REGION}.s3"),
        kind: "Gateway".to_owned(),
        state: "available".to_owned(),
        private_dns: false,
        policy: None,
        route_tables: tables.iter().map(|id| (*id).to_owned()).collect(),
        subnets: vec![],
        security_groups: vec![],
        network_interfaces: vec![],
        created_at: None,
    });
    for table in tables {
        routes(net, table).push(to("pl-s3", RouteTarget::VpcEndpoint("vpce-s3".to_owned())));
    }
}

/// The isolated VPC with every endpoint that ECR needs.
pub(super) fn with_endpoints() -> NetworkEvidence {
    let mut net = isolated();
    add_interface(&mut net, "ecr.api");
    add_interface(&mut net, "ecr.dkr");
    add_gateway(&mut net, &["rtb-private"]);
    net
}

/// A task of Fargate in `subnet-a`.
pub(super) fn task() -> Place {
    Place {
        subnet: "subnet-a".to_owned(),
        security_groups: Some(vec!["sg-task".to_owned()]),
        public_ip: PublicIp::No,
        kind: PlaceKind::TaskEni,
        address: Some("10.0.1.7".parse().unwrap()),
        platform_version: Some("1.4.0".to_owned()),
        failed: vec![],
        running: vec![],
        facts: vec![],
    }
}

pub(super) fn api() -> Need {
    Need::EcrApi {
        region: REGION.to_owned(),
        fips: false,
    }
}

pub(super) fn dkr() -> Need {
    Need::Registry {
        host: "111122223333.dkr.ecr.eu-west-1.amazonaws.com".to_owned(),
        region: Some(REGION.to_owned()),
        fips: false,
        dual_stack: false,
    }
}

pub(super) fn s3() -> Need {
    Need::LayerStore {
        region: REGION.to_owned(),
    }
}

pub(super) fn hub() -> Need {
    Need::Registry {
        host: "registry-1.docker.io".to_owned(),
        region: None,
        fips: false,
        dual_stack: false,
    }
}
