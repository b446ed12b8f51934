//! No space left while pulling.
//!
//! # What fails
//! Layers are extracted to the task's ephemeral storage (Fargate: 20 GiB unless the task definition asks for more) or to
//! the container instance's volume, and it is full.
//!
//! # What the pull says
//! "CannotPullContainerError: … failed to register layer … no space left on device".
//!
//! # What proves it
//! The text. The sizes ECR tells are of compressed layers: an image whose compressed size alone exceeds the storage
//! cannot fit.
//!
//! # What rules it out
//! A failure that proves that another stage was not passed.
//!
//! # What cannot be known
//! How large the image is once extracted, and what else fills an instance's volume.
//!
//! # Remedies
//! A revision with more `ephemeralStorage` (Fargate); a larger volume, or image cleanup, on the instance; a smaller
//! image.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html>

use crate::case::Case;
use crate::case::attempts::Attempt;
use crate::case::fate::{Fate, ImageCase};
use crate::judgement::{Finding, Judgement, Subject};
use crate::names;
use crate::observed::{Fact, Missing};
use crate::remedy::{Remedy, Risk};
use crate::stage::Stage;
use crate::stop_reason::StopClass;

const SAYS: &[StopClass] = &[StopClass::DiskFull];
/// Fargate's ephemeral storage where the task definition names none, GiB.
const FARGATE_DEFAULT_GIB: u32 = 20;
const GIB: u64 = 1 << 30;

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let Some(attempt) = case.said(SAYS) else {
        return case
            .images
            .iter()
            .filter_map(|image| too_large(case, image))
            .collect();
    };
    let fargate = case.fargate();
    let reference = attempt.image.clone();
    let image = case
        .images
        .iter()
        .find(|image| Some(image.reference) == reference.as_deref());
    let (size, size_fact) = image.and_then(size).unzip();
    let storage = storage(case, fargate);
    let on = match (fargate, storage.as_ref()) {
        (Some(true), Some((gib, _))) => format!("the task's {gib} GiB of ephemeral storage"),
        _ => "the container instance's disk".to_owned(),
    };
    let mut summary = format!("no space left on {on} while pulling");
    if let Some(reference) = &reference {
        summary = format!("{summary} {reference}");
    }
    if let Some(size) = size {
        summary = format!("{summary} ({} compressed)", names::size(size));
    }
    let subject = match (
        fargate,
        attempt.task.and_then(|task| task.container_instance.as_deref()),
    ) {
        (Some(false), Some(instance)) => Subject::new(crate::judgement::SubjectKind::Instance, instance),
        _ => reference.map_or_else(
            || Subject::task_definition(attempt.definition.unwrap_or_default()),
            Subject::image,
        ),
    };
    let finding = Finding::observed(Stage::Unpack, summary)
        .facts([attempt.fact.clone()])
        .facts(size_fact)
        .facts(storage.map(|(_, fact)| fact))
        .missing([Missing::unknowable(
            "the size of the image once extracted",
            "ECR tells compressed sizes only",
        )])
        .remedies(
            case.definition
                .filter(|_| fargate == Some(true))
                .map(|_| more_storage(case)),
        )
        .remedies(drain(case, attempt))
        .remedies(case.roll_back());
    vec![(subject, Judgement::Likely(finding))]
}

/// An image whose compressed size alone exceeds Fargate's storage.
fn too_large(case: &Case<'_>, image: &ImageCase<'_>) -> Option<(Subject, Judgement)> {
    let (gib, storage) = storage(case, case.fargate())?;
    let (size, fact) = size(image)?;
    if size < u64::from(gib) * GIB {
        return None;
    }
    let summary = format!(
        "{} is {} compressed, more than the task's {gib} GiB of ephemeral storage",
        image.reference,
        names::size(size)
    );
    let finding = Finding::observed(Stage::Unpack, summary)
        .effect(case.effect(Some(image.reference), Stage::Unpack, SAYS))
        .facts([fact, storage])
        .remedies(case.definition.map(|_| more_storage(case)));
    Some((Subject::image(image.reference), Judgement::Confirmed(finding)))
}

fn size(image: &ImageCase<'_>) -> Option<(u64, Fact)> {
    let (Fate::There(there) | Fate::PushedAfter { image: there, .. }) = &image.fate else {
        return None;
    };
    let size = there.size_bytes?;
    Some((
        size,
        there.fact(format!("{} is {} compressed", image.reference, names::size(size))),
    ))
}

/// Fargate's ephemeral storage for the task, GiB.
fn storage(case: &Case<'_>, fargate: Option<bool>) -> Option<(u32, Fact)> {
    let definition = case.definition.filter(|_| fargate == Some(true))?;
    let gib = definition.ephemeral_storage_gib.unwrap_or(FARGATE_DEFAULT_GIB);
    let by = if definition.ephemeral_storage_gib.is_some() {
        "ephemeralStorage"
    } else {
        "Fargate's default"
    };
    Some((
        gib,
        definition.fact(format!("{} has {gib} GiB of storage ({by})", definition.name())),
    ))
}

/// No more tasks on the instance that is full: another one may have room.
fn drain(case: &Case<'_>, attempt: &Attempt<'_>) -> Option<Remedy> {
    let instance = attempt.task?.container_instance.as_deref()?;
    let mut remedy = super::agent_disconnected::drain(case, instance);
    remedy.notes.push(
        "To make room on it: docker system prune --all, a bigger volume, or images cleaned up sooner (ECS_IMAGE_CLEANUP_INTERVAL, ECS_IMAGE_MINIMUM_CLEANUP_AGE)."
            .to_owned(),
    );
    Some(remedy)
}

fn more_storage(case: &Case<'_>) -> Remedy {
    let terraform =
        "resource \"aws_ecs_task_definition\" \"…\" {\n  # …\n  ephemeral_storage { size_in_gib = 50 }\n}";
    let edit = "set ephemeralStorage.sizeInGiB to 50";
    case.revise(
        "more_ephemeral_storage",
        "More ephemeral storage",
        Risk::Low,
        edit,
        Some(terraform),
    )
}
