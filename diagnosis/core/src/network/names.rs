//! Where a host's name leads: to an endpoint of the VPC, to the internet, or nowhere.
//!
//! An interface endpoint with private DNS takes its service's name over for the whole VPC, in all zones and whatever
//! the routes say, if the VPC's DNS is used and both of its attributes are on
//! (<https://docs.aws.amazon.com/vpc/latest/privatelink/interface-endpoints.html>).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::breaks::{Break, DnsAttribute};
use super::need::Need;
use super::path::{Beyond, BeyondKind};
use super::routes::{is_gateway, is_interface, serves};
use super::shadow::{Shadow, shadow};
use super::trail::{Check, Found};
use super::view::View;
use crate::evidence::network::VpcEndpoint;
use crate::observed::{Fact, Missing, Observed, Present};

/// Where a name leads, and what was found on the way to knowing it.
#[derive(Debug)]
pub(super) struct Lead<'a> {
    pub(super) checks: Vec<Check>,
    pub(super) to: To<'a>,
}

/// Where a name leads.
#[derive(Debug)]
pub(super) enum To<'a> {
    /// To addresses of the internet.
    Public,
    /// To an endpoint.
    Endpoint(Present<'a, VpcEndpoint>),
    /// To one of both, and what would tell. `None` is an endpoint that cannot be seen.
    Either(Option<Present<'a, VpcEndpoint>>, Missing),
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
    let (resolver, mut doubt) = check_resolver(view, &host);
    let is_amazons = matches!(resolver.found, Found::Passes);
    let mut checks = vec![resolver];
    match shadow(view.net, &host).filter(|_| is_amazons) {
        Some(Shadow::Hidden { by, facts }) => checks.push(Check::breaks(
            Break::NameHidden {
                host: host.clone(),
                by,
            },
            facts,
        )),
        Some(Shadow::Elsewhere { zone, leads_to, .. }) => {
            doubt.get_or_insert(Missing::unknowable(
                format!("what answers at {}", leads_to.join(", ")),
                format!("private hosted zone {zone} leads {host} there"),
            ));
        }
        None => {}
    }
    let (to, facts) = match (need.service(), doubt) {
        (None, _) => (To::Public, Vec::new()),
        (Some(_), doubt) => served(view, need, doubt),
    };
    match &to {
        To::Public => checks.push(Check::passes(
            format!("DNS: {host} leads to public addresses"),
            facts,
        )),
        To::Endpoint(endpoint) => checks.push(Check::passes(
            format!("DNS: {host} leads to endpoint {}", endpoint.id),
            facts,
        )),
        To::Either(..) => {}
    }
    Lead { checks, to }
}

/// Who answers for names; and what that leaves in doubt about the answer.
fn check_resolver(view: &View<'_>, host: &str) -> (Check, Option<Missing>) {
    match resolver(view) {
        Resolver::Amazon(facts) => (Check::passes("DNS: the VPC's own resolver answers", facts), None),
        Resolver::Off(broken, facts) => (Check::breaks(broken, facts), None),
        Resolver::Custom(beyond, facts) => {
            let doubt = Missing::unknowable(
                format!("what DNS server {} answers for {host}", beyond.hop),
                format!("it is not AWS's: ask {}", beyond.whom_to_ask),
            );
            (Check::beyond(beyond, facts), Some(doubt))
        }
        Resolver::Unread(missing) => (
            Check::unclear(format!("DNS: who answers for {host}"), vec![missing.clone()]),
            Some(missing),
        ),
    }
}

/// Whether an endpoint takes over the name of an AWS service.
fn served<'a>(view: &View<'a>, need: &Need, mut doubt: Option<Missing>) -> (To<'a>, Vec<Fact>) {
    let host = need.host();
    let endpoints = view.endpoints();
    let named =
        |endpoint: &VpcEndpoint| is_interface(endpoint) && serves(endpoint, need) && endpoint.private_dns;
    let available = endpoints.find(|endpoint| named(endpoint) && endpoint.state == "available");
    let other = || endpoints.find(|endpoint| named(endpoint) && !is_gone(&endpoint.state));
    let Some(endpoint) = available.or_else(other) else {
        if let Some(Shadow::Elsewhere { zone, leads_to, .. }) = shadow(view.net, &host) {
            let which = Missing::unknowable(
                format!("what answers at {}", leads_to.join(", ")),
                format!("private hosted zone {zone} leads {host} there"),
            );
            return (To::Either(None, which), Vec::new());
        }
        return match endpoints.none(|endpoint| named(endpoint) && !is_gone(&endpoint.state)) {
            Ok(absence) => {
                let service = need.endpoint_service().unwrap_or_default();
                let fact = format!("no endpoint for {service} takes over names in {}", view.vpc_id());
                (To::Public, vec![absence.fact(fact)])
            }
            Err(missing) => (To::Either(None, missing), Vec::new()),
        };
    };
    let mut facts = vec![endpoint.fact(format!(
        "endpoint {} for {} is {} and has private DNS",
        endpoint.id, endpoint.service, endpoint.state
    ))];
    let mut doubts = |missing: Missing| {
        doubt.get_or_insert(missing);
    };
    match attribute(&view.net.dns_hostnames) {
        Attribute::On(fact) => facts.push(fact),
        Attribute::Off(fact) => {
            facts.push(fact);
            return (To::Public, facts);
        }
        Attribute::Unread => doubts(attribute_missing(
            &view.net.dns_hostnames,
            DnsAttribute::Hostnames,
        )),
    }
    let resolves = format!("whether {host} resolves to endpoint {}", endpoint.id);
    if endpoint.state != "available" {
        doubts(Missing::unknowable(
            &resolves,
            format!("the endpoint is {}", endpoint.state),
        ));
    }
    let gateway = |endpoint: &VpcEndpoint| is_gateway(endpoint) && serves(endpoint, need);
    if need.is_s3_of(view.region()) && endpoints.none(gateway).is_err() {
        // With a gateway endpoint beside it, the private name may be meant for inbound resolvers only
        // (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DnsOptions.html>).
        doubts(Missing::unknowable(
            &resolves,
            "with a gateway endpoint beside it, its private name may be for on-premises callers only, which is not read",
        ));
    }
    if let Need::Registry { dual_stack: true, .. } = need {
        doubts(Missing::unknowable(
            format!(
                "whether endpoint {} serves the dual-stack name {host}",
                endpoint.id
            ),
            "that depends on how the endpoint was made",
        ));
    }
    match doubt {
        None => (To::Endpoint(endpoint), facts),
        Some(which) => (To::Either(Some(endpoint), which), facts),
    }
}

/// Whether an endpoint in this state is there no more.
pub(super) fn is_gone(state: &str) -> bool {
    state == "deleted"
}

/// The DNS servers of one's own that the VPC uses, with what that was read off.
pub(super) fn custom_servers(view: &View<'_>) -> Option<(Beyond, Vec<Fact>)> {
    match resolver(view) {
        Resolver::Custom(beyond, facts) => Some((beyond, facts)),
        _ => None,
    }
}

/// What is not known of private hosted zones that may answer for the name of `need`.
pub(super) fn zones_unread(view: &View<'_>, need: &Need) -> Vec<Missing> {
    let what = format!("private hosted zones of {}", view.vpc_id());
    let zones = &view.net.hosted_zones;
    match zones.value() {
        Some(listing) if listing.complete => Vec::new(),
        Some(_) => vec![Missing::unknowable(
            what,
            "the list that was read is not complete",
        )],
        None => vec![Missing {
            why: format!(
                "a zone of one's own may answer for {}: {}",
                need.host(),
                zones
                    .missing("")
                    .map_or_else(|| "there is no answer".to_owned(), |missing| missing.why)
            ),
            what,
            action: zones.missing("").and_then(|missing| missing.action),
        }],
    }
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
