//! The one sentence on top.

use super::CauseReport;
use crate::case::Case;
use crate::case::attempts::Attempt;
use crate::case::situation::{Healthy, Situation};
use crate::evidence::short;
use crate::judgement::{Confidence, Effect};
use crate::names;

/// One sentence that names the cause.
pub(super) fn headline(case: &Case<'_>, situation: &Situation<'_, '_>, causes: &[CauseReport]) -> String {
    let target = &case.evidence.target;
    let name = target.name();
    match situation {
        Situation::NotFound => not_found(case),
        Situation::PullFailure => match causes.iter().find(|cause| cause.effect == Effect::Observed) {
            Some(cause) if cause.confidence == Confidence::Possible => {
                format!("{name} cannot pull its image: possibly {}", cause.summary)
            }
            Some(cause) => format!("{name} cannot pull its image: {}", cause.summary),
            None => match case.attempts.newest_pull(None) {
                Some(attempt) => format!(
                    "{name} cannot pull its image, and why could not be settled: {}",
                    doing(attempt)
                ),
                None => format!("{name} cannot pull its image, and why could not be settled"),
            },
        },
        Situation::OtherFailure(attempt) if ran(attempt) => {
            format!(
                "{name} pulls its images; its tasks stop for another reason: {}",
                other(attempt)
            )
        }
        Situation::OtherFailure(attempt) => format!(
            "{name} starts no task, for another reason than a failed pull: {}",
            other(attempt)
        ),
        Situation::CannotStart => match causes.first() {
            Some(cause) => format!(
                "{name} starts no task, so that nothing is pulled: {}",
                cause.summary
            ),
            None => format!("{name} starts no task, so that nothing is pulled"),
        },
        Situation::Healthy(Healthy::Steady) => match case.service() {
            Some(service) => format!(
                "{name} is healthy: {} of {} tasks run",
                service.running, service.desired
            ),
            None => format!("{name} is healthy: no failed pull is known and its tasks run"),
        },
        Situation::Healthy(Healthy::Recovered { failure, since, .. }) => {
            let why = causes
                .first()
                .map(|cause| format!(": {}", cause.summary))
                .unwrap_or_default();
            format!(
                "{name} pulls again since {}; the last failed pull was {}{why}",
                names::clock(*since),
                failure
                    .at
                    .map_or_else(|| "earlier".to_owned(), |at| format!("at {}", names::clock(at)))
            )
        }
        Situation::Healthy(Healthy::RolledBack { failure, serving }) => {
            let failed = failure.definition.map(short).unwrap_or_default();
            let why = causes.iter().find(|cause| cause.effect == Effect::Observed);
            let why = why
                .map(|cause| format!(": {}", cause.summary))
                .unwrap_or_default();
            format!(
                "{name} runs on {} again; {failed} could not pull its image{why}",
                short(serving)
            )
        }
        Situation::Inconclusive(missing) => match (sure(causes), missing.first()) {
            (Some(cause), _) => format!("{name} does not start its tasks: {}", cause.summary),
            (None, Some(missing)) => format!(
                "why {name} fails cannot be told: could not check {} ({})",
                missing.what, missing.why
            ),
            (None, None) => format!("whether {name} fails cannot be told"),
        },
    }
}

/// A cause that explains tasks which neither run nor fail.
fn sure(causes: &[CauseReport]) -> Option<&CauseReport> {
    causes
        .iter()
        .find(|cause| cause.effect == Effect::Observed && cause.confidence == Confidence::Confirmed)
}

pub(super) fn not_found(case: &Case<'_>) -> String {
    let evidence = case.evidence;
    let target = &evidence.target;
    let place = format!(
        "{}, {}",
        target.account.as_deref().unwrap_or("this account"),
        target.region
    );
    let (what, wanted, known) = if evidence.cluster.value().is_some() {
        let what = format!(
            "nothing called {} exists in cluster {}",
            target.asked, target.cluster
        );
        (what, target.asked.as_str(), &evidence.service_names)
    } else {
        (
            format!("cluster {} does not exist in {place}", target.cluster),
            target.cluster.as_str(),
            &evidence.cluster_names,
        )
    };
    did_you_mean(&what, short(wanted), known.items())
}

/// `what` is not there; the nearest name that is, and others.
pub(super) fn did_you_mean(what: &str, wanted: &str, known: &[String]) -> String {
    let close = names::closest(wanted, known, 1);
    let others: Vec<&str> = known
        .iter()
        .map(String::as_str)
        .filter(|name| !close.iter().any(|other| other == name))
        .take(5)
        .collect();
    match (close.first(), others.is_empty()) {
        (Some(close), true) => format!("{what}; did you mean {close}?"),
        (Some(close), false) => format!("{what}; did you mean {close}? (others: {})", others.join(", ")),
        (None, false) => format!("{what}; there are {}", others.join(", ")),
        (None, true) => what.to_owned(),
    }
}

fn doing(attempt: &Attempt<'_>) -> String {
    match attempt.reason.detail.phase {
        Some(phase) => format!("it fails while {}", phase.doing()),
        None => "the failure's text does not say where".to_owned(),
    }
}

/// Whether the task ran before it stopped: then its images were pulled.
fn ran(attempt: &Attempt<'_>) -> bool {
    attempt.task.is_some_and(|task| {
        let exited = task
            .containers
            .iter()
            .any(|container| container.exit_code.is_some());
        task.started_at.is_some() || exited
    })
}

fn other(attempt: &Attempt<'_>) -> String {
    let exit = attempt.task.and_then(|task| {
        task.containers
            .iter()
            .find_map(|container| match container.exit_code {
                Some(code) if code != 0 => {
                    Some(format!(" (container {} exited with {code})", container.name))
                }
                _ => None,
            })
    });
    format!(
        "{}{}",
        names::at_most(&attempt.text, 300),
        exit.unwrap_or_default()
    )
}
