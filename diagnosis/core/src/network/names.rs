//! Where a host's name leads: to an endpoint of the VPC, to the internet, or nowhere.
//!
//! An interface endpoint with private DNS takes its service's name over for the whole VPC, in all zones and whatever
//! the routes say, if the VPC's DNS is used and both of its attributes are on
//! (<https://docs.aws.amazon.com/vpc/latest/privatelink/interface-endpoints.html>).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::need::Need;
use super::path::{Beyond, BeyondKind, Break, DnsAttribute};
use super::routes::{is_gateway, is_interface, serves};
use super::trail::Check;
use super::view::View;
use crate::evidence::network::VpcEndpoint;
use crate::observed::{Fact, Missing, Observed, Present};

/// Where a name leads.
#[derive(Debug)]
pub(super) enum Lead<'a> {
    /// To addresses of the internet.
    Public(Vec<Check>),
    /// To an endpoint.
    Endpoint(Present<'a, VpcEndpoint>, Vec<Check>),
    /// To one of both. `None` is an endpoint that cannot be seen.
    Either {
        endpoint: Option<Present<'a, VpcEndpoint>>,
        which: Missing,
        checks: Vec<Check>,
    },
    /// Nowhere: it does not resolve.
    Nowhere(Check),
}

/// Who answers for names.
enum Resolver {
    /// The VPC's own resolver.
    Amazon(Vec<Fact>),
    /// The VPC's own resolver, which is off.
    Off(Break, Vec<Fact>),
    /// Servers of one's own.
    Custom(Beyond, Vec<Fact>),
    /// It was not read.
    Unread(Missing),
}

/// Where the name of `need` leads.
pub(super) fn lead<'a>(view: &View<'a>, need: &Need) -> Lead<'a> {
    let host = need.host();
    let mut doubts: Vec<Missing> = Vec::new();
    let mut checks: Vec<Check> = Vec::new();
    let mut facts: Vec<Fact> = Vec::new();
    match resolver(view) {
        Resolver::Amazon(seen) => facts.extend(seen),
        Resolver::Off(broken, facts) => return Lead::Nowhere(Check::breaks(broken, facts)),
        Resolver::Custom(beyond, seen) => {
            doubts.push(Missing::unknowable(
                format!("what DNS server {} answers for {host}", beyond.hop),
                format!("it is not AWS's: ask {}", beyond.whom_to_ask),
            ));
            checks.push(Check::beyond(beyond, seen));
        }
        Resolver::Unread(missing) => {
            doubts.push(missing.clone());
            checks.push(Check::unclear(
                format!("DNS: who answers for {host}"),
                vec![missing],
            ));
        }
    }
    let public = |checks: Vec<Check>, facts: Vec<Fact>| {
        let mut all = vec![Check::passes(
            format!("DNS: {host} resolves to public addresses"),
            facts,
        )];
        all.extend(checks);
        Lead::Public(all)
    };
    if need.service().is_none() {
        return public(checks, facts);
    }
    let endpoints = view.endpoints();
    let serving = || {
        endpoints
            .each()
            .filter(|endpoint| is_interface(endpoint) && serves(endpoint, need))
    };
    let available = serving().find(|endpoint| endpoint.private_dns && endpoint.state == "available");
    let other = serving().find(|endpoint| endpoint.private_dns && !is_gone(&endpoint.state));
    let Some(endpoint) = available.or(other) else {
        return match endpoints.incomplete() {
            None => {
                let absence = endpoints.none(|endpoint| {
                    is_interface(endpoint) && serves(endpoint, need) && endpoint.private_dns
                });
                let service = need.endpoint_service().unwrap_or_default();
                facts.extend(absence.map(|absence| {
                    absence.fact(format!(
                        "no endpoint for {service} takes over names in {}",
                        view.vpc_id()
                    ))
                }));
                public(checks, facts)
            }
            Some(missing) => Lead::Either {
                endpoint: None,
                which: missing,
                checks,
            },
        };
    };
    facts.push(endpoint.fact(format!(
        "endpoint {} for {} is {} and has private DNS",
        endpoint.id, endpoint.service, endpoint.state
    )));
    match &attribute(&view.net.dns_hostnames) {
        Attribute::On(fact) => facts.push(fact.clone()),
        Attribute::Off(fact) => {
            facts.push(fact.clone());
            return public(checks, facts);
        }
        Attribute::Unread => doubts.push(attribute_missing(
            &view.net.dns_hostnames,
            DnsAttribute::Hostnames,
        )),
    }
    if endpoint.state != "available" {
        doubts.push(Missing::unknowable(
            format!("whether {host} resolves to endpoint {}", endpoint.id),
            format!("the endpoint is {}", endpoint.state),
        ));
    }
    if need.is_s3_of(view.region())
        && (endpoints
            .find(|gateway| is_gateway(gateway) && serves(gateway, need))
            .is_some()
            || endpoints.incomplete().is_some())
    {
        // With a gateway endpoint beside it, the private name may be meant for inbound resolvers only.
        doubts.push(Missing::unknowable(
            format!("whether {host} resolves to endpoint {}", endpoint.id),
            "with a gateway endpoint beside it, its private name may be for on-premises callers only, which is not read",
        ));
    }
    if let Need::Registry { dual_stack: true, .. } = need {
        doubts.push(Missing::unknowable(
            format!(
                "whether endpoint {} serves the dual-stack name {host}",
                endpoint.id
            ),
            "that depends on how the endpoint was made",
        ));
    }
    match doubts.into_iter().next() {
        None => {
            let resolved = Check::passes(format!("DNS: {host} resolves to endpoint {}", endpoint.id), facts);
            Lead::Endpoint(endpoint, vec![resolved])
        }
        Some(which) => Lead::Either {
            endpoint: Some(endpoint),
            which,
            checks,
        },
    }
}

/// Whether an endpoint in this state is there no more.
pub(super) fn is_gone(state: &str) -> bool {
    state == "deleted"
}

/// What was seen of an attribute of the VPC.
pub(super) enum Attribute {
    On(Fact),
    Off(Fact),
    Unread,
}

/// `enableDnsHostnames`, as it was seen.
pub(super) fn hostnames(view: &View<'_>) -> Attribute {
    attribute(&view.net.dns_hostnames)
}

fn attribute(observed: &Observed<bool>) -> Attribute {
    match observed.seen() {
        Some(value) if *value => Attribute::On(value.fact(format!("{} is on", observed.source.resource))),
        Some(value) => Attribute::Off(value.fact(format!("{} is off", observed.source.resource))),
        None => Attribute::Unread,
    }
}

pub(super) fn attribute_missing(observed: &Observed<bool>, which: DnsAttribute) -> Missing {
    let what = format!("attribute {which} of the VPC");
    observed
        .missing(&what)
        .unwrap_or_else(|| Missing::unknowable(what, "AWS named no value"))
}

fn resolver(view: &View<'_>) -> Resolver {
    let options = &view.net.dhcp_options;
    let what = "DHCP options of the VPC";
    let Some(seen) = options.seen() else {
        return Resolver::Unread(options.missing(what).unwrap_or_else(|| {
            Missing::unknowable(what, "the VPC has no options set, which names no DNS server")
        }));
    };
    let servers = &seen.value().name_servers;
    let own: Vec<&str> = servers
        .iter()
        .map(String::as_str)
        .filter(|server| !is_amazons(view, server))
        .collect();
    if !own.is_empty() {
        let fact = seen.fact(format!(
            "DHCP options {} name DNS servers {}",
            seen.id,
            servers.join(", ")
        ));
        let beyond = Beyond {
            kind: BeyondKind::DnsServer,
            hop: own.join(", "),
            via: format!("DHCP options {}", seen.id),
            whom_to_ask: "whoever runs that DNS server".to_owned(),
        };
        return Resolver::Custom(beyond, vec![fact]);
    }
    if servers.is_empty() {
        return Resolver::Unread(Missing::unknowable(
            what,
            format!("{} names no DNS server", seen.id),
        ));
    }
    let mut facts = vec![seen.fact(format!("DHCP options {} name Amazon's DNS", seen.id))];
    match attribute(&view.net.dns_support) {
        Attribute::On(fact) => {
            facts.push(fact);
            Resolver::Amazon(facts)
        }
        Attribute::Off(fact) => {
            facts.push(fact);
            let vpc = view.vpc_id().to_owned();
            Resolver::Off(
                Break::VpcDnsDisabled {
                    vpc,
                    which: DnsAttribute::Support,
                },
                facts,
            )
        }
        Attribute::Unread => {
            Resolver::Unread(attribute_missing(&view.net.dns_support, DnsAttribute::Support))
        }
    }
}

/// Whether a DNS server is the VPC's own: by name, by its fixed addresses, or at the VPC's base plus two
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html>).
fn is_amazons(view: &View<'_>, server: &str) -> bool {
    if server.eq_ignore_ascii_case("AmazonProvidedDNS") {
        return true;
    }
    let Ok(address) = server.parse::<IpAddr>() else {
        return false;
    };
    let fixed = [
        IpAddr::V4(Ipv4Addr::new(169, 254, 169, 253)),
        IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x253)),
    ];
    let plus_two = |net: &IpNet| match net.network() {
        IpAddr::V4(base) => Some(IpAddr::V4(Ipv4Addr::from(u32::from(base).checked_add(2)?))),
        IpAddr::V6(_) => None,
    };
    let cidrs = view
        .net
        .vpc
        .value()
        .map(|vpc| vpc.cidrs.as_slice())
        .unwrap_or_default();
    fixed.contains(&address)
        || cidrs
            .iter()
            .filter_map(plus_two)
            .any(|resolver| resolver == address)
}
