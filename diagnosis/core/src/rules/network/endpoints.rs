//! What the rules about interface endpoints share.

use crate::case::Case;
use crate::judgement::Subject;
use crate::network::{Break, Path};

/// Whether the VPC has interface endpoints for something that the pull needs, or that is not known.
pub(super) fn are_there(case: &Case<'_>) -> bool {
    let endpoints = &case.evidence.network.endpoints;
    let serves = |service: &str| {
        case.reaches
            .iter()
            .any(|reach| reach.path.need.endpoint_service().as_deref() == Some(service))
    };
    endpoints.value().is_none_or(|listing| {
        !listing.complete
            || listing
                .items
                .iter()
                .any(|endpoint| endpoint.kind == "Interface" && serves(&endpoint.service))
    })
}

/// The endpoint that a break is about.
pub(super) fn subject(at: &Break, path: &Path) -> Subject {
    match at {
        Break::EndpointPrivateDnsDisabled { endpoint, .. }
        | Break::EndpointIngressBlocked { endpoint, .. }
        | Break::EndpointUnavailable { endpoint, .. } => Subject::endpoint(endpoint),
        _ => Subject::subnet(&path.place.subnet),
    }
}
