//! The repository does not exist in the registry that the image names.
//!
//! # What fails
//! The manifest is asked of a repository that the registry does not have: a typo, a part of the path left out, a
//! repository that was renamed, deleted or never made in this account and region.
//!
//! # What the pull says
//! "CannotPullContainerError: … name unknown: The repository with name '…' does not exist in the registry with id '…'",
//! or "pull access denied … repository does not exist or may require 'docker login'", which says as much of a refusal.
//!
//! # What proves it
//! `ecr:DescribeRepositories`, asked in the image's own account and region for the whole path, answers
//! `RepositoryNotFoundException`.
//!
//! # What rules it out
//! The repository is there.
//!
//! # What cannot be known
//! Whether another account's repository exists, where that account does not let us look.
//!
//! # Remedies
//! Back to the last revision whose images exist; or a revision with the right repository. Making the repository does not
//! help by itself: it would be empty.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeRepositories.html>

use crate::case::Case;
use crate::case::fate::{Fate, ImageCase};
use crate::case::timeline;
use crate::judgement::{Finding, Judgement, Subject};
use crate::names;
use crate::stage::Stage;
use crate::stop_reason::StopClass;

use super::{each, proved_unless};

/// The puller prints "not found" for a missing repository as well.
const SAYS: &[StopClass] = &[StopClass::RepositoryNotFound, StopClass::TagNotFound];

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    each(case, judge_image)
}

fn judge_image(case: &Case<'_>, image: &ImageCase<'_>) -> Judgement {
    let Some(ecr) = image.ecr else {
        return Judgement::NotApplicable;
    };
    let name = &ecr.repository_name;
    let said = case.newest_saying(image.reference, SAYS);
    if let Fate::RepositoryMissing { absence, missing } = &image.fate {
        let close = names::closest(name, ecr.repository_names.items(), 3);
        let mut summary = format!(
            "repository {name} does not exist in registry {} ({})",
            ecr.registry, ecr.region
        );
        if !close.is_empty() {
            summary = format!("{summary}; closest: {}", close.join(", "));
        }
        let fact = absence.fact(format!("registry {} has no repository {name}", ecr.registry));
        let deleted = timeline::changes_of(case, &[name])
            .into_iter()
            .find(|change| change.name == "DeleteRepository")
            .map(|change| {
                let (what, at) = (
                    timeline::sentence(change.value()),
                    names::day_and_clock(change.at),
                );
                change.fact(format!("{what} at {at}"))
            });
        return proved_unless(
            missing,
            Finding::observed(Stage::Manifest, summary)
                .effect(case.effect(Some(image.reference), Stage::Manifest, SAYS))
                .facts(said.map(|attempt| attempt.fact.clone()))
                .facts([fact])
                .facts(deleted)
                .remedies(case.roll_back()),
        );
    }
    // What takes its place is a cause of its own.
    if matches!(
        image.fate,
        Fate::InAnotherRegistry { .. } | Fate::CacheRuleMissing { .. } | Fate::NotCached { .. }
    ) {
        return Judgement::NotApplicable;
    }
    if let Some(repository) = ecr.repository.seen() {
        return Judgement::RuledOut {
            why: format!("repository {name} exists in registry {}", ecr.registry),
            facts: vec![repository.fact(format!("repository {} exists", repository.arn))],
        };
    }
    if let Some(there) = ecr.image.seen() {
        return Judgement::RuledOut {
            why: format!("repository {name} of registry {} has the image", ecr.registry),
            facts: vec![there.fact(format!(
                "repository {name} has image {}",
                names::digest(&there.digest)
            ))],
        };
    }
    let missing: Vec<_> = ecr
        .repository
        .missing(format!("repository {name}"))
        .into_iter()
        .collect();
    match said.filter(|attempt| attempt.reason.class == StopClass::RepositoryNotFound) {
        Some(attempt) => Judgement::Likely(
            Finding::observed(
                Stage::Manifest,
                format!("repository {name} does not exist, says the registry"),
            )
            .facts([attempt.fact.clone()])
            .missing(missing)
            .remedies(case.roll_back()),
        ),
        None => Judgement::Unknown { missing },
    }
}
