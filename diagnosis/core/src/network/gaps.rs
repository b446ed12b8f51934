//! Which parts of a network were not read, or not all of them.

use super::view::View;
use crate::evidence::network::NetworkEvidence;
use crate::observed::{Missing, Observed, Outcome};

/// A part of the network that breaks of one kind are read off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The subnet itself.
    Subnet,
    /// Route tables.
    RouteTables,
    /// VPC endpoints.
    Endpoints,
    /// NAT gateways.
    NatGateways,
    /// Internet gateways.
    InternetGateways,
    /// Security groups.
    SecurityGroups,
    /// Network ACLs.
    NetworkAcls,
    /// The VPC's DNS attributes and DHCP options.
    Dns,
    /// VPC Block Public Access.
    BlockPublicAccess,
}

/// What it would take to know all of `part`, seen from `subnet`; `None` where all of it is known.
pub fn gap(net: &NetworkEvidence, subnet: &str, part: Part) -> Option<Missing> {
    let view = View::of(net, subnet);
    match part {
        Part::Subnet => view.subnet.is_none().then(|| view.subnet_missing()),
        Part::RouteTables => view.route_tables().incomplete(),
        Part::Endpoints => view.endpoints().incomplete(),
        Part::NatGateways if is_needless(&net.nat_gateways) => None,
        Part::NatGateways => view.nat_gateways().incomplete(),
        Part::InternetGateways if is_needless(&net.internet_gateways) => None,
        Part::InternetGateways => view.internet_gateways().incomplete(),
        Part::SecurityGroups => view.security_groups().incomplete(),
        Part::NetworkAcls => view.network_acls().incomplete(),
        Part::Dns => net
            .dns_support
            .missing("attribute enableDnsSupport of the VPC")
            .or_else(|| {
                let hostnames = Some(&net.dns_hostnames).filter(|hostnames| !is_needless(hostnames));
                hostnames?.missing("attribute enableDnsHostnames of the VPC")
            })
            .or_else(|| net.dhcp_options.missing("DHCP options of the VPC")),
        Part::BlockPublicAccess if is_needless(&net.block_public_access) => None,
        Part::BlockPublicAccess => view
            .hidden()
            .cloned()
            .or_else(|| net.block_public_access.missing("VPC Block Public Access")),
    }
}

/// Whether it was not looked for: what leads there was read and does not, or was not read, which is a gap of its own.
fn is_needless<T>(observed: &Observed<T>) -> bool {
    matches!(observed.outcome, Outcome::NotCollected { .. })
}
