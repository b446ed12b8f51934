//! Step 5: the repository: the image, and what the repository has of policies, settings and keys.

use super::super::CauseReport;
use super::Found;
use crate::case::Case;
use crate::case::fate::Fate;
use crate::case::lifecycle::LifecyclePolicy;
use crate::catalogue::Cause;
use crate::evidence::image::EcrEvidence;
use crate::names;
use crate::observed::{Observed, without_repeats};

/// What to say where no image is known to be in private ECR.
pub(super) fn not_in_ecr(case: &Case<'_>) -> Option<Found> {
    if case.images.is_empty() {
        return Some(Found::nothing("no image is known"));
    }
    if case.images.iter().any(|image| image.ecr.is_some()) {
        return None;
    }
    let unread = case.images.iter().any(|image| image.parsed.is_err());
    Some(Found::nothing(if unread {
        "the image reference cannot be read, so that no repository is known"
    } else {
        "no image is in private ECR"
    }))
}

/// What keeps pulls out on the repository's side.
fn refusal(causes: &[CauseReport]) -> Option<&CauseReport> {
    causes.iter().find(|cause| {
        matches!(
            cause.cause,
            Cause::KmsKeyUnusable
                | Cause::RepositoryPolicyDenies
                | Cause::RepositoryPolicyLacksAccount
                | Cause::RegistrySettingsDeny
                | Cause::ImageBlockedByScanOrSigning
        )
    })
}

/// How the repository is set up, as far as that was read: settings that a pull can depend on.
fn settings(ecr: &EcrEvidence) -> String {
    let mut said = Vec::new();
    said.push(presence(&ecr.policy, "policy"));
    said.push(match ecr.lifecycle.seen() {
        Some(document) => match LifecyclePolicy::parse(document.value()) {
            Some(_) => "a lifecycle policy".to_owned(),
            None => "a lifecycle policy that cannot be read".to_owned(),
        },
        None => presence(&ecr.lifecycle, "lifecycle policy"),
    });
    if let Some(repository) = ecr.repository.seen() {
        said.push(format!("tags {}", repository.tag_mutability.to_lowercase()));
        said.push(format!("encrypted by {}", repository.encryption));
        said.push(format!(
            "scan on push {}",
            if repository.scan_on_push { "on" } else { "off" }
        ));
    }
    said.into_iter()
        .filter(|said| !said.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
}

/// `no policy`, `a policy`, or that it could not be read; nothing where it was not looked for.
fn presence<T>(observed: &Observed<T>, what: &str) -> String {
    use crate::observed::Outcome;
    match &observed.outcome {
        Outcome::Present(_) => format!("a {what}"),
        Outcome::Absent => format!("no {what}"),
        Outcome::Denied { .. } | Outcome::Failed { .. } => format!("{what} unknown"),
        Outcome::NotCollected { .. } => String::new(),
    }
}

pub(super) fn repository(case: &Case<'_>, causes: &[CauseReport]) -> Found {
    if let Some(nothing) = not_in_ecr(case) {
        return nothing;
    }
    let mut problems = Vec::new();
    let mut unknown = Vec::new();
    let mut fine = Vec::new();
    for image in &case.images {
        let Some(ecr) = image.ecr else { continue };
        let name = &ecr.repository_name;
        match &image.fate {
            Fate::There(there) => fine.push(format!("{name} has it ({})", names::digest(&there.digest))),
            Fate::PushedAfter { pushed_at, .. } => {
                problems.push(format!(
                    "{name} has it since {}, after the failure",
                    names::clock(*pushed_at)
                ));
            }
            Fate::Moved { image, .. } => problems.push(format!(
                "in {name} the tag names another image now ({})",
                names::digest(&image.digest)
            )),
            Fate::NotActive(there) => problems.push(format!("the image in {name} is {}", there.status)),
            Fate::TagMissing { .. } => problems.push(format!("{name} has no such tag")),
            Fate::TagGone { gone, .. } => problems.push(match gone.words() {
                Some(how) => format!("{name} has that tag no more: {how}"),
                None => format!("{name} has that tag no more"),
            }),
            Fate::DigestMissing { .. } => problems.push(format!("{name} has no such digest")),
            Fate::PinnedGone { .. } => problems.push(format!("{name} has the pinned digest no more")),
            Fate::RepositoryMissing { .. } | Fate::CacheRuleMissing { .. } => {
                problems.push(format!("repository {name} does not exist"));
            }
            Fate::InAnotherRegistry { place, .. } => problems.push(format!(
                "{name} is in registry {} of {}, not in {} of {}",
                place.registry, place.region, ecr.registry, ecr.region
            )),
            Fate::NotCached { rule, .. } => problems.push(format!(
                "{name} does not have it yet; it is fetched from {} when pulled",
                rule.upstream_url
            )),
            Fate::Unknown(missing) => unknown.extend(missing.iter().cloned()),
            Fate::Invalid | Fate::Elsewhere => {}
        }
    }
    problems.extend(refusal(causes).map(|cause| cause.summary.clone()));
    let set_up: Vec<String> = case
        .images
        .iter()
        .filter_map(|image| image.ecr)
        .filter(|ecr| ecr.repository.value().is_some())
        .map(|ecr| format!("{}: {}", ecr.repository_name, settings(ecr)))
        .collect();
    let set_up = without_repeats(set_up);
    if !problems.is_empty() {
        Found::problem(without_repeats(problems.into_iter().chain(set_up)).join("; "))
    } else if !unknown.is_empty() {
        Found::unknown(&unknown)
    } else if fine.is_empty() {
        Found::nothing("no image is in private ECR")
    } else {
        Found::ok(without_repeats(fine.into_iter().chain(set_up)).join("; "))
    }
}
