//! The endpoints that the task's network lacks, and the remedy that makes them all: one after the other would show one
//! failure after the other.

use crate::case::Case;
use crate::network::{Break, route_table};
use crate::observed::without_repeats;
use crate::remedy::{EndpointPlan, Remedy, create_endpoints};

/// Makes every endpoint that is missing for what the task needs.
pub(super) fn remedy(case: &Case<'_>) -> Option<Remedy> {
    let network = &case.evidence.network;
    let lacks = |path: &crate::network::Path| {
        path.breaks().find_map(|at| match at {
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
        vpc: network
            .vpc
            .value()
            .map_or("VPC_ID", |vpc| vpc.id.as_str())
            .to_owned(),
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
