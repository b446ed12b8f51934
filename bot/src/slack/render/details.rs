//! What folds out on demand: the playbook's checklist, what was ruled out and why, the raw stop reason; and the same
//! facts as a text to hand over.

use diagnosis::report::{CheckStatus, Evidence};
use diagnosis::{Effect, Report};

use super::findings::missing;
use super::line::{Line, cut, utc};
use super::message::Message;
use super::root::verdict;

/// Everything a report says that the findings leave out.
pub fn details(report: &Report) -> Message {
    let mut message = Message::new(format!("What was checked: {}", report.headline));
    let checks = report
        .checks
        .iter()
        .map(|check| {
            let status = match check.status {
                CheckStatus::Ok => "fine",
                CheckStatus::Problem => "problem",
                CheckStatus::Unknown => "unknown",
                CheckStatus::NotApplicable => "not needed",
            };
            Line::new()
                .bold(format!("{} {}: {status}. ", check.step, check.title))
                .text(cut(&check.detail, 250))
        })
        .collect();
    message = message.list("The playbook, step by step", Vec::new(), checks, 9);
    if let Some(failure) = &report.failure {
        message = message.block_of_text("What ECS said last", &failure.message, 1_200);
    }
    let ruled_out = report
        .ruled_out
        .iter()
        .map(|ruled_out| {
            let link = ruled_out.evidence.iter().find_map(|fact| fact.link.as_deref());
            Line::new()
                .code(ruled_out.cause.code())
                .text(format!(" {}", cut(&ruled_out.why, 140)))
                .then(" ", Line::new().link("open", link))
        })
        .collect();
    message = message.list("Ruled out, and why", Vec::new(), ruled_out, 40);
    message.footer("The command line shows all of it: ecs-pull-why diagnose, or --output json for machines")
}

/// The facts as plain text, to be given to whoever can help.
pub fn hand_over(report: &Report) -> Message {
    let now = report.observed_at;
    let target = &report.target;
    let mut text: Vec<String> = verdict(report)
        .iter()
        .map(Line::plain)
        .filter(|line| !line.is_empty())
        .collect();
    text.push(format!(
        "Where: account {}, region {}, cluster {}{}",
        target.account.as_deref().unwrap_or("unknown"),
        target.region,
        target.cluster,
        target
            .task_definition
            .as_deref()
            .map(|name| format!(", task definition {name}"))
            .unwrap_or_default(),
    ));
    let fact = |fact: &Evidence| {
        format!(
            "- {} ({} of {}, {})",
            cut(&fact.fact, 300),
            fact.call,
            cut(&fact.source, 150),
            utc(fact.observed_at, now)
        )
    };
    let facts: Vec<String> = report
        .causes
        .iter()
        .filter(|cause| cause.effect != Effect::Since)
        .flat_map(|cause| cause.evidence.iter().map(fact))
        .take(12)
        .collect();
    if !facts.is_empty() {
        text.push("Seen:".to_owned());
        text.extend(facts);
    }
    let open: Vec<String> = missing(report)
        .iter()
        .take(8)
        .map(|missing| format!("- {}: {}", missing.what, missing.why))
        .collect();
    if !open.is_empty() {
        text.push("Could not be checked:".to_owned());
        text.extend(open);
    }
    if let Some(failure) = &report.failure {
        text.push(format!("ECS said: {}", cut(&failure.message, 600)));
    }
    Message::new("The facts, to hand over").block_of_text(
        "Copy this to whoever can help",
        &text.join("\n"),
        6_000,
    )
}
