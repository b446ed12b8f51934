//! The tag, or its image, was deleted by somebody.
//!
//! # What fails
//! The repository had an image with this tag: a clean-up job, a pipeline or a person took it away, and the next task that
//! starts does not find it. Nobody need have deployed anything.
//!
//! # What the pull says
//! "failed to resolve ref …:TAG: not found", or "manifest unknown: Requested image not found".
//!
//! # What proves it
//! CloudTrail's `BatchDeleteImage` with the tag, who and when; and `ecr:DescribeImages`, which does not find it.
//!
//! # What rules it out
//! An image with that tag.
//!
//! # What cannot be known
//! Who deleted it, where CloudTrail may not be read or does not reach back far enough; that it existed is then known from
//! tasks that ran with it.
//!
//! # Remedies
//! The image pushed again; back to the last revision whose images exist; an exception for images in use in whatever
//! deletes them.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchDeleteImage.html>

use super::{GoneTag, NOT_FOUND, at_manifest, each, proved_unless, push_again};
use crate::case::Case;
use crate::case::fate::{Gone, ImageCase};
use crate::judgement::{Judgement, Subject};
use crate::observed::Missing;

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    each(case, judge_image)
}

fn judge_image(case: &Case<'_>, image: &ImageCase<'_>) -> Judgement {
    let GoneTag {
        ecr,
        tag,
        absence,
        gone,
        missing,
    } = match GoneTag::of(image) {
        Ok(gone) => gone,
        Err(judgement) => return judgement,
    };
    let repository = &ecr.repository_name;
    let missed = absence.fact(format!("no image with tag {tag} in repository {repository}"));
    let finding = |summary: String| {
        at_manifest(case, image, NOT_FOUND, summary)
            .facts(gone.facts())
            .facts([missed.clone()])
            .remedies(case.roll_back())
            .remedies([push_again(image.reference)])
    };
    match gone {
        Gone::Deleted(_) => {
            let how = gone.words().unwrap_or_default();
            proved_unless(
                missing,
                finding(format!("tag {tag} of repository {repository} was {how}")),
            )
        }
        Gone::Unrecorded { .. } => Judgement::Likely(
            finding(format!(
                "tag {tag} of repository {repository} existed and was deleted"
            ))
            .missing(missing.iter().cloned())
            .missing([Missing::unknowable(
                "who deleted it",
                "CloudTrail has no such call in the time that was looked at",
            )]),
        ),
        Gone::Expired { .. } | Gone::ByRule { .. } => Judgement::NotApplicable,
    }
}
