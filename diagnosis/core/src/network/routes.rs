//! Route tables: which route, by longest prefix, takes the packets where.

use super::groups::unread_list;
use super::need::Need;
use super::ranges::Ranges;
use super::view::View;
use crate::evidence::network::{Destination, Route, RouteTable, RouteTarget, VpcEndpoint};
use crate::observed::{Fact, Missing, Present};

/// A route table, and how it came to be the one of its subnet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table<'a> {
    pub(super) table: Present<'a, RouteTable>,
    explicit: bool,
}

/// Where some or all of the packets go.
#[derive(Debug, Clone)]
pub(super) struct Way {
    /// The route; `None` where none fits.
    pub(super) route: Option<Route>,
    /// What would tell whether the route fits at all, where that is not known.
    pub(super) unclear: Option<Missing>,
}

impl Table<'_> {
    pub(super) fn fact(&self, subnet: &str) -> Fact {
        let how = if self.explicit {
            "is associated with"
        } else {
            "is the main table, and no other is associated with"
        };
        self.table.fact(format!(
            "route table {} {how} {subnet}: {}",
            self.table.id,
            written(self.table.value())
        ))
    }
}

/// The route table of a subnet: the one associated with it, else the VPC's main one.
pub(super) fn table_of<'a>(view: &View<'a>, subnet: &str) -> Result<Table<'a>, Missing> {
    let tables = view.route_tables();
    let associated = |table: &RouteTable| table.subnets.iter().any(|id| id == subnet);
    if let Some(table) = tables.find(associated) {
        return Ok(Table {
            table,
            explicit: true,
        });
    }
    // Only a complete list shows that no table is associated.
    tables.none(associated)?;
    tables
        .find(|table| table.main)
        .map(|table| Table {
            table,
            explicit: false,
        })
        .ok_or_else(|| {
            Missing::unknowable(
                format!("route table of {subnet}"),
                "none of those that were read is associated with it, and none is the main one",
            )
        })
}

/// A range and the route it belongs to.
struct Candidate<'t> {
    prefix: u8,
    /// A range that is written out beats the same range out of a prefix list
    /// (<https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html>).
    from_list: bool,
    ranges: Ranges,
    route: &'t Route,
}

/// Where `table` takes packets to `ranges`: one way for each route that takes some of them.
///
/// `need` is whose public addresses the ranges are, if they are: gateway endpoints take those of their service.
pub(super) fn ways(view: &View<'_>, table: &RouteTable, ranges: &Ranges, need: Option<&Need>) -> Vec<Way> {
    let family = ranges.family();
    let implied = need
        .map(|need| implied_routes(view, table, need))
        .unwrap_or_default();
    let is_taken = |endpoint: &VpcEndpoint| need.is_some_and(|need| serves(endpoint, need));
    let mut candidates: Vec<Candidate<'_>> = Vec::new();
    let mut unclear: Vec<(&Route, Missing)> = Vec::new();
    for route in table.routes.iter().chain(&implied) {
        match &route.destination {
            Destination::Cidr(net) => candidates.push(Candidate {
                prefix: net.prefix_len(),
                from_list: false,
                ranges: Ranges::of(family, [net]),
                route,
            }),
            Destination::PrefixList(list) => {
                let known = view.prefix_lists().find(|known| known.id == *list);
                match (known, gateway_of(view, route)) {
                    // A gateway endpoint's list is its service's: it takes all of that service, and nothing else.
                    (_, Some(endpoint)) if is_taken(&endpoint) => candidates.push(Candidate {
                        prefix: u8::MAX,
                        from_list: true,
                        ranges: ranges.clone(),
                        route,
                    }),
                    (_, Some(_)) => {}
                    (Some(known), None) => {
                        candidates.extend(known.value().cidrs.iter().map(|net| Candidate {
                            prefix: net.prefix_len(),
                            from_list: true,
                            ranges: Ranges::of(family, [net]),
                            route,
                        }));
                    }
                    (None, None) => unclear.push((route, unread_list(view, list))),
                }
            }
            Destination::SecurityGroup(text) | Destination::Other(text) => unclear.push((
                route,
                Missing::unknowable(
                    format!("what `{text}` in route table {} stands for", table.id),
                    "it is neither a range nor a prefix list",
                ),
            )),
        }
    }
    candidates.sort_by_key(|candidate| (std::cmp::Reverse(candidate.prefix), candidate.from_list));
    let mut rest = ranges.clone();
    let mut taken: Vec<Way> = Vec::new();
    for candidate in candidates {
        if rest.and(&candidate.ranges).is_empty() {
            continue;
        }
        rest = rest.minus(&candidate.ranges);
        let known = taken
            .iter()
            .any(|way| way.route.as_ref() == Some(candidate.route));
        if !known {
            taken.push(Way {
                route: Some(candidate.route.clone()),
                unclear: None,
            });
        }
    }
    if !rest.is_empty() {
        taken.push(Way {
            route: None,
            unclear: None,
        });
    }
    taken.extend(unclear.into_iter().map(|(route, missing)| Way {
        route: Some(route.clone()),
        unclear: Some(missing),
    }));
    taken
}

/// Routes of gateway endpoints that say they are on this table while the table was read without them.
fn implied_routes(view: &View<'_>, table: &RouteTable, need: &Need) -> Vec<Route> {
    view.endpoints()
        .each()
        .filter(|endpoint| is_gateway(endpoint) && serves(endpoint, need))
        .filter(|endpoint| endpoint.route_tables.contains(&table.id))
        .filter(|endpoint| {
            !table
                .routes
                .iter()
                .any(|route| matches!(&route.target, RouteTarget::VpcEndpoint(id) if *id == endpoint.id))
        })
        .map(|endpoint| Route {
            destination: Destination::PrefixList(endpoint.service.clone()),
            target: RouteTarget::VpcEndpoint(endpoint.id.clone()),
            blackhole: false,
        })
        .collect()
}

/// The gateway endpoint that a route leads to, if it leads to one.
fn gateway_of<'a>(view: &View<'a>, route: &Route) -> Option<Present<'a, VpcEndpoint>> {
    let RouteTarget::VpcEndpoint(id) = &route.target else {
        return None;
    };
    view.endpoints()
        .find(|endpoint| endpoint.id == *id)
        .filter(|endpoint| is_gateway(endpoint))
}

pub(super) fn is_gateway(endpoint: &VpcEndpoint) -> bool {
    endpoint.kind.eq_ignore_ascii_case("Gateway")
}

pub(super) fn is_interface(endpoint: &VpcEndpoint) -> bool {
    endpoint.kind.eq_ignore_ascii_case("Interface")
}

pub(super) fn serves(endpoint: &VpcEndpoint, need: &Need) -> bool {
    need.service()
        .is_some_and(|service| service.is_served_by(&endpoint.service))
}

/// A route's destination, as it is written.
pub(super) fn destination(route: &Route) -> String {
    match &route.destination {
        Destination::Cidr(net) => net.to_string(),
        Destination::PrefixList(id) | Destination::SecurityGroup(id) | Destination::Other(id) => id.clone(),
    }
}

/// A route's target, as it is written.
pub(super) fn target(route: &Route) -> &str {
    match &route.target {
        RouteTarget::Local => "local",
        RouteTarget::InternetGateway(id)
        | RouteTarget::EgressOnlyInternetGateway(id)
        | RouteTarget::NatGateway(id)
        | RouteTarget::VpcEndpoint(id)
        | RouteTarget::TransitGateway(id)
        | RouteTarget::Peering(id)
        | RouteTarget::VirtualPrivateGateway(id)
        | RouteTarget::Appliance(id)
        | RouteTarget::Other(id) => id,
    }
}

fn written(table: &RouteTable) -> String {
    let routes: Vec<String> = table
        .routes
        .iter()
        .map(|route| {
            let gone = if route.blackhole { " (blackhole)" } else { "" };
            format!("{} to {}{gone}", destination(route), target(route))
        })
        .collect();
    if routes.is_empty() {
        "no route".to_owned()
    } else {
        routes.join(", ")
    }
}
