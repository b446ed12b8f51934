//! ECS pinned the tag to a digest when the deployment started, and that digest is gone.
//!
//! # What fails
//! ECS resolves a tag to a digest once per deployment and starts every task of it from that digest (version consistency).
//! The tag was moved to another image, the one from before was deleted or expired, and tasks that are started for scaling,
//! for another zone or in place of an interrupted one ask for what is no more, though nobody deployed anything.
//!
//! # What the pull says
//! "failed to resolve ref …@sha256:…: not found", while the task definition names a tag.
//!
//! # What proves it
//! The digest of the failed task or of its text, which `ecr:DescribeImages` does not find; the tag names another image, or
//! none.
//!
//! # What rules it out
//! The pinned image is there.
//!
//! # What cannot be known
//! What was in it.
//!
//! # Remedies
//! A new deployment, which resolves the tag again and ships what it names today; back to the last revision whose images
//! exist; untagged images kept for longer, or version consistency switched off for the container.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html>,
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html>

use super::tag_expired_by_lifecycle::keep;
use super::{NOT_FOUND, at_manifest, each, names_now, push_of};
use crate::case::Case;
use crate::case::fate::{Fate, Gone, ImageCase};
use crate::case::timeline;
use crate::judgement::{Judgement, Subject};
use crate::names;
use crate::remedy::Risk;

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    each(case, judge_image)
}

fn judge_image(case: &Case<'_>, image: &ImageCase<'_>) -> Judgement {
    let (Some(ecr), Ok(parsed)) = (image.ecr, &image.parsed) else {
        return Judgement::NotApplicable;
    };
    let (repository, tag) = (&ecr.repository_name, parsed.wanted());
    let Fate::PinnedGone {
        absence,
        digest,
        now,
        gone,
    } = &image.fate
    else {
        return Judgement::NotApplicable;
    };
    let short = names::digest(digest);
    let how = gone.as_ref().and_then(Gone::words);
    let how = how.map(|how| format!(", {how}")).unwrap_or_default();
    let today = match now {
        Some(now) => format!("tag {tag} names {} now", names::digest(&now.digest)),
        None => format!("tag {tag} does not exist either"),
    };
    let push = push_of(case, repository, tag);
    let again = now.and_then(|now| {
        let mut remedy = case.deploy_again(Risk::High)?;
        let pushed = now
            .pushed_at
            .map(|at| format!(", pushed {}", names::day_and_clock(at)))
            .unwrap_or_default();
        remedy.notes.insert(
            0,
            format!(
                "Ships another image than the one that was deployed: {}{pushed}, in place of {short}.",
                names::digest(&now.digest)
            ),
        );
        Some(remedy)
    });
    let expired = gone
        .as_ref()
        .is_some_and(|gone| matches!(gone, Gone::Expired { .. } | Gone::ByRule { .. }));
    Judgement::Confirmed(
        at_manifest(
            case,
            image,
            NOT_FOUND,
            format!("image {short} of repository {repository}, to which ECS pinned tag {tag}, is gone{how}; {today}"),
        )
        .facts([absence.fact(format!("no image with digest {digest} in repository {repository}"))])
        .facts(now.as_ref().map(|now| names_now(tag, now)))
        .facts(push.map(|push| {
            let at = names::day_and_clock(push.at);
            push.fact(format!("{} at {at}", timeline::sentence(push.value())))
        }))
        .facts(gone.iter().flat_map(Gone::facts))
        .remedies(again)
        .remedies(case.roll_back())
        .remedies(expired.then(|| keep(repository, &ecr.region))),
    )
}
