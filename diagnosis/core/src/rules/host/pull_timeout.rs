//! The image is too large or the way too slow for the pull to finish in time.
//!
//! # What fails
//! The puller gives up on a pull that makes no progress for a while, or takes longer than it may: a large image, a slow
//! way to the layers, or a host that does too much at once.
//!
//! # What the pull says
//! "inactivity time exceeded timeout while pulling image", "Could not transition to pulled; timed out after waiting 2h0m0s",
//! "context deadline exceeded" with no host.
//!
//! # What proves it
//! The text; the size of the image and the time from `pullStartedAt` to `pullStoppedAt` tell how slow it was.
//!
//! # What rules it out
//! A host that the text blames for not answering: then the network is what fails.
//!
//! # What cannot be known
//! How much of the image had arrived.
//!
//! # Remedies
//! A smaller image; on EC2 longer time-outs of the agent; another attempt.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html>

use crate::case::Case;
use crate::case::attempts::Attempt;
use crate::judgement::{Finding, Judgement, Subject};
use crate::names;
use crate::network::PathOutcome;
use crate::observed::{Fact, Missing};
use crate::remedy::{Remedy, Risk, manual};
use crate::stage::Stage;
use crate::stop_reason::StopClass;

const SAYS: &[StopClass] = &[StopClass::PullTimeoutLargeImage];

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let Some(attempt) = case.said(SAYS) else {
        return Vec::new();
    };
    let image = case
        .images
        .iter()
        .find(|image| Some(image.reference) == attempt.image.as_deref());
    let size = image.and_then(|image| {
        let there = image.found()?;
        let size = names::size(there.size_bytes?);
        let fact = there.fact(format!("{} is {size} compressed", image.reference));
        Some((size, fact))
    });
    let took = took(attempt);
    let mut summary = "pull ran out of time".to_owned();
    if let Some(reference) = &attempt.image {
        summary = format!("{summary} for {reference}");
    }
    if let Some((size, _)) = &size {
        summary = format!("{summary} ({size} compressed)");
    }
    if let Some((seconds, _)) = &took {
        summary = format!("{summary} after {seconds} s");
    }
    let broken = case
        .network
        .summary
        .iter()
        .filter(|summary| summary.need.is_of_the_pull())
        .filter_map(|summary| case.network.telling(summary))
        .any(|path| matches!(path.outcome, PathOutcome::Broken(_)));
    let subject = attempt.image.clone().map_or_else(
        || Subject::task_definition(attempt.definition.unwrap_or_default()),
        Subject::image,
    );
    let finding = Finding::observed(attempt.reason.detail.phase.unwrap_or(Stage::Layers), summary)
        .facts([attempt.fact.clone()])
        .facts(size.map(|(_, fact)| fact))
        .facts(took.map(|(_, fact)| fact))
        .missing([Missing::unknowable(
            "how much of the image had arrived",
            "the puller does not tell",
        )])
        .remedies(case.deploy_again(Risk::Low))
        .remedies((case.fargate() == Some(false)).then(longer));
    // A way that is broken explains a pull that never ended as well.
    let judgement = if broken {
        Judgement::Possible(finding)
    } else {
        Judgement::Likely(finding)
    };
    vec![(subject, judgement)]
}

/// How long the pull took, seconds.
fn took(attempt: &Attempt<'_>) -> Option<(i64, Fact)> {
    let task = attempt.task?;
    let (from, to) = (task.pull_started_at?, task.pull_stopped_at?);
    let seconds = to.duration_since(from).as_secs();
    let fact = attempt.fact.clone().saying(format!(
        "the pull took {seconds} s (pullStartedAt to pullStoppedAt)"
    ));
    Some((seconds, fact))
}

fn longer() -> Remedy {
    let mut remedy = manual(
        "longer_pull_timeouts",
        "Give the agent more time to pull",
        Risk::Low,
        "# in /etc/ecs/ecs.config of the container instance, then restart the agent\nECS_IMAGE_PULL_INACTIVITY_TIMEOUT=5m\nECS_IMAGE_PULL_TIMEOUT=3h".to_owned(),
        None,
    );
    remedy.notes.push(
        "Put it into the launch template's user data as well: new instances start without it.".to_owned(),
    );
    remedy
}
