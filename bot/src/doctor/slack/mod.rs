//! Whether the Slack app is installed with what it needs.

mod approvers;
mod channels;
mod messages;
mod scopes;
mod socket_mode;
mod token;

use super::{Check, Finding};
use crate::settings::Settings;
use crate::slack::api::{SlackApi, SlackError};

/// Checks that need the bot's token.
const WITH_TOKEN: [Check; 4] = [
    Check::SlackScopes,
    Check::AlarmChannel,
    Check::Approvers,
    Check::SlackMessages,
];

pub(super) async fn examine(settings: &Settings) -> Vec<Finding> {
    let (with_token, socket_mode) = tokio::join!(with_token(settings), socket_mode::examine(settings));
    with_token.into_iter().chain(socket_mode).collect()
}

async fn with_token(settings: &Settings) -> Vec<Finding> {
    let not_checked = |why: &str| {
        let these = WITH_TOKEN.iter();
        these
            .map(|check| Finding::not_checked(*check, why))
            .collect::<Vec<_>>()
    };
    let Some(token) = &settings.slack.bot_token else {
        let why = "SLACK_BOT_TOKEN is not set, or not usable";
        let mut findings = vec![Finding::not_checked(Check::SlackToken, why)];
        findings.extend(not_checked(why));
        return findings;
    };
    let slack = match SlackApi::new(&settings.slack.api_url, token) {
        Ok(slack) => slack,
        Err(error) => return vec![no_certificates(Check::SlackToken, &error)],
    };
    let known = slack.scopes(token).await;
    let mut findings = vec![token::finding(&known)];
    let Ok(known) = known else {
        findings.extend(not_checked("Slack has to take SLACK_BOT_TOKEN first"));
        return findings;
    };
    findings.push(scopes::finding(&known.granted));
    let (channels, approvers, messages) = tokio::join!(
        channels::examine(&slack, settings),
        approvers::examine(&slack, settings),
        messages::examine(&slack)
    );
    findings.extend(channels);
    findings.push(approvers);
    findings.push(messages);
    findings
}

fn no_certificates(check: Check, error: &std::io::Error) -> Finding {
    let detail = format!("the machine's root certificates cannot be read: {error}");
    Finding::problem(check, detail, "install the package ca-certificates")
}

/// What a call came to that tells nothing of what was asked; `None` where Slack refused for a reason of the call's own.
/// `scope` is what the call needs.
fn untold(check: Check, error: &SlackError, scope: &str) -> Option<Finding> {
    match error {
        SlackError::Refused { code } if code == "missing_scope" => Some(
            Finding::not_checked(check, format!("the token lacks the scope `{scope}`"))
                .fix("add it under OAuth & Permissions of the Slack app and install the app again"),
        ),
        SlackError::Refused { .. } => None,
        SlackError::RateLimited { .. } | SlackError::Unknown { .. } => {
            Some(Finding::not_checked(check, error.to_string()))
        }
    }
}
