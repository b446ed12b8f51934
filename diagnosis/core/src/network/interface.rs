//! The way to an interface endpoint: its state, its groups, and the network ACLs on both sides.

use std::net::IpAddr;

use super::acls::{self, Ports};
use super::breaks::{Break, Direction};
use super::gateways;
use super::groups::{self, Remote};
use super::ranges::{Family, Ranges, Share};
use super::routes;
use super::trail::{Check, Trail};
use super::walk::Walk;
use crate::evidence::network::{RouteTarget, VpcEndpoint};
use crate::observed::{Missing, Present};

/// Addresses of an endpoint in one subnet.
struct Site {
    subnet: Option<String>,
    ranges: Ranges,
}

impl Walk<'_> {
    /// To an interface endpoint of the VPC.
    pub(super) fn to_endpoint(&self, endpoint: Present<'_, VpcEndpoint>, address: Option<IpAddr>) -> Trail {
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
        let ways = routes::ways(&self.view, table.table.value(), &remote.ranges, None);
        // Only a range of one subnet can be routed astray within a VPC: lists that were not read do not matter
        // (<https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html>).
        let astray = ways
            .into_iter()
            .filter(|way| way.unclear.is_none())
            .find_map(|way| way.route.filter(|route| route.target != RouteTarget::Local));
        let Some(route) = astray else {
            return Check::passes(what, vec![table.fact(self.view.subnet_id)]);
        };
        let via = format!("route {} of {}", routes::destination(&route), table.table.id);
        let in_vpc = self
            .view
            .vpc_ranges(Family::V4)
            .is_some_and(|vpc| vpc.share_of(&remote.ranges) == Share::All);
        match gateways::beyond(&via, &route) {
            Some(beyond) if in_vpc => Check::beyond(beyond, vec![table.fact(self.view.subnet_id)]),
            // Addresses that were not read may be anywhere, and then any route may seem to take them.
            _ => {
                let missing = self.view.net.vpc.missing("ranges of the VPC").unwrap_or_else(|| {
                    Missing::unknowable(
                        format!("whether {via} takes packets to {}", remote.name),
                        "the addresses of the endpoint are not known",
                    )
                });
                Check::unclear(what, vec![missing])
            }
        }
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
}
