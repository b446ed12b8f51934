//! Whether Slack takes what the bot says: one message of each kind, judged by Slack and posted nowhere.

use diagnosis::Report;

use crate::doctor::{Check, Finding};
use crate::slack::api::{SlackApi, SlackError};
use crate::slack::render::progress::Step;
use crate::slack::render::remedy::{ApplyView, PlanView};
use crate::slack::render::{self, Asker, Controls, History, Message};
use crate::slack::texts;

const CHECK: Check = Check::SlackMessages;
/// A report in which every part of the findings has something to show.
const SAMPLE: &str = include_str!("sample.json");

/// One message of each kind that a thread is made of, with its name.
fn messages() -> Vec<(&'static str, Message)> {
    let asker = Asker::Person("U012AB3CD".to_owned());
    let mut messages = vec![
        ("help", texts::help("/ecs-pull-why")),
        ("the question", render::root_placeholder("prod/payments", &asker)),
        ("progress", render::progress("prod/payments", &[Step::Reading; 9])),
        ("an expired button", texts::expired()),
    ];
    // That it can be read is tested.
    let Ok(report) = serde_json::from_str::<Report>(SAMPLE) else {
        return messages;
    };
    let handle = "doctor".to_owned();
    messages.extend([
        ("the verdict", render::root(&report, &asker)),
        (
            "the findings",
            render::findings(&report, true, History::Read, Some(&Controls { handle })),
        ),
        ("the details", render::details(&report)),
    ]);
    messages.extend(report.remedies.first().map(|remedy| {
        let view = PlanView {
            remedy,
            target: "prod/payments",
            account: "shop-prod",
            now: report.observed_at,
            copy: "doctor",
            apply: ApplyView::Button {
                handle: "doctor",
                expires: report.observed_at,
                approvers: vec!["S0614TZR7".to_owned()],
            },
        };
        ("a plan", render::remedy::plan(&view))
    }));
    messages
}

pub(super) async fn examine(slack: &SlackApi) -> Finding {
    let mut taken = 0;
    for (name, message) in messages() {
        // One after the other: the method has a rate limit of its own.
        if let Err(error) = slack.validate(message).await {
            return refused(name, &error);
        }
        taken += 1;
    }
    Finding::ok(CHECK, format!("Slack takes all {taken} kinds"))
}

fn refused(name: &str, error: &SlackError) -> Finding {
    match error {
        SlackError::Refused { code } if code.starts_with("invalid_") && code != "invalid_auth" => {
            Finding::problem(
                CHECK,
                format!("Slack would not take {name} (`{code}`)"),
                "update ecs-pull-why; if this is the newest version, report it",
            )
        }
        SlackError::Refused { code } if code == "unknown_method" => {
            Finding::not_checked(CHECK, "this Slack API has no blocks.validate")
        }
        _ => Finding::not_checked(CHECK, format!("Slack did not judge {name}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;
    use crate::slack::render::testing::{faults, json};

    #[test]
    fn every_kind_of_message_is_there_and_fits() {
        let messages = messages();
        let names: Vec<&str> = messages.iter().map(|(name, _)| *name).collect();
        assert!(
            names.contains(&"the findings") && names.contains(&"a plan"),
            "{names:?}"
        );
        for (name, message) in messages {
            assert_eq!(faults(&json(message)), Vec::<String>::new(), "{name}");
        }
    }

    #[test]
    fn only_a_refused_message_is_a_problem() {
        for (code, status) in [
            ("invalid_message", Status::Problem),
            ("unknown_method", Status::NotChecked),
            ("invalid_auth", Status::NotChecked),
        ] {
            let error = SlackError::Refused {
                code: code.to_owned(),
            };
            assert_eq!(refused("help", &error).status, status, "{code}");
        }
    }
}
