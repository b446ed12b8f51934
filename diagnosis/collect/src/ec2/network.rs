//! The puller's whole network: what belongs to its VPC, each part as soon as what it needs is known.

use diagnosis::evidence::network::{
    Destination, DnsFirewallRule, HostedZone, NatPortErrors, NetworkEvidence, RouteTable, RouteTarget,
    SecurityGroup, Subnet, VpcEndpoint,
};
use diagnosis::{Listing, Observed, Outcome, Window};

use super::{acls, dns, endpoints, gateways, groups, prefix_lists, public_access, routes, subnets};
use crate::actions::{self, Action};
use crate::failure::NetworkDoubts;
use crate::metrics;
use crate::names::{firewall, zones};
use crate::session::{Seen, Session};
use crate::tally::Chain;

/// What a diagnosis asks of the network.
pub(crate) struct Questions<'q> {
    /// Subnets of the puller.
    pub(crate) subnets: &'q [String],
    /// What the failure's words put in doubt.
    pub(crate) doubts: NetworkDoubts,
    /// Hosts that the pull needs.
    pub(crate) hosts: &'q [String],
    /// Span of time for metrics.
    pub(crate) window: Window,
}

/// Reads the network of these subnets. They are of one VPC; should they not be, the first one's is read.
pub(crate) async fn read(session: &Session<'_>, questions: &Questions<'_>, after: Chain) -> NetworkEvidence {
    let ids = questions.subnets;
    if ids.is_empty() {
        return unread(session, "which subnets the puller uses is not known");
    }
    let subnets = subnets::describe(session, ids, after).await;
    let Some(vpc) = subnets
        .value()
        .and_then(|listing| listing.items.first())
        .map(|subnet| subnet.vpc.clone())
    else {
        let mut evidence = unread(session, "the VPC is not known: no subnet of the puller was read");
        evidence.subnets = subnets.item;
        return evidence;
    };
    of_vpc(session, questions, &vpc, subnets).await
}

async fn of_vpc(
    session: &Session<'_>,
    questions: &Questions<'_>,
    vpc_id: &str,
    subnets: Seen<Listing<Subnet>>,
) -> NetworkEvidence {
    let after = subnets.chain;
    let ((vpc, dhcp_options), dns_support, network_acls, (routed, doubtful), groups_and_lists) = tokio::join!(
        vpc_with_dhcp(session, vpc_id, after),
        dns::support(session, vpc_id, after),
        acls::describe(session, vpc_id, after),
        async {
            let routed = routed(session, vpc_id, &subnets).await;
            let doubtful = doubtful(session, questions, vpc_id, &routed).await;
            (routed, doubtful)
        },
        groups::describe(session, vpc_id, after),
    );
    let Routed {
        route_tables,
        endpoints,
        nat_gateways,
        internet_gateways,
        block_public_access,
        endpoint_addresses,
        dns_hostnames,
        other_subnets,
    } = routed;
    let prefix_lists = if names_prefix_list(&route_tables, &groups_and_lists) {
        let known = route_tables.chain.max(groups_and_lists.chain);
        prefix_lists::describe(session, known).await.item
    } else {
        skipped(
            session,
            &actions::EC2_DESCRIBE_PREFIX_LISTS,
            vpc_id,
            "no route and no security group rule names a prefix list",
        )
    };
    NetworkEvidence {
        subnets: subnets.item,
        vpc,
        dns_support,
        dns_hostnames,
        dhcp_options,
        route_tables: route_tables.item,
        endpoints: endpoints.item,
        security_groups: groups_and_lists.item,
        network_acls: network_acls.item,
        nat_gateways,
        other_subnets,
        internet_gateways,
        prefix_lists,
        endpoint_addresses,
        block_public_access,
        hosted_zones: doubtful.hosted_zones,
        dns_firewall: doubtful.dns_firewall,
        nat_port_errors: doubtful.nat_port_errors,
    }
}

/// What is read only where the failure's words, or what was read before, put it in doubt.
struct Doubtful {
    hosted_zones: Observed<Listing<HostedZone>>,
    dns_firewall: Observed<Listing<DnsFirewallRule>>,
    nat_port_errors: Observed<Listing<NatPortErrors>>,
}

async fn doubtful(session: &Session<'_>, questions: &Questions<'_>, vpc: &str, routed: &Routed) -> Doubtful {
    let NetworkDoubts { names, silence } = questions.doubts;
    let chain = routed.endpoints.chain.max(routed.route_tables.chain);
    // Without its private name an endpoint is reached by a zone of one's own, or not at all.
    let unnamed = silence && interface_endpoints(&routed.endpoints).any(|endpoint| !endpoint.private_dns);
    let nats = if silence {
        working_nats(questions.subnets, routed)
    } else {
        Vec::new()
    };
    let not_in_question = "names are not in question";
    let (hosted_zones, dns_firewall, nat_port_errors) = tokio::join!(
        async {
            if names || unnamed {
                zones::of_vpc(session, vpc, questions.hosts, chain).await
            } else {
                let action = &actions::ROUTE53_LIST_HOSTED_ZONES_BY_VPC;
                session.skipped_in(action, vpc, session.iam_region(), not_in_question)
            }
        },
        async {
            if names {
                firewall::of_vpc(session, vpc, chain).await
            } else {
                let action = &actions::ROUTE53RESOLVER_LIST_FIREWALL_RULE_GROUP_ASSOCIATIONS;
                skipped(session, action, vpc, not_in_question)
            }
        },
        async {
            if nats.is_empty() {
                let action = &actions::CLOUDWATCH_GET_METRIC_DATA;
                skipped(
                    session,
                    action,
                    vpc,
                    "no NAT gateway that works is on the way of a time-out",
                )
            } else {
                metrics::nat_port_errors(session, &nats, questions.window, chain).await
            }
        },
    );
    Doubtful {
        hosted_zones,
        dns_firewall,
        nat_port_errors,
    }
}

/// NAT gateways that are available and that these subnets lead to.
fn working_nats(subnets: &[String], routed: &Routed) -> Vec<String> {
    let tables = routed
        .route_tables
        .value()
        .map_or(&[][..], |listing| listing.items.as_slice());
    let gateways = routed
        .nat_gateways
        .value()
        .map_or(&[][..], |listing| listing.items.as_slice());
    let has_own = |subnet: &String| tables.iter().any(|table| table.subnets.contains(subnet));
    let is_used = |table: &&RouteTable| {
        subnets
            .iter()
            .any(|subnet| table.subnets.contains(subnet) || table.main && !has_own(subnet))
    };
    let mut nats: Vec<String> = tables
        .iter()
        .filter(is_used)
        .flat_map(|table| &table.routes)
        .filter(|route| !route.blackhole)
        .filter_map(|route| match &route.target {
            RouteTarget::NatGateway(id) => Some(id.clone()),
            _ => None,
        })
        .filter(|id| {
            gateways
                .iter()
                .any(|gateway| gateway.id == *id && gateway.state == "available")
        })
        .collect();
    nats.sort();
    nats.dedup();
    nats
}

async fn vpc_with_dhcp(
    session: &Session<'_>,
    vpc: &str,
    after: Chain,
) -> (
    Observed<diagnosis::evidence::network::Vpc>,
    Observed<diagnosis::evidence::network::DhcpOptions>,
) {
    let vpc = subnets::vpc(session, vpc, after).await;
    let options = match vpc.value().and_then(|vpc| vpc.dhcp_options.clone()) {
        Some(id) if id != "default" => dns::dhcp_options(session, &id, vpc.chain).await,
        Some(_) => skipped(
            session,
            &actions::EC2_DESCRIBE_DHCP_OPTIONS,
            "default",
            "the VPC has no DHCP options set",
        ),
        None => skipped(
            session,
            &actions::EC2_DESCRIBE_DHCP_OPTIONS,
            "",
            "the VPC's DHCP options set is not known",
        ),
    };
    (vpc.item, options)
}

/// What depends on where routes and endpoints lead.
struct Routed {
    route_tables: Seen<Listing<RouteTable>>,
    endpoints: Seen<Listing<VpcEndpoint>>,
    nat_gateways: Observed<Listing<diagnosis::evidence::network::NatGateway>>,
    internet_gateways: Observed<Listing<diagnosis::evidence::network::InternetGateway>>,
    block_public_access: Observed<diagnosis::evidence::network::BlockPublicAccess>,
    endpoint_addresses: Observed<Listing<diagnosis::evidence::network::InterfaceAddress>>,
    dns_hostnames: Observed<bool>,
    other_subnets: Observed<Listing<Subnet>>,
}

async fn routed(session: &Session<'_>, vpc: &str, known: &Seen<Listing<Subnet>>) -> Routed {
    let after = known.chain;
    let (by_route, by_endpoint) =
        tokio::join!(by_route(session, vpc, after), by_endpoint(session, vpc, after));
    let (route_tables, nat, internet_gateways, block_public_access) = by_route;
    let (endpoints, endpoint_addresses, dns_hostnames) = by_endpoint;
    let mut others: Vec<String> = nat
        .value()
        .map_or(&[][..], |listing| listing.items.as_slice())
        .iter()
        .map(|gateway| gateway.subnet.clone())
        .chain(interface_endpoints(&endpoints).flat_map(|endpoint| endpoint.subnets.clone()))
        .filter(|id| {
            known
                .value()
                .is_some_and(|listing| listing.items.iter().all(|subnet| subnet.id != *id))
        })
        .collect();
    others.sort();
    others.dedup();
    let other_subnets = if others.is_empty() {
        let action = &actions::EC2_DESCRIBE_SUBNETS;
        skipped(
            session,
            action,
            vpc,
            "NAT gateways and endpoints are in no other subnets than the puller's",
        )
    } else {
        subnets::describe(session, &others, nat.chain.max(endpoints.chain))
            .await
            .item
    };
    Routed {
        route_tables,
        endpoints,
        nat_gateways: nat.item,
        internet_gateways,
        block_public_access,
        endpoint_addresses,
        dns_hostnames,
        other_subnets,
    }
}

async fn by_route(
    session: &Session<'_>,
    vpc: &str,
    after: Chain,
) -> (
    Seen<Listing<RouteTable>>,
    Seen<Listing<diagnosis::evidence::network::NatGateway>>,
    Observed<Listing<diagnosis::evidence::network::InternetGateway>>,
    Observed<diagnosis::evidence::network::BlockPublicAccess>,
) {
    let tables = routes::describe(session, vpc, after).await;
    let chain = tables.chain;
    let leads = |fits: fn(&RouteTarget) -> bool| routes::routes(&tables).any(|route| fits(&route.target));
    let to_nat = leads(|target| matches!(target, RouteTarget::NatGateway(_)));
    let to_internet = leads(|target| matches!(target, RouteTarget::InternetGateway(_)));
    let (nat, (internet, blocked)) = tokio::join!(
        async {
            if to_nat {
                gateways::nat(session, vpc, chain).await
            } else {
                let item = skipped(
                    session,
                    &actions::EC2_DESCRIBE_NAT_GATEWAYS,
                    vpc,
                    "no route of the VPC leads to a NAT gateway",
                );
                Seen { item, chain }
            }
        },
        async {
            if to_internet {
                let (internet, blocked) = tokio::join!(
                    gateways::internet(session, vpc, chain),
                    public_access::describe(session, chain)
                );
                (internet.item, blocked)
            } else {
                let why = "no route of the VPC leads to an internet gateway";
                let options = &actions::EC2_DESCRIBE_VPC_BLOCK_PUBLIC_ACCESS_OPTIONS;
                (
                    skipped(session, &actions::EC2_DESCRIBE_INTERNET_GATEWAYS, vpc, why),
                    skipped(session, options, vpc, why),
                )
            }
        }
    );
    (tables, nat, internet, blocked)
}

async fn by_endpoint(
    session: &Session<'_>,
    vpc: &str,
    after: Chain,
) -> (
    Seen<Listing<VpcEndpoint>>,
    Observed<Listing<diagnosis::evidence::network::InterfaceAddress>>,
    Observed<bool>,
) {
    let endpoints = endpoints::describe(session, vpc, after).await;
    let interfaces: Vec<String> = interface_endpoints(&endpoints)
        .flat_map(|endpoint| endpoint.network_interfaces.clone())
        .collect();
    let has_interface = interface_endpoints(&endpoints).next().is_some();
    let (addresses, hostnames) = tokio::join!(
        async {
            if interfaces.is_empty() {
                let why = "no endpoint of the VPC has an interface";
                skipped(session, &actions::EC2_DESCRIBE_NETWORK_INTERFACES, vpc, why)
            } else {
                endpoints::addresses(session, vpc, &interfaces, endpoints.chain)
                    .await
                    .item
            }
        },
        async {
            if has_interface || endpoints.value().is_none() {
                dns::hostnames(session, vpc, endpoints.chain).await
            } else {
                let why = "the VPC has no interface endpoint whose names would depend on it";
                skipped(session, &actions::EC2_DESCRIBE_VPC_ATTRIBUTE, vpc, why)
            }
        }
    );
    (endpoints, addresses, hostnames)
}

fn interface_endpoints(endpoints: &Seen<Listing<VpcEndpoint>>) -> impl Iterator<Item = &VpcEndpoint> {
    let items = match &endpoints.item.outcome {
        Outcome::Present(listing) => listing.items.as_slice(),
        _ => &[],
    };
    items.iter().filter(|endpoint| endpoint.kind == "Interface")
}

fn names_prefix_list(tables: &Seen<Listing<RouteTable>>, groups: &Seen<Listing<SecurityGroup>>) -> bool {
    let is_list = |destination: &Destination| matches!(destination, Destination::PrefixList(_));
    let groups = match &groups.item.outcome {
        Outcome::Present(listing) => listing.items.as_slice(),
        _ => &[],
    };
    routes::routes(tables).any(|route| is_list(&route.destination))
        || groups
            .iter()
            .flat_map(|group| &group.egress)
            .any(|rule| rule.peers.iter().any(is_list))
}

fn skipped<T>(session: &Session<'_>, action: &'static Action, resource: &str, why: &str) -> Observed<T> {
    session.skipped(action, resource, why)
}

/// A network of which nothing was read.
pub(crate) fn unread(session: &Session<'_>, why: &str) -> NetworkEvidence {
    NetworkEvidence {
        subnets: skipped(session, &actions::EC2_DESCRIBE_SUBNETS, "", why),
        vpc: skipped(session, &actions::EC2_DESCRIBE_VPCS, "", why),
        dns_support: skipped(session, &actions::EC2_DESCRIBE_VPC_ATTRIBUTE, "", why),
        dns_hostnames: skipped(session, &actions::EC2_DESCRIBE_VPC_ATTRIBUTE, "", why),
        dhcp_options: skipped(session, &actions::EC2_DESCRIBE_DHCP_OPTIONS, "", why),
        route_tables: skipped(session, &actions::EC2_DESCRIBE_ROUTE_TABLES, "", why),
        endpoints: skipped(session, &actions::EC2_DESCRIBE_VPC_ENDPOINTS, "", why),
        security_groups: skipped(session, &actions::EC2_DESCRIBE_SECURITY_GROUPS, "", why),
        network_acls: skipped(session, &actions::EC2_DESCRIBE_NETWORK_ACLS, "", why),
        nat_gateways: skipped(session, &actions::EC2_DESCRIBE_NAT_GATEWAYS, "", why),
        other_subnets: skipped(session, &actions::EC2_DESCRIBE_SUBNETS, "", why),
        internet_gateways: skipped(session, &actions::EC2_DESCRIBE_INTERNET_GATEWAYS, "", why),
        prefix_lists: skipped(session, &actions::EC2_DESCRIBE_PREFIX_LISTS, "", why),
        endpoint_addresses: skipped(session, &actions::EC2_DESCRIBE_NETWORK_INTERFACES, "", why),
        block_public_access: skipped(
            session,
            &actions::EC2_DESCRIBE_VPC_BLOCK_PUBLIC_ACCESS_OPTIONS,
            "",
            why,
        ),
        hosted_zones: session.skipped_in(
            &actions::ROUTE53_LIST_HOSTED_ZONES_BY_VPC,
            "",
            session.iam_region(),
            why,
        ),
        dns_firewall: skipped(
            session,
            &actions::ROUTE53RESOLVER_LIST_FIREWALL_RULE_GROUP_ASSOCIATIONS,
            "",
            why,
        ),
        nat_port_errors: skipped(session, &actions::CLOUDWATCH_GET_METRIC_DATA, "", why),
    }
}
