//! What a missing way out means: which endpoint would have served, and why it does not.

use super::address::AddressKind;
use super::breaks::{Break, DnsAttribute};
use super::gateways::beyond;
use super::names::{Attribute, custom_servers, hostnames, is_gone};
use super::routes::{Table, destination, is_gateway, is_interface, serves};
use super::trail::Check;
use super::view::is_private;
use super::walk::Walk;
use crate::evidence::network::{Destination, Route, RouteTarget, VpcEndpoint};
use crate::observed::Fact;

/// Services of which ECR needs an endpoint each.
const OF_ECR: [&str; 3] = ["ecr.api", "ecr.dkr", "s3"];

impl Walk<'_> {
    /// Says why there is no way for the puller's subnet, whose route table has no route that fits.
    ///
    /// The cause is the nearest thing to a way: an endpoint that only lacks its private name, table or state; then a
    /// network that may hold what cannot be seen; then the endpoint that is missing among others; then everything.
    pub(super) fn no_way(&self, table: &Table<'_>) -> Check {
        let fact = table.fact(self.view.subnet_id);
        let no_route = Break::NoRoute {
            subnet: self.view.subnet_id.to_owned(),
            route_table: table.table.id.clone(),
        };
        if matches!(self.known, Some(AddressKind::Private | AddressKind::InVpc)) {
            return Check::breaks(no_route, vec![fact]);
        }
        if let Some(fault) = self.endpoint_fault(Some(table)) {
            return fault.with_facts([fact]);
        }
        if let Some(answered) = self.answered_otherwise() {
            return answered.with_facts([fact]);
        }
        if self.known.is_none()
            && let Some((route, via)) = private_way(table)
            && let Some(beyond) = beyond(&via, route)
        {
            // Names may resolve to endpoints in the network behind it, by private zones that are not read.
            return Check::beyond(beyond, vec![fact]);
        }
        let Some(service) = self.need.service() else {
            return Check::breaks(no_route, vec![fact]);
        };
        let endpoints = self.view.endpoints();
        let none = match endpoints.none(|endpoint| serves(endpoint, self.need) && !is_gone(&endpoint.state)) {
            Ok(absence) => absence,
            Err(missing) => {
                // An endpoint that serves by its own name is there: what it takes is told where it is reached. And an
                // address of the internet shows that no endpoint took the name over, seen or unseen.
                if endpoints.incomplete().is_none() || self.known.is_some() {
                    return Check::breaks(no_route, vec![fact]);
                }
                return Check::unclear(
                    format!("no route of {} leads to {}", table.table.id, self.need.host()),
                    vec![missing],
                )
                .with_facts([fact]);
            }
        };
        let name = self.need.endpoint_service().unwrap_or_default();
        let absence = none.fact(format!("{} has no endpoint for {name}", self.view.vpc_id()));
        let facts = |more: Vec<Fact>| [vec![fact.clone(), absence.clone()], more].concat();
        if service.fips
            && let Some(plain) = endpoints.find(|endpoint| service.plain().is_served_by(&endpoint.service))
        {
            let seen = plain.fact(format!("endpoint {} is for {}", plain.id, plain.service));
            let broken = Break::FipsEndpointMissing {
                plain: plain.service.clone(),
            };
            return Check::breaks(broken, facts(vec![seen]));
        }
        let here = self.view.region();
        let Some(other) = endpoints.find(|endpoint| self.is_of_ecr(endpoint, table)) else {
            return Check::breaks(no_route, facts(Vec::new()));
        };
        let seen = other.fact(format!("endpoint {} is for {}", other.id, other.service));
        let broken = if service.region == here {
            Break::EndpointMissing { service: name }
        } else {
            Break::CrossRegionNoEgress {
                region: service.region.to_owned(),
                here: here.to_owned(),
            }
        };
        Check::breaks(broken, facts(vec![seen]))
    }

    /// Why an endpoint that would serve does not, if there is one.
    pub(super) fn endpoint_fault(&self, table: Option<&Table<'_>>) -> Option<Check> {
        let endpoints = self.view.endpoints();
        let there = |endpoint: &VpcEndpoint| serves(endpoint, self.need) && !is_gone(&endpoint.state);
        if let Some(endpoint) = endpoints.find(|endpoint| is_interface(endpoint) && there(endpoint)) {
            let seen = endpoint.fact(format!(
                "endpoint {} for {} is {}, private DNS {}",
                endpoint.id,
                endpoint.service,
                endpoint.state,
                if endpoint.private_dns { "on" } else { "off" }
            ));
            if endpoint.state != "available" {
                return Some(Check::breaks(unavailable(&endpoint), vec![seen]));
            }
            if !endpoint.private_dns {
                let broken = Break::EndpointPrivateDnsDisabled {
                    endpoint: endpoint.id.clone(),
                    service: endpoint.service.clone(),
                };
                return Some(Check::breaks(broken, vec![seen]));
            }
            if let Attribute::Off(fact) = hostnames(&self.view) {
                let broken = Break::VpcDnsDisabled {
                    vpc: self.view.vpc_id().to_owned(),
                    which: DnsAttribute::Hostnames,
                };
                return Some(Check::breaks(broken, vec![seen, fact]));
            }
        }
        let table = table?;
        let gateway = endpoints.find(|endpoint| is_gateway(endpoint) && there(endpoint))?;
        let seen = gateway.fact(format!(
            "gateway endpoint {} for {} is {}, on route tables {}",
            gateway.id,
            gateway.service,
            gateway.state,
            gateway.route_tables.join(", ")
        ));
        if gateway.state != "available" {
            return Some(Check::breaks(unavailable(&gateway), vec![seen]));
        }
        let broken = Break::GatewayNotOnRouteTable {
            endpoint: gateway.id.clone(),
            route_table: table.table.id.clone(),
        };
        Some(Check::breaks(broken, vec![seen]))
    }

    /// The DNS servers of one's own that gave a public address for a name that an endpoint has taken over.
    fn answered_otherwise(&self) -> Option<Check> {
        let endpoints = self.view.endpoints();
        let public = self.known == Some(AddressKind::Public);
        let endpoint = endpoints.find(|endpoint| {
            is_interface(endpoint)
                && serves(endpoint, self.need)
                && endpoint.private_dns
                && endpoint.state == "available"
        });
        let endpoint = endpoint.filter(|_| public)?;
        let (beyond, facts) = custom_servers(&self.view)?;
        let seen = endpoint.fact(format!(
            "endpoint {} for {} is available and has private DNS",
            endpoint.id, endpoint.service
        ));
        Some(Check::beyond(beyond, facts).with_facts([seen]))
    }

    /// Whether an endpoint is one of those that ECR needs here, and this subnet can use it.
    fn is_of_ecr(&self, endpoint: &VpcEndpoint, table: &Table<'_>) -> bool {
        let here = self.view.region();
        let of_ecr = OF_ECR
            .iter()
            .any(|name| endpoint.service.ends_with(&format!(".{here}.{name}")));
        let usable = is_interface(endpoint)
            || endpoint.route_tables.contains(&table.table.id)
            || table
                .table
                .routes
                .iter()
                .any(|route| matches!(&route.target, RouteTarget::VpcEndpoint(id) if *id == endpoint.id));
        of_ecr && usable && !is_gone(&endpoint.state)
    }
}

fn unavailable(endpoint: &VpcEndpoint) -> Break {
    Break::EndpointUnavailable {
        endpoint: endpoint.id.clone(),
        service: endpoint.service.clone(),
        state: endpoint.state.clone(),
    }
}

/// A route into another network, where the name's real address may be.
fn private_way<'t>(table: &'t Table<'_>) -> Option<(&'t Route, String)> {
    let route = table.table.value().routes.iter().find(|route| {
        let private = match &route.destination {
            Destination::Cidr(net) => is_private(net),
            Destination::PrefixList(_) | Destination::SecurityGroup(_) | Destination::Other(_) => true,
        };
        let elsewhere = matches!(
            route.target,
            RouteTarget::TransitGateway(_)
                | RouteTarget::Peering(_)
                | RouteTarget::VirtualPrivateGateway(_)
                | RouteTarget::Other(_)
        );
        private && elsewhere && !route.blackhole
    })?;
    Some((
        route,
        format!("route {} of {}", destination(route), table.table.id),
    ))
}
