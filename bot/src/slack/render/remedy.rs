//! What a remedy looks like before, while and after it is applied. The room that applies it fills in these structs.

use diagnosis::Remedy;
use diagnosis::remedy::{Action, Mode, Risk};
use jiff::Timestamp;

use super::buttons::{Button, Confirm, Verb, value};
use super::line::{Line, cut, utc};
use super::message::Message;
pub use super::refusal::{Refusal, refusal};

/// A plan, before anybody applies it.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanView<'a> {
    /// What would be done.
    pub remedy: &'a Remedy,
    /// What it is done to, as people call it: `prod/payments`.
    pub target: &'a str,
    /// Account, as alias or id.
    pub account: &'a str,
    /// When it was made.
    pub now: Timestamp,
    /// Value of the buttons that show its commands: handle of the diagnosis and id of the remedy.
    pub copy: &'a str,
    /// How it can be applied.
    pub apply: ApplyView<'a>,
}

/// Whether a button applies the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApplyView<'a> {
    /// It does.
    Button {
        /// Handle of the plan.
        handle: &'a str,
        /// After this it must be made again.
        expires: Timestamp,
        /// User and user-group ids who may press.
        approvers: Vec<String>,
    },
    /// A person carries it out with the commands shown; why no button does.
    Commands(NoButton),
}

/// Why no button applies a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoButton {
    /// The remedy is for people.
    Manual,
    /// No role to write with is set.
    NoRole,
    /// Nobody may approve.
    NoApprovers,
}

/// The plan, posted in the thread.
pub fn plan(view: &PlanView<'_>) -> Message {
    let remedy = view.remedy;
    let mut head = Line::new().bold(format!("Plan: {}", cut(&remedy.title, 75)));
    head = head.text(format!("  risk {}", risk(remedy)));
    if let ApplyView::Button { expires, .. } = &view.apply {
        head = head.text(" · expires ").when(*expires, view.now);
    }
    let mut lines = vec![
        head,
        Line::new()
            .code(view.target)
            .text(" in account ")
            .code(view.account),
    ];
    if let (Some(before), Some(after)) = (&remedy.before, &remedy.after) {
        lines.push(Line::new().text("Now: ").code(before));
        lines.push(Line::new().text("Then: ").code(after));
    }
    lines.extend(remedy.notes.iter().take(6).map(|note| Line::new().text(note)));
    let mut message = Message::new(format!("Plan for {}: {}", view.target, remedy.title)).lines(lines);
    let calls: Vec<String> = remedy
        .calls
        .iter()
        .map(|call| {
            let parameters = serde_json::to_string_pretty(&call.parameters).unwrap_or_default();
            format!("{}  {}\n{parameters}", call.action, call.resource)
        })
        .collect();
    if !calls.is_empty() {
        message = message.block_of_text("Exactly these calls", &calls.join("\n\n"), 2_500);
    }
    match &view.apply {
        ApplyView::Button {
            handle, approvers, ..
        } => {
            let names: Line = approvers
                .iter()
                .take(5)
                .fold(Line::new(), |line, id| line.then(", ", Line::new().approver(id)));
            let confirm = Confirm {
                title: cut(&remedy.title, 100),
                text: format!(
                    "{} in account {}. {}",
                    view.target,
                    view.account,
                    remedy
                        .after
                        .as_deref()
                        .map(|after| format!("Then: {after}"))
                        .unwrap_or_default()
                ),
                yes: "Apply".to_owned(),
            };
            message = message
                .lines(vec![Line::new().text("May be applied by ").then("", names)])
                .buttons(
                    vec![
                        Button::new(Verb::Apply, "Apply", value(handle, None))
                            .primary()
                            .confirm(confirm),
                        Button::new(Verb::Cancel, "Cancel", value(handle, None)),
                        Button::new(Verb::CopyCli, "Copy as AWS CLI", view.copy),
                        Button::new(Verb::CopyTerraform, "Copy as Terraform", view.copy),
                    ]
                    .into_iter()
                    .filter(|button| remedy.terraform.is_some() || button.verb() != Verb::CopyTerraform)
                    .collect(),
                );
        }
        ApplyView::Commands(why) => {
            let why = match why {
                NoButton::Manual => "This one is for a person to carry out:",
                NoButton::NoRole => {
                    "No button applies it: REMEDIATION_ROLE_ARN is not set for this account. By hand:"
                }
                NoButton::NoApprovers => {
                    "No button applies it: nobody is set as an approver for this account. By hand:"
                }
            };
            message = message
                .lines(vec![Line::new().text(why)])
                .block_of_text("AWS CLI", &remedy.cli, 1_500);
            if let Some(terraform) = &remedy.terraform {
                message = message.block_of_text("Terraform", terraform, 1_200);
            }
        }
    }
    message
}

/// How much can go wrong, and whether it can be taken back.
fn risk(remedy: &Remedy) -> String {
    let risk = match remedy.risk {
        Risk::Low => "low",
        Risk::Medium => "medium, something else may notice",
        Risk::High => "high",
    };
    match &remedy.action {
        Some(Action::GrantPull { .. } | Action::RollBack { .. }) => format!("{risk} · can be undone"),
        Some(Action::ForceNewDeployment { .. }) => format!("{risk} · cannot be undone, and need not be"),
        None => risk.to_owned(),
    }
}

/// What became of a plan, in the place of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedView<'a> {
    /// What was done.
    pub title: &'a str,
    /// What it was done to.
    pub target: &'a str,
    /// Who pressed, by Slack id.
    pub by: &'a str,
    /// When it was applied.
    pub at: Timestamp,
    /// When this is said.
    pub now: Timestamp,
    /// What came of it.
    pub outcome: OutcomeView<'a>,
    /// Handle to take it back with, where that is possible.
    pub undo: Option<&'a str>,
    /// Handle to look again with.
    pub again: Option<&'a str>,
}

/// What came of applying.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutcomeView<'a> {
    /// Applied, and the tasks are being watched; what was seen so far.
    Watching(&'a str),
    /// A task pulled and runs.
    Works {
        /// When the first one ran.
        since: Timestamp,
        /// What was seen.
        seen: &'a str,
    },
    /// New tasks still cannot pull.
    StillFails(&'a str),
    /// Applied; nothing was seen within the time given.
    Unproved(&'a str),
    /// AWS refused; nothing was changed.
    Refused(&'a str),
    /// It cannot be told whether it was applied.
    Unknown(&'a str),
    /// It was to be taken back, and was not; why.
    StillThere(&'a str),
}

/// The result, in the place of the plan.
pub fn applied(view: &AppliedView<'_>) -> Message {
    let by = |line: Line| {
        line.text(" by ")
            .user(view.by)
            .text(" at ")
            .when(view.at, view.now)
    };
    let (mark, first, rest) = match &view.outcome {
        OutcomeView::Watching(seen) => (
            "…",
            "Applied",
            format!(". Watching until a task pulls and runs. {seen}"),
        ),
        OutcomeView::Works { seen, .. } => ("✅", "Applied", format!(". {seen}")),
        OutcomeView::StillFails(why) => (
            "⚠",
            "Applied",
            format!(", and new tasks still fail: {why}. Nothing else was changed."),
        ),
        OutcomeView::Unproved(seen) => (
            "⚠",
            "Applied",
            format!(". Whether it helped is not proved: {seen}"),
        ),
        OutcomeView::Refused(why) => (
            "⚠",
            "Not applied, pressed",
            format!(". AWS refused: {why}. Nothing was changed."),
        ),
        OutcomeView::Unknown(why) => (
            "⚠",
            "Perhaps applied, pressed",
            format!(". AWS did not answer: {why}. Look before pressing again."),
        ),
        OutcomeView::StillThere(why) => ("⚠", "Not taken back, pressed", format!(". {why}.")),
    };
    let mut lines = vec![
        by(Line::new().text(format!("{mark} ")).bold(first)).text(rest),
        Line::new()
            .text(cut(view.title, 100))
            .text(", ")
            .code(view.target),
    ];
    if let OutcomeView::Works { since, .. } = &view.outcome {
        lines.push(Line::new().text("Runs since ").when(*since, view.now));
    }
    let mut buttons = Vec::new();
    if let Some(undo) = view.undo {
        let confirm = Confirm {
            title: "Take it back?".to_owned(),
            text: format!(
                "{} on {} is undone: what was there before comes back.",
                view.title, view.target
            ),
            yes: "Undo".to_owned(),
        };
        buttons.push(
            Button::new(Verb::Undo, "Undo", value(undo, None))
                .danger()
                .confirm(confirm),
        );
    }
    if let Some(again) = view.again {
        buttons.push(Button::new(Verb::Again, "Look again", value(again, None)));
    }
    let summary: Vec<String> = lines.iter().map(Line::plain).collect();
    Message::new(summary.join("\n")).lines(lines).buttons(buttons)
}

/// What became of an undo, in the place of the result.
pub fn undone(title: &str, target: &str, by: &str, at: Timestamp, now: Timestamp, seen: &str) -> Message {
    Message::of(vec![
        Line::new()
            .bold("Undone")
            .text(" by ")
            .user(by)
            .text(" at ")
            .when(at, now)
            .text(". ")
            .text(seen),
        Line::new()
            .text("It was: ")
            .text(cut(title, 100))
            .text(", ")
            .code(target),
    ])
}

/// What stands in the place of a plan that was cancelled or has expired.
pub fn dropped(title: &str, by: Option<&str>) -> Message {
    let line = Line::new().text("Plan dropped: ").text(cut(title, 100));
    Message::of(vec![match by {
        Some(by) => line.text(", cancelled by ").user(by),
        None => line.text(", it has expired. Nothing was changed."),
    }])
}

/// The channel's message once a fix worked: `🟢 prod/payments pulls again since 14:15 (back on payments:41, by Ben).`
pub fn root_fixed(
    target: &str,
    since: Timestamp,
    now: Timestamp,
    title: &str,
    by: &str,
    was: &str,
) -> Message {
    let head = Line::new()
        .text("🟢 ")
        .bold(format!("{target} pulls again since "))
        .when(since, now)
        .text(" (")
        .text(cut(title, 75))
        .text(", by ")
        .user(by)
        .text(").");
    let summary = format!("🟢 {target} pulls again since {} ({title}).", utc(since, now));
    Message::new(summary).lines(vec![head, Line::new().text("It was: ").text(was)])
}

/// The AWS CLI commands or the Terraform of a remedy, to copy.
pub fn to_copy(remedy: &Remedy, terraform: bool) -> Message {
    let (language, text) = if terraform {
        ("Terraform", remedy.terraform.as_deref().unwrap_or_default())
    } else {
        ("AWS CLI", remedy.cli.as_str())
    };
    let title = format!("{}, as {language}", cut(&remedy.title, 75));
    let message = Message::new(&title).lines(vec![Line::new().bold(&title)]);
    if text.trim().is_empty() {
        return message.lines(vec![
            Line::new().text(format!("This remedy has no form in {language}.")),
        ]);
    }
    message.block_of_text("", text, 6_000)
}

/// Whether a button may apply this remedy at all.
pub fn has_button(remedy: &Remedy) -> bool {
    remedy.mode == Mode::Automatic && remedy.action.is_some()
}
