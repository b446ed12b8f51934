//! Why a press changes nothing.

use super::buttons::{Button, Verb, value};
use super::line::Line;
use super::message::Message;

/// Why a press changes nothing; said to the person only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal<'a> {
    /// The person is no approver.
    NotApprover {
        /// Account, as alias or id.
        account: &'a str,
        /// Who is.
        approvers: &'a [String],
    },
    /// Somebody from another organisation, or a bot.
    Stranger,
    /// The plan is too old.
    Expired,
    /// Somebody pressed before.
    Taken,
    /// AWS is not as the diagnosis saw it.
    Changed {
        /// What differs, and by whom, where it is known.
        what: &'a str,
        /// Handle to look again with.
        again: Option<&'a str>,
    },
    /// AWS does not let the bot see whether it still is; why.
    Unread(&'a str),
    /// Slack does not say who is in a group of approvers; why.
    GroupUnread(&'a str),
}

/// The refusal, as an ephemeral message.
pub fn refusal(refusal: &Refusal<'_>) -> Message {
    match refusal {
        Refusal::NotApprover { account, approvers } => {
            let line = Line::new().text("You are not an approver for account ").code(account);
            let names = approvers.iter().take(5).fold(Line::new(), |line, id| line.then(", ", Line::new().approver(id)));
            Message::of(vec![if names.is_empty() {
                line.text(": nobody is. The plan and the AWS CLI are above; whoever runs the bot can set APPROVERS.")
            } else {
                line.text(" (approvers: ").then("", names).text("). The plan and the AWS CLI are above; ask one of them to press.")
            }])
        }
        Refusal::Stranger => Message::of(vec![
            Line::new().text("Only people of this workspace can decide about a fix. Nothing was changed."),
        ]),
        Refusal::Expired => Message::of(vec![
            Line::new().text("This plan has expired: what it was made from may have changed. Look again first. Nothing was changed."),
        ]),
        Refusal::Taken => Message::of(vec![
            Line::new().text("Somebody pressed this before you; the message says what came of it."),
        ]),
        Refusal::Changed { what, again } => {
            let buttons =
                again.iter().map(|handle| Button::new(Verb::Again, "Look again", value(handle, None))).collect();
            Message::of(vec![
                Line::new().text("Something has changed since this plan was made: ").text(what).text(". Nothing was applied; look again first."),
            ])
            .buttons(buttons)
        }
        Refusal::Unread(why) => Message::of(vec![
            Line::new().text("Whether AWS is still as the plan found it could not be checked: ").text(why).text(". Nothing was changed."),
        ]),
        Refusal::GroupUnread(why) => Message::of(vec![
            Line::new().text("Whether you are an approver cannot be told: who is in a group of APPROVERS cannot be read (").text(why).text("). Nothing was changed. Whoever runs the bot can check the group's id and the scope usergroups:read."),
        ]),
    }
}
