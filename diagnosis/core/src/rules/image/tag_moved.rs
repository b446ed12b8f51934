//! The tag was moved to another image after the deployment had resolved it.
//!
//! # What fails
//! ECS resolves a tag to a digest once, when a deployment starts. Then the tag was pushed again: tasks that run have the
//! image from before, or the deployment still asks for it, and what the tag names today is another one.
//!
//! # What the pull says
//! Whatever is wrong with the image that is asked for: "…@sha256:…: not found" for the one from before, or what the new
//! one fails with.
//!
//! # What proves it
//! CloudTrail's `PutImage` for the tag, and a digest of the deployment or of a running task that the tag does not name.
//!
//! # What rules it out
//! The tag names the digest that the deployment resolved.
//!
//! # What cannot be known
//! What was in the image from before.
//!
//! # Remedies
//! A new deployment, which resolves the tag again and ships what it names today; the tag pushed back; tags that cannot be
//! moved.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html>,
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html>

use super::{NOT_FOUND, each, names_now, push_of};
use crate::case::Case;
use crate::case::fate::{Fate, ImageCase, by};
use crate::case::timeline;
use crate::judgement::{Finding, Judgement, Subject};
use crate::names;
use crate::remedy::{Remedy, Risk, manual};
use crate::stage::Stage;
use crate::stop_reason::StopClass;

/// What an image may fail with that the one before it did not.
const FAILS_WITH: &[StopClass] = &[
    StopClass::PlatformMismatch,
    StopClass::ManifestUnsupported,
    StopClass::CorruptedLayer,
    StopClass::DiskFull,
    StopClass::PullTimeoutLargeImage,
];

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    each(case, judge_image)
}

fn judge_image(case: &Case<'_>, image: &ImageCase<'_>) -> Judgement {
    let (Some(ecr), Ok(parsed)) = (image.ecr, &image.parsed) else {
        return Judgement::NotApplicable;
    };
    let (repository, tag) = (&ecr.repository_name, parsed.wanted());
    let Fate::Moved {
        image: now,
        was,
        asked_for,
        missing,
    } = &image.fate
    else {
        return Judgement::NotApplicable;
    };
    let says = if *asked_for { NOT_FOUND } else { FAILS_WITH };
    let Some(attempt) = case.newest_saying(image.reference, says) else {
        return Judgement::NotApplicable;
    };
    let push = push_of(case, repository, tag);
    let who = push
        .as_ref()
        .map(|push| format!("{} at {}", by(push.value()), names::clock(push.at)))
        .unwrap_or_default();
    let (from, to) = (names::digest(was), names::digest(&now.digest));
    let finding = Finding::observed(
        attempt.reason.detail.phase.unwrap_or(Stage::Manifest),
        format!("tag {tag} of repository {repository} was moved from {from} to {to}{who}"),
    )
    .facts([attempt.fact.clone(), names_now(tag, now)])
    .facts(push.map(|push| push.fact(timeline::sentence(push.value()))))
    .missing(missing.clone())
    .remedies([immutable(repository, &ecr.region)]);
    match (*asked_for, missing) {
        // The one from before may be gone: asking for the tag again ships what it names today.
        (true, Some(_)) => Judgement::Likely(finding.remedies(case.deploy_again(Risk::High))),
        (true, None) => Judgement::Possible(finding.remedies(case.deploy_again(Risk::High))),
        (false, _) => Judgement::Likely(finding.remedies(case.roll_back())),
    }
}

fn immutable(repository: &str, region: &str) -> Remedy {
    manual(
        "immutable_tags",
        "Make tags immutable",
        Risk::Medium,
        format!(
            "aws ecr put-image-tag-mutability --repository-name {repository} --region {region} --image-tag-mutability IMMUTABLE"
        ),
        Some(format!(
            "resource \"aws_ecr_repository\" \"this\" {{\n  name                 = \"{repository}\"\n  image_tag_mutability = \"IMMUTABLE\"\n}}"
        )),
    )
}
