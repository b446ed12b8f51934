//! The manifest's media type or schema cannot be run.
//!
//! # What fails
//! What the reference names is no container image that the puller understands: a manifest of schema 1, a Helm chart, a
//! signature, an index with attestations only, layers in a compression that the runtime does not know.
//!
//! # What the pull says
//! "unsupported manifest media type", "media type … is no longer supported", "encountered remote
//! \"application/vnd.cncf.helm.config.v1+json\"-type manifest when fetching", "mismatched image rootfs and manifest
//! layers".
//!
//! # What proves it
//! `imageManifestMediaType` and `artifactMediaType` of `ecr:DescribeImages`.
//!
//! # What rules it out
//! The media types of an image.
//!
//! # What cannot be known
//! How the layers are compressed, without reading the manifest.
//!
//! # Remedies
//! The image built again and pushed by a current builder; a revision that names the image and not what goes with it.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-manifest-formats.html>

use super::each;
use crate::case::Case;
use crate::case::fate::ImageCase;
use crate::evidence::image::{EcrEvidence, Image};
use crate::judgement::{Finding, Judgement, Subject};
use crate::observed::Missing;
use crate::remedy::{Remedy, Risk, manual};
use crate::stage::Stage;
use crate::stop_reason::StopClass;

const SAYS: &[StopClass] = &[StopClass::ManifestUnsupported, StopClass::PlatformMismatch];

/// Media types of manifests of schema 1, signed and not.
const SCHEMA_1: &[&str] = &[
    "application/vnd.docker.distribution.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v1+prettyjws",
];

/// Media types of the configuration of a container image.
const IMAGE_CONFIGS: &[&str] = &[
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
];

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    each(case, judge_image)
}

fn judge_image(case: &Case<'_>, image: &ImageCase<'_>) -> Judgement {
    let said = case
        .newest_saying(image.reference, SAYS)
        .filter(|attempt| attempt.reason.class == StopClass::ManifestUnsupported);
    let there = image.found();
    let wrong = there.and_then(|there| wrong(image.ecr?, there.value()));
    let stage = said
        .and_then(|attempt| attempt.reason.detail.phase)
        .unwrap_or(Stage::Manifest);
    let finding = |summary: String| {
        Finding::observed(stage, summary)
            .effect(case.effect(Some(image.reference), stage, SAYS))
            .facts(said.map(|attempt| attempt.fact.clone()))
            .remedies(case.roll_back())
            .remedies([rebuild(image.reference)])
    };
    match (there, wrong, said) {
        (Some(there), Some(wrong), _) => Judgement::Confirmed(
            finding(format!("{} is {wrong}, which cannot be run", image.reference)).facts([there.fact(
                format!(
                    "media types of {}: {}",
                    image.reference,
                    media_types(there.value())
                ),
            )]),
        ),
        (_, None, Some(_)) => Judgement::Likely(
            finding(format!(
                "{} has a manifest that the puller does not support, says the puller",
                image.reference
            ))
            .facts(there.map(|there| {
                there.fact(format!(
                    "media types of {}: {}",
                    image.reference,
                    media_types(there.value())
                ))
            }))
            .missing([Missing::unknowable(
                format!("the layers of {}", image.reference),
                "its manifest was not read",
            )]),
        ),
        (Some(there), None, None) => Judgement::RuledOut {
            why: format!("{} has the media types of a container image", image.reference),
            facts: vec![there.fact(format!(
                "media types of {}: {}",
                image.reference,
                media_types(there.value())
            ))],
        },
        _ => Judgement::NotApplicable,
    }
}

/// What an image is that is no image to run; `None` for one that is.
fn wrong(ecr: &EcrEvidence, image: &Image) -> Option<String> {
    let manifest = image.manifest_media_type.as_deref().unwrap_or_default();
    if SCHEMA_1.contains(&manifest) {
        return Some("a manifest of schema 1".to_owned());
    }
    if let Some(artifact) = image.artifact_media_type.as_deref()
        && !IMAGE_CONFIGS.contains(&artifact)
    {
        return Some(match artifact {
            artifact if artifact.contains("helm") => "a Helm chart".to_owned(),
            artifact if artifact.contains("cosign") || artifact.contains("notary") => {
                "a signature".to_owned()
            }
            artifact => format!("an artifact of type {artifact}"),
        });
    }
    // An index of which the platforms were read.
    let platforms = ecr.platforms.value()?;
    (platforms.index && platforms.platforms.is_empty()).then(|| "an index without any image".to_owned())
}

fn media_types(image: &Image) -> String {
    let types = [&image.manifest_media_type, &image.artifact_media_type];
    let types: Vec<&str> = types.into_iter().flatten().map(String::as_str).collect();
    if types.is_empty() {
        "none given".to_owned()
    } else {
        types.join(", ")
    }
}

fn rebuild(reference: &str) -> Remedy {
    manual(
        "build_again",
        "Build and push the image again",
        Risk::Low,
        format!("docker buildx build --tag {reference} --push ."),
        None,
    )
}
