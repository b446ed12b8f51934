//! What keeps a puller from a host: all that does is told, each with what it was read off.

use diagnosis::evidence::Evidence;
use diagnosis::evidence::ecs::LogConfiguration;
use diagnosis::evidence::network::{
    BlockPublicAccess, Destination, DhcpOptions, DnsFirewallRule, InternetGateway, NatGateway, NetworkAcl,
    NetworkAclEntry, NetworkEvidence, Route, RouteTable, RouteTarget, SecurityGroup, SecurityGroupRule,
    Subnet, Vpc, VpcEndpoint,
};
use diagnosis::{Cause, Listing, Observed, Outcome, Report};

use crate::world::{ACCOUNT, REGION, causes, denied, failing, report, seen};

const TIMEOUT_IN_VPC: &str = "CannotPullContainerError: failed to do request: Head \"https://444455556666.dkr.ecr.eu-central-1.amazonaws.com/v2/shop/cart/manifests/2.0.1\": dial tcp 10.0.1.10:443: i/o timeout";
const TIMEOUT: &str = "ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve ecr registry auth: service call has been retried 3 time(s): RequestError: send request failed caused by: Post \"https://api.ecr.eu-central-1.amazonaws.com/\": dial tcp 52.95.1.1:443: i/o timeout";

fn facts(report: &Report, cause: Cause) -> Vec<&str> {
    let found = report.causes.iter().find(|item| item.cause == cause).unwrap();
    found.evidence.iter().map(|item| item.fact.as_str()).collect()
}

fn all<T>(call: &str, items: Vec<T>) -> Observed<Listing<T>> {
    seen(call, "vpc-1", Listing::complete(items))
}

fn everything(egress: bool) -> NetworkAclEntry {
    NetworkAclEntry {
        number: 100,
        egress,
        allow: true,
        protocol: "-1".to_owned(),
        cidr: Some("0.0.0.0/0".parse().unwrap()),
        from_port: None,
        to_port: None,
    }
}

/// A subnet without a way out, in a VPC without endpoints; its group lets everything out.
fn isolated(mut evidence: Evidence) -> Evidence {
    let open = SecurityGroupRule {
        protocol: "-1".to_owned(),
        from_port: None,
        to_port: None,
        peers: vec![Destination::Cidr("0.0.0.0/0".parse().unwrap())],
    };
    evidence.network = NetworkEvidence {
        subnets: all(
            "ec2:DescribeSubnets",
            vec![Subnet {
                id: "subnet-a".to_owned(),
                vpc: "vpc-1".to_owned(),
                owner: ACCOUNT.to_owned(),
                availability_zone: format!("{REGION}a"),
                cidrs: vec!["10.0.1.0/24".parse().unwrap()],
                ipv6_only: false,
                maps_public_ip: false,
                name: None,
            }],
        ),
        vpc: seen(
            "ec2:DescribeVpcs",
            "vpc-1",
            Vpc {
                id: "vpc-1".to_owned(),
                owner: ACCOUNT.to_owned(),
                cidrs: vec!["10.0.0.0/16".parse().unwrap()],
                dhcp_options: Some("dopt-1".to_owned()),
            },
        ),
        dns_support: seen("ec2:DescribeVpcAttribute", "vpc-1", true),
        dns_hostnames: seen("ec2:DescribeVpcAttribute", "vpc-1", true),
        dhcp_options: seen(
            "ec2:DescribeDhcpOptions",
            "dopt-1",
            DhcpOptions {
                id: "dopt-1".to_owned(),
                name_servers: vec!["AmazonProvidedDNS".to_owned()],
            },
        ),
        route_tables: all(
            "ec2:DescribeRouteTables",
            vec![RouteTable {
                id: "rtb-1".to_owned(),
                main: true,
                subnets: Vec::new(),
                routes: vec![Route {
                    destination: Destination::Cidr("10.0.0.0/16".parse().unwrap()),
                    target: RouteTarget::Local,
                    blackhole: false,
                }],
            }],
        ),
        endpoints: all("ec2:DescribeVpcEndpoints", Vec::new()),
        security_groups: all(
            "ec2:DescribeSecurityGroups",
            vec![SecurityGroup {
                id: "sg-default".to_owned(),
                name: "default".to_owned(),
                ingress: Vec::new(),
                egress: vec![open],
            }],
        ),
        network_acls: all(
            "ec2:DescribeNetworkAcls",
            vec![NetworkAcl {
                id: "acl-1".to_owned(),
                default: true,
                subnets: vec!["subnet-a".to_owned()],
                entries: vec![everything(true), everything(false)],
            }],
        ),
        nat_gateways: all("ec2:DescribeNatGateways", Vec::new()),
        internet_gateways: all("ec2:DescribeInternetGateways", Vec::new()),
        endpoint_addresses: all("ec2:DescribeNetworkInterfaces", Vec::new()),
        ..evidence.network
    };
    evidence
}

fn without_egress(evidence: &mut Evidence) {
    if let Outcome::Present(groups) = &mut evidence.network.security_groups.outcome {
        groups.items[0].egress.clear();
    }
}

/// A rule of the DNS firewall that lets no name of AWS's through.
fn with_firewall(evidence: &mut Evidence) {
    evidence.network.dns_firewall = all(
        "route53resolver:ListFirewallRules",
        vec![DnsFirewallRule {
            group: "no-aws".to_owned(),
            name: "block".to_owned(),
            action: "BLOCK".to_owned(),
            block_response: Some("NXDOMAIN".to_owned()),
            managed_list: false,
            domains: all(
                "route53resolver:ListFirewallDomains",
                vec!["*.amazonaws.com.".to_owned()],
            ),
        }],
    );
}

#[test]
fn what_breaks_the_way_as_well_cites_what_it_was_read_off() {
    let mut evidence = isolated(failing(TIMEOUT));
    without_egress(&mut evidence);
    let report = report(&evidence);
    assert_eq!(
        causes(&report)[..2],
        [
            "no_route_to_registry Confirmed Observed".to_owned(),
            "security_group_egress_blocked Confirmed Next".to_owned(),
        ]
    );
    let facts = facts(&report, Cause::SecurityGroupEgressBlocked);
    assert!(facts.contains(&"egress of sg-default: no rule"), "{facts:?}");
}

#[test]
fn an_endpoint_that_lacks_for_the_logs_is_told_whatever_breaks_first() {
    let mut evidence = isolated(failing(TIMEOUT));
    let resolved = "arn:aws:ecs:eu-central-1:444455556666:task-definition/cart:8";
    let mut definition = evidence.task_definitions[0].value().unwrap().clone();
    definition.containers[0].log = Some(LogConfiguration {
        driver: "awslogs".to_owned(),
        group: Some("/shop".to_owned()),
        region: Some(REGION.to_owned()),
        create_group: false,
    });
    let api = VpcEndpoint {
        id: "vpce-api".to_owned(),
        service: format!("com.amazonaws.{REGION}.ecr.api"),
        kind: "Interface".to_owned(),
        state: "available".to_owned(),
        private_dns: true,
        policy: None,
        route_tables: Vec::new(),
        subnets: vec!["subnet-a".to_owned()],
        security_groups: vec!["sg-default".to_owned()],
        network_interfaces: Vec::new(),
        created_at: None,
    };
    evidence.network.endpoints = all("ec2:DescribeVpcEndpoints", vec![api]);
    evidence.task_definitions = vec![seen("ecs:DescribeTaskDefinition", resolved, definition)];
    let told = "endpoint_missing_other Confirmed Next".to_owned();
    assert!(
        causes(&report(&evidence)).contains(&told),
        "{:?}",
        causes(&report(&evidence))
    );
    with_firewall(&mut evidence);
    assert!(
        causes(&report(&evidence)).contains(&told),
        "{:?}",
        causes(&report(&evidence))
    );
}

#[test]
fn what_keeps_the_puller_from_the_address_it_dialled_explains_the_time_out() {
    let mut evidence = isolated(failing(TIMEOUT_IN_VPC));
    without_egress(&mut evidence);
    with_firewall(&mut evidence);
    let blocked = "security_group_egress_blocked Confirmed Observed".to_owned();
    assert!(
        causes(&report(&evidence)).contains(&blocked),
        "{:?}",
        causes(&report(&evidence))
    );
    evidence.network.dhcp_options = denied("ec2:DescribeDhcpOptions", "dopt-1");
    assert!(
        causes(&report(&evidence)).contains(&blocked),
        "{:?}",
        causes(&report(&evidence))
    );
}

/// What the remedy `id` would have somebody run.
fn commands(report: &Report, id: &str) -> Option<String> {
    let remedy = report.remedies.iter().find(|remedy| remedy.id == id);
    remedy.map(|remedy| remedy.cli.clone())
}

#[test]
fn what_mends_an_ipv6_only_subnet_is_for_ipv6() {
    let mut evidence = isolated(failing(TIMEOUT));
    if let Outcome::Present(subnets) = &mut evidence.network.subnets.outcome {
        subnets.items[0].ipv6_only = true;
        subnets.items[0].cidrs = vec!["2001:db8:0:1::/64".parse().unwrap()];
    }
    let report = report(&evidence);
    assert_eq!(commands(&report, "create_endpoints"), None);
    for (remedy, expected) in [
        ("route_out", "--destination-ipv6-cidr-block ::/0"),
        ("allow_egress", "CidrIpv6=::/0"),
        ("allow_in_network_acl", "--ipv6-cidr-block ::/0"),
    ] {
        let told = commands(&report, remedy).unwrap_or_default();
        assert!(
            told.contains(expected) && !told.contains("0.0.0.0/0"),
            "{remedy}: {told}"
        );
    }
}

#[test]
fn ports_that_clients_take_unless_set_otherwise_are_likely_ones() {
    for (from, expected) in [
        (1024, Some("nacl_blocked Confirmed Observed")),
        (32768, Some("nacl_blocked Likely Observed")),
        (49152, None),
    ] {
        let mut evidence = isolated(failing(TIMEOUT));
        if let Outcome::Present(tables) = &mut evidence.network.route_tables.outcome {
            let out = RouteTarget::TransitGateway("tgw-1".to_owned());
            tables.items[0].routes.push(route("0.0.0.0/0", out));
        }
        if let Outcome::Present(acls) = &mut evidence.network.network_acls.outcome {
            acls.items[0].entries.push(NetworkAclEntry {
                number: 50,
                allow: false,
                protocol: "6".to_owned(),
                from_port: Some(from),
                to_port: Some(65535),
                ..everything(false)
            });
        }
        let told = causes(&report(&evidence));
        let blocked = told.iter().find(|cause| cause.starts_with("nacl_blocked"));
        assert_eq!(blocked.map(String::as_str), expected, "from {from}: {told:?}");
    }
}

#[test]
fn endpoints_that_lack_are_no_fault_where_a_nat_gateway_serves() {
    let mut evidence = isolated(failing(TIMEOUT));
    if let Outcome::Present(tables) = &mut evidence.network.route_tables.outcome {
        let main = &mut tables.items[0];
        main.routes
            .push(route("0.0.0.0/0", RouteTarget::NatGateway("nat-1".to_owned())));
        let public = RouteTable {
            id: "rtb-2".to_owned(),
            main: false,
            subnets: vec!["subnet-p".to_owned()],
            routes: vec![
                route("10.0.0.0/16", RouteTarget::Local),
                route("0.0.0.0/0", RouteTarget::InternetGateway("igw-1".to_owned())),
            ],
        };
        tables.items.push(public);
    }
    evidence.network.nat_gateways = all(
        "ec2:DescribeNatGateways",
        vec![NatGateway {
            id: "nat-1".to_owned(),
            subnet: "subnet-p".to_owned(),
            state: "available".to_owned(),
            connectivity: "public".to_owned(),
            failure: None,
        }],
    );
    evidence.network.internet_gateways = all(
        "ec2:DescribeInternetGateways",
        vec![InternetGateway {
            id: "igw-1".to_owned(),
            vpcs: vec!["vpc-1".to_owned()],
        }],
    );
    let mut public = evidence.network.subnets.value().unwrap().items[0].clone();
    "subnet-p".clone_into(&mut public.id);
    public.cidrs = vec!["10.0.100.0/24".parse().unwrap()];
    evidence.network.other_subnets = all("ec2:DescribeSubnets", vec![public]);
    if let Outcome::Present(acls) = &mut evidence.network.network_acls.outcome {
        acls.items[0].subnets.push("subnet-p".to_owned());
    }
    evidence.network.block_public_access = seen(
        "ec2:DescribeVpcBlockPublicAccessOptions",
        REGION,
        BlockPublicAccess {
            internet_gateway_mode: "off".to_owned(),
            exclusions: Vec::new(),
        },
    );
    let report = report(&evidence);
    let blamed: Vec<String> = causes(&report);
    assert!(
        blamed.iter().all(|cause| !cause.starts_with("endpoint_missing")),
        "{blamed:?}"
    );
    let spared = report
        .ruled_out
        .iter()
        .any(|item| item.cause == Cause::NoRouteToRegistry);
    assert!(spared, "{blamed:?}, {:?}", report.unknown);
}

fn route(range: &str, target: RouteTarget) -> Route {
    Route {
        destination: Destination::Cidr(range.parse().unwrap()),
        target,
        blackhole: false,
    }
}
