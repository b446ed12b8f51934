//! What an address is, which a time-out names: the way the pull took.

use std::net::IpAddr;

use super::ranges::{Family, Ranges, Share};
use crate::evidence::network::NetworkEvidence;
use crate::observed::Observed;

/// What an address is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AddressKind {
    /// An interface endpoint's, by id: the name resolved to the endpoint.
    EndpointInterface(String),
    /// Another one of the VPC's.
    InVpc,
    /// A private one outside the VPC, or one of no network that the evidence knows.
    Private,
    /// One of the internet's: the name resolved to the public service.
    Public,
}

/// Tells what an address is, by the VPC's endpoints and ranges.
pub fn address_kind(net: &NetworkEvidence, address: IpAddr) -> AddressKind {
    let interface = net.endpoint_addresses.value().and_then(|listing| {
        listing
            .items
            .iter()
            .find(|item| item.addresses.contains(&address))
    });
    let endpoint = interface.and_then(|interface| {
        net.endpoints
            .value()?
            .items
            .iter()
            .find(|endpoint| endpoint.network_interfaces.contains(&interface.interface))
    });
    if let Some(endpoint) = endpoint {
        return AddressKind::EndpointInterface(endpoint.id.clone());
    }
    let family = Family::of(address);
    let one = Ranges::of_addresses(family, [address]);
    let holds = |ranges: &Ranges| ranges.share_of(&one) == Share::All;
    let of_vpc = net
        .vpc
        .value()
        .map(|vpc| vpc.cidrs.as_slice())
        .unwrap_or_default();
    let of_subnets = [&net.subnets, &net.other_subnets]
        .into_iter()
        .filter_map(Observed::value)
        .flat_map(|listing| &listing.items)
        .flat_map(|subnet| &subnet.cidrs);
    if interface.is_some() || holds(&Ranges::of(family, of_vpc.iter().chain(of_subnets))) {
        AddressKind::InVpc
    } else if holds(&Ranges::public(family)) {
        AddressKind::Public
    } else {
        AddressKind::Private
    }
}
