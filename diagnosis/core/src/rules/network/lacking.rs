//! The endpoints that the task's network lacks, and the remedy that makes them all: one after the other would show one
//! failure after the other.

use super::broken::{self, Question};
use crate::case::Case;
use crate::judgement::{Judgement, Subject};
use crate::network::{Break, Need, Part, Path, route_table};
use crate::observed::without_repeats;
use crate::remedy::{EndpointPlan, Remedy, create_endpoints};

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
    broken::mended(judged, |_| remedy(case))
}

/// Judges whether the endpoint lacks for what `is_needed`.
pub(super) fn endpoint(case: &Case<'_>, is_needed: impl Fn(&Need) -> bool) -> Vec<(Subject, Judgement)> {
    let concerns = |need: &Need| is_needed(need) && need.endpoint_service().is_some();
    judge(case, concerns, |at, path| {
        matches!(at, Break::EndpointMissing { .. }) && concerns(&path.need)
    })
}

/// Makes every endpoint that is missing for what the task needs.
pub(super) fn remedy(case: &Case<'_>) -> Option<Remedy> {
    let network = &case.evidence.network;
    let lacks = |path: &Path| {
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
