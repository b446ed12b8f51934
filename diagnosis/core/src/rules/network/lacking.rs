//! The endpoints that the task's network lacks, and the remedy that makes them all: one after the other would show one
//! failure after the other.

use super::broken::{self, Question};
use crate::case::Case;
use crate::case::reach::Reach;
use crate::evidence::network::{Destination, Route, RouteTable, RouteTarget};
use crate::judgement::{Judgement, Subject};
use crate::network::{AddressKind, Break, Need, Part, Path, address_kind, route_table};
use crate::observed::without_repeats;
use crate::remedy::{EndpointPlan, Remedy, Risk, create_endpoints, manual};

/// Judges a cause that endpoints would mend: `concerns` are the needs that it can be about, `fits` the breaks that are it.
pub(super) fn judge(
    case: &Case<'_>,
    concerns: impl Fn(&Need) -> bool,
    fits: impl Fn(&Break, &Path) -> bool,
) -> Vec<(Subject, Judgement)> {
    let question = Question {
        arises: case.reaches.iter().any(|reach| concerns(&reach.path.need)),
        parts: &[Part::RouteTables, Part::Endpoints],
    };
    let judged = broken::judge(case, question, fits, |_, path| broken::whole(case, path));
    broken::mended(judged, |_| remedies(case))
}

/// Judges whether the endpoint lacks for what `is_needed`.
pub(super) fn endpoint(case: &Case<'_>, is_needed: impl Fn(&Need) -> bool) -> Vec<(Subject, Judgement)> {
    let concerns = |need: &Need| is_needed(need) && need.endpoint_service().is_some();
    judge(case, concerns, |at, path| {
        matches!(at, Break::EndpointMissing { .. }) && concerns(&path.need)
    })
}

/// What lets a pull out of a subnet that has no way out: endpoints where they serve all that the pull lacks, and a route
/// where one is at hand or nothing else would do.
pub(super) fn remedies(case: &Case<'_>) -> Vec<Remedy> {
    let here = &case.evidence.target.region;
    let by_v6 = |path: &Path| broken::has_only_v6(case, &path.place.subnet);
    let is_served = |path: &Path| {
        let service = path.need.endpoint_service();
        !by_v6(path) && service.is_some_and(|service| service.contains(&format!(".{here}.")))
    };
    let lacking: Vec<&Path> = walked(case).filter(|path| no_route(path).is_some()).collect();
    let serves = lacking
        .iter()
        .all(|path| !path.need.is_of_the_pull() || is_served(path));
    let endpoints = remedy(case).filter(|_| serves);
    let mut all: Vec<Remedy> = way_out(case, endpoints.is_none()).into_iter().collect();
    all.extend(endpoints);
    all
}

/// Every way: of the pull as the failures show it, of the rest by name.
fn walked<'c>(case: &'c Case<'_>) -> impl Iterator<Item = &'c Path> {
    let rest = case
        .network
        .paths
        .iter()
        .filter(|path| !path.need.is_of_the_pull());
    case.reaches.iter().map(|reach| &reach.path).chain(rest)
}

/// The subnet and the table where a way ends for want of a route.
fn no_route(path: &Path) -> Option<(&str, &str)> {
    path.breaks().find_map(|at| match at {
        Break::NoRoute { subnet, route_table } => Some((subnet.as_str(), route_table.as_str())),
        _ => None,
    })
}

/// A route out for every subnet that has none. Without a NAT gateway that works, only where it `must` be.
fn way_out(case: &Case<'_>, must: bool) -> Option<Remedy> {
    let network = &case.evidence.network;
    let nats = network.nat_gateways.items();
    let works = |id: &str| {
        nats.iter()
            .any(|nat| nat.id == id && nat.state == "available" && nat.connectivity == "public")
    };
    let tables = network.route_tables.items();
    // One that a table leads to is in use: that it works is seen by others.
    let nat = tables
        .iter()
        .flat_map(|table| &table.routes)
        .find_map(|route| match &route.target {
            RouteTarget::NatGateway(id) if works(id) && !route.blackhole => Some(id.as_str()),
            _ => None,
        });
    let mut routes: Vec<String> = Vec::new();
    // What else the task needs takes the same route.
    let is_of_the_pull = case.reaches.iter().any(|reach| no_route(&reach.path).is_some());
    for path in walked(case).filter(|path| path.need.is_of_the_pull() == is_of_the_pull) {
        let Some((subnet, route_table)) = no_route(path) else {
            continue;
        };
        let table = tables.iter().find(|table| table.id == route_table);
        let by_v6 = broken::has_only_v6(case, subnet);
        if nat.is_none() && !must && !by_v6 {
            continue;
        }
        let private = case
            .reaches
            .iter()
            .filter(|reach| reach.path == *path)
            .filter_map(Reach::address)
            .find(|address| address_kind(network, *address) == AddressKind::Private);
        routes.push(if let Some(address) = private {
            let bits = if address.is_ipv4() { 32 } else { 128 };
            format!("# through what leads to {address}: a transit gateway, a peering connection, a VPN\naws ec2 create-route --route-table-id {route_table} --destination-cidr-block {address}/{bits} --transit-gateway-id TRANSIT_GATEWAY_ID")
        } else if by_v6 {
            format!("aws ec2 create-route --route-table-id {route_table} --destination-ipv6-cidr-block ::/0 --egress-only-internet-gateway-id EGRESS_ONLY_INTERNET_GATEWAY_ID")
        } else if let Some(with) = other_table(tables, table, nat) {
            // The VPC's main table is everybody's: the subnet gets one that leads out.
            format!("aws ec2 associate-route-table --subnet-id {subnet} --route-table-id {with}")
        } else {
            let nat = nat.unwrap_or("NAT_GATEWAY_ID");
            format!("aws ec2 create-route --route-table-id {route_table} --destination-cidr-block 0.0.0.0/0 --nat-gateway-id {nat}")
        });
    }
    let routes = without_repeats(routes);
    if routes.is_empty() {
        return None;
    }
    let mut remedy = manual(
        "route_out",
        "Give the subnet a way out",
        Risk::Medium,
        routes.join("\n"),
        None,
    );
    remedy
        .notes
        .push("Everything in that subnet gets the way out, not this service alone.".to_owned());
    Some(remedy)
}

/// The table that leads to `nat`, for a subnet that only has the main one.
fn other_table<'t>(tables: &'t [RouteTable], own: Option<&RouteTable>, nat: Option<&str>) -> Option<&'t str> {
    let nat = nat.filter(|_| own.is_some_and(|own| own.main))?;
    let leads = |route: &Route| {
        let out = matches!(&route.destination, Destination::Cidr(range) if range.prefix_len() == 0);
        out && matches!(&route.target, RouteTarget::NatGateway(id) if id == nat)
    };
    tables
        .iter()
        .find(|table| !table.main && table.routes.iter().any(leads))
        .map(|table| table.id.as_str())
}

/// Makes every endpoint that is missing for what the task needs.
pub(super) fn remedy(case: &Case<'_>) -> Option<Remedy> {
    let network = &case.evidence.network;
    let lacks = |path: &Path| {
        // An IPv6-only subnet cannot hold ECR's interface endpoints.
        let mut breaks = path
            .breaks()
            .filter(|_| !broken::has_only_v6(case, &path.place.subnet));
        breaks.find_map(|at| match at {
            Break::EndpointMissing { service } => Some(service.clone()),
            Break::NoRoute { .. } | Break::FipsEndpointMissing { .. } => path.need.endpoint_service(),
            _ => None,
        })
    };
    let here = &case.evidence.target.region;
    let services = case.network.paths.iter().filter_map(lacks);
    let services = without_repeats(services.filter(|service| service.contains(&format!(".{here}."))));
    let places = &case.network.places.known;
    let subnets = without_repeats(places.iter().map(|place| place.subnet.clone()));
    let tables = subnets
        .iter()
        .filter_map(|subnet| route_table(network, subnet))
        .map(|table| table.id.clone());
    create_endpoints(&EndpointPlan {
        vpc: broken::vpc_id(case).to_owned(),
        services,
        from_groups: without_repeats(
            places
                .iter()
                .flat_map(|place| place.security_groups.iter().flatten().cloned()),
        ),
        route_tables: without_repeats(tables),
        subnets,
    })
}
