//! The nine steps of the playbook, each with what came of it.

mod repository;
mod role;

use super::{CauseReport, Check, CheckStatus};
use crate::case::Case;
use crate::case::timeline::{self, Span};
use crate::catalogue::Family;
use crate::evidence::{TargetKind, short};
use crate::names;
use crate::network::PathOutcome;
use crate::observed::{Listing, Missing, Observed, Outcome, without_repeats};

/// What one step found.
struct Found {
    status: CheckStatus,
    detail: String,
}

impl Found {
    fn ok(detail: impl Into<String>) -> Self {
        Self {
            status: CheckStatus::Ok,
            detail: detail.into(),
        }
    }

    fn problem(detail: impl Into<String>) -> Self {
        Self {
            status: CheckStatus::Problem,
            detail: detail.into(),
        }
    }

    fn nothing(detail: impl Into<String>) -> Self {
        Self {
            status: CheckStatus::NotApplicable,
            detail: detail.into(),
        }
    }

    fn unknown(missing: &[Missing]) -> Self {
        // Of many things that are missing for one reason, the first stands for all.
        let mut reasons: Vec<(&str, &str, usize)> = Vec::new();
        for Missing { what, why, .. } in missing {
            match reasons.iter_mut().find(|(_, known, _)| known == why) {
                Some((_, _, more)) => *more += 1,
                None => reasons.push((what, why, 0)),
            }
        }
        let said: Vec<String> = reasons
            .into_iter()
            .map(|(what, why, more)| match more {
                0 => format!("{what} ({why})"),
                more => format!("{what} and {more} more ({why})"),
            })
            .collect();
        Self {
            status: CheckStatus::Unknown,
            detail: format!("could not check {}", said.join("; ")),
        }
    }
}

/// The nine steps, in order.
pub(super) fn checks(case: &Case<'_>, causes: &[CauseReport], span: Span) -> Vec<Check> {
    let steps: [(&str, Found); 9] = [
        ("Task definition and service health", definition(case)),
        ("Image references", references(case)),
        ("Execution role", role::role(case, causes)),
        ("Logs", logs(case)),
        ("Repository and tag", repository::repository(case, causes)),
        ("Task failures in the cluster", failures(case)),
        ("Network path", network(case, causes)),
        ("Repository pull count", pull_count(case)),
        ("Recent changes", changes(case, span)),
    ];
    // Of what does not exist there is nothing to check.
    let nothing = case.evidence.target.kind == TargetKind::NotFound;
    (1..)
        .zip(steps)
        .map(|(step, (title, found))| {
            let found = if nothing {
                Found::nothing("there is no such target")
            } else {
                found
            };
            Check {
                step,
                title: title.to_owned(),
                status: found.status,
                detail: found.detail,
            }
        })
        .collect()
}

fn definition(case: &Case<'_>) -> Found {
    let health = match &case.evidence.health.seen() {
        Some(events) if events.items.is_empty() => "AWS reports no event".to_owned(),
        Some(events) => {
            return Found::problem(format!(
                "AWS reports {} events for these services",
                events.items.len()
            ));
        }
        None => case
            .evidence
            .health
            .missing("AWS Health")
            .map(|missing| format!("could not check AWS Health: {}", missing.why))
            .unwrap_or_default(),
    };
    let Some(definition) = case.definition else {
        return match case.evidence.task_definitions.first() {
            // A task that is no longer known may have been asked for by its id: that names no task definition.
            Some(item) if item.absent().is_some() && is_meant(case) => Found::problem(format!(
                "task definition {} does not exist",
                short(&item.source.resource)
            )),
            Some(item) => Found::unknown(
                &item
                    .missing("the task definition")
                    .into_iter()
                    .collect::<Vec<_>>(),
            ),
            None => Found::nothing("no task definition is known"),
        };
    };
    let name = definition.name();
    if definition.status == "ACTIVE" {
        Found::ok(format!("{name} is active; {health}"))
    } else {
        Found::problem(format!("{name} is {}; {health}", definition.status))
    }
}

/// Whether a task definition was asked for, or is a service's or a task's.
fn is_meant(case: &Case<'_>) -> bool {
    let known = case.service().is_some() || !case.evidence.tasks.items().is_empty();
    known || case.evidence.target.kind == TargetKind::TaskDefinition
}

fn references(case: &Case<'_>) -> Found {
    if case.images.is_empty() {
        return Found::nothing("no image is known");
    }
    let wrong: Vec<String> = case
        .images
        .iter()
        .filter_map(|image| Some(format!("{}: {}", image.reference, image.parsed.as_ref().err()?)))
        .collect();
    if wrong.is_empty() {
        let all: Vec<&str> = case.images.iter().map(|image| image.reference).collect();
        Found::ok(format!("well formed: {}", all.join(", ")))
    } else {
        Found::problem(wrong.join("; "))
    }
}

fn logs(case: &Case<'_>) -> Found {
    let logs = &case.evidence.logs;
    if let Some(lines) = logs.seen() {
        let groups: Vec<&str> = lines.items.iter().map(|line| line.group.as_str()).collect();
        let groups = without_repeats(groups).join(", ");
        return match lines.items.len() {
            0 if !lines.complete => Found::unknown(&[Missing::unknowable(
                "a failed pull of these tasks in log groups with ECS events or agent logs",
                "not all of the groups, or of their lines, were read",
            )]),
            0 => Found::ok(
                "no failed pull of these tasks in the log groups that hold ECS events or agent logs",
            ),
            1 => Found::problem(format!("1 line speaks of a failed pull, in {groups}")),
            many => Found::problem(format!("{many} lines speak of a failed pull, in {groups}")),
        };
    }
    match &logs.outcome {
        Outcome::Absent => Found::nothing(format!("there is no log group {}", logs.source.resource)),
        // The log drivers of the tasks' own groups start after the pull.
        Outcome::NotCollected { why } => Found::nothing(format!(
            "{why}; what the containers log themselves begins after the pull"
        )),
        _ => unread(logs, "log groups with ECS events or agent logs"),
    }
}

fn failures(case: &Case<'_>) -> Found {
    let own = case.attempts.pulls().count();
    let others = case.cohort.failing.len();
    let running = case.cohort.running.len();
    let gap = case
        .evidence
        .tasks
        .missing("stopped tasks")
        .or_else(|| case.evidence.siblings.missing("other tasks of the cluster"));
    let apart = case
        .cohort
        .apart
        .sentence()
        .map(|said| format!("; {said}"))
        .unwrap_or_default();
    match (own, others, gap) {
        (0, 0, Some(gap)) => Found::unknown(&[gap]),
        (0, 0, None) => Found::ok(format!("no failed pull; {running} tasks run")),
        (own, 0, _) => Found::problem(format!(
            "{own} failed pulls here, none elsewhere; {running} tasks run{apart}"
        )),
        (own, others, _) => Found::problem(format!(
            "{own} failed pulls here, {others} elsewhere; {running} tasks run{apart}"
        )),
    }
}

fn network(case: &Case<'_>, causes: &[CauseReport]) -> Found {
    if let Some(cause) = causes
        .iter()
        .find(|cause| cause.cause.family() == Family::Network)
    {
        return Found::problem(cause.summary.clone());
    }
    let mut open = Vec::new();
    let mut unknown = case.network.missing.clone();
    for need in &case.network.summary {
        match case.network.telling(need).map(|path| &path.outcome) {
            Some(PathOutcome::Open) => open.push(need.need.host()),
            Some(PathOutcome::Unknown(missing)) => unknown.extend(missing.iter().cloned()),
            Some(PathOutcome::Beyond(beyond)) => {
                unknown.push(Missing::unknowable(
                    format!("the way to {}", need.need.host()),
                    beyond.to_string(),
                ));
            }
            Some(PathOutcome::Broken(at)) => return Found::problem(format!("{}: {at}", need.need.host())),
            None => {}
        }
    }
    if !unknown.is_empty() {
        Found::unknown(&without_repeats(unknown))
    } else if open.is_empty() {
        Found::nothing("no network path is known to be needed")
    } else {
        Found::ok(format!("open to {}", open.join(", ")))
    }
}

fn pull_count(case: &Case<'_>) -> Found {
    if let Some(nothing) = repository::not_in_ecr(case) {
        return nothing;
    }
    let mut said = Vec::new();
    for count in &case.evidence.pull_counts {
        if let Some(seen) = count.seen() {
            let pulls: f64 = seen.points.iter().map(|point| point.pulls).sum();
            let last = seen
                .points
                .iter()
                .filter(|point| point.pulls > 0.0)
                .map(|point| point.at)
                .max();
            said.push(match last {
                Some(at) => format!(
                    "{}: {pulls:.0} pulls in the window, last {}",
                    seen.repository,
                    names::day_and_clock(at)
                ),
                None => format!("{}: no pull in the window, by anybody", seen.repository),
            });
        }
    }
    if !said.is_empty() {
        return Found::ok(said.join("; "));
    }
    match case
        .evidence
        .pull_counts
        .iter()
        .find_map(|count| count.missing("RepositoryPullCount"))
    {
        Some(missing) => Found::unknown(&[missing]),
        None => Found::nothing("no image is in private ECR"),
    }
}

fn changes(case: &Case<'_>, span: Span) -> Found {
    let found = changes_within(case, span);
    let Span::Widened(first) = span else {
        return found;
    };
    let windows = case
        .evidence
        .changes
        .iter()
        .filter_map(|changes| changes.value()?.window);
    let widest = windows
        .map(|window| window.to.duration_since(window.from).as_hours())
        .max();
    Found {
        detail: format!(
            "nothing within {} hours correlates with the failure, so {} hours were looked at: {}",
            first.as_hours(),
            widest.unwrap_or_default(),
            found.detail
        ),
        ..found
    }
}

fn changes_within(case: &Case<'_>, span: Span) -> Found {
    let (unasked, asked): (Vec<_>, Vec<_>) = case
        .evidence
        .changes
        .iter()
        .partition(|listing| matches!(listing.outcome, Outcome::NotCollected { .. }));
    let missing: Vec<Missing> = if asked.is_empty() { &unasked } else { &asked }
        .iter()
        .filter_map(|listing| listing.missing("change events"))
        .collect();
    let mut kept_short: Vec<&str> = unasked
        .iter()
        .map(|listing| listing.source.resource.as_str())
        .collect();
    kept_short.dedup();
    let kept_short = match kept_short.as_slice() {
        [] => String::new(),
        names => format!(
            "; not asked, to keep within the calls that a diagnosis may take: {}",
            names.join(", ")
        ),
    };
    let changes: Vec<_> = timeline::changes(case)
        .into_iter()
        .filter(|change| span.has(change.at))
        .collect();
    let role = case.puller.role().map(|(arn, _)| arn);
    let suspect = role.and_then(|arn| timeline::suspect(case, &[arn]));
    if let Some(change) = suspect.or_else(|| timeline::suspects(case).into_iter().next()) {
        return Found::problem(format!(
            "within five minutes of the first failure: {}",
            timeline::sentence(change.value())
        ));
    }
    if !missing.is_empty() {
        return Found::unknown(&missing);
    }
    match changes.first() {
        None => Found::ok(format!("no change of these resources was recorded{kept_short}")),
        Some(newest) => Found::ok(format!(
            "{} recorded; newest: {} at {}{kept_short}",
            changes.len(),
            timeline::sentence(newest.value()),
            match span {
                Span::Widened(_) => names::day_and_clock(newest.value().at),
                Span::Since(_) => names::clock(newest.value().at),
            }
        )),
    }
}

fn unread<T>(listing: &Observed<Listing<T>>, what: &str) -> Found {
    match listing.missing(what) {
        Some(missing) => Found::unknown(&[missing]),
        None => Found::nothing(format!("there are no {what}")),
    }
}
