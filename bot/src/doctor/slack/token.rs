//! Whether Slack takes the bot's token, and whose it is.

use crate::doctor::{Check, Finding};
use crate::slack::api::{Scopes, SlackError};

const CHECK: Check = Check::SlackToken;
const WHERE: &str =
    "copy the Bot User OAuth Token (`xoxb-…`) from OAuth & Permissions of the Slack app into SLACK_BOT_TOKEN";

pub(super) fn finding(known: &Result<Scopes, SlackError>) -> Finding {
    let error = match known {
        Ok(Scopes { me, .. }) if me.bot_id.is_none() => {
            let detail = format!("the token is that of a person, {}, not of a bot", me.user_id);
            return Finding::problem(CHECK, detail, WHERE);
        }
        Ok(Scopes { me, .. }) => {
            return Finding::ok(
                CHECK,
                format!("the bot is {} of workspace {}", me.user_id, me.team_id),
            );
        }
        Err(error) => error,
    };
    match error {
        SlackError::Refused { code } => {
            let (why, fix) = match code.as_str() {
                "invalid_auth" | "not_authed" => ("Slack does not know the token", WHERE),
                "token_revoked" | "token_expired" | "account_inactive" => (
                    "the token is no longer valid: the app was removed, or its token renewed",
                    "install the app again, and copy its new token into SLACK_BOT_TOKEN",
                ),
                "not_allowed_token_type" => ("the token is not a bot's", WHERE),
                "ekm_access_denied" | "access_denied" | "team_access_not_granted" => (
                    "the workspace's administrators do not let the app in",
                    "ask them to approve it",
                ),
                _ => ("the token is not taken", WHERE),
            };
            Finding::problem(CHECK, format!("{why} (Slack says `{code}`)"), fix)
        }
        SlackError::RateLimited { .. } => Finding::not_checked(CHECK, error.to_string()),
        SlackError::Unknown { what } => Finding::problem(
            CHECK,
            format!("Slack cannot be reached ({what})"),
            "let this machine connect to https://slack.com; leave SLACK_API_URL unset for Slack itself",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;
    use crate::slack::api::Me;

    #[test]
    fn each_answer_says_what_to_do() {
        let refused = |code: &str| {
            Err(SlackError::Refused {
                code: code.to_owned(),
            })
        };
        let known = |bot_id: Option<&str>| {
            Ok(Scopes {
                me: Me {
                    user_id: "U0BOT".to_owned(),
                    bot_id: bot_id.map(str::to_owned),
                    team_id: "T0SHOP".to_owned(),
                },
                granted: Vec::new(),
            })
        };
        let unknown = Err(SlackError::Unknown {
            what: "auth.test: no answer within 10 s".to_owned(),
        });
        for (answer, status, words) in [
            (known(Some("B1")), Status::Ok, "U0BOT of workspace T0SHOP"),
            (known(None), Status::Problem, "of a person"),
            (
                refused("invalid_auth"),
                Status::Problem,
                "does not know the token",
            ),
            (refused("account_inactive"), Status::Problem, "no longer valid"),
            (refused("something_new"), Status::Problem, "`something_new`"),
            (unknown, Status::Problem, "cannot be reached"),
        ] {
            let finding = finding(&answer);
            assert_eq!(finding.status, status, "{finding:?}");
            assert!(finding.detail.contains(words), "{finding:?}");
            assert!(finding.fix.is_some() || status == Status::Ok);
        }
    }
}
