//! The tag was missing when the task failed and was pushed afterwards.
//!
//! # What fails
//! The deployment was faster than the build: the task asked for a tag that was pushed a moment later, or that was put on
//! an image that was there already.
//!
//! # What the pull says
//! "failed to resolve ref …:TAG: not found", or "manifest unknown: Requested image not found".
//!
//! # What proves it
//! `imagePushedAt` of the image with that tag, later than the failure whose text says that it was not found. CloudTrail's
//! `PutImage` for the tag, where the image is older, makes it likely.
//!
//! # What rules it out
//! An image with that tag that was pushed before the failure, whose text does not say that the tag was not found.
//!
//! # What cannot be known
//! Whether an earlier image had the tag before; when a tag was put on an older image, until CloudTrail tells.
//!
//! # Remedies
//! A new deployment of the same revision, unless the service has tried again by itself; a pipeline that deploys once the
//! push has ended.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html>,
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-retag.html>

use jiff::Timestamp;

use super::{NOT_FOUND, each, names_now};
use crate::case::Case;
use crate::case::attempts::Attempt;
use crate::case::fate::{Fate, ImageCase};
use crate::case::timeline;
use crate::evidence::image::Image;
use crate::judgement::{Finding, Judgement, Subject};
use crate::names;
use crate::observed::{Missing, Present};
use crate::remedy::Risk;
use crate::stage::Stage;
use crate::stop_reason::StopClass;

/// The words of a registry that has the repository, or may have it, and not the tag.
const TAG_NOT_FOUND: &[StopClass] = &[StopClass::TagNotFound];

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    each(case, judge_image)
}

fn judge_image(case: &Case<'_>, image: &ImageCase<'_>) -> Judgement {
    let (Some(ecr), Ok(parsed)) = (image.ecr, &image.parsed) else {
        return Judgement::NotApplicable;
    };
    let (repository, wanted) = (&ecr.repository_name, parsed.wanted());
    let attempt = case.attempts.newest_pull(Some(image.reference));
    let said = case.newest_saying(image.reference, NOT_FOUND);
    let (there, pushed_at, tagged, failed_at) = match &image.fate {
        Fate::PushedAfter {
            image,
            pushed_at,
            tagged,
            failed_at,
        } => (image, *pushed_at, *tagged, *failed_at),
        Fate::There(there) => {
            let part_missing = ecr.children.iter().any(|child| child.absent().is_some());
            let missed = case
                .newest_saying(image.reference, TAG_NOT_FOUND)
                .filter(|_| parsed.digest.is_none() && !part_missing);
            return match missed {
                Some(attempt) => tagged_since(case, repository, wanted, *there, attempt),
                None => pushed_before(repository, wanted, *there, attempt.and_then(|attempt| attempt.at)),
            };
        }
        _ => return Judgement::NotApplicable,
    };
    let pushed = match tagged {
        Some(_) => "was put on an image",
        None => "was pushed",
    };
    let finding = Finding::observed(
        Stage::Manifest,
        format!(
            "tag {wanted} was not in repository {repository} when the pull failed at {}; it {pushed} at {}",
            names::clock(failed_at),
            names::clock(pushed_at)
        ),
    )
    .facts(attempt.map(|attempt| attempt.fact.clone()))
    .facts([names_now(wanted, there)])
    .facts(tagged.map(|tagged| tagged.fact(timeline::sentence(tagged.value()))))
    .remedies(case.deploy_again(Risk::Low));
    match (said, attempt, tagged) {
        (Some(_), _, None) => Judgement::Confirmed(finding),
        // Another image may have had the tag before.
        (Some(_), _, Some(_)) => Judgement::Likely(finding),
        (None, Some(attempt), _) if attempt.is_vague() => Judgement::Possible(finding),
        _ => Judgement::NotApplicable,
    }
}

/// An image that was pushed before the failure: the tag may have been put on it later, which its push does not tell.
fn tagged_since(
    case: &Case<'_>,
    repository: &str,
    wanted: &str,
    there: Present<'_, Image>,
    attempt: &Attempt<'_>,
) -> Judgement {
    let when = attempt.at.map(names::clock).unwrap_or_default();
    Judgement::Possible(
        Finding::observed(
            Stage::Manifest,
            format!("tag {wanted} was not found in repository {repository} when the pull failed at {when}, and is there now"),
        )
        .facts([attempt.fact.clone(), names_now(wanted, &there)])
        .missing([Missing::unknowable(
            format!("when tag {wanted} was put on that image"),
            "ECR tells when an image was pushed, and CloudTrail, up to 15 minutes late, when it was tagged",
        )])
        .remedies(case.deploy_again(Risk::Low)),
    )
}

fn pushed_before(
    repository: &str,
    wanted: &str,
    there: Present<'_, Image>,
    failed_at: Option<Timestamp>,
) -> Judgement {
    match (there.pushed_at, failed_at) {
        (Some(pushed), Some(failed)) if pushed <= failed => Judgement::RuledOut {
            why: format!("image {wanted} was pushed to repository {repository} before the failure"),
            facts: vec![names_now(wanted, &there)],
        },
        _ => Judgement::NotApplicable,
    }
}
