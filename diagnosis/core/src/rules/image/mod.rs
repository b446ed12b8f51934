//! Causes of the image family.

pub(super) mod digest_not_found;
pub(super) mod image_archived;
pub(super) mod image_blocked_by_scan_or_signing;
pub(super) mod index_child_missing;
pub(super) mod invalid_reference;
pub(super) mod layers_missing_or_corrupted;
pub(super) mod manifest_unsupported;
pub(super) mod pinned_digest_gone;
pub(super) mod platform_mismatch;
pub(super) mod pushed_after_failure;
pub(super) mod repository_credentials_on_ecr;
pub(super) mod repository_not_found;
pub(super) mod tag_deleted;
pub(super) mod tag_expired_by_lifecycle;
pub(super) mod tag_moved;
pub(super) mod tag_not_found;
pub(super) mod third_party_image_not_found;
pub(super) mod wrong_account;
pub(super) mod wrong_region;

use crate::case::Case;
use crate::case::fate::{Fate, Gone, ImageCase};
use crate::case::timeline;
use crate::evidence::changes::Change;
use crate::evidence::image::{EcrEvidence, Elsewhere};
use crate::judgement::{Finding, Judgement, Subject};
use crate::names;
use crate::observed::{Absence, Fact, Missing, Present};
use crate::remedy::{Remedy, Risk, manual};
use crate::stage::Stage;
use crate::stop_reason::StopClass;

/// The words of a registry that does not have what it was asked for. The puller prints "not found" for a missing
/// repository, tag and digest alike.
const NOT_FOUND: &[StopClass] = &[
    StopClass::TagNotFound,
    StopClass::DigestNotFound,
    StopClass::RepositoryNotFound,
];

/// Judges each image of the task definition.
pub(super) fn each(
    case: &Case<'_>,
    judge: impl Fn(&Case<'_>, &ImageCase<'_>) -> Judgement,
) -> Vec<(Subject, Judgement)> {
    case.images
        .iter()
        .map(|image| (Subject::image(image.reference), judge(case, image)))
        .collect()
}

/// Confirmed, unless something that was not read could still tell of another cause.
fn proved_unless(missing: &[Missing], finding: Finding) -> Judgement {
    if missing.is_empty() {
        Judgement::Confirmed(finding)
    } else {
        Judgement::Likely(finding.missing(missing.iter().cloned()))
    }
}

/// A finding at the manifest: with the words that say so, if any do.
fn at_manifest(case: &Case<'_>, image: &ImageCase<'_>, says: &[StopClass], summary: String) -> Finding {
    let said = case.newest_saying(image.reference, says);
    Finding::observed(Stage::Manifest, summary)
        .effect(case.effect(Some(image.reference), Stage::Manifest, says))
        .facts(said.map(|attempt| attempt.fact.clone()))
}

/// A revision with another image reference.
fn use_image(case: &Case<'_>, id: &str, wanted: &str) -> Remedy {
    let title = format!("Use {}", names::at_most(crate::evidence::short(wanted), 60));
    case.revise(
        id,
        &title,
        Risk::Medium,
        &format!("set the image to {wanted}"),
        None,
    )
}

/// A tag that the repository once had.
struct GoneTag<'c, 'e> {
    ecr: &'e EcrEvidence,
    tag: &'c str,
    absence: &'c Absence<'e>,
    gone: &'c Gone<'e>,
    missing: &'c [Missing],
}

impl<'c, 'e> GoneTag<'c, 'e> {
    /// What became of an image's tag; the judgement of every cause that takes it away, where nothing did.
    fn of(image: &'c ImageCase<'e>) -> Result<Self, Judgement> {
        let (Some(ecr), Ok(parsed)) = (image.ecr, &image.parsed) else {
            return Err(Judgement::NotApplicable);
        };
        let (repository, tag) = (&ecr.repository_name, parsed.wanted());
        if let Some(there) = image.found() {
            return Err(Judgement::RuledOut {
                why: format!("{tag} exists in repository {repository}"),
                facts: vec![there.fact(format!("{tag} is image {}", names::digest(&there.digest)))],
            });
        }
        match &image.fate {
            Fate::TagGone {
                absence,
                gone,
                missing,
            } => Ok(Self {
                ecr,
                tag,
                absence,
                gone,
                missing,
            }),
            _ => Err(Judgement::NotApplicable),
        }
    }
}

/// The newest push of a tag that CloudTrail recorded.
fn push_of<'e>(case: &Case<'e>, repository: &str, tag: &str) -> Option<Present<'e, Change>> {
    timeline::changes_of(case, &[repository])
        .into_iter()
        .find(|change| {
            let pushed = change.value().request.get("imageTag");
            change.name == "PutImage" && pushed.and_then(|pushed| pushed.as_str()) == Some(tag)
        })
}

/// The image pushed again.
fn push_again(reference: &str) -> Remedy {
    let mut remedy = manual(
        "push_again",
        "Push the image again",
        Risk::Low,
        format!("docker push {reference}"),
        None,
    );
    remedy
        .notes
        .push("The service starts a task again by itself once the image is there.".to_owned());
    remedy
}

/// `tag 1.4.2 is image sha256:…, pushed 3 Mar, 14:03 UTC`.
fn names_now(tag: &str, image: &Present<'_, crate::evidence::image::Image>) -> Fact {
    let pushed = image
        .pushed_at
        .map(|at| format!(", pushed {}", names::day_and_clock(at)))
        .unwrap_or_default();
    image.fact(format!(
        "tag {tag} is image {}{pushed}",
        names::digest(&image.digest)
    ))
}

/// Where the fate is that the image is in another registry: what the two rules about that share.
///
/// `fits` tells from the account and the region that the reference names, and those where the image is.
fn in_another_registry(
    case: &Case<'_>,
    image: &ImageCase<'_>,
    fits: impl Fn(&EcrEvidence, &Elsewhere) -> bool,
) -> Judgement {
    let Some(ecr) = image.ecr else {
        return Judgement::NotApplicable;
    };
    let Fate::InAnotherRegistry {
        place,
        image: found,
        absence,
        missing,
    } = &image.fate
    else {
        return Judgement::NotApplicable;
    };
    if !fits(ecr, place) {
        return Judgement::NotApplicable;
    }
    let name = &ecr.repository_name;
    let Ok(parsed) = &image.parsed else {
        return Judgement::NotApplicable;
    };
    let wanted = parsed.wanted();
    let (from, to) = (&ecr.registry, &place.registry);
    let summary = if ecr.registry == place.registry {
        format!(
            "image {name}:{wanted} is in {}, and the reference names {}",
            place.region, ecr.region
        )
    } else {
        format!("image {name}:{wanted} is in account {to}, and the reference names account {from}")
    };
    let there = found.fact(format!(
        "registry {to} has {name}:{wanted} in {} ({})",
        place.region,
        names::digest(&found.digest)
    ));
    let host = parsed
        .host
        .replace(from.as_str(), to)
        .replace(&ecr.region, &place.region);
    let corrected = image.reference.replacen(&parsed.host, &host, 1);
    let finding = at_manifest(case, image, NOT_FOUND, summary)
        .facts([there])
        .facts(absence.map(|absence| {
            absence.fact(format!(
                "registry {from} has no {name}:{wanted} in {}",
                ecr.region
            ))
        }))
        .missing(missing.iter().cloned())
        .remedies([use_image(case, "use_registry_with_image", &corrected)])
        .remedies(case.roll_back());
    match absence {
        Some(_) => Judgement::Confirmed(finding),
        None if case.newest_saying(image.reference, NOT_FOUND).is_some() => Judgement::Likely(finding),
        None => Judgement::Possible(finding),
    }
}
