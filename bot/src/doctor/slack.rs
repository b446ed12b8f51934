//! Whether the Slack app is installed with what it needs.

use super::Finding;
use crate::settings::Settings;
use crate::slack::api::{Scopes, SlackApi, SlackError};

const WHAT: &str = "Slack";

/// The scopes of the shipped manifest, and what each is for.
const SCOPES: [(&str, &str); 8] = [
    ("commands", "the slash command"),
    ("chat:write", "answering"),
    ("channels:history", "alarms in public channels"),
    ("groups:history", "alarms in private channels"),
    ("channels:read", "knowing whether the bot is in a public channel"),
    ("groups:read", "knowing whether the bot is in a private channel"),
    ("usergroups:read", "approvers by user group"),
    ("reactions:write", "state marks on alarm messages; optional"),
];

pub(super) async fn examine(settings: &Settings) -> Vec<Finding> {
    let Some(token) = &settings.slack.bot_token else {
        return vec![Finding::not_checked(WHAT, "SLACK_BOT_TOKEN is not set")];
    };
    let slack = match SlackApi::new(&settings.slack.api_url, token) {
        Ok(slack) => slack,
        Err(error) => {
            let why = format!("the machine's root certificates cannot be read: {error}");
            return vec![Finding::problem(WHAT, why, "install ca-certificates")];
        }
    };
    let Scopes { me, granted } = match slack.scopes(token).await {
        Ok(scopes) => scopes,
        Err(error) => {
            let fix = "copy the Bot User OAuth Token from OAuth & Permissions of the Slack app";
            return vec![Finding::problem(
                WHAT,
                format!("SLACK_BOT_TOKEN is not taken: {error}"),
                fix,
            )];
        }
    };
    let mut findings = vec![Finding::ok(
        WHAT,
        format!("the bot is {} of team {}", me.user_id, me.team_id),
    )];
    let missing: Vec<String> = SCOPES
        .iter()
        .filter(|(scope, _)| !granted.iter().any(|granted| granted == scope))
        .map(|(scope, why)| format!("{scope} ({why})"))
        .collect();
    findings.push(if missing.is_empty() {
        Finding::ok("Slack scopes", "all of the manifest's")
    } else {
        let fix = "add them under OAuth & Permissions, or paste deploy/slack/manifest.yaml, and install the app again";
        Finding::problem("Slack scopes", format!("missing: {}", missing.join(", ")), fix)
    });
    for channel in &settings.slack.alarm_channels {
        findings.push(alarm_channel(&slack, channel).await);
    }
    findings.push(approvers(&slack, settings).await);
    findings
}

async fn alarm_channel(slack: &SlackApi, channel: &str) -> Finding {
    let what = format!("alarm channel {channel}");
    match slack.is_member(channel).await {
        Ok(true) => Finding::ok(&what, "the bot is a member"),
        Ok(false) => Finding::problem(
            &what,
            "the bot is no member and sees no alarm there",
            "`/invite` it in the channel",
        ),
        Err(error) => Finding::problem(
            &what,
            error.to_string(),
            "ALARM_CHANNELS takes channel ids, for example `C0123456789`",
        ),
    }
}

async fn approvers(slack: &SlackApi, settings: &Settings) -> Finding {
    const WHAT: &str = "approvers";
    if settings.approvers.is_empty() {
        let detail = "nobody may apply a fix: buttons show the commands only";
        return Finding::advice(
            WHAT,
            detail,
            Some("set APPROVERS to user or user-group ids".to_owned()),
        );
    }
    let mut wrong = Vec::new();
    for group in settings.approvers.iter().filter(|id| id.starts_with('S')) {
        let members: Result<Vec<String>, SlackError> = slack.group_members(group).await;
        match members {
            Ok(members) if members.is_empty() => wrong.push(format!("{group} has no members")),
            Ok(_) => {}
            Err(error) => wrong.push(format!("{group}: {error}")),
        }
    }
    if wrong.is_empty() {
        Finding::ok(WHAT, format!("{} set", settings.approvers.len()))
    } else {
        Finding::problem(
            WHAT,
            wrong.join("; "),
            "APPROVERS takes user ids (U…) and user-group ids (S…)",
        )
    }
}
