//! One way, from one place to one host, walked hop by hop.

use std::net::IpAddr;

use ipnet::IpNet;

use super::acls::{self, Ports};
use super::address::{AddressKind, address_kind};
use super::breaks::{Break, Direction};
use super::groups::{self, Remote};
use super::names::{self, To};
use super::need::Need;
use super::path::{Path, PathOutcome};
use super::place::Place;
use super::public::anything;
use super::ranges::{Family, Ranges};
use super::routes;
use super::trail::{Check, Found, Trail};
use super::view::View;
use crate::evidence::network::{Destination, NetworkEvidence, Route, RouteTarget};
use crate::observed::{Fact, Missing};

/// What is walked.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    pub(super) view: View<'a>,
    pub(super) place: &'a Place,
    pub(super) need: &'a Need,
    /// What the name's address is known to be, where a failure gave one.
    pub(super) known: Option<AddressKind>,
}

/// The way from `place` to `need`. See [`super::path`] and [`super::path_to`].
pub(super) fn walk(net: &NetworkEvidence, place: &Place, need: &Need, address: Option<IpAddr>) -> Path {
    let walk = Walk {
        view: View::of(net, &place.subnet),
        place,
        need,
        known: address.map(|address| address_kind(net, address)),
    };
    let mut trail = Trail::default();
    // What a subnet is, and whose, decides about everything else: without it nothing is certain to be open.
    if walk.view.subnet.is_none() {
        let missing = walk.view.subnet_missing();
        trail.push(Check::unclear(format!("subnet {}", place.subnet), vec![missing]));
    }
    trail.extend(match address {
        Some(address) => walk.to_address(address),
        None => walk.to_host(),
    });
    let outcome = trail.outcome();
    let caveats = match &outcome {
        // An address shows where the name leads, whatever zones there are.
        PathOutcome::Broken(Break::EndpointPrivateDnsDisabled { .. }) if address.is_none() => {
            names::zones_unread(&walk.view, need)
        }
        // A zone of one's own may lead to an endpoint without private DNS, past what stops the public way.
        PathOutcome::Broken(Break::EgressBlocked { .. } | Break::NaclBlocked { .. })
            if address.is_none() && walk.has_nameless_endpoint() =>
        {
            names::zones_unread(&walk.view, need)
        }
        PathOutcome::Broken(Break::NoRoute { .. }) if need.service().is_some() => {
            walk.view.endpoints().incomplete().into_iter().collect()
        }
        PathOutcome::Broken(Break::Blackhole { target, .. }) if target.starts_with("nat-") => {
            walk.view.nat_gateways().incomplete().into_iter().collect()
        }
        _ => Vec::new(),
    };
    Path {
        need: need.clone(),
        place: place.clone(),
        hops: trail.hops(),
        also: trail.breaks().skip(1).cloned().collect(),
        unseen: trail.unseen(),
        proof: trail.proof(),
        outcome,
        caveats,
    }
}

impl Walk<'_> {
    /// To wherever the need's name leads.
    fn to_host(&self) -> Trail {
        if let Need::EcrApi { region, fips: true } = self.need {
            let plain = Need::EcrApi {
                region: region.clone(),
                fips: false,
            };
            let walk = Walk {
                view: self.view.clone(),
                place: self.place,
                need: &plain,
                known: None,
            };
            let which = Missing::unknowable(
                format!(
                    "whether the token is asked for at the FIPS host of {}",
                    self.need.host()
                ),
                "that is a setting of the account or agent, and is not read",
            );
            return Trail::one_of(vec![self.by_family(), walk.by_family()], &which);
        }
        self.by_family()
    }

    fn has_only_v6(&self) -> bool {
        self.view.subnet.is_some_and(|subnet| subnet.ipv6_only)
    }

    /// Whether an endpoint is there to which the need's name does not lead by itself.
    fn has_nameless_endpoint(&self) -> bool {
        let fault = self.endpoint_fault(None);
        fault.is_some_and(|check| {
            matches!(
                check.found,
                Found::Breaks(Break::EndpointPrivateDnsDisabled { .. })
            )
        })
    }

    /// Whether a subnet that was not read may have IPv6 only: its routes lead somewhere by IPv6.
    fn may_have_only_v6(&self) -> bool {
        let leads_out = |route: &Route| match &route.destination {
            Destination::Cidr(range) => {
                Family::of(range.addr()) == Family::V6 && route.target != RouteTarget::Local
            }
            _ => false,
        };
        self.view.subnet.is_none()
            && routes::table_of(&self.view, self.view.subnet_id)
                .is_ok_and(|table| table.table.routes.iter().any(leads_out))
    }

    fn which_family(&self) -> Missing {
        Missing::unknowable(
            format!("whether {} has IPv4", self.place.subnet),
            "the subnet was not read, and its routes are for IPv6 too",
        )
    }

    /// What a puller without IPv4 meets at a host of IPv4.
    fn no_v4(&self, facts: Vec<Fact>) -> Check {
        let broken = Break::Ipv6Only {
            subnet: self.view.subnet_id.to_owned(),
            host: self.need.host(),
        };
        Check::breaks(broken, facts)
    }

    fn by_family(&self) -> Trail {
        let only_v6 = self.has_only_v6();
        let trail = if only_v6 {
            self.by_v6_only()
        } else if self.may_have_only_v6() {
            Trail::one_of(
                vec![self.by_name(Family::V4), self.by_v6_only()],
                &self.which_family(),
            )
        } else {
            self.by_name(Family::V4)
        };
        if self.need.is_public() {
            return trail;
        }
        // A host that may be anywhere: public, in the VPC, or in a network behind it.
        let anywhere = Missing::unknowable(
            format!("which address {} has", self.need.host()),
            "it is not one of the well-known public registries, and names are not resolved from here",
        );
        let elsewhere = Trail::of(vec![Check::unclear(
            format!("where {} is", self.need.host()),
            vec![anywhere.clone()],
        )]);
        let mut all = Trail::one_of(vec![trail, elsewhere], &anywhere);
        if !only_v6 {
            // Groups that let nothing out at all settle it all the same.
            let out = groups::egress(&self.view, self.place, &anything(Family::V4), self.need.port());
            if matches!(out.found, Found::Breaks(_)) {
                all.push(out);
            }
        }
        all
    }

    /// By the name, in one family of addresses; and by IPv6 too where that may save what IPv4 does not reach.
    pub(super) fn by_name(&self, family: Family) -> Trail {
        let lead = names::lead(&self.view, self.need);
        let mut trail = Trail::of(lead.checks);
        let rest = match lead.to {
            To::Public => self.to_public(family),
            To::Endpoint(endpoint) => self.to_endpoint(endpoint, None),
            To::Either(endpoint, which) => {
                let there = match endpoint {
                    Some(endpoint) => self.to_endpoint(endpoint, None),
                    None => Trail::of(vec![Check::unclear(
                        format!("whether an endpoint answers for {}", self.need.host()),
                        vec![which.clone()],
                    )]),
                };
                Trail::one_of(vec![there, self.to_public(family)], &which)
            }
        };
        trail.extend(if family == Family::V4 && rest.is_broken() {
            self.saved_by_v6(rest)
        } else {
            rest
        });
        trail
    }

    /// What IPv4 does not reach, if IPv6 may.
    fn saved_by_v6(&self, broken: Trail) -> Trail {
        let is_v6 = |net: &IpNet| Family::of(net.addr()) == Family::V6;
        let has_v6 = self
            .view
            .subnet
            .is_none_or(|subnet| subnet.cidrs.iter().any(is_v6));
        if !has_v6 || !self.need.may_have_v6() {
            return broken;
        }
        let by_v6 = self.to_public(Family::V6);
        if by_v6.is_broken() {
            // Neither helps the other: what breaks IPv4 is to blame, which every puller there speaks.
            return broken;
        }
        let which = Missing::unknowable(
            format!("whether the puller and {} speak IPv6", self.need.host()),
            "the task's own addresses and the host's are not read",
        );
        Trail::one_of(vec![broken, by_v6], &which)
    }

    /// To one address, which a failure named.
    fn to_address(&self, address: IpAddr) -> Trail {
        let family = Family::of(address);
        let remote = Remote {
            name: address.to_string(),
            ranges: Ranges::of_addresses(family, [address]),
            lists: Vec::new(),
            groups: Some(Vec::new()),
        };
        match self.known.clone().unwrap_or(AddressKind::Private) {
            AddressKind::EndpointInterface(id) => {
                match self.view.endpoints().find(|endpoint| endpoint.id == id) {
                    Some(endpoint) => self.to_endpoint(endpoint, Some(address)),
                    None => Trail::default(),
                }
            }
            // What has no IPv4 cannot dial it.
            _ if family == Family::V4 && self.has_only_v6() => {
                let fact = self
                    .view
                    .subnet
                    .map(|subnet| subnet.fact(format!("subnet {} has only IPv6", subnet.id)));
                Trail::of(vec![self.no_v4(fact.into_iter().collect())])
            }
            AddressKind::Public if family == Family::V4 && self.may_have_only_v6() => Trail::one_of(
                vec![self.over_routes(&remote), Trail::of(vec![self.no_v4(Vec::new())])],
                &self.which_family(),
            ),
            AddressKind::Public => self.over_routes(&remote),
            kind => {
                let whose = match kind {
                    AddressKind::InVpc => "it is in the VPC and no endpoint's that was read",
                    _ => "it is a private address outside the VPC",
                };
                let mut trail = self.over_routes(&Remote {
                    groups: None,
                    ..remote
                });
                trail.push(Check::unclear(
                    format!("what answers at {address}"),
                    vec![Missing::unknowable(format!("what answers at {address}"), whose)],
                ));
                trail
            }
        }
    }

    /// To the public addresses of the host.
    fn to_public(&self, family: Family) -> Trail {
        self.over_routes(&self.public(family))
    }

    fn over_routes(&self, remote: &Remote) -> Trail {
        let mut trail = match routes::table_of(&self.view, self.view.subnet_id) {
            Ok(table) => {
                let ways = routes::ways(&self.view, table.table.value(), &remote.ranges, Some(self.need));
                let trail = self.follow(&table, ways, remote);
                let no_address = trail
                    .breaks()
                    .any(|broken| matches!(broken, Break::NoPublicIp { .. }));
                // Whoever made an endpoint meant the name to lead there: that it does not comes first.
                match self.endpoint_fault(None).filter(|_| no_address) {
                    Some(fault) => {
                        let mut all = Trail::of(vec![fault]);
                        all.extend(trail);
                        all
                    }
                    None => trail,
                }
            }
            Err(missing) => Trail::of(vec![Check::unclear(
                format!("routes of {}", self.view.subnet_id),
                vec![missing],
            )]),
        };
        trail.push(groups::egress(&self.view, self.place, remote, self.need.port()));
        trail.extend(self.own_acl(&remote.ranges, &remote.name));
        trail
    }

    /// The own subnet's ACL, out to the port and back in to where the client listens.
    pub(super) fn own_acl(&self, remote: &Ranges, name: &str) -> Trail {
        let own = self.view.subnet_id;
        let port = Ports::one(self.need.port());
        Trail::of(vec![
            acls::check(&self.view, own, Direction::Outbound, remote, port, name),
            acls::check(&self.view, own, Direction::Inbound, remote, Ports::CLIENT, name),
        ])
    }

    /// Addresses among which the puller's own is.
    pub(super) fn source(&self, family: Family) -> Ranges {
        match self.place.address {
            Some(address) if Family::of(address) == family => Ranges::of_addresses(family, [address]),
            _ => self.view.somewhere_in(Some(self.view.subnet_id), family),
        }
    }
}
