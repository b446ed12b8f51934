//! The image has no variant for the task's operating system and CPU architecture.
//!
//! # What fails
//! The reference resolves to an index of several images, and none of them is made for the platform the task runs on.
//!
//! # What the pull says
//! "CannotPullContainerError: … image Manifest does not contain descriptor matching platform 'linux/amd64'", or "no
//! matching manifest for … in the manifest list entries".
//!
//! # What proves it
//! The platforms of the index, without attestations (`unknown/unknown`), against the task definition's
//! `runtimePlatform` (Fargate's default is Linux on X86_64), or against the container instance's attributes.
//!
//! # What rules it out
//! An index with the wanted platform. A single image for another platform pulls fine and dies with "exec format error":
//! that is no failed pull.
//!
//! # What cannot be known
//! Nothing, once the manifest may be read. Reading it records a pull, so it is read only where the platform is in
//! question.
//!
//! # Remedies
//! Back to the last revision that ran; an image built for the platform; or `runtimePlatform` set to what the image has.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html>,
//! <https://github.com/opencontainers/image-spec/blob/main/image-index.md>

use crate::case::Case;
use crate::case::fate::ImageCase;
use crate::evidence::image::Platform;
use crate::judgement::{Finding, Judgement, Subject};
use crate::observed::{Fact, Missing};
use crate::remedy::{Remedy, Risk, manual};
use crate::stage::Stage;
use crate::stop_reason::StopClass;

const SAYS: &[StopClass] = &[StopClass::PlatformMismatch];

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    case.images
        .iter()
        .map(|image| (Subject::image(image.reference), judge_image(case, image)))
        .collect()
}

fn judge_image(case: &Case<'_>, image: &ImageCase<'_>) -> Judgement {
    let said = case.newest_saying(image.reference, SAYS);
    let seen = image.ecr.and_then(|ecr| ecr.platforms.seen());
    let wanted = wanted(case);
    let (Some(platforms), Some((wanted, ground))) = (seen, &wanted) else {
        let Some(attempt) = said else {
            return Judgement::NotApplicable;
        };
        let missing = image
            .ecr
            .and_then(|ecr| {
                ecr.platforms
                    .missing(format!("platforms of image {}", image.reference))
            })
            .unwrap_or_else(|| {
                Missing::unknowable(
                    format!("platforms of image {}", image.reference),
                    "its registry was not asked",
                )
            });
        return Judgement::Likely(
            Finding::observed(
                Stage::Manifest,
                format!(
                    "{} has no image for the task's platform, says the registry",
                    image.reference
                ),
            )
            .facts([attempt.fact.clone()])
            .missing([missing])
            .remedies(case.roll_back()),
        );
    };
    let listed: Vec<String> = platforms.platforms.iter().map(ToString::to_string).collect();
    let listed = if listed.is_empty() {
        "no platform at all".to_owned()
    } else {
        listed.join(", ")
    };
    let fact = platforms.fact(format!("{} is made for {listed}", image.reference));
    if platforms.platforms.iter().any(|platform| fits(platform, wanted)) {
        return Judgement::RuledOut {
            why: format!("{} is made for {wanted}", image.reference),
            facts: vec![fact],
        };
    }
    if !platforms.index {
        return Judgement::RuledOut {
            why: format!(
                "{} is a single image for {listed}: it pulls, and would fail to start on {wanted}",
                image.reference
            ),
            facts: vec![fact],
        };
    }
    Judgement::Confirmed(
        Finding::observed(
            Stage::Manifest,
            format!(
                "{} has no image for {wanted}; it is made for {listed}",
                image.reference
            ),
        )
        .effect(case.effect(Some(image.reference), Stage::Manifest, SAYS))
        .facts(said.map(|attempt| attempt.fact.clone()))
        .facts([fact, ground.clone()])
        .remedies(case.roll_back())
        .remedies([rebuild(image.reference, wanted)]),
    )
}

/// The platform the task runs on, and how it is known.
pub(crate) fn wanted(case: &Case<'_>) -> Option<(Platform, Fact)> {
    let definition = case.definition?;
    let name = definition.name();
    let architecture = definition.cpu_architecture.as_deref();
    let os = definition.os_family.as_deref();
    if case.fargate() == Some(true) || architecture.is_some() && os.is_some() {
        let os = if os.is_some_and(|os| os.starts_with("WINDOWS")) {
            "windows"
        } else {
            "linux"
        };
        let architecture = if architecture == Some("ARM64") {
            "arm64"
        } else {
            "amd64"
        };
        let platform = Platform {
            os: os.to_owned(),
            architecture: architecture.to_owned(),
            variant: None,
            os_version: None,
            digest: None,
        };
        let fact = definition.fact(format!("{name} runs on {platform} (runtimePlatform)"));
        return Some((platform, fact));
    }
    case.evidence
        .instances
        .iter()
        .filter_map(crate::observed::Observed::seen)
        .find_map(|instance| {
            let os = instance.os_type.clone()?;
            let architecture = match instance.cpu_architecture.as_deref()? {
                "x86_64" => "amd64",
                other => other,
            };
            let platform = Platform {
                os,
                architecture: architecture.to_owned(),
                variant: None,
                os_version: None,
                digest: None,
            };
            let fact = instance.fact(format!("the container instance is {platform}"));
            Some((platform, fact))
        })
}

pub(crate) fn fits(platform: &Platform, wanted: &Platform) -> bool {
    platform.os == wanted.os && platform.architecture == wanted.architecture
}

fn rebuild(reference: &str, wanted: &Platform) -> Remedy {
    let cli = format!("docker buildx build --platform {wanted} --tag {reference} --push .");
    manual(
        "build_for_platform",
        &format!("Build for {wanted}"),
        Risk::Low,
        cli,
        None,
    )
}
