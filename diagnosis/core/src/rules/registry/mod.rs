//! Causes of the registry family.

pub(super) mod aws_service_event;
pub(super) mod dockerhub_rate_limited;
pub(super) mod ecr_throttled;
pub(super) mod public_ecr_rate_limited;
pub(super) mod pull_through_cache_denied;
pub(super) mod pull_through_cache_rule_missing;
pub(super) mod pull_through_cache_upstream;
pub(super) mod registry_host_unknown;
pub(super) mod registry_unavailable;

use crate::case::Case;
use crate::case::fate::ImageCase;
use crate::images::Registry;
use crate::network::{Need, PathOutcome};

/// What the network says of the way to an image's registry; `None` where it was not walked.
fn way_to<'c>(case: &'c Case<'_>, image: &ImageCase<'_>) -> Option<&'c PathOutcome> {
    let parsed = image.parsed.as_ref().ok()?;
    let of_hub = parsed.registry == Registry::DockerHub;
    let summary = case.network.summary.iter().find(|summary| match &summary.need {
        Need::Registry { host, .. } => {
            *host == parsed.host || of_hub && Registry::of_host(host) == Registry::DockerHub
        }
        _ => false,
    })?;
    case.network.telling(summary).map(|path| &path.outcome)
}
