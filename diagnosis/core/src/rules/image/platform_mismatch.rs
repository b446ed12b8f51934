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
//! `runtimePlatform` (Fargate's default is Linux on X86_64), or against the container instance's attributes. Windows images
//! must have the build of the host too; from Windows Server 2022 on, newer hosts run older images.
//!
//! # What rules it out
//! An index with the wanted platform. A single image for another platform pulls fine and dies with "exec format error":
//! that is no failed pull.
//!
//! # What cannot be known
//! Which image a failed task asked for, where the registry has one now that would be taken. Reading a manifest records a
//! pull, so it is read only where the platform is in question.
//!
//! # Remedies
//! Back to the last revision that ran; an image built for the platform; or, on Fargate, `runtimePlatform` set to what the
//! image has.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html>,
//! <https://github.com/opencontainers/image-spec/blob/main/image-index.md>

use crate::case::Case;
use crate::case::attempts::Attempt;
use crate::case::fate::ImageCase;
use crate::case::platform::{fits, wanted};
use crate::evidence::image::{Platform, Platforms};
use crate::judgement::{Finding, Judgement, Subject};
use crate::names;
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
    if platforms.index && platforms.platforms.is_empty() {
        // For no platform is made what is no image: that is a cause of its own.
        return Judgement::NotApplicable;
    }
    let listed: Vec<String> = platforms.platforms.iter().map(ToString::to_string).collect();
    let listed = listed.join(", ");
    let fact = platforms.fact(format!("{} is made for {listed}", image.reference));
    if platforms.platforms.iter().any(|made_for| fits(made_for, wanted)) {
        let is = format!("made for {wanted}");
        return not_now(image, said, &is, case.deploy_again(Risk::Low), fact);
    }
    if !platforms.index {
        let is = format!("a single image for {listed}: it pulls, and would fail to start on {wanted}");
        return not_now(image, said, &is, None, fact);
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
        .remedies([rebuild(image.reference, wanted)])
        .remedies(run_there(case, wanted, platforms.value())),
    )
}

/// What the registry has now would be taken: that rules the cause out, unless a failure said so and things changed since.
fn not_now(
    image: &ImageCase<'_>,
    said: Option<&Attempt<'_>>,
    is: &str,
    remedy: Option<Remedy>,
    fact: Fact,
) -> Judgement {
    let Some(attempt) = said else {
        return Judgement::RuledOut {
            why: format!("{} is {is}", image.reference),
            facts: vec![fact],
        };
    };
    let had_none = format!(
        "{} had no image for the task's platform when the pull failed, said the registry",
        image.reference
    );
    let pushed = image.ecr.and_then(|ecr| ecr.image.seen()).and_then(|now| {
        let at = now
            .pushed_at
            .filter(|at| attempt.at.is_some_and(|failed| *at > failed))?;
        Some((at, now))
    });
    let finding = |summary: String| {
        Finding::observed(Stage::Manifest, summary).facts([attempt.fact.clone(), fact.clone()])
    };
    Judgement::Likely(match pushed {
        Some((at, now)) => finding(format!(
            "{had_none}; it was pushed again at {}, and is {is}",
            names::clock(at)
        ))
        .facts([now.fact(format!("{} was pushed at {at}", image.reference))])
        .remedies(remedy),
        None => finding(format!("{had_none}; it is {is} now")).missing([Missing::unknowable(
            "which image the failed task asked for",
            "what the registry has now would be taken, and no push since the failure is known",
        )]),
    })
}

/// Where only the CPU architecture is another, and Fargate has machines of it.
fn run_there(case: &Case<'_>, wanted: &Platform, made_for: &Platforms) -> Option<Remedy> {
    if case.fargate() != Some(true) || wanted.os != "linux" {
        return None;
    }
    let architectures = [("arm64", "ARM64"), ("amd64", "X86_64")];
    let (_, architecture) = architectures.into_iter().find(|(name, _)| {
        let there = Platform {
            architecture: (*name).to_owned(),
            ..wanted.clone()
        };
        made_for.platforms.iter().any(|made_for| fits(made_for, &there))
    })?;
    Some(case.revise(
        "run_on_architecture",
        &format!("Run on {architecture}"),
        Risk::Medium,
        &format!("set runtimePlatform.cpuArchitecture to {architecture}"),
        Some(&format!(
            "runtime_platform {{\n  operating_system_family = \"LINUX\"\n  cpu_architecture        = \"{architecture}\"\n}}"
        )),
    ))
}

fn rebuild(reference: &str, wanted: &Platform) -> Remedy {
    let cli = format!(
        "docker buildx build --platform {}/{} --tag {reference} --push .",
        wanted.os, wanted.architecture
    );
    manual(
        "build_for_platform",
        &format!("Build for {wanted}"),
        Risk::Low,
        cli,
        None,
    )
}
