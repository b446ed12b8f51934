//! What became of each image. Every image has exactly one fate, so that the rules about images cannot contradict each
//! other.

mod cache;
mod gone;
mod pinned;

use jiff::Timestamp;

use super::attempts::Attempts;
use crate::evidence::Evidence;
use crate::evidence::changes::Change;
use crate::evidence::ecs::{ContainerDefinition, TaskDefinition};
use crate::evidence::image::{CacheRule, EcrEvidence, Elsewhere, Image};
use crate::images::{ImageReference, ReferenceError, Registry};
use crate::observed::{Absence, Missing, Present};

use gone::Wanted;
pub use gone::{Gone, by};

/// One image of the task definition, and what became of it.
#[derive(Debug)]
pub struct ImageCase<'e> {
    /// The reference as written.
    pub reference: &'e str,
    /// The containers that use it.
    pub containers: Vec<&'e ContainerDefinition>,
    /// The reference taken apart.
    pub parsed: Result<ImageReference, ReferenceError>,
    /// What ECR says, for an image in a private ECR registry.
    pub ecr: Option<&'e EcrEvidence>,
    /// What became of it.
    pub fate: Fate<'e>,
}

/// What became of an image.
#[derive(Debug)]
pub enum Fate<'e> {
    /// It is there.
    There(Present<'e, Image>),
    /// It is there now, and was pushed after the failure, or an image that was there was given the tag then.
    PushedAfter {
        /// The image.
        image: Present<'e, Image>,
        /// When it was pushed, or given the tag.
        pushed_at: Timestamp,
        /// The call that gave it the tag, where it was there before.
        tagged: Option<Present<'e, Change>>,
        /// When the pull had failed.
        failed_at: Timestamp,
    },
    /// The tag names another image than the one it named before, and that one is not known to be gone.
    Moved {
        /// The image the tag names now.
        image: Present<'e, Image>,
        /// Digest of the one it named.
        was: String,
        /// Whether that one is what the failed task asked for; else it is what running tasks have.
        asked_for: bool,
        /// Why it cannot be told whether that one is still there, where it cannot.
        missing: Option<Missing>,
    },
    /// It is there, and not to be pulled: `ARCHIVED` or `ACTIVATING`.
    NotActive(Present<'e, Image>),
    /// The repository has no image with this tag, and nothing says that it had.
    TagMissing {
        /// The proof.
        absence: Absence<'e>,
        /// What could still tell of another fate.
        missing: Vec<Missing>,
    },
    /// The repository had an image with this tag.
    TagGone {
        /// The proof that it has none now.
        absence: Absence<'e>,
        /// How it went.
        gone: Gone<'e>,
        /// What could tell more.
        missing: Vec<Missing>,
    },
    /// The repository has no image with this digest, which the reference names.
    DigestMissing {
        /// The proof.
        absence: Absence<'e>,
        /// How it went, where something says so.
        gone: Option<Gone<'e>>,
    },
    /// ECS pinned the tag to a digest when the deployment started, and the repository has no image with that digest.
    PinnedGone {
        /// The proof.
        absence: Absence<'e>,
        /// The digest.
        digest: String,
        /// The image that the tag names now, if it names one.
        now: Option<Present<'e, Image>>,
        /// How it went, where something says so.
        gone: Option<Gone<'e>>,
    },
    /// The registry has no such repository.
    RepositoryMissing {
        /// The proof.
        absence: Absence<'e>,
        /// What could still tell of another fate.
        missing: Vec<Missing>,
    },
    /// It is not where the reference says, and an image of the same name is in another registry.
    InAnotherRegistry {
        /// Where.
        place: &'e Elsewhere,
        /// The image there.
        image: Present<'e, Image>,
        /// The proof that it is not where the reference says, where that could be looked up.
        absence: Option<Absence<'e>>,
        /// What could not be looked up.
        missing: Vec<Missing>,
    },
    /// A pull-through cache rule serves the repository, which does not have the image yet: a pull would fetch it.
    NotCached {
        /// The rule.
        rule: Present<'e, CacheRule>,
        /// The proof that it is not cached.
        absence: Absence<'e>,
        /// Whether the repository is there already.
        repository: bool,
    },
    /// The repository is not there, its name stands for an upstream registry, and no cache rule serves it.
    CacheRuleMissing {
        /// The proof that the repository is not there.
        absence: Absence<'e>,
        /// The proof that no rule serves it.
        no_rule: Absence<'e>,
        /// The upstream registry that the name stands for.
        upstream: &'static str,
        /// The prefix.
        prefix: String,
    },
    /// The reference cannot be parsed.
    Invalid,
    /// It is in a registry that was not asked.
    Elsewhere,
    /// It could not be told.
    Unknown(Vec<Missing>),
}

impl<'e> ImageCase<'e> {
    /// The registry, where the reference can be parsed.
    pub fn registry(&self) -> Option<&Registry> {
        self.parsed.as_ref().ok().map(|parsed| &parsed.registry)
    }

    /// Whether its repository was looked for and is not there.
    pub fn is_without_repository(&self) -> bool {
        matches!(self.fate, Fate::RepositoryMissing { .. })
    }

    /// ARN of its ECR repository.
    pub fn repository_arn(&self, partition: &str) -> Option<String> {
        let ecr = self.ecr?;
        Some(format!(
            "arn:{partition}:ecr:{}:{}:repository/{}",
            ecr.region, ecr.registry, ecr.repository_name
        ))
    }

    /// The pull-through cache rule that serves its repository.
    pub fn cache_rule(&self) -> Option<Present<'e, CacheRule>> {
        cache::rule(self.ecr?)
    }

    /// The image, where it is there to be pulled or at least was found.
    pub fn found(&self) -> Option<Present<'e, Image>> {
        match &self.fate {
            Fate::There(image)
            | Fate::PushedAfter { image, .. }
            | Fate::Moved { image, .. }
            | Fate::NotActive(image) => Some(*image),
            _ => None,
        }
    }
}

/// The images of `definition`, each once, in the order of its containers.
pub(super) fn images<'e>(
    evidence: &'e Evidence,
    attempts: &Attempts<'e>,
    definition: Option<Present<'e, TaskDefinition>>,
) -> Vec<ImageCase<'e>> {
    let Some(definition) = definition else {
        return Vec::new();
    };
    let mut images: Vec<ImageCase<'e>> = Vec::new();
    for container in &definition.value().containers {
        if let Some(known) = images.iter_mut().find(|image| image.reference == container.image) {
            known.containers.push(container);
            continue;
        }
        let parsed = ImageReference::parse(&container.image);
        let ecr = evidence
            .image(&container.image)
            .and_then(|image| image.ecr.as_ref());
        let fate = match (&parsed, ecr) {
            (Err(_), _) => Fate::Invalid,
            (Ok(parsed), Some(ecr)) => Asked {
                evidence,
                attempts,
                parsed,
                ecr,
            }
            .fate(),
            (Ok(parsed), None) => match parsed.registry {
                Registry::EcrPrivate { .. } => Fate::Unknown(vec![Missing::unknowable(
                    format!("image {}", parsed.original),
                    "ECR was not asked about it",
                )]),
                _ => Fate::Elsewhere,
            },
        };
        images.push(ImageCase {
            reference: &container.image,
            containers: vec![container],
            parsed,
            ecr,
            fate,
        });
    }
    images
}

/// An image that ECR was asked about.
#[derive(Clone, Copy)]
struct Asked<'c, 'e> {
    evidence: &'e Evidence,
    attempts: &'c Attempts<'e>,
    parsed: &'c ImageReference,
    ecr: &'e EcrEvidence,
}

impl<'e> Asked<'_, 'e> {
    fn fate(self) -> Fate<'e> {
        if let Some(pinned) = pinned::gone(self) {
            return pinned;
        }
        if let Some(image) = self.ecr.image.seen() {
            return self.there(image);
        }
        // Images are absent from a repository that does not exist, too: only one that was seen lacks a tag.
        let repository = self.ecr.repository.seen();
        match (self.ecr.repository.absent(), self.ecr.image.absent()) {
            (Some(absence), _) => self.no_repository(absence),
            (None, Some(absence)) if repository.is_some() => self.no_image(absence),
            _ => self.unread(),
        }
    }

    fn there(self, image: Present<'e, Image>) -> Fate<'e> {
        if image.status != "ACTIVE" {
            return Fate::NotActive(image);
        }
        if let Some(moved) = pinned::moved_away(self, image) {
            return moved;
        }
        let failed_at = self
            .attempts
            .newest_pull(Some(&self.parsed.original))
            .and_then(|attempt| attempt.at);
        let late = |pushed_at: Timestamp, tagged| {
            let failed_at = failed_at.filter(|failed_at| pushed_at > *failed_at)?;
            Some(Fate::PushedAfter {
                image,
                pushed_at,
                tagged,
                failed_at,
            })
        };
        // Giving a tag to an image that is there does not change when it was pushed.
        let tagged_late = || {
            let tagged = gone::pushed(self.evidence, self.ecr, self.parsed.wanted())?;
            late(tagged.value().at, Some(tagged)).filter(|_| self.parsed.digest.is_none())
        };
        let pushed_late = image.pushed_at.and_then(|at| late(at, None));
        pushed_late
            .or_else(|| pinned::moved_here(self, image))
            .or_else(tagged_late)
            .unwrap_or(Fate::There(image))
    }

    fn no_repository(self, absence: Absence<'e>) -> Fate<'e> {
        let ecr = self.ecr;
        if let Some(rule) = cache::rule(ecr) {
            return Fate::NotCached {
                rule,
                absence,
                repository: false,
            };
        }
        let no_rule = ecr
            .cache_rules
            .seen()
            .and_then(|rules| rules.none(|rule| rule.serves(&ecr.repository_name)));
        let no_rule = no_rule.or_else(|| ecr.cache_rules.absent());
        if let (Some((upstream, prefix)), Some(no_rule)) = (cache::upstream_of(&ecr.repository_name), no_rule)
        {
            return Fate::CacheRuleMissing {
                absence,
                no_rule,
                upstream,
                prefix: prefix.to_owned(),
            };
        }
        if let Some(found) = self.in_another_registry(Some(absence)) {
            return found;
        }
        let missing = cache::unread(ecr)
            .into_iter()
            .chain(self.elsewhere_unread())
            .collect();
        Fate::RepositoryMissing { absence, missing }
    }

    fn no_image(self, absence: Absence<'e>) -> Fate<'e> {
        let ecr = self.ecr;
        if let Some(rule) = cache::rule(ecr) {
            return Fate::NotCached {
                rule,
                absence,
                repository: true,
            };
        }
        if let Some(digest) = &self.parsed.digest {
            let wanted = Wanted::Digest(digest);
            return Fate::DigestMissing {
                absence,
                gone: gone::recorded(self.evidence, ecr, wanted),
            };
        }
        let tag = self.parsed.wanted();
        if let Some(gone) = gone::recorded(self.evidence, ecr, Wanted::Tag(tag)) {
            // A digest that ECS pinned would be what the pull asks for, in place of the tag.
            let pinned = ecr
                .pinned
                .iter()
                .filter_map(|pinned| pinned.missing(format!("image {}", pinned.source.resource)));
            let tasks = self.evidence.tasks_missing("what the tasks asked for");
            return Fate::TagGone {
                absence,
                gone,
                missing: pinned.chain(tasks).collect(),
            };
        }
        let unread = gone::unread(self.evidence, ecr, tag);
        if let Some(found) = self.in_another_registry(Some(absence)) {
            return found;
        }
        let existed = gone::existed(self.evidence, ecr, &self.parsed.original, tag);
        let gone = gone::by_rule(ecr, Wanted::Tag(tag), existed.as_ref())
            .or_else(|| existed.map(|existed| Gone::Unrecorded { existed }));
        if let Some(gone) = gone {
            return Fate::TagGone {
                absence,
                gone,
                missing: unread,
            };
        }
        let more = cache::unread(ecr).into_iter().chain(self.elsewhere_unread());
        Fate::TagMissing {
            absence,
            missing: unread.into_iter().chain(more).collect(),
        }
    }

    fn unread(self) -> Fate<'e> {
        if let Some(found) = self.in_another_registry(None) {
            return found;
        }
        let ecr = self.ecr;
        let of_image = ecr.image.missing(format!(
            "image {} of repository {}",
            self.parsed.original, ecr.repository_name
        ));
        let of_repository = ecr
            .repository
            .missing(format!("repository {}", ecr.repository_name));
        Fate::Unknown(of_image.or(of_repository).into_iter().collect())
    }

    fn in_another_registry(self, absence: Option<Absence<'e>>) -> Option<Fate<'e>> {
        let (place, image) = self.ecr.elsewhere.iter().find_map(|place| {
            let image = place.image.seen()?;
            Some((place, image))
        })?;
        let missing = match absence {
            Some(_) => None,
            None => self.ecr.image.missing(format!(
                "image {} of registry {}",
                self.parsed.original, self.ecr.registry
            )),
        };
        Some(Fate::InAnotherRegistry {
            place,
            image,
            absence,
            missing: missing.into_iter().collect(),
        })
    }

    fn elsewhere_unread(self) -> impl Iterator<Item = Missing> {
        self.ecr.elsewhere.iter().filter_map(|place| {
            place.image.missing(format!(
                "the image in registry {} of {}",
                place.registry, place.region
            ))
        })
    }
}
