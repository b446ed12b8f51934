//! A layer is missing, or does not verify.
//!
//! # What fails
//! The manifest was read, and one of the layers it names is not in the repository, cannot be read, or is not what its
//! digest says: a push that was broken off, a layer that was deleted, a download that something on the way changed.
//!
//! # What the pull says
//! "filesystem layer verification failed", "unexpected EOF", "failed to extract layer", "blob unknown".
//!
//! # What proves it
//! `ecr:BatchCheckLayerAvailability` for the layers of the manifest.
//!
//! # What rules it out
//! Every layer is available, and the text does not speak of one.
//!
//! # What cannot be known
//! Whether the content of a layer is intact: only the text says that it is not. On one host alone, the host may be what
//! spoils it.
//!
//! # Remedies
//! The image built and pushed again; back to the last revision that ran; another attempt, where only one failed.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchCheckLayerAvailability.html>

use super::{each, push_again};
use crate::case::Case;
use crate::case::fate::ImageCase;
use crate::judgement::{Finding, Judgement, Subject};
use crate::names;
use crate::observed::{Fact, Present};
use crate::remedy::Risk;
use crate::stage::Stage;
use crate::stop_reason::StopClass;

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    each(case, judge_image)
}

fn judge_image(case: &Case<'_>, image: &ImageCase<'_>) -> Judgement {
    let said = case
        .newest_saying(
            image.reference,
            &[StopClass::CorruptedLayer, StopClass::DigestNotFound],
        )
        .filter(|attempt| {
            attempt.reason.class == StopClass::CorruptedLayer
                || attempt.reason.detail.phase == Some(Stage::Layers)
        });
    let layers = image.ecr.and_then(|ecr| ecr.layers.seen());
    let bad: Vec<(String, Fact)> = layers
        .into_iter()
        .flat_map(Present::each)
        .filter(|layer| layer.availability != "AVAILABLE")
        .map(|layer| {
            let short = names::digest(&layer.digest);
            let fact = layer.fact(format!("layer {short} is {}", layer.availability));
            (short, fact)
        })
        .collect();
    let stage = said
        .and_then(|attempt| attempt.reason.detail.phase)
        .unwrap_or(Stage::Layers);
    if let Some((first, _)) = bad.first() {
        let more = if bad.len() > 1 {
            format!(" and {} more", bad.len() - 1)
        } else {
            String::new()
        };
        let summary = format!(
            "layer {first}{more} of {} cannot be had from its repository",
            image.reference
        );
        return Judgement::Confirmed(
            Finding::observed(Stage::Layers, summary)
                .effect(case.effect(
                    Some(image.reference),
                    Stage::Layers,
                    &[StopClass::CorruptedLayer, StopClass::DigestNotFound],
                ))
                .facts(said.map(|attempt| attempt.fact.clone()))
                .facts(bad.into_iter().map(|(_, fact)| fact))
                .remedies(case.roll_back())
                .remedies([push_again(image.reference)]),
        );
    }
    let Some(attempt) = said else {
        return Judgement::NotApplicable;
    };
    let missing = image
        .ecr
        .and_then(|ecr| ecr.layers.incomplete(&format!("layers of {}", image.reference)));
    Judgement::Likely(
        Finding::observed(
            stage,
            format!(
                "a layer of {} does not verify or cannot be unpacked, says the puller",
                image.reference
            ),
        )
        .facts([attempt.fact.clone()])
        .facts(layers.map(|layers| {
            layers.fact(format!(
                "all {} layers of {} are in its repository",
                layers.items.len(),
                image.reference
            ))
        }))
        .missing(missing)
        .remedies(case.roll_back())
        .remedies(case.deploy_again(Risk::Low))
        .remedies([push_again(image.reference)]),
    )
}
