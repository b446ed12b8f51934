//! `doctor`: whether the bot could work with these settings, and what to do where it could not.

mod aws;
mod redis;
mod slack;

use serde::Serialize;

use crate::settings::{Settings, SettingsError};

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub what: String,
    /// What came of it.
    pub status: Status,
    /// In a sentence.
    pub detail: String,
    /// What to do about it: a sentence, or something to paste.
    pub fix: Option<String>,
}

/// What came of looking at one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is as it should be.
    Ok,
    /// The bot works, but not as well as it could.
    Advice,
    /// It must be put right.
    Problem,
    /// It could not be looked at.
    NotChecked,
}

impl Finding {
    fn ok(what: &str, detail: impl Into<String>) -> Self {
        Self {
            what: what.to_owned(),
            status: Status::Ok,
            detail: detail.into(),
            fix: None,
        }
    }

    fn problem(what: &str, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            what: what.to_owned(),
            status: Status::Problem,
            detail: detail.into(),
            fix: Some(fix.into()),
        }
    }

    fn advice(what: &str, detail: impl Into<String>, fix: Option<String>) -> Self {
        Self {
            what: what.to_owned(),
            status: Status::Advice,
            detail: detail.into(),
            fix,
        }
    }

    fn not_checked(what: &str, detail: impl Into<String>) -> Self {
        Self {
            what: what.to_owned(),
            status: Status::NotChecked,
            detail: detail.into(),
            fix: None,
        }
    }
}

/// Looks at everything: settings, Slack, Redis, AWS.
pub async fn examine(settings: Result<Settings, SettingsError>) -> Vec<Finding> {
    let settings = match settings {
        Ok(settings) => settings,
        Err(error) => {
            let mut findings: Vec<Finding> = error
                .problems()
                .iter()
                .map(|problem| {
                    Finding::problem(
                        "settings",
                        problem.to_string(),
                        "see the table of settings in README.md",
                    )
                })
                .collect();
            findings.push(Finding::not_checked(
                "Slack, Redis and AWS",
                "the settings must be put right first",
            ));
            return findings;
        }
    };
    let mut findings = vec![match settings.serving() {
        Ok(_) => Finding::ok("settings", "complete for `serve`"),
        Err(error) => Finding::problem(
            "settings",
            error.to_string(),
            "set what is missing; `diagnose` works without",
        ),
    }];
    let (slack, redis, aws) = tokio::join!(
        slack::examine(&settings),
        redis::examine(&settings),
        aws::examine(&settings)
    );
    findings.extend(slack);
    findings.extend(redis);
    findings.extend(aws);
    findings
}
