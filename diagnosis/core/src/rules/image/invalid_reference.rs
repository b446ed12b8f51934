//! The image reference is malformed.
//!
//! # What fails
//! The task definition holds a text that names no image: a variable that nothing filled in, upper case in the path, a
//! scheme, a blank, a colon without a tag, a digest of the wrong length. Registering a task definition does not check it.
//!
//! # What the pull says
//! "invalid reference format", "repository name must be lowercase", or "failed to parse the image reference".
//!
//! # What proves it
//! The grammar of references.
//!
//! # What rules it out
//! The reference can be parsed, and no puller says otherwise.
//!
//! # What cannot be known
//! What was meant; the nearest text that is a reference is shown where there is one.
//!
//! # Remedies
//! Back to the last revision whose images exist; a revision with a reference that can be parsed.
//!
//! # References
//! <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests>,
//! <https://github.com/distribution/reference>

use super::{each, use_image};
use crate::case::Case;
use crate::case::fate::ImageCase;
use crate::judgement::{Finding, Judgement, Subject};
use crate::observed::Missing;
use crate::stage::Stage;
use crate::stop_reason::StopClass;

const SAYS: &[StopClass] = &[StopClass::InvalidReference];

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    each(case, judge_image)
}

fn judge_image(case: &Case<'_>, image: &ImageCase<'_>) -> Judgement {
    let Some(definition) = case.definition else {
        return Judgement::NotApplicable;
    };
    let name = definition.name();
    let fact = definition.fact(format!("{name} names image {}", image.reference));
    let said = case.newest_saying(image.reference, SAYS);
    let Err(error) = &image.parsed else {
        // What the puller says of an image that it does not name may be about another one.
        let another = case.images.iter().any(|other| other.parsed.is_err());
        return match said.filter(|_| !another) {
            Some(attempt) => Judgement::Likely(
                Finding::observed(
                    Stage::Role,
                    format!("the puller takes {} for no image reference", image.reference),
                )
                .facts([attempt.fact.clone(), fact])
                .missing([Missing::unknowable(
                    "what is wrong with the reference",
                    "it is well formed by the grammar of image references",
                )])
                .remedies(case.roll_back()),
            ),
            None => Judgement::RuledOut {
                why: format!("{} is a well-formed reference", image.reference),
                facts: vec![fact],
            },
        };
    };
    let meant = error
        .meant
        .as_deref()
        .map(|meant| use_image(case, "correct_reference", meant));
    Judgement::Confirmed(
        Finding::observed(Stage::Role, format!("image reference {error}"))
            .effect(case.effect(Some(image.reference), Stage::Role, SAYS))
            .facts(said.map(|attempt| attempt.fact.clone()))
            .facts([fact])
            .remedies(case.roll_back())
            .remedies(meant),
    )
}
