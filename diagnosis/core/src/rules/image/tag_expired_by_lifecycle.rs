//! A lifecycle policy removed the image.
//!
//! # What fails
//! The repository's lifecycle policy keeps only so many images, or only for so long, and does not know which of them a
//! service still runs. The next task that starts does not find its image. Nobody need have deployed anything.
//!
//! # What the pull says
//! "failed to resolve ref …:TAG: not found", or "manifest unknown: Requested image not found".
//!
//! # What proves it
//! CloudTrail's `PolicyExecutionEvent`, which lists the images that a run of the policy deleted and the rule that took
//! each; and `ecr:DescribeImages`, which does not find it.
//!
//! # What rules it out
//! An image with that tag; a record that somebody deleted it.
//!
//! # What cannot be known
//! Where there is no such event: whether the policy took it. A rule that takes such a tag, for an image that is known to
//! have existed or whose later versions are all that is left, makes it likely.
//!
//! # Remedies
//! The image pushed again; back to the last revision whose images exist; a rule that keeps the images in use.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html>,
//! <https://repost.aws/knowledge-center/ecr-lifecycle-policy-events>

use super::{GoneTag, NOT_FOUND, at_manifest, each, proved_unless, push_again};
use crate::case::Case;
use crate::case::fate::{Gone, ImageCase};
use crate::judgement::{Judgement, Subject};
use crate::remedy::{Remedy, Risk, manual};

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
    let finding = |summary: String| {
        at_manifest(case, image, NOT_FOUND, summary)
            .facts(gone.facts())
            .facts([absence.fact(format!("no image with tag {tag} in repository {repository}"))])
            .remedies(case.roll_back())
            .remedies([push_again(image.reference), keep(repository, &ecr.region)])
    };
    match gone {
        Gone::Expired { .. } => {
            let how = gone.words().unwrap_or_default();
            proved_unless(
                missing,
                finding(format!("tag {tag} of repository {repository} was {how}")),
            )
        }
        Gone::ByRule { rule, .. } => Judgement::Likely(
            finding(format!(
                "tag {tag} of repository {repository} is gone, as its lifecycle policy has {rule}"
            ))
            .missing(missing.iter().cloned()),
        ),
        Gone::Deleted(_) | Gone::Unrecorded { .. } => Judgement::NotApplicable,
    }
}

/// A lifecycle policy that keeps what is in use.
pub(super) fn keep(repository: &str, region: &str) -> Remedy {
    let mut remedy = manual(
        "keep_images_in_use",
        "Let the lifecycle policy keep images in use",
        Risk::Low,
        format!(
            "aws ecr get-lifecycle-policy --repository-name {repository} --region {region} --query lifecyclePolicyText --output text > policy.json\n\
             # raise countNumber, or narrow the rule's tags to images that no service runs\n\
             aws ecr put-lifecycle-policy --repository-name {repository} --region {region} --lifecycle-policy-text file://policy.json"
        ),
        Some(format!(
            "resource \"aws_ecr_lifecycle_policy\" \"this\" {{\n  repository = \"{repository}\"\n  policy     = file(\"policy.json\")\n}}"
        )),
    );
    remedy
        .notes
        .push("This brings nothing back: it keeps the next image from going the same way.".to_owned());
    remedy
}
