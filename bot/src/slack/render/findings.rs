//! The message in the thread: what happened, what proves it, what stands in the way next, what could not be checked,
//! and what can be done.

use std::collections::BTreeSet;

use diagnosis::report::{CauseReport, CheckStatus, Evidence};
use diagnosis::{Confidence, Effect, Missing, Report};
use jiff::Timestamp;

use super::buttons::{Button, Verb, value};
use super::impact::{names, shared};
use super::line::Line;
use super::message::Message;
use super::root::{UNCERTAIN, first_with, mark, summary, verdict};
use diagnosis::remedy::{Mode, Remedy, Risk};

/// Most lines of a section; the details show the rest.
const HAPPENED: usize = 6;
const PROOFS: usize = 8;
const UNCHECKED: usize = 5;
const REMEDIES: usize = 4;

/// What the buttons of a findings message refer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Controls {
    /// Handle of what the bot keeps about this diagnosis.
    pub handle: String,
}

/// How far the reading of change events is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum History {
    /// Still being read: CloudTrail answers two requests a second.
    Pending,
    /// All there is.
    Read,
}

/// The findings. With `headed` the verdict stands on top: there is no message in the channel that says it.
pub fn findings(report: &Report, headed: bool, history: History, controls: Option<&Controls>) -> Message {
    let mut message = Message::new(summary(report));
    if headed {
        message = message.lines(verdict(report));
    }
    message = happened(message, report);
    message = proofs(message, report);
    message = next(message, report);
    message = affected(message, report);
    message = unchecked(message, report);
    if let Some(controls) = controls {
        message = message.buttons(buttons(report, controls));
    }
    message.footer(&footer(report, history))
}

fn happened(message: Message, report: &Report) -> Message {
    let now = report.observed_at;
    let skip = report.timeline.len().saturating_sub(HAPPENED);
    let mut items: Vec<Line> = report
        .timeline
        .iter()
        .skip(skip)
        .map(|entry| Line::new().time(entry.at, now).text(" ").text(&entry.what))
        .collect();
    let mut lines = Vec::new();
    if let Some(failure) = &report.failure {
        let mut line = match failure.count {
            1 => Line::new().text("One attempt failed"),
            several => Line::new().text(format!("{several} attempts failed alike")),
        };
        if let Some(last) = failure.last_seen {
            line = line
                .text(if failure.count == 1 {
                    " at "
                } else {
                    ", the last at "
                })
                .when(last, now);
        }
        if let Some(container) = &failure.container {
            line = line.text(", container ").code(container);
        }
        if let Some(image) = &failure.image {
            line = line.text(", image ").code(image);
        }
        lines.push(line);
        if report.causes.is_empty() {
            items.push(Line::new().text("what ECS says: ").code(&failure.message));
        }
    }
    message.list("What happened", lines, items, HAPPENED + 1)
}

/// The evidence of every cause that explains the failure.
fn proofs(mut message: Message, report: &Report) -> Message {
    let now = report.observed_at;
    for (at, cause) in report
        .causes
        .iter()
        .filter(|cause| cause.effect == Effect::Observed)
        .enumerate()
    {
        let heading = match cause.confidence {
            Confidence::Confirmed => "What proves it",
            Confidence::Likely => "What speaks for it (likely, not proved)",
            Confidence::Possible => "What fits it (possible, not proved)",
        };
        let (heading, lines) = match at {
            0 => (heading, Vec::new()),
            // The headline names the first cause only.
            _ => (
                "Also a cause",
                vec![Line::new().text(&cause.summary).text(sureness(cause))],
            ),
        };
        let most = if at == 0 { PROOFS } else { 3 };
        message = message.list(
            heading,
            lines,
            cause.evidence.iter().map(|fact| proof(fact, now)).collect(),
            most,
        );
    }
    message
}

fn proof(evidence: &Evidence, now: Timestamp) -> Line {
    Line::new()
        .text(&evidence.fact)
        .text("  ")
        .time(evidence.observed_at, now)
        .text(" ")
        .code(&evidence.call)
        .then(" ", Line::new().link("open", evidence.link.as_deref()))
}

/// What bites once this is fixed, and what broke meanwhile.
fn next(mut message: Message, report: &Report) -> Message {
    for (effect, heading) in [
        (Effect::Next, "Next after that"),
        (Effect::Since, "Broken since the failure"),
    ] {
        let items = report
            .causes
            .iter()
            .filter(|cause| cause.effect == effect)
            .map(|cause| {
                let link = cause.evidence.iter().find_map(|fact| fact.link.as_deref());
                Line::new()
                    .text(&cause.summary)
                    .text(sureness(cause))
                    .then(" ", Line::new().link("open", link))
            })
            .collect();
        message = message.list(heading, Vec::new(), items, 3);
    }
    message
}

fn sureness(cause: &CauseReport) -> &'static str {
    match cause.confidence {
        Confidence::Confirmed => "",
        Confidence::Likely => " (likely)",
        Confidence::Possible => " (possible)",
    }
}

fn affected(message: Message, report: &Report) -> Message {
    let blast = &report.blast_radius;
    let mut items = Vec::new();
    if !blast.services.is_empty() {
        items.push(Line::new().text("services: ").text(names(&blast.services)));
    }
    if !blast.task_definitions.is_empty() {
        items.push(
            Line::new()
                .text("task definitions: ")
                .text(names(&blast.task_definitions)),
        );
    }
    if items.is_empty() {
        return message;
    }
    match shared(report) {
        Some(shared) => {
            items.push(Line::new().text(format!("all have the same {shared}")));
            items.push(Line::new().text(format!("tasks that run with it: {}", blast.running_siblings)));
        }
        None => items.push(
            Line::new()
                .text("no image, role, subnet or instance is the same in all: they need not fail alike"),
        ),
    }
    message.list("Who else cannot pull", Vec::new(), items, 4)
}

fn unchecked(message: Message, report: &Report) -> Message {
    let items = missing(report)
        .iter()
        .map(|missing| {
            let line = Line::new().text(&missing.what).text(": ").text(&missing.why);
            match &missing.action {
                Some(action) if !missing.why.contains(action.as_str()) => line.text("; needs ").code(action),
                _ => line,
            }
        })
        .collect();
    message.list("Could not check", Vec::new(), items, UNCHECKED)
}

/// What was not had, each thing once: what the causes lack first.
pub(super) fn missing(report: &Report) -> Vec<&Missing> {
    let of_causes = report.causes.iter().flat_map(|cause| &cause.missing);
    let of_unknown = report.unknown.iter().flat_map(|unknown| &unknown.missing);
    let mut seen = BTreeSet::new();
    of_causes
        .chain(of_unknown)
        .filter(|missing| seen.insert(*missing))
        .collect()
}

fn buttons(report: &Report, controls: &Controls) -> Vec<Button> {
    let handle = &controls.handle;
    let mut buttons: Vec<Button> = offered(report)
        .into_iter()
        .take(REMEDIES)
        .enumerate()
        .map(|(at, remedy)| {
            let button = Button::new(Verb::Plan, &remedy.title, value(handle, Some(&remedy.id)));
            let safest = at == 0 && remedy.mode == Mode::Automatic && remedy.risk == Risk::Low;
            if safest && !report.impact.rollback_in_progress {
                button.primary()
            } else {
                button
            }
        })
        .collect();
    buttons.push(Button::new(Verb::Details, "Show everything", value(handle, None)));
    if mark(report) == UNCERTAIN || !missing(report).is_empty() {
        buttons.push(Button::new(Verb::HandOver, "Hand over", value(handle, None)));
    }
    buttons.push(Button::new(Verb::Again, "Look again", value(handle, None)));
    buttons
}

/// Remedies worth a button: what a button can apply first. Where the cause is merely possible a fix is a gamble, and
/// stays in the details.
fn offered(report: &Report) -> Vec<&Remedy> {
    let gamble =
        first_with(report, Effect::Observed).is_none_or(|cause| cause.confidence == Confidence::Possible);
    if gamble {
        return Vec::new();
    }
    let (automatic, manual): (Vec<_>, Vec<_>) = report
        .remedies
        .iter()
        .partition(|remedy| remedy.mode == Mode::Automatic);
    automatic.into_iter().chain(manual).collect()
}

fn footer(report: &Report, history: History) -> String {
    let mut parts = Vec::new();
    let open: Vec<&str> = report
        .checks
        .iter()
        .filter(|check| check.status == CheckStatus::Unknown)
        .map(|check| check.title.as_str())
        .collect();
    if !report.checks.is_empty() {
        let all = report.checks.len();
        parts.push(format!("Checked {} of {all} steps", all - open.len()));
    }
    let causes: BTreeSet<_> = report.ruled_out.iter().map(|ruled_out| ruled_out.cause).collect();
    if !causes.is_empty() {
        parts.push(format!("ruled out {}", count(causes.len(), "cause")));
    }
    parts.push(match missing(report).len() {
        0 if !open.is_empty() => format!("could not check {}", open.join(", ").to_lowercase()),
        0 if report.unknown.is_empty() && mark(report) != UNCERTAIN => "nothing left unchecked".to_owned(),
        0 => "see what could not be settled".to_owned(),
        several => format!("{several} left unchecked"),
    });
    if history == History::Pending {
        parts.push("change events are still being read".to_owned());
    }
    let tenths = report.cost.elapsed_ms.div_ceil(100);
    parts.push(format!(
        "{}, {}.{} s",
        count(
            usize::try_from(report.cost.aws_calls).unwrap_or(usize::MAX),
            "AWS call"
        ),
        tenths / 10,
        tenths % 10
    ));
    parts.join(" · ")
}

fn count(number: usize, thing: &str) -> String {
    if number == 1 {
        format!("1 {thing}")
    } else {
        format!("{number} {thing}s")
    }
}
