//! What a failure means: who still serves, since when, who else.

use diagnosis::Report;
use jiff::Timestamp;

use super::line::{Line, cut};

/// Most names in an enumeration within a line.
const NAMES: usize = 3;

/// `0 of 2 tasks running · revision payments:41 still serves · failing since 14:03 (9 attempts)`.
pub(super) fn impact(report: &Report) -> Line {
    let separator = " · ";
    let now = report.observed_at;
    let mut line = running(report);
    line = line.then(separator, also_down(report));
    let first = report
        .failures
        .iter()
        .filter_map(|failure| failure.first_seen)
        .min();
    let attempts: u32 = report.failures.iter().map(|failure| failure.count).sum();
    if let (Some(first), true) = (first, is_failing(report)) {
        line = line.then(separator, failing_since(first, attempts, now));
    }
    line
}

fn running(report: &Report) -> Line {
    let impact = &report.impact;
    let mut line = match (impact.running, impact.desired) {
        (Some(running), Some(desired)) => Line::new().text(format!("{running} of {desired} tasks running")),
        _ => Line::new(),
    };
    if let (Some(serving), true) = (
        &impact.serving_revision,
        impact.running.is_some_and(|running| running > 0),
    ) {
        let word = if is_failing(report) {
            " still serves"
        } else {
            " serves"
        };
        line = line.then(" · ", Line::new().text("revision ").code(serving).text(word));
    }
    line
}

fn also_down(report: &Report) -> Line {
    let blast = &report.blast_radius;
    if blast.services.is_empty() {
        return Line::new();
    }
    let line = Line::new().text("also failing: ").text(names(&blast.services));
    match shared(report) {
        Some(shared) => line.text(format!(" (same {shared})")),
        None => line,
    }
}

/// What all that fails has in common, in a word.
pub(super) fn shared(report: &Report) -> Option<&'static str> {
    let shared = &report.blast_radius.shared;
    [
        (&shared.image, "image"),
        (&shared.execution_role, "role"),
        (&shared.subnet, "subnet"),
        (&shared.instance, "instance"),
    ]
    .into_iter()
    .find_map(|(thing, word)| thing.as_ref().map(|_| word))
}

fn failing_since(first: Timestamp, attempts: u32, now: Timestamp) -> Line {
    let line = Line::new().text("failing since ").when(first, now);
    match attempts {
        0 | 1 => line,
        several => line.text(format!(", {several} attempts")),
    }
}

/// Whether what failed fails still, as far as the report says.
fn is_failing(report: &Report) -> bool {
    matches!(
        report.outcome,
        diagnosis::report::Outcome::PullFailure | diagnosis::report::Outcome::OtherFailure
    )
}

/// `web, api and 3 more`.
pub(super) fn names(all: &[String]) -> String {
    let shown: Vec<String> = all.iter().take(NAMES).map(|name| cut(name, 80)).collect();
    match all.len().saturating_sub(NAMES) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
