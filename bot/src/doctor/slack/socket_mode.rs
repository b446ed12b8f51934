//! Whether the app-level token opens a connection.

use super::no_certificates;
use crate::doctor::{Check, Finding};
use crate::settings::Settings;
use crate::slack::api::{SlackApi, SlackError};

const CHECK: Check = Check::SocketMode;
const WHERE: &str = "make an app-level token (`xapp-…`) with the scope `connections:write` under Basic Information of the \
                     Slack app, and set SLACK_APP_TOKEN to it";

/// Nothing where no app-level token is set: requests come over HTTP then.
pub(super) async fn examine(settings: &Settings) -> Option<Finding> {
    let token = settings.slack.app_token.as_ref()?;
    Some(match SlackApi::new(&settings.slack.api_url, token) {
        Ok(slack) => finding(slack.may_connect().await),
        Err(error) => no_certificates(CHECK, &error),
    })
}

fn finding(answer: Result<(), SlackError>) -> Finding {
    let error = match answer {
        Ok(()) => return Finding::ok(CHECK, "Slack lets the bot connect"),
        Err(error) => error,
    };
    let SlackError::Refused { code } = &error else {
        return Finding::not_checked(CHECK, error.to_string());
    };
    let why = match code.as_str() {
        "missing_scope" => "the app-level token lacks `connections:write`",
        "not_allowed_token_type" => "SLACK_APP_TOKEN is no app-level token",
        _ => "Slack does not take SLACK_APP_TOKEN",
    };
    let fix =
        format!("{WHERE}; Socket Mode must be on for the app as well. Unset SLACK_APP_TOKEN to use HTTP");
    Finding::problem(CHECK, format!("{why} (Slack says `{code}`)"), fix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn each_answer_says_what_to_do() {
        let refused = |code: &str| {
            Err(SlackError::Refused {
                code: code.to_owned(),
            })
        };
        for (answer, status, words) in [
            (Ok(()), Status::Ok, "connect"),
            (refused("invalid_auth"), Status::Problem, "SLACK_APP_TOKEN"),
            (refused("missing_scope"), Status::Problem, "connections:write"),
            (
                refused("not_allowed_token_type"),
                Status::Problem,
                "no app-level token",
            ),
            (
                Err(SlackError::Unknown {
                    what: "the connection failed".to_owned(),
                }),
                Status::NotChecked,
                "the connection failed",
            ),
        ] {
            let finding = finding(answer);
            assert_eq!(finding.status, status, "{finding:?}");
            assert!(finding.detail.contains(words), "{finding:?}");
        }
    }
}
