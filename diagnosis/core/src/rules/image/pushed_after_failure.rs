//! The tag was missing when the task failed and was pushed afterwards.
//!
//! # What fails
//! The deployment was faster than the build: the task asked for a tag that was pushed a moment later.
//!
//! # What the pull says
//! "failed to resolve ref …:TAG: not found", or "manifest unknown: Requested image not found".
//!
//! # What proves it
//! `imagePushedAt` of the image with that tag, later than the failure whose text says that it was not found.
//!
//! # What rules it out
//! An image with that tag that was pushed before the failure.
//!
//! # What cannot be known
//! Whether an earlier image had the tag before.
//!
//! # Remedies
//! A new deployment of the same revision, unless the service has tried again by itself; a pipeline that deploys once the
//! push has ended.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html>

use super::{NOT_FOUND, each, names_now};
use crate::case::Case;
use crate::case::fate::{Fate, ImageCase};
use crate::judgement::{Finding, Judgement, Subject};
use crate::names;
use crate::remedy::Risk;
use crate::stage::Stage;

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    each(case, judge_image)
}

fn judge_image(case: &Case<'_>, image: &ImageCase<'_>) -> Judgement {
    let (Some(ecr), Ok(parsed)) = (image.ecr, &image.parsed) else {
        return Judgement::NotApplicable;
    };
    let (repository, wanted) = (&ecr.repository_name, parsed.wanted());
    let (there, pushed_at, failed_at) = match &image.fate {
        Fate::PushedAfter {
            image,
            pushed_at,
            failed_at,
        } => (image, *pushed_at, *failed_at),
        Fate::There(there) => {
            return Judgement::RuledOut {
                why: format!("{wanted} was pushed to repository {repository} before the failure"),
                facts: vec![names_now(wanted, there)],
            };
        }
        _ => return Judgement::NotApplicable,
    };
    let attempt = case.attempts.newest_pull(Some(image.reference));
    let said = case.newest_saying(image.reference, NOT_FOUND);
    let finding = Finding::observed(
        Stage::Manifest,
        format!(
            "tag {wanted} was not in repository {repository} when the pull failed at {}; it was pushed at {}",
            names::clock(failed_at),
            names::clock(pushed_at)
        ),
    )
    .facts(attempt.map(|attempt| attempt.fact.clone()))
    .facts([names_now(wanted, there)])
    .remedies(case.deploy_again(Risk::Low));
    match (said, attempt) {
        (Some(_), _) => Judgement::Confirmed(finding),
        (None, Some(attempt)) if attempt.is_vague() => Judgement::Possible(finding),
        _ => Judgement::NotApplicable,
    }
}
