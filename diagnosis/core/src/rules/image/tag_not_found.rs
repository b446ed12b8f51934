//! The repository has no image with this tag, and nothing says it ever had.
//!
//! # What fails
//! The repository exists and answers, and has no image with the tag that the task definition asks for: a typo, a build
//! that never pushed, a `v` too many or too few.
//!
//! # What the pull says
//! "CannotPullContainerError: pull image manifest has been retried … : failed to resolve ref …:TAG: not found", or
//! "manifest unknown: Requested image not found".
//!
//! # What proves it
//! `ecr:DescribeImages`, asked for the tag with every image status, answers `ImageNotFoundException`.
//!
//! # What rules it out
//! An image with that tag; a record that it was deleted, expired, or pushed after the failure: those are causes of their
//! own.
//!
//! # What cannot be known
//! Whether the tag ever existed, where CloudTrail may not be read or does not reach back far enough.
//!
//! # Remedies
//! Back to the last revision whose images exist; a revision with an existing tag; or the push that is due, then a new
//! deployment.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html>

use crate::case::Case;
use crate::case::fate::{Fate, ImageCase};
use crate::evidence::image::{EcrEvidence, Image};
use crate::judgement::{Finding, Judgement, Subject};
use crate::names;
use crate::remedy::{Remedy, Risk};
use crate::stage::Stage;
use crate::stop_reason::StopClass;

use super::{each, proved_unless};

const SAYS: &[StopClass] = &[StopClass::TagNotFound];

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    each(case, judge_image)
}

fn judge_image(case: &Case<'_>, image: &ImageCase<'_>) -> Judgement {
    let (Some(ecr), Ok(parsed)) = (image.ecr, &image.parsed) else {
        return Judgement::NotApplicable;
    };
    let (Some(tag), None) = (parsed.tag.as_deref(), &parsed.digest) else {
        return Judgement::NotApplicable;
    };
    let repository = &ecr.repository_name;
    let said = case.newest_saying(image.reference, SAYS);
    if let Some(there) = image.found() {
        return Judgement::RuledOut {
            why: format!("tag {tag} exists in repository {repository}"),
            facts: vec![there.fact(format!("tag {tag} is image {}", names::digest(&there.digest)))],
        };
    }
    match &image.fate {
        Fate::TagMissing { absence, missing } => {
            let close = closest(tag, ecr);
            let newest = ecr
                .images
                .seen()
                .and_then(|images| images.each().max_by_key(|image| image.pushed_at));
            let named = image.reference.ends_with(&format!(":{tag}"));
            let implied = if named {
                ""
            } else {
                ", which a reference without a tag means,"
            };
            let mut summary = format!("tag {tag}{implied} does not exist in repository {repository}");
            if let Some(newest) = newest.and_then(|newest| described(newest.value())) {
                summary = format!("{summary}; newest is {newest}");
            }
            let listed = ecr.images.seen().map(|images| {
                let count = images.items.iter().map(|image| image.tags.len()).sum::<usize>();
                let more = if images.complete { "" } else { " or more" };
                let near = if close.is_empty() {
                    String::new()
                } else {
                    format!("; closest: {}", close.join(", "))
                };
                images.fact(format!(
                    "repository {repository} has {count}{more} tags, none is {tag}{near}"
                ))
            });
            proved_unless(
                missing,
                Finding::observed(Stage::Manifest, summary)
                    .effect(case.effect(Some(image.reference), Stage::Manifest, SAYS))
                    .facts(said.map(|attempt| attempt.fact.clone()))
                    .facts([absence.fact(format!("no image with tag {tag} in repository {repository}"))])
                    .facts(listed)
                    .remedies(case.roll_back())
                    .remedies(close.first().map(|tag| use_instead(case, image.reference, tag))),
            )
        }
        Fate::Unknown(missing) => match said {
            Some(attempt) => Judgement::Likely(
                Finding::observed(
                    Stage::Manifest,
                    format!("tag {tag} does not exist in repository {repository}, says the registry"),
                )
                .facts([attempt.fact.clone()])
                .missing(missing.clone())
                .remedies(case.roll_back()),
            ),
            None => Judgement::Unknown {
                missing: missing.clone(),
            },
        },
        _ => Judgement::NotApplicable,
    }
}

/// The existing tags nearest to the one asked for.
fn closest(tag: &str, ecr: &EcrEvidence) -> Vec<String> {
    let mut images: Vec<&Image> = ecr.images.items().iter().collect();
    images.sort_by_key(|image| std::cmp::Reverse(image.pushed_at));
    let tags: Vec<String> = images
        .into_iter()
        .flat_map(|image| image.tags.iter().cloned())
        .collect();
    names::closest(tag, &tags, 3)
}

/// `1.4.2, pushed 12:01 UTC on 3 March`.
fn described(image: &Image) -> Option<String> {
    let tag = image.tags.first()?;
    Some(match image.pushed_at {
        Some(at) => format!("{tag}, pushed {}", names::day_and_clock(at)),
        None => tag.clone(),
    })
}

fn use_instead(case: &Case<'_>, reference: &str, tag: &str) -> Remedy {
    let wanted = reference.rsplit_once(':').map_or_else(
        || format!("{reference}:{tag}"),
        |(name, _)| format!("{name}:{tag}"),
    );
    let title = format!("Use {} instead", names::at_most(tag, 50));
    case.revise(
        "use_existing_tag",
        &title,
        Risk::Medium,
        &format!("set the image to {wanted}"),
        None,
    )
}
