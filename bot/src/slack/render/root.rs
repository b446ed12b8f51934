//! The one message in the channel: who asked about what, and then, in the same place, the verdict.

use diagnosis::report::{CauseReport, Outcome};
use diagnosis::{Confidence, Effect, Report};

use super::impact::impact;
use super::line::Line;
use super::message::Message;

/// Who wanted to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asker {
    /// A person, by Slack id.
    Person(String),
    /// An alarm.
    Alarm,
}

fn asks(asker: &Asker) -> Line {
    match asker {
        Asker::Person(id) => Line::new().user(id).text(" asks"),
        Asker::Alarm => Line::new().text("An alarm asks"),
    }
}

/// Before anything is known of a task that is to be started.
pub fn preflight_placeholder(target: &str, asker: &Asker) -> Message {
    let summary = format!("Checking whether {target} would pull its images");
    Message::new(summary).lines(vec![asks(asker).text(" whether ").code(target).text(
        " would pull its images. Looking; the answer comes here, what it rests on in the thread.",
    )])
}

/// Before anything is known.
pub fn root_placeholder(target: &str, asker: &Asker) -> Message {
    let summary = format!("Looking into why {target} cannot pull its image");
    Message::new(summary).lines(vec![asks(asker).text(" why ").code(target).text(
        " cannot pull its image. Looking; the answer comes here, what proves it in the thread.",
    )])
}

/// The verdict.
pub fn root(report: &Report, asker: &Asker) -> Message {
    let by = match asker {
        Asker::Person(id) => Line::new().text("asked by ").user(id),
        Asker::Alarm => Line::new(),
    };
    let mut lines = verdict(report);
    match lines.pop() {
        Some(last) => lines.push(last.then(" · ", by)),
        None => lines.push(by),
    }
    Message::new(summary(report)).lines(lines)
}

/// The verdict's lines: state and headline; what else stands in the way; what it means. The last one is the impact,
/// which may be empty.
pub fn verdict(report: &Report) -> Vec<Line> {
    let mut lines = vec![
        Line::new()
            .text(format!("{} ", mark(report)))
            .bold(&report.headline),
    ];
    if report.impact.rollback_in_progress {
        lines.push(
            Line::new()
                .text("ECS is rolling back by itself: wait until it is done before changing anything."),
        );
    }
    if let Some(next) = first_with(report, Effect::Next) {
        lines.push(Line::new().text("Next after that: ").text(&next.summary));
    }
    if mark(report) == UNCERTAIN {
        lines.extend(unchecked(report));
    }
    lines.push(impact(report));
    lines
}

/// What a lock screen shows: the verdict and what it means, without a name.
pub(super) fn summary(report: &Report) -> String {
    let lines = verdict(report);
    lines
        .iter()
        .filter(|line| !line.is_empty())
        .map(Line::plain)
        .collect::<Vec<_>>()
        .join("\n")
}

const CERTAIN: &str = "🔴";
pub(super) const UNCERTAIN: &str = "🟡";
const OTHER: &str = "⚪";
const FINE: &str = "🟢";

/// The state mark. Red only where the cause is proved.
pub(super) fn mark(report: &Report) -> &'static str {
    match report.outcome {
        Outcome::PullFailure => match first_with(report, Effect::Observed) {
            Some(cause) if cause.confidence == Confidence::Confirmed => CERTAIN,
            _ => UNCERTAIN,
        },
        Outcome::Inconclusive => UNCERTAIN,
        Outcome::OtherFailure | Outcome::TargetNotFound => OTHER,
        Outcome::NoFailure | Outcome::WouldPull => FINE,
        Outcome::WouldFail => CERTAIN,
    }
}

/// The most important cause of this effect.
pub(super) fn first_with(report: &Report, effect: Effect) -> Option<&CauseReport> {
    report.causes.iter().find(|cause| cause.effect == effect)
}

/// The first thing that could not be checked, where the headline does not say it already.
fn unchecked(report: &Report) -> Option<Line> {
    let missing = super::findings::missing(report);
    let first = missing
        .first()
        .filter(|first| !report.headline.contains(&first.what))?;
    let line = Line::new()
        .text("Could not check: ")
        .text(&first.what)
        .text(" (")
        .text(&first.why)
        .text(")");
    Some(match missing.len() {
        1 => line,
        several => line.text(format!(" and {} more", several - 1)),
    })
}
