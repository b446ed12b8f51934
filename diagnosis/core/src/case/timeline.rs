//! Changes, deployments and failures on one axis.

use super::Case;
use crate::evidence::changes::Change;
use crate::evidence::{Evidence, short};
use crate::observed::{Fact, Present, without_repeats};
use crate::report::TimelineEntry;

/// How close a change must be to the first failure to be a suspect.
pub const SUSPECT_WITHIN: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);

/// Which changes the report tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Span {
    /// Those since then: something in this span correlates with the failure, or nothing failed.
    Since(jiff::Timestamp),
    /// All that were read, since nothing within this length of time correlates.
    Widened(jiff::SignedDuration),
}

impl Span {
    /// The span of a case: `window` before the diagnosis, and more where nothing in it correlates.
    pub(crate) fn of(case: &Case<'_>, window: jiff::SignedDuration, explained: bool) -> Self {
        let now = case.evidence.observed_at;
        let from = now.checked_sub(window).unwrap_or(now);
        let read_more = case
            .evidence
            .changes
            .iter()
            .filter_map(|changes| changes.value()?.window)
            .any(|read| read.from < from);
        let failed = case.attempts.newest_pull(None).is_some();
        if failed && !explained && read_more && suspects(case).is_empty() {
            Self::Widened(window)
        } else {
            Self::Since(from)
        }
    }

    /// Whether it holds this moment.
    pub(crate) fn has(self, at: jiff::Timestamp) -> bool {
        match self {
            Self::Since(from) => from <= at,
            Self::Widened(_) => true,
        }
    }
}

/// What happened, oldest first.
pub(crate) fn timeline(case: &Case<'_>, span: Span) -> Vec<TimelineEntry> {
    let mut facts: Vec<(jiff::Timestamp, Fact)> = Vec::new();
    for change in changes(case).into_iter().filter(|change| span.has(change.at)) {
        facts.push((change.at, change.fact(sentence(change.value()))));
    }
    if let Some(service) = case.evidence.service.seen() {
        for deployment in &service.value().deployments {
            let Some(at) = deployment.created_at else { continue };
            let state = match deployment.rollout_state.as_deref() {
                Some("COMPLETED") => ", completed since",
                Some("FAILED") => ", failed since",
                Some("IN_PROGRESS") => ", still in progress",
                _ => "",
            };
            let name = short(&deployment.task_definition);
            facts.push((at, service.fact(format!("deployment of {name} began{state}"))));
        }
    }
    let mut pulls: Vec<_> = case
        .attempts
        .pulls()
        .filter_map(|attempt| Some((attempt.at?, attempt)))
        .collect();
    pulls.sort_by_key(|(at, _)| *at);
    if let Some((at, first)) = pulls.first() {
        facts.push((*at, retold(&first.fact, "first failed pull that AWS still knows")));
    }
    if let Some((at, last)) = pulls.last().filter(|_| pulls.len() > 1) {
        facts.push((
            *at,
            retold(&last.fact, &format!("newest of {} failed pulls", pulls.len())),
        ));
    }
    facts.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
    facts
        .into_iter()
        .map(|(at, fact)| TimelineEntry {
            at,
            what: fact.statement().to_owned(),
            source: fact.source().call.clone(),
        })
        .collect()
}

fn retold(fact: &Fact, statement: &str) -> Fact {
    fact.clone().saying(statement)
}

/// Changes that AWS recorded and let through, newest first.
pub(crate) fn changes<'e>(case: &Case<'e>) -> Vec<Present<'e, Change>> {
    recorded(case.evidence)
}

/// The same, before there is a case.
pub(super) fn recorded(evidence: &Evidence) -> Vec<Present<'_, Change>> {
    let mut changes: Vec<Present<'_, Change>> = evidence
        .changes
        .iter()
        .filter_map(super::super::observed::Observed::seen)
        .flat_map(Present::each)
        .filter(|change| change.error_code.is_none())
        .collect();
    changes.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.id.cmp(&b.id)));
    changes
}

/// Changes of something whose name or ARN is among `resources`, newest first.
///
/// Service, repository and role are often namesakes: of an ARN, only changes that its own service recorded count, and a
/// deployment changes none of what a pull is refused or misses.
pub(crate) fn changes_of<'e>(case: &Case<'e>, resources: &[&str]) -> Vec<Present<'e, Change>> {
    let is_of = |change: &Change, resource: &str| {
        let namesake = change.resources.iter().any(|name| short(name) == short(resource));
        namesake
            && service_of(resource).is_none_or(|service| {
                change
                    .event_source
                    .strip_prefix(service)
                    .is_some_and(|rest| rest.starts_with('.'))
            })
    };
    changes(case)
        .into_iter()
        .filter(|change| !deploys(&change.name))
        .filter(|change| resources.iter().any(|resource| is_of(change.value(), resource)))
        .collect()
}

/// The service in an ARN, `iam` in `arn:aws:iam::…`; `None` for a bare name.
fn service_of(resource: &str) -> Option<&str> {
    resource.strip_prefix("arn:")?.split(':').nth(1)
}

/// Whether an event starts tasks, rather than changing what they need.
fn deploys(name: &str) -> bool {
    matches!(
        name,
        "UpdateService" | "CreateService" | "RegisterTaskDefinition" | "RunTask" | "CreateDeployment"
    )
}

/// The change of `resources` that is a suspect: the last one in the five minutes before the first failure.
pub(crate) fn suspect<'e>(case: &Case<'e>, resources: &[&str]) -> Option<Present<'e, Change>> {
    let first = case.attempts.pulls().filter_map(|attempt| attempt.at).min()?;
    changes_of(case, resources).into_iter().find(|change| {
        change.value().at <= first && first.duration_since(change.value().at) <= SUSPECT_WITHIN
    })
}

/// Every change that is a suspect, newest first, deployments apart: a failure that follows one at once is what
/// deployments look like.
pub(crate) fn suspects<'e>(case: &Case<'e>) -> Vec<Present<'e, Change>> {
    let Some(first) = case.attempts.pulls().filter_map(|attempt| attempt.at).min() else {
        return Vec::new();
    };
    changes(case)
        .into_iter()
        .filter(|change| change.at <= first && first.duration_since(change.at) <= SUSPECT_WITHIN)
        .filter(|change| !deploys(&change.name))
        .collect()
}

/// `UpdateService of payments by ci-deploy`.
pub(crate) fn sentence(change: &Change) -> String {
    let names = without_repeats(change.resources.iter().map(|name| short(name)));
    let what: Vec<&str> = names.into_iter().take(2).collect();
    let of = if what.is_empty() {
        String::new()
    } else {
        format!(" of {}", what.join(", "))
    };
    let by = change
        .actor
        .as_deref()
        .map(|actor| format!(" by {actor}"))
        .unwrap_or_default();
    let refused = change
        .error_code
        .as_deref()
        .map(|code| format!(" (refused: {code})"))
        .unwrap_or_default();
    format!("{}{of}{by}{refused}", change.name)
}
