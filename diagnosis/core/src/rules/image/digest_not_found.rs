//! The task definition pins a digest that the repository does not have.
//!
//! # What fails
//! The reference names the image by digest, and no image of the repository has it: the digest is another repository's,
//! or the image was deleted. Where a reference has a tag as well, the digest decides.
//!
//! # What the pull says
//! "failed to resolve ref …@sha256:…: not found".
//!
//! # What proves it
//! `ecr:DescribeImages`, asked for the digest with every image status, answers `ImageNotFoundException`.
//!
//! # What rules it out
//! An image with that digest.
//!
//! # What cannot be known
//! How it went, where CloudTrail may not be read or does not reach back far enough.
//!
//! # Remedies
//! Back to the last revision whose images exist; a revision with a digest that exists.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html>

use super::{at_manifest, each, use_image};
use crate::case::Case;
use crate::case::fate::{Fate, Gone, ImageCase};
use crate::judgement::{Judgement, Subject};
use crate::names;
use crate::stop_reason::StopClass;

const SAYS: &[StopClass] = &[StopClass::DigestNotFound, StopClass::TagNotFound];

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    each(case, judge_image)
}

fn judge_image(case: &Case<'_>, image: &ImageCase<'_>) -> Judgement {
    let (Some(ecr), Ok(parsed)) = (image.ecr, &image.parsed) else {
        return Judgement::NotApplicable;
    };
    let Some(digest) = &parsed.digest else {
        return Judgement::NotApplicable;
    };
    let (repository, short) = (&ecr.repository_name, names::digest(digest));
    match &image.fate {
        Fate::DigestMissing { absence, gone } => {
            let how = gone.as_ref().and_then(Gone::words);
            let how = how.map(|how| format!(": {how}")).unwrap_or_default();
            let tagged = parsed.tag.as_deref().and_then(|tag| {
                let images = ecr.images.seen()?;
                images
                    .each()
                    .find(|image| image.tags.iter().any(|other| other == tag))
            });
            let fact = tagged.map(|image| {
                let tag = parsed.tag.as_deref().unwrap_or_default();
                image.fact(format!("tag {tag} names image {}", names::digest(&image.digest)))
            });
            let instead = tagged.map(|image| {
                let wanted = format!("{}/{}@{}", parsed.host, parsed.repository, image.digest);
                use_image(case, "use_existing_digest", &wanted)
            });
            Judgement::Confirmed(
                at_manifest(
                    case,
                    image,
                    SAYS,
                    format!("digest {short} does not exist in repository {repository}{how}"),
                )
                .facts([absence.fact(format!(
                    "no image with digest {digest} in repository {repository}"
                ))])
                .facts(gone.iter().flat_map(Gone::facts))
                .facts(fact)
                .remedies(case.roll_back())
                .remedies(instead),
            )
        }
        Fate::Unknown(missing) => match case.newest_saying(image.reference, SAYS) {
            Some(_) => Judgement::Likely(
                at_manifest(
                    case,
                    image,
                    SAYS,
                    format!("digest {short} does not exist in repository {repository}, says the registry"),
                )
                .missing(missing.clone())
                .remedies(case.roll_back()),
            ),
            None => Judgement::Unknown {
                missing: missing.clone(),
            },
        },
        _ => match image.found() {
            Some(there) => Judgement::RuledOut {
                why: format!("digest {short} exists in repository {repository}"),
                facts: vec![there.fact(format!("repository {repository} has image {short}"))],
            },
            None => Judgement::NotApplicable,
        },
    }
}
