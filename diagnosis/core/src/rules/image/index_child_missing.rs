//! The index exists, and the manifest it names for this platform was deleted.
//!
//! # What fails
//! A tag that names an index resolves; the puller then asks for the manifest of its platform, by digest, and the
//! repository has it no more. Clean-up scripts that delete untagged images do this: the manifests of an index have no tags.
//!
//! # What the pull says
//! "not found" for a digest that stands nowhere in the task definition, after the index was resolved.
//!
//! # What proves it
//! `ecr:DescribeImages` by the digest that the index names for the platform.
//!
//! # What rules it out
//! The manifest is there.
//!
//! # What cannot be known
//! Nothing, once the index may be read. Reading it records a pull, so it is read only where a manifest may be gone.
//!
//! # Remedies
//! The image built and pushed again; back to the last revision that ran; a clean-up that leaves the manifests of an index
//! alone, as lifecycle policies do.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/docker-push-multi-architecture-image.html>

use super::{NOT_FOUND, at_manifest, each, push_again};
use crate::case::Case;
use crate::case::fate::ImageCase;
use crate::case::timeline;
use crate::judgement::{Judgement, Subject};
use crate::names;

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    each(case, judge_image)
}

fn judge_image(case: &Case<'_>, image: &ImageCase<'_>) -> Judgement {
    let (Some(ecr), Some(_)) = (image.ecr, image.found()) else {
        return Judgement::NotApplicable;
    };
    let repository = &ecr.repository_name;
    let gone = ecr.children.iter().find_map(|child| {
        let (_, digest) = child.source.resource.rsplit_once('@')?;
        Some((child.absent()?, digest))
    });
    if let Some((absence, digest)) = gone {
        let short = names::digest(digest);
        let platforms = ecr.platforms.seen();
        let platform = platforms.and_then(|platforms| {
            let named = platforms
                .value()
                .platforms
                .iter()
                .find(|platform| platform.digest.as_deref() == Some(digest))?;
            Some((
                named.to_string(),
                platforms.fact(format!("the index names {short} for {named}")),
            ))
        });
        let made_for = platform
            .as_ref()
            .map(|(name, _)| format!(" for {name}"))
            .unwrap_or_default();
        let deleted = timeline::changes_of(case, &[repository])
            .into_iter()
            .find(|change| {
                change.name == "BatchDeleteImage"
                    && (change.value().request.to_string().contains(digest)
                        || change.value().response.to_string().contains(digest))
            })
            .map(|change| {
                let at = names::day_and_clock(change.at);
                change.fact(format!("{} at {at}", timeline::sentence(change.value())))
            });
        return Judgement::Confirmed(
            at_manifest(
                case,
                image,
                NOT_FOUND,
                format!(
                    "manifest {short}{made_for} is gone from repository {repository}, and the index {} still names it",
                    image.reference
                ),
            )
            .facts([absence.fact(format!("no image with digest {digest} in repository {repository}"))])
            .facts(platform.map(|(_, fact)| fact))
            .facts(deleted)
            .remedies(case.roll_back())
            .remedies([push_again(image.reference)]),
        );
    }
    let there: Vec<_> = ecr
        .children
        .iter()
        .filter_map(|child| Some(child.seen()?.fact("the manifest that the index names is there")))
        .collect();
    if there.is_empty() || there.len() < ecr.children.len() {
        let missing: Vec<_> = ecr
            .children
            .iter()
            .filter_map(|child| child.missing(format!("manifest {}", child.source.resource)))
            .collect();
        return if missing.is_empty() {
            Judgement::NotApplicable
        } else {
            Judgement::Unknown { missing }
        };
    }
    Judgement::RuledOut {
        why: format!("the manifests that the index {} names are there", image.reference),
        facts: there,
    }
}
