//! Of each image: a reference that can be read, an image that exists, and one in it for the task's platform.

use super::{Requirement, State};
use crate::case::Case;
use crate::case::fate::{Fate, ImageCase};
use crate::case::platform;
use crate::catalogue::Cause;
use crate::evidence::ecs::ContainerInstance;
use crate::evidence::image::EcrEvidence;
use crate::evidence::preflight::Preflight;
use crate::judgement::Subject;
use crate::observed::{Missing, Observed, without_repeats};

/// Media types of manifests that name one image, not a choice of several: such an image is pulled whatever it is made for.
///
/// <https://github.com/opencontainers/image-spec/blob/main/media-types.md>,
/// <https://distribution.github.io/distribution/spec/manifest-v2-2/>
const SINGLE: [&str; 2] = [
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
];

pub(super) fn images(case: &Case<'_>, ahead: &Preflight) -> Vec<Requirement> {
    case.images
        .iter()
        .flat_map(|image| {
            let of = |(cause, state)| Requirement {
                cause,
                subject: Subject::image(image.reference),
                state,
            };
            let mut all = vec![of(existence(image))];
            all.extend(platform(case, ahead, image).into_iter().map(of));
            all
        })
        .collect()
}

/// Whether the image exists where its reference says.
fn existence(image: &ImageCase<'_>) -> (Cause, State) {
    let reference = image.reference;
    match &image.fate {
        Fate::Invalid => (Cause::InvalidReference, State::Broken),
        Fate::There(_) | Fate::PushedAfter { .. } | Fate::Moved { .. } => (Cause::TagNotFound, State::Met),
        Fate::NotActive(_) => (Cause::ImageArchived, State::Broken),
        Fate::TagMissing { .. } | Fate::TagGone { .. } => (Cause::TagNotFound, gone(image)),
        Fate::DigestMissing { .. } | Fate::PinnedGone { .. } => (Cause::DigestNotFound, gone(image)),
        Fate::RepositoryMissing { .. } | Fate::InAnotherRegistry { absence: Some(_), .. } => {
            (Cause::RepositoryNotFound, gone(image))
        }
        Fate::CacheRuleMissing { .. } => (Cause::PullThroughCacheRuleMissing, State::Broken),
        Fate::InAnotherRegistry {
            absence: None,
            missing,
            ..
        }
        | Fate::Unknown(missing) => {
            let state = State::open(missing.iter().cloned(), || {
                Missing::unknowable(format!("image {reference}"), "it was not looked at")
            });
            (Cause::TagNotFound, state)
        }
        Fate::NotCached { rule, .. } => {
            let upstream = Missing::unknowable(
                format!("whether {} has {reference}", rule.upstream_url),
                "the pull-through cache fetches it with the first pull, and only ECR is asked",
            );
            (Cause::PullThroughCacheUpstream, State::Open(vec![upstream]))
        }
        Fate::Elsewhere => {
            let host = image
                .parsed
                .as_ref()
                .map_or_else(|_| "its registry".to_owned(), |parsed| parsed.host.clone());
            let unasked = Missing::unknowable(
                format!("whether {reference} exists at {host} and may be pulled"),
                "only private ECR registries are asked",
            );
            (Cause::ThirdPartyImageNotFound, State::Open(vec![unasked]))
        }
    }
}

/// An image that is not in its repository fails to be pulled, unless a pull-through cache fetches it.
fn gone(image: &ImageCase<'_>) -> State {
    let unread = image.ecr.and_then(|ecr| {
        ecr.cache_rules
            .incomplete(&format!("pull-through cache rules of registry {}", ecr.registry))
    });
    match unread {
        Some(missing) => State::Open(vec![missing]),
        None => State::Broken,
    }
}

/// Whether something in the image is made for the task's platform, where the pull depends on it.
fn platform(case: &Case<'_>, ahead: &Preflight, image: &ImageCase<'_>) -> Option<(Cause, State)> {
    if matches!(image.fate, Fate::NotActive(_)) {
        return None;
    }
    let (there, ecr) = (image.found()?, image.ecr?);
    let unread = || {
        let what = format!("platforms of image {}", image.reference);
        let otherwise = Missing::unknowable(&what, "ECR had no manifest to read them from");
        State::open(ecr.platforms.missing(what), || otherwise)
    };
    let single = || {
        there
            .manifest_media_type
            .as_deref()
            .is_some_and(|media_type| SINGLE.contains(&media_type))
    };
    let state = match ecr.platforms.seen() {
        Some(platforms) if !platforms.index => State::Met,
        Some(platforms) => match platform::wanted(case).filter(|_| one_architecture(case, ahead)) {
            None => State::Open(vec![Missing::unknowable(
                format!("for which platform {} is pulled", image.reference),
                "neither the task definition nor what it would run on settles that",
            )]),
            Some((wanted, _)) => {
                let fits = |platform| platform::fits(platform, &wanted);
                if platforms.platforms.iter().any(fits) {
                    return Some(children(ecr));
                }
                State::Broken
            }
        },
        None if single() => State::Met,
        None => unread(),
    };
    Some((Cause::PlatformMismatch, state))
}

/// Whether the manifests are there that the index names for the platform.
fn children(ecr: &EcrEvidence) -> (Cause, State) {
    let name = &ecr.repository_name;
    if ecr.children.iter().any(|child| child.absent().is_some()) {
        return (Cause::IndexChildMissing, State::Broken);
    }
    let missing = ecr
        .children
        .iter()
        .filter_map(|child| child.missing(format!("manifest {}", child.source.resource)));
    let state = if ecr.children.is_empty() {
        State::Open(vec![Missing::unknowable(
            format!("manifests that the index in repository {name} names"),
            "they were not looked at",
        )])
    } else {
        State::unless(missing)
    };
    (Cause::IndexChildMissing, state)
}

/// Whether it does not matter on which instance the task is placed.
fn one_architecture(case: &Case<'_>, ahead: &Preflight) -> bool {
    if ahead.on_instances() != Some(true) {
        return true;
    }
    let seen = case.evidence.instances.iter().filter_map(Observed::value);
    let of = |instance: &ContainerInstance| (instance.os_type.clone(), instance.cpu_architecture.clone());
    without_repeats(seen.map(of)).len() <= 1
}
