//! What the rules about interface endpoints share.

use super::broken::{self, Question};
use crate::case::Case;
use crate::judgement::{Judgement, Subject};
use crate::network::{Break, Part, Path};
use crate::remedy::Remedy;

/// Judges breaks of interface endpoints, each about its endpoint, with what would mend it.
pub(super) fn judge(
    case: &Case<'_>,
    parts: &'static [Part],
    fits: impl Fn(&Break) -> bool,
    mend: impl Fn(&Subject) -> Option<Remedy>,
) -> Vec<(Subject, Judgement)> {
    let question = Question {
        arises: are_there(case),
        parts,
    };
    broken::mended(broken::judge(case, question, |at, _| fits(at), subject), mend)
}

/// Whether the VPC has interface endpoints for something that the pull needs, or that is not known.
fn are_there(case: &Case<'_>) -> bool {
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
fn subject(at: &Break, path: &Path) -> Subject {
    match at {
        Break::EndpointPrivateDnsDisabled { endpoint, .. }
        | Break::EndpointIngressBlocked { endpoint, .. }
        | Break::EndpointUnavailable { endpoint, .. } => Subject::endpoint(endpoint),
        _ => Subject::subnet(&path.place.subnet),
    }
}
