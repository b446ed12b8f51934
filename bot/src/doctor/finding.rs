//! What came of looking at one thing.

use serde::Serialize;

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// Variables and the settings file.
    Settings,
    /// The bot's token, and whose it is.
    SlackToken,
    /// What the token may do.
    SlackScopes,
    /// The app-level token.
    SocketMode,
    /// Whether alarms are seen in a channel.
    AlarmChannel,
    /// Whether those who may approve are there.
    Approvers,
    /// Whether Slack takes the bot's messages.
    SlackMessages,
    /// The queue.
    Redis,
    /// Credentials, and the account they belong to.
    Aws,
    /// What the credentials may read.
    AwsPermissions,
    /// The role that fixes are made with.
    RemediationRole,
}

impl Check {
    /// As people read it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::SlackToken => "Slack token",
            Self::SlackScopes => "Slack scopes",
            Self::SocketMode => "Slack Socket Mode",
            Self::AlarmChannel => "alarm channel",
            Self::Approvers => "approvers",
            Self::SlackMessages => "Slack messages",
            Self::Redis => "Redis",
            Self::Aws => "AWS account",
            Self::AwsPermissions => "AWS permissions",
            Self::RemediationRole => "remediation role",
        }
    }
}

/// How it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// As it should be.
    Ok,
    /// The bot works, but not as well as it could.
    Advice,
    /// It must be put right.
    Problem,
    /// It could not be looked at: nothing is known.
    NotChecked,
}

/// What came of looking at one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub check: Check,
    /// Which one, where there are several: a variable, a channel's id, an account's alias.
    pub subject: Option<String>,
    /// How it is.
    pub status: Status,
    /// In a sentence. Never holds a secret.
    pub detail: String,
    /// What to do about it.
    pub fix: Option<String>,
    /// Something to paste, JSON.
    pub paste: Option<String>,
}

impl Finding {
    fn new(check: Check, status: Status, detail: impl Into<String>, fix: Option<String>) -> Self {
        Self {
            check,
            subject: None,
            status,
            detail: detail.into(),
            fix,
            paste: None,
        }
    }

    /// It is as it should be.
    pub(super) fn ok(check: Check, detail: impl Into<String>) -> Self {
        Self::new(check, Status::Ok, detail, None)
    }

    /// It could be better.
    pub(super) fn advice(check: Check, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(check, Status::Advice, detail, Some(fix.into()))
    }

    /// It must be put right.
    pub(super) fn problem(check: Check, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self::new(check, Status::Problem, detail, Some(fix.into()))
    }

    /// Nothing is known of it.
    pub(super) fn not_checked(check: Check, detail: impl Into<String>) -> Self {
        Self::new(check, Status::NotChecked, detail, None)
    }

    /// Of several, this one.
    pub(super) fn of(mut self, subject: Option<&str>) -> Self {
        self.subject = subject.map(str::to_owned);
        self
    }

    /// With a way to have it looked at after all.
    pub(super) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// With something to paste.
    pub(super) fn paste(mut self, paste: impl Into<String>) -> Self {
        self.paste = Some(paste.into());
        self
    }
}
