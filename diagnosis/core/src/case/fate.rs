//! What became of each image.

use jiff::Timestamp;

use super::attempts::Attempts;
use crate::evidence::Evidence;
use crate::evidence::ecs::{ContainerDefinition, TaskDefinition};
use crate::evidence::image::{EcrEvidence, Image};
use crate::images::{ImageReference, ReferenceError, Registry};
use crate::observed::{Absence, Missing, Present};

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
    /// It is there now, and was pushed after the failure.
    PushedAfter {
        /// The image.
        image: Present<'e, Image>,
        /// When it was pushed.
        pushed_at: Timestamp,
        /// When the pull had failed.
        failed_at: Timestamp,
    },
    /// It is there, and not to be pulled: `ARCHIVED` or `ACTIVATING`.
    NotActive(Present<'e, Image>),
    /// The repository has no image with this tag.
    TagMissing(Absence<'e>),
    /// The repository has no image with this digest.
    DigestMissing(Absence<'e>),
    /// The registry has no such repository.
    RepositoryMissing(Absence<'e>),
    /// The reference cannot be parsed.
    Invalid,
    /// It is in a registry that was not asked.
    Elsewhere,
    /// It could not be told.
    Unknown(Vec<Missing>),
}

impl ImageCase<'_> {
    /// The registry, where the reference can be parsed.
    pub fn registry(&self) -> Option<&Registry> {
        self.parsed.as_ref().ok().map(|parsed| &parsed.registry)
    }

    /// Whether its repository was looked for and is not there.
    pub fn is_without_repository(&self) -> bool {
        matches!(self.fate, Fate::RepositoryMissing(_))
    }

    /// ARN of its ECR repository.
    pub fn repository_arn(&self, partition: &str) -> Option<String> {
        let ecr = self.ecr?;
        Some(format!(
            "arn:{partition}:ecr:{}:{}:repository/{}",
            ecr.region, ecr.registry, ecr.repository_name
        ))
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
        let failed_at = attempts
            .newest_pull(Some(&container.image))
            .and_then(|attempt| attempt.at);
        let fate = fate(&parsed, ecr, failed_at);
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

fn fate<'e>(
    parsed: &Result<ImageReference, ReferenceError>,
    ecr: Option<&'e EcrEvidence>,
    failed_at: Option<Timestamp>,
) -> Fate<'e> {
    let Ok(parsed) = parsed else { return Fate::Invalid };
    let Some(ecr) = ecr else {
        return match parsed.registry {
            Registry::EcrPrivate { .. } => Fate::Unknown(vec![Missing::unknowable(
                format!("image {}", parsed.original),
                "ECR was not asked about it",
            )]),
            _ => Fate::Elsewhere,
        };
    };
    if let Some(absence) = ecr.repository.absent() {
        return Fate::RepositoryMissing(absence);
    }
    if let Some(image) = ecr.image.seen() {
        if image.status != "ACTIVE" {
            return Fate::NotActive(image);
        }
        return match (image.pushed_at, failed_at) {
            (Some(pushed_at), Some(failed_at)) if pushed_at > failed_at => Fate::PushedAfter {
                image,
                pushed_at,
                failed_at,
            },
            _ => Fate::There(image),
        };
    }
    // Images are absent from a repository that does not exist, too: only one that was seen lacks a tag.
    if let Some(absence) = ecr.image.absent() {
        return match ecr
            .repository
            .missing(format!("repository {}", ecr.repository_name))
        {
            Some(missing) => Fate::Unknown(vec![missing]),
            None if parsed.digest.is_some() => Fate::DigestMissing(absence),
            None => Fate::TagMissing(absence),
        };
    }
    let what = format!("image {} of repository {}", parsed.original, ecr.repository_name);
    Fate::Unknown(ecr.image.missing(what).into_iter().collect())
}
