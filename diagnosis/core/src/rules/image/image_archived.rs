//! The image is archived and must be restored before it can be pulled.
//!
//! # What fails
//! The image was moved to ECR's archive, by a lifecycle rule or by hand. An archived image keeps its tag and cannot be
//! pulled; restoring it takes minutes, during which it cannot be pulled either.
//!
//! # What the pull says
//! "not found", the same as of an image that never existed.
//!
//! # What proves it
//! `imageStatus` of `ecr:DescribeImages`, asked for every status: `ARCHIVED`, or `ACTIVATING` while it is restored.
//!
//! # What rules it out
//! `imageStatus` `ACTIVE`.
//!
//! # What cannot be known
//! Nothing, once the image may be looked up.
//!
//! # Remedies
//! The image restored; the lifecycle rule that archives it narrowed, or it is archived again.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/archive-image.html>,
//! <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UpdateImageStorageClass.html>

use super::{NOT_FOUND, at_manifest, each};
use crate::case::Case;
use crate::case::fate::{Fate, ImageCase};
use crate::case::lifecycle::LifecyclePolicy;
use crate::evidence::image::{EcrEvidence, Image};
use crate::judgement::{Effect, Judgement, Subject};
use crate::names;
use crate::remedy::{Remedy, Risk, manual};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    each(case, judge_image)
}

fn judge_image(case: &Case<'_>, image: &ImageCase<'_>) -> Judgement {
    let (Some(ecr), Ok(parsed)) = (image.ecr, &image.parsed) else {
        return Judgement::NotApplicable;
    };
    let (repository, wanted) = (&ecr.repository_name, parsed.wanted());
    let Fate::NotActive(there) = &image.fate else {
        return match image.found() {
            Some(there) => Judgement::RuledOut {
                why: format!("{wanted} of repository {repository} is active"),
                facts: vec![there.fact(format!("status of image {wanted} is {}", there.status))],
            },
            None => Judgement::NotApplicable,
        };
    };
    let since = there
        .archived_at
        .map(|at| format!(" since {}", names::day_and_clock(at)))
        .unwrap_or_default();
    let summary = if there.status == "ACTIVATING" {
        format!("image {repository}:{wanted} is being restored from the archive and cannot be pulled yet")
    } else {
        format!("image {repository}:{wanted} is archived{since} and must be restored before it can be pulled")
    };
    let failed_at = case
        .attempts
        .newest_pull(Some(image.reference))
        .and_then(|attempt| attempt.at);
    let finding = at_manifest(case, image, NOT_FOUND, summary);
    let finding = match (there.archived_at, failed_at) {
        (Some(archived), Some(failed)) if archived > failed => finding.effect(Effect::Since),
        _ => finding,
    };
    let rule = ecr.lifecycle.seen().and_then(|document| {
        let policy = LifecyclePolicy::parse(document.value())?;
        let rule = policy.rule_for(&there.tags).filter(|rule| !rule.expires)?;
        Some(document.fact(format!("lifecycle policy of repository {repository} has {rule}")))
    });
    Judgement::Confirmed(
        finding
            .facts([there.fact(format!("status of image {wanted} is {}{since}", there.status))])
            .facts(rule)
            .remedies(case.roll_back())
            .remedies([if there.status == "ACTIVATING" {
                wait(ecr, there.value())
            } else {
                restore(ecr, there.value())
            }]),
    )
}

/// An image that is being restored is not restored twice: ECR refuses that
/// (<https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_UpdateImageStorageClass.html>).
fn wait(ecr: &EcrEvidence, image: &Image) -> Remedy {
    let mut remedy = manual(
        "wait_for_restore",
        "Wait until the image is restored",
        Risk::Low,
        format!(
            "aws ecr describe-images --repository-name {} --region {} --image-ids imageDigest={} --filter imageStatus=ANY --query 'imageDetails[0].imageStatus'",
            ecr.repository_name, ecr.region, image.digest
        ),
        None,
    );
    remedy.notes.push(
        "It can be pulled once that says ACTIVE; the service starts a task again by itself then.".to_owned(),
    );
    remedy
}

fn restore(ecr: &EcrEvidence, image: &Image) -> Remedy {
    let mut remedy = manual(
        "restore_image",
        "Restore the image from the archive",
        Risk::Low,
        format!(
            "aws ecr update-image-storage-class --repository-name {} --region {} --image-id imageDigest={} --target-storage-class STANDARD",
            ecr.repository_name, ecr.region, image.digest
        ),
        None,
    );
    remedy.notes.push(
        "Takes up to 20 minutes, and the image cannot be pulled meanwhile; then start a new deployment."
            .to_owned(),
    );
    remedy
}
