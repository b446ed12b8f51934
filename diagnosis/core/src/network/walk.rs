//! One way, from one place to one host, walked hop by hop.

use std::net::IpAddr;

use super::acls::{self, Ports};
use super::address::{AddressKind, address_kind};
use super::gateways;
use super::groups::{self, Remote};
use super::names::{self, Lead};
use super::need::Need;
use super::path::{Break, Direction, Path, PathOutcome};
use super::place::Place;
use super::ranges::{Family, Ranges, Share};
use super::routes;
use super::trail::{Check, Found, Trail};
use super::view::View;
use crate::evidence::network::{Destination, NetworkEvidence, RouteTarget, VpcEndpoint};
use crate::observed::{Missing, Present};

/// What is walked.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    pub(super) view: View<'a>,
    pub(super) place: &'a Place,
    pub(super) need: &'a Need,
    /// What the name's address is known to be, where a failure gave one.
    pub(super) known: Option<AddressKind>,
}

/// Addresses of an endpoint in one subnet.
struct Site {
    subnet: Option<String>,
    ranges: Ranges,
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
        PathOutcome::Broken(Break::EndpointPrivateDnsDisabled { .. }) => vec![Missing::unknowable(
            format!("private hosted zones of {}", walk.view.vpc_id()),
            format!(
                "a zone of one's own may answer for {}, and zones are not read",
                need.host()
            ),
        )],
        _ => Vec::new(),
    };
    Path {
        need: need.clone(),
        place: place.clone(),
        hops: trail.hops(),
        also: trail.breaks().skip(1).cloned().collect(),
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

    fn by_family(&self) -> Trail {
        let only_v6 = self.view.subnet.is_some_and(|subnet| subnet.ipv6_only);
        let trail = if only_v6 {
            self.from_v6_only()
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
            let out = groups::egress(
                &self.view,
                self.place,
                &self.anything(Family::V4),
                self.need.port(),
            );
            if matches!(out.found, Found::Breaks(_)) {
                all.push(out);
            }
        }
        all
    }

    /// By IPv4; and by IPv6 too where that may save what IPv4 does not reach.
    fn by_name(&self, family: Family) -> Trail {
        let trail = match names::lead(&self.view, self.need) {
            Lead::Nowhere(check) => return Trail::of(vec![check]),
            Lead::Public(checks) => {
                let mut trail = Trail::of(checks);
                trail.extend(self.to_public(family));
                trail
            }
            Lead::Endpoint(endpoint, checks) => {
                let mut trail = Trail::of(checks);
                trail.extend(self.to_endpoint(endpoint, None));
                trail
            }
            Lead::Either {
                endpoint,
                which,
                checks,
            } => {
                let there = match endpoint {
                    Some(endpoint) => self.to_endpoint(endpoint, None),
                    None => Trail::of(vec![Check::unclear(
                        format!("whether an endpoint answers for {}", self.need.host()),
                        vec![which.clone()],
                    )]),
                };
                let mut trail = Trail::of(checks);
                trail.extend(Trail::one_of(vec![there, self.to_public(family)], &which));
                trail
            }
        };
        let has_v6 = self.view.subnet.is_none_or(|subnet| {
            subnet
                .value()
                .cidrs
                .iter()
                .any(|net| Family::of(net.addr()) == Family::V6)
        });
        if family == Family::V6 || !trail.is_broken() || !has_v6 || !self.need.may_have_v6() {
            return trail;
        }
        let which = Missing::unknowable(
            format!("whether the puller and {} speak IPv6", self.need.host()),
            "the task's own addresses and the host's are not read",
        );
        Trail::one_of(vec![trail, self.to_public(Family::V6)], &which)
    }

    /// From a subnet without IPv4
    /// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking-awsvpc.html>).
    fn from_v6_only(&self) -> Trail {
        let host = self.need.host();
        let subnet_fact = self
            .view
            .subnet
            .map(|subnet| subnet.fact(format!("subnet {} has only IPv6", subnet.id)));
        let endpoints = self.view.endpoints();
        let serving =
            endpoints.find(|endpoint| routes::is_interface(endpoint) && routes::serves(endpoint, self.need));
        let unseen = self.need.service().and_then(|_| endpoints.incomplete());
        if serving.is_some() || unseen.is_some() {
            let missing = unseen.unwrap_or_else(|| {
                Missing::unknowable(
                    format!("whether an endpoint answers for {host} by IPv6"),
                    "the endpoint's IP address type is not read",
                )
            });
            return Trail::of(vec![Check::unclear(format!("IPv6 to {host}"), vec![missing])]);
        }
        // AWS's own agents ask the dual-stack names of its APIs from there.
        let is_registry = matches!(self.need, Need::Registry { .. });
        if self.need.may_have_v6() || !is_registry {
            let mut trail = self.by_name(Family::V6);
            if !matches!(self.need, Need::Registry { dual_stack: true, .. }) {
                trail.push(Check::unclear(
                    format!("whether {host} has an IPv6 address"),
                    vec![Missing::unknowable(
                        format!("whether {host} has an IPv6 address"),
                        "names are not resolved from here",
                    )],
                ));
            }
            return trail;
        }
        // Only a NAT gateway that translates (NAT64), at its own prefix, leads to IPv4 from here.
        let translated = Ranges::of(
            Family::V6,
            &"64:ff9b::/96".parse().ok().into_iter().collect::<Vec<_>>(),
        );
        let broken = Check::breaks(
            Break::Ipv6Only {
                subnet: self.view.subnet_id.to_owned(),
                host: host.clone(),
            },
            subnet_fact.into_iter().collect(),
        );
        let table = match routes::table_of(&self.view, self.view.subnet_id) {
            Ok(table) => table,
            Err(missing) => return Trail::of(vec![Check::unclear(format!("IPv6 to {host}"), vec![missing])]),
        };
        let ways = routes::ways(&self.view, table.table.value(), &translated, self.need);
        let never_translated = ways.iter().all(|way| {
            way.unclear.is_none()
                && way.route.as_ref().is_none_or(|route| {
                    route.blackhole
                        || matches!(
                            route.target,
                            RouteTarget::InternetGateway(_)
                                | RouteTarget::EgressOnlyInternetGateway(_)
                                | RouteTarget::Local
                        )
                })
        });
        if never_translated {
            return Trail::of(vec![broken.with_facts([table.fact(self.view.subnet_id)])]);
        }
        Trail::of(vec![Check::unclear(
            format!("{host} by NAT64"),
            vec![Missing::unknowable(
                format!("whether {host} is reached by DNS64 and NAT64"),
                "the subnet's DNS64 setting is not read",
            )],
        )])
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
            AddressKind::InVpc => {
                let remote = Remote {
                    groups: None,
                    ..remote
                };
                let mut trail = self.over_routes(&remote);
                trail.push(Check::unclear(
                    format!("what answers at {address}"),
                    vec![Missing::unknowable(
                        format!("what answers at {address}"),
                        "it is in the VPC and no endpoint's that was read",
                    )],
                ));
                trail
            }
            AddressKind::Private | AddressKind::Public => self.over_routes(&remote),
        }
    }

    /// To the public addresses of the host.
    fn to_public(&self, family: Family) -> Trail {
        self.over_routes(&self.public(family))
    }

    fn over_routes(&self, remote: &Remote) -> Trail {
        let mut trail = match routes::table_of(&self.view, self.view.subnet_id) {
            Ok(table) => {
                let ways = routes::ways(&self.view, table.table.value(), &remote.ranges, self.need);
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
    fn own_acl(&self, remote: &Ranges, name: &str) -> Trail {
        let own = self.view.subnet_id;
        let port = Ports::one(self.need.port());
        Trail::of(vec![
            acls::check(&self.view, own, Direction::Outbound, remote, port, name),
            acls::check(&self.view, own, Direction::Inbound, remote, Ports::CLIENT, name),
        ])
    }

    /// To an interface endpoint of the VPC.
    fn to_endpoint(&self, endpoint: Present<'_, VpcEndpoint>, address: Option<IpAddr>) -> Trail {
        let name = format!("endpoint {}", endpoint.id);
        let seen = endpoint.fact(format!("{name} for {} is {}", endpoint.service, endpoint.state));
        let mut trail = Trail::default();
        if endpoint.state == "available" {
            trail.push(Check::passes(format!("{name} is available"), vec![seen]));
        } else {
            trail.push(Check::breaks(
                Break::EndpointUnavailable {
                    endpoint: endpoint.id.clone(),
                    service: endpoint.service.clone(),
                    state: endpoint.state.clone(),
                },
                vec![seen],
            ));
        }
        let sites = self.sites(endpoint.value(), address);
        let everywhere = sites
            .iter()
            .fold(Ranges::none(Family::V4), |all, site| all.or(&site.ranges));
        let source = self.source(Family::V4);
        let remote = Remote {
            name: name.clone(),
            ranges: everywhere,
            lists: Vec::new(),
            groups: Some(endpoint.value().security_groups.clone()).filter(|groups| !groups.is_empty()),
        };
        trail.push(self.stays_in_vpc(&remote));
        trail.push(groups::egress(&self.view, self.place, &remote, self.need.port()));
        trail.push(groups::ingress(&self.view, endpoint, self.place, &source));
        let ways = sites
            .iter()
            .map(|site| self.acls_to(site, &name, &source))
            .collect();
        trail.extend(Trail::one_of(
            ways,
            &Missing::unknowable(
                format!("which address of {name} the pull takes"),
                "network ACLs let only some of them through",
            ),
        ));
        trail
    }

    /// ACLs between the puller and one subnet of an endpoint. Within one subnet none is asked.
    fn acls_to(&self, site: &Site, name: &str, source: &Ranges) -> Trail {
        let Some(subnet) = site.subnet.as_deref() else {
            return Trail::of(vec![Check::unclear(
                format!("network ACLs on the way to {name}"),
                vec![Missing::unknowable(
                    format!("subnets of {name}"),
                    "AWS named none for it",
                )],
            )]);
        };
        if subnet == self.view.subnet_id {
            return Trail::default();
        }
        let mut trail = self.own_acl(&site.ranges, name);
        let port = Ports::one(self.need.port());
        for (direction, ports) in [(Direction::Inbound, port), (Direction::Outbound, Ports::CLIENT)] {
            trail.push(acls::check(
                &self.view,
                subnet,
                direction,
                source,
                ports,
                "the puller",
            ));
        }
        trail
    }

    /// Whether packets to an endpoint go there straight: routes can send them through an appliance in the VPC.
    fn stays_in_vpc(&self, remote: &Remote) -> Check {
        let what = format!("packets to {} stay in {}", remote.name, self.view.vpc_id());
        let table = match routes::table_of(&self.view, self.view.subnet_id) {
            Ok(table) => table,
            Err(missing) => return Check::unclear(what, vec![missing]),
        };
        let local = self
            .view
            .vpc_ranges(Family::V4)
            .is_some_and(|vpc| vpc.share_of(&remote.ranges) == Share::All);
        let ways = routes::ways(&self.view, table.table.value(), &remote.ranges, self.need);
        for way in ways {
            match (&way.route, &way.unclear) {
                (Some(route), Some(missing)) if route.target != RouteTarget::Local => {
                    return Check::unclear(what, vec![missing.clone()]);
                }
                (Some(route), None) if route.target != RouteTarget::Local => {
                    let via = format!("route {} of {}", routes::destination(route), table.table.id);
                    // Addresses that were not read are anywhere: then a default route says nothing.
                    return match gateways::beyond(&via, route) {
                        Some(beyond) if local => Check::beyond(beyond, vec![table.fact(self.view.subnet_id)]),
                        _ => Check::passes(what, Vec::new()),
                    };
                }
                _ => {}
            }
        }
        Check::passes(what, vec![table.fact(self.view.subnet_id)])
    }

    /// Where an endpoint's addresses are, by subnet; where they were not read, somewhere in the endpoint's subnets.
    fn sites(&self, endpoint: &VpcEndpoint, only: Option<IpAddr>) -> Vec<Site> {
        let mut sites: Vec<Site> = self
            .view
            .endpoint_addresses()
            .each()
            .filter(|item| endpoint.network_interfaces.contains(&item.interface))
            .filter(|item| only.is_none_or(|address| item.addresses.contains(&address)))
            .map(|item| Site {
                subnet: item.subnet.clone(),
                ranges: match only {
                    Some(address) => Ranges::of_addresses(Family::V4, [address]),
                    None => Ranges::of_addresses(Family::V4, item.value().addresses.iter().copied()),
                },
            })
            .filter(|site| !site.ranges.is_empty())
            .collect();
        if only.is_none() {
            for subnet in &endpoint.subnets {
                let known = sites.iter().any(|site| site.subnet.as_ref() == Some(subnet));
                if !known {
                    sites.push(Site {
                        subnet: Some(subnet.clone()),
                        ranges: self.view.somewhere_in(Some(subnet), Family::V4),
                    });
                }
            }
        }
        if sites.is_empty() {
            sites.push(Site {
                subnet: None,
                ranges: self.view.somewhere_in(None, Family::V4),
            });
        }
        sites
    }

    /// Addresses among which the puller's own is.
    pub(super) fn source(&self, family: Family) -> Ranges {
        match self.place.address {
            Some(address) if Family::of(address) == family => Ranges::of_addresses(family, [address]),
            _ => self.view.somewhere_in(Some(self.view.subnet_id), family),
        }
    }

    /// The host's public addresses, as far as they can be told.
    fn public(&self, family: Family) -> Remote {
        let name = self.need.host();
        let all = Ranges::public(family);
        let lists = self.view.prefix_lists();
        if self.need.is_s3_of(self.view.region()) {
            let is_s3 = |name: &str| name.ends_with(&format!(".{}.s3", self.view.region()));
            let list = lists.find(|list| is_s3(&list.name));
            let ids = self.s3_lists(list.map(|list| list.id.clone()));
            let ranges = list
                .map(|list| Ranges::of(family, &list.value().cidrs))
                .filter(|ranges| !ranges.is_empty())
                .unwrap_or(all);
            return Remote {
                name,
                ranges,
                lists: ids,
                groups: Some(Vec::new()),
            };
        }
        // Ranges of S3 and DynamoDB are these services' alone.
        let others = lists
            .each()
            .filter(|list| list.name.ends_with(".s3") || list.name.ends_with(".dynamodb"))
            .fold(Ranges::none(family), |all, list| {
                all.or(&Ranges::of(family, &list.value().cidrs))
            });
        Remote {
            name,
            ranges: all.minus(&others),
            lists: Vec::new(),
            groups: Some(Vec::new()),
        }
    }

    /// Ids of S3's prefix list: the one AWS lists, and those that routes to S3's gateway endpoint name.
    fn s3_lists(&self, listed: Option<String>) -> Vec<String> {
        let endpoints = self.view.endpoints();
        let is_s3 = |id: &str| {
            endpoints
                .find(|endpoint| endpoint.id == id)
                .is_some_and(|endpoint| routes::is_gateway(&endpoint) && routes::serves(&endpoint, self.need))
        };
        let tables = self.view.route_tables();
        let routes = tables.each().flat_map(|table| &table.value().routes);
        let named = routes.filter_map(|route| match (&route.destination, &route.target) {
            (Destination::PrefixList(list), RouteTarget::VpcEndpoint(id)) if is_s3(id) => Some(list.clone()),
            _ => None,
        });
        listed.into_iter().chain(named).collect()
    }

    /// Every address there is.
    fn anything(&self, family: Family) -> Remote {
        Remote {
            name: "any address".to_owned(),
            ranges: Ranges::all(family),
            lists: Vec::new(),
            groups: None,
        }
    }
}
