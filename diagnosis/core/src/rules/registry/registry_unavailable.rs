//! The third-party registry answers 5xx or not at all while the network is fine.
//!
//! # What fails
//! The registry, or what stands in front of it, is down or overloaded.
//!
//! # What the pull says
//! "unexpected status … 503 Service Unavailable", "500 Internal Server Error", or a time-out or a broken connection to
//! the registry's host.
//!
//! # What proves it
//! The text. A time-out counts where the way to the registry is open.
//!
//! # What rules it out
//! A break on the way to the registry.
//!
//! # What cannot be known
//! The registry's state: its status page tells.
//!
//! # Remedies
//! Another attempt later; a copy or a pull-through cache in ECR, which goes on serving what it has.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html>

use super::way_to;
use crate::case::Case;
use crate::case::fate::ImageCase;
use crate::images::Registry;
use crate::judgement::{Finding, Judgement, Subject};
use crate::network::PathOutcome;
use crate::observed::Missing;
use crate::remedy::Risk;
use crate::rules::image;
use crate::stage::Stage;
use crate::stop_reason::StopClass;

const SAYS: &[StopClass] = &[
    StopClass::RegistryUnavailable5xx,
    StopClass::NetworkTimeoutRegistry,
    StopClass::ConnectionRefusedOrReset,
];

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    image::each(case, judge_image)
}

fn judge_image(case: &Case<'_>, image: &ImageCase<'_>) -> Judgement {
    let Ok(parsed) = &image.parsed else {
        return Judgement::NotApplicable;
    };
    // ECR's own answers are AWS's to explain.
    if matches!(parsed.registry, Registry::EcrPrivate { .. } | Registry::EcrPublic) {
        return Judgement::NotApplicable;
    }
    let Some(attempt) = case.newest_saying(image.reference, SAYS) else {
        return Judgement::NotApplicable;
    };
    let answered = attempt.reason.class == StopClass::RegistryUnavailable5xx;
    let way = way_to(case, image);
    if !answered && matches!(way, Some(PathOutcome::Broken(_))) {
        return Judgement::RuledOut {
            why: format!("the way to {} is broken", parsed.host),
            facts: vec![attempt.fact.clone()],
        };
    }
    let how = if answered {
        "answers with a server error"
    } else {
        "does not answer"
    };
    let stage = attempt.reason.detail.phase.unwrap_or(Stage::Manifest);
    let finding = Finding::observed(
        stage,
        format!("{} {how}, asked for {}", parsed.host, image.reference),
    )
    .facts([attempt.fact.clone()])
    .missing([Missing::unknowable(
        format!("the state of {}", parsed.host),
        "only its status page tells",
    )])
    .remedies(case.deploy_again(Risk::Low));
    if answered || matches!(way, Some(PathOutcome::Open)) {
        Judgement::Likely(finding)
    } else {
        Judgement::Possible(finding)
    }
}
