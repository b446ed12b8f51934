//! Version consistency: the digest that ECS resolved the tag to when the deployment started, set against what the tag
//! names today.
//!
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html#deployment-container-image-stability>

use super::gone::{self, Wanted, digest_in};
use super::{Asked, Fate};
use crate::evidence::image::Image;
use crate::observed::{Fact, Present};

/// The fate of an image whose pinned digest is gone.
pub(super) fn gone<'e>(asked: Asked<'_, 'e>) -> Option<Fate<'e>> {
    if asked.parsed.digest.is_some() {
        return None;
    }
    // A repository that is gone took its images along.
    asked.ecr.repository.seen()?;
    let (digest, resolved) = asked_for(asked)?;
    let absence = asked
        .ecr
        .pinned
        .iter()
        .find(|pinned| digest_in(&pinned.source.resource) == digest)?
        .absent()?;
    let wanted = Wanted::Digest(&digest);
    let gone = gone::recorded(asked.evidence, asked.ecr, wanted).or_else(|| {
        let retagged = asked.ecr.image.seen().is_some();
        retagged.then(|| gone::by_rule(asked.ecr, wanted, Some(&resolved)))?
    });
    Some(Fate::PinnedGone {
        absence,
        digest,
        now: asked.ecr.image.seen(),
        gone,
    })
}

/// The fate of an image that the failed task asked for by a digest, which the tag does not name any more.
pub(super) fn moved_away<'e>(asked: Asked<'_, 'e>, image: Present<'e, Image>) -> Option<Fate<'e>> {
    if asked.parsed.digest.is_some() {
        return None;
    }
    let (was, _) = asked_for(asked).filter(|(digest, _)| *digest != image.digest)?;
    let pinned = asked
        .ecr
        .pinned
        .iter()
        .find(|pinned| digest_in(&pinned.source.resource) == was);
    let missing = pinned.and_then(|pinned| pinned.missing(format!("image {was}")));
    Some(Fate::Moved {
        image,
        was,
        asked_for: true,
        missing,
    })
}

/// The fate of an image that was put in the place of the one that running tasks have under the same tag.
pub(super) fn moved_here<'e>(asked: Asked<'_, 'e>, image: Present<'e, Image>) -> Option<Fate<'e>> {
    if asked.parsed.digest.is_some() {
        return None;
    }
    let was = asked
        .evidence
        .tasks
        .items()
        .iter()
        .filter(|task| task.is_running())
        .flat_map(|task| &task.containers)
        .filter(|container| container.image.as_deref() == Some(&asked.parsed.original))
        .find_map(|container| container.image_digest.clone())
        .filter(|digest| *digest != image.digest)?;
    Some(Fate::Moved {
        image,
        was,
        asked_for: false,
        missing: None,
    })
}

/// The digest that the newest failed pull asked for, as its text or ECS names it, and how that is known.
fn asked_for(asked: Asked<'_, '_>) -> Option<(String, Fact)> {
    let marker = format!("/{}@sha256:", asked.ecr.repository_name);
    asked.attempts.pulls().find_map(|attempt| {
        let said = attempt.text.split_once(&marker).and_then(|(_, rest)| {
            let hex: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
            (hex.len() == 64).then(|| format!("sha256:{hex}"))
        });
        let digest = said.or_else(|| {
            let containers = &attempt.task?.containers;
            containers
                .iter()
                .find(|container| container.image.as_deref() == Some(&asked.parsed.original))?
                .image_digest
                .clone()
        })?;
        let resolved = format!("ECS had resolved {} to {digest}", asked.parsed.wanted());
        Some((digest, attempt.fact.clone().saying(resolved)))
    })
}
