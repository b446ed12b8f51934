//! The network's evidence as one place sees it: what is there, what provably is not, and what nobody can tell.

use ipnet::IpNet;

use super::ranges::{Family, Ranges};
use crate::evidence::network::{
    InterfaceAddress, InternetGateway, NatGateway, NetworkAcl, NetworkEvidence, PrefixList, RouteTable,
    SecurityGroup, Subnet, VpcEndpoint,
};
use crate::observed::{Absence, Listing, Missing, Observed, Present};

/// The evidence, from the subnet of one place.
#[derive(Debug, Clone)]
pub(super) struct View<'a> {
    pub(super) net: &'a NetworkEvidence,
    /// The place's subnet, if it was read.
    pub(super) subnet: Option<Present<'a, Subnet>>,
    /// Id of that subnet.
    pub(super) subnet_id: &'a str,
    /// Why lists of the VPC's parts may lack some, though they came whole: another account owns the VPC, or may.
    /// A participant of a shared VPC is not shown the owner's endpoints, gateways and groups
    /// (<https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing.html>).
    hidden: Option<Missing>,
}

/// A list of the VPC's parts.
#[derive(Debug, Clone)]
pub(super) struct Seen<'a, T> {
    observed: &'a Observed<Listing<T>>,
    what: String,
    hidden: Option<Missing>,
}

impl<'a, T> Seen<'a, T> {
    /// What was seen, with the proof that it was.
    pub(super) fn each(&self) -> impl Iterator<Item = Present<'a, T>> {
        self.observed.seen().into_iter().flat_map(Present::each)
    }

    pub(super) fn find(&self, fits: impl Fn(&T) -> bool) -> Option<Present<'a, T>> {
        self.each().find(|item| fits(item))
    }

    /// Proof that none fits, or what it would take to know.
    pub(super) fn none(&self, fits: impl Fn(&T) -> bool) -> Result<Absence<'a>, Missing> {
        if let Some(missing) = self.observed.missing(&self.what) {
            return Err(missing);
        }
        if let Some(hidden) = &self.hidden {
            return Err(hidden.clone());
        }
        let cut_short = || Missing::unknowable(&self.what, "the list that was read is not complete");
        match self.observed.seen() {
            Some(listing) => listing.none(fits).ok_or_else(cut_short),
            None => self.observed.absent().ok_or_else(cut_short),
        }
    }

    /// What it would take to know all of them, if not all are known.
    pub(super) fn incomplete(&self) -> Option<Missing> {
        self.none(|_| false).err()
    }
}

impl<'a> View<'a> {
    pub(super) fn of(net: &'a NetworkEvidence, subnet_id: &'a str) -> Self {
        let subnet = net
            .subnets
            .seen()
            .and_then(|subnets| subnets.each().find(|subnet| subnet.id == subnet_id));
        Self {
            net,
            subnet,
            subnet_id,
            hidden: hidden(net, subnet),
        }
    }

    fn list<T>(&self, observed: &'a Observed<Listing<T>>, what: &str) -> Seen<'a, T> {
        Seen {
            observed,
            what: format!("{what} of {}", self.vpc_id()),
            hidden: self.hidden.clone(),
        }
    }

    pub(super) fn route_tables(&self) -> Seen<'a, RouteTable> {
        self.list(&self.net.route_tables, "route tables")
    }

    pub(super) fn endpoints(&self) -> Seen<'a, VpcEndpoint> {
        self.list(&self.net.endpoints, "VPC endpoints")
    }

    pub(super) fn security_groups(&self) -> Seen<'a, SecurityGroup> {
        self.list(&self.net.security_groups, "security groups")
    }

    pub(super) fn network_acls(&self) -> Seen<'a, NetworkAcl> {
        self.list(&self.net.network_acls, "network ACLs")
    }

    pub(super) fn nat_gateways(&self) -> Seen<'a, NatGateway> {
        self.list(&self.net.nat_gateways, "NAT gateways")
    }

    pub(super) fn internet_gateways(&self) -> Seen<'a, InternetGateway> {
        self.list(&self.net.internet_gateways, "internet gateways")
    }

    pub(super) fn endpoint_addresses(&self) -> Seen<'a, InterfaceAddress> {
        self.list(&self.net.endpoint_addresses, "endpoint addresses")
    }

    /// AWS's own prefix lists: they belong to the region, not to the VPC, so that sharing hides none.
    pub(super) fn prefix_lists(&self) -> Seen<'a, PrefixList> {
        Seen {
            observed: &self.net.prefix_lists,
            what: format!("AWS-managed prefix lists of {}", self.region()),
            hidden: None,
        }
    }

    /// A subnet of the VPC, the place's or another.
    pub(super) fn any_subnet(&self, id: &str) -> Option<Present<'a, Subnet>> {
        [&self.net.subnets, &self.net.other_subnets]
            .into_iter()
            .filter_map(Observed::seen)
            .flat_map(Present::each)
            .find(|subnet| subnet.id == id)
    }

    /// What would tell about a subnet that was not read.
    pub(super) fn subnet_missing(&self) -> Missing {
        let what = format!("subnet {}", self.subnet_id);
        self.net
            .subnets
            .missing(&what)
            .unwrap_or_else(|| Missing::unknowable(what, "it is not among the subnets that were read"))
    }

    /// Why another account's things may be hidden, if they may be.
    pub(super) fn hidden(&self) -> Option<&Missing> {
        self.hidden.as_ref()
    }

    /// Region that was asked: the puller's.
    pub(super) fn region(&self) -> &'a str {
        &self.net.route_tables.source.region
    }

    /// The VPC's id, or words for it.
    pub(super) fn vpc_id(&self) -> &'a str {
        self.known_vpc_id().unwrap_or("the VPC")
    }

    pub(super) fn known_vpc_id(&self) -> Option<&'a str> {
        let of_subnet = self.subnet.map(|subnet| subnet.value().vpc.as_str());
        self.net.vpc.value().map(|vpc| vpc.id.as_str()).or(of_subnet)
    }

    /// Ranges of the VPC, as far as they are known.
    pub(super) fn vpc_ranges(&self, family: Family) -> Option<Ranges> {
        let vpc = self.net.vpc.value()?;
        Some(Ranges::of(family, &vpc.cidrs))
    }

    /// Addresses among which the one of something in this subnet is.
    pub(super) fn somewhere_in(&self, subnet: Option<&str>, family: Family) -> Ranges {
        let in_subnet = subnet
            .and_then(|id| self.any_subnet(id))
            .map(|subnet| Ranges::of(family, &subnet.value().cidrs));
        in_subnet
            .filter(|ranges| !ranges.is_empty())
            .or_else(|| self.vpc_ranges(family).filter(|ranges| !ranges.is_empty()))
            .unwrap_or_else(|| Ranges::all(family))
    }

    /// Ranges of a prefix list, if they are known.
    pub(super) fn list_ranges(&self, list: &str, family: Family) -> Option<Ranges> {
        self.prefix_lists()
            .find(|known| known.id == list)
            .map(|known| Ranges::of(family, &known.value().cidrs))
    }
}

/// Why the VPC's lists may lack something, if they may.
fn hidden(net: &NetworkEvidence, subnet: Option<Present<'_, Subnet>>) -> Option<Missing> {
    let by_subnet = subnet.map(|subnet| (subnet.value().owner.as_str(), &net.subnets.source.account));
    let by_vpc = net
        .vpc
        .value()
        .map(|vpc| (vpc.owner.as_str(), &net.vpc.source.account));
    match by_subnet.or(by_vpc) {
        Some((owner, asked)) if owner == asked => None,
        Some((owner, _)) if !owner.is_empty() => Some(Missing::unknowable(
            format!("what account {owner} has in the VPC it shares"),
            format!("only its owner sees all of it: ask account {owner}"),
        )),
        _ => Some(
            net.vpc
                .missing("owner of the VPC")
                .or_else(|| net.subnets.missing("owner of the VPC"))
                .unwrap_or_else(|| {
                    Missing::unknowable(
                        "owner of the VPC",
                        "neither subnet nor VPC is among what was read",
                    )
                }),
        ),
    }
}

/// Whether `net` is private: not of the internet.
pub(super) fn is_private(net: &IpNet) -> bool {
    let family = Family::of(net.addr());
    let ranges = Ranges::of(family, [net]);
    Ranges::public(family).and(&ranges).is_empty()
}
