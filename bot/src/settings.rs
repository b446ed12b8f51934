//! Settings: environment variables, and a TOML file for what does not fit one variable.
//!
//! The file is named by `ECS_PULL_WHY_CONFIG`. A key of the file and the variable of the same name in capitals are
//! the same setting; the variable wins. Everything that is wrong is reported at once, and a key nobody knows is an
//! error: a misspelt approver list must not look like an empty one.

mod accounts;
mod check;
mod problem;
mod raw;
mod values;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

pub use accounts::{Account, AccountRefused, Accounts};
pub use problem::{Problem, SettingsError};
pub use values::{Ttls, duration, is_slack_id};

/// Everything that can be set. What only `serve` needs may be missing here: [`Settings::serving`] asks for it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Slack.
    pub slack: SlackSettings,
    /// Where `serve` listens for Slack and for probes (`BIND_ADDR`, 127.0.0.1:3000).
    pub bind_addr: SocketAddr,
    /// Where `serve` answers Prometheus (`METRICS_ADDR`); nowhere where unset.
    pub metrics_addr: Option<SocketAddr>,
    /// Where Redis is (`REDIS_URL`); it may hold a password.
    pub redis_url: Option<SecretString>,
    /// The accounts that may be asked about.
    pub accounts: Accounts,
    /// User and user-group ids who may apply a fix in every account (`APPROVERS`). Empty: nobody.
    pub approvers: BTreeSet<String>,
    /// The role fixes are made with (`REMEDIATION_ROLE_ARN`); unset: fixes are only shown.
    pub remediation_role_arn: Option<String>,
    /// How long evidence is kept, by kind.
    pub evidence_ttl: Ttls,
    /// Bounds.
    pub limits: Limits,
}

/// How to talk with Slack.
#[derive(Debug, Clone)]
pub struct SlackSettings {
    /// `SLACK_BOT_TOKEN`.
    pub bot_token: Option<SecretString>,
    /// `SLACK_SIGNING_SECRET`.
    pub signing_secret: Option<SecretString>,
    /// `SLACK_APP_TOKEN`: Socket Mode where set.
    pub app_token: Option<SecretString>,
    /// `SLACK_API_URL`, without a slash at its end.
    pub api_url: Url,
    /// Channels whose alarm messages are answered: `ALARM_CHANNELS` and those of all accounts.
    pub alarm_channels: BTreeSet<String>,
}

/// Bounds of what is done at once and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// After this long a diagnosis is made from what has been read.
    pub diagnosis: Duration,
    /// Diagnoses at once in one worker.
    pub jobs_at_once: usize,
    /// Most jobs waiting.
    pub waiting_jobs: usize,
    /// How long a plan can be applied after it was shown.
    pub plan: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            diagnosis: Duration::from_mins(1),
            jobs_at_once: 8,
            waiting_jobs: 1_000,
            plan: Duration::from_mins(20),
        }
    }
}

/// What `serve` cannot do without.
#[derive(Debug, Clone)]
pub struct Serving {
    /// The bot's token.
    pub bot_token: SecretString,
    /// How Slack reaches the bot.
    pub entry: Entry,
    /// Where Redis is.
    pub redis_url: SecretString,
}

/// How Slack reaches the bot.
#[derive(Debug, Clone)]
pub enum Entry {
    /// Signed HTTP requests.
    Http {
        /// What they are signed with.
        signing_secret: SecretString,
    },
    /// A connection that the bot opens.
    SocketMode {
        /// The app-level token.
        app_token: SecretString,
    },
}

/// Settings of which some may be wrong.
#[derive(Debug, Clone)]
pub struct SoundPart {
    /// The settings without what is wrong: a variable that is counts as unset. `None` where nothing is left.
    pub settings: Option<Settings>,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// Whether the settings file was left out, because something in it is wrong.
    pub without_file: bool,
}

impl Settings {
    /// Reads the process's environment, and the file it names.
    pub fn load() -> Result<Self, SettingsError> {
        Self::from_variables(&|name| std::env::var(name).ok())
    }

    /// Reads variables from `lookup`, and the file they name.
    pub fn from_variables(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        check::checked(raw::read(lookup)?)
    }

    /// As much as can be used of settings of which some are wrong, and everything that is wrong: for `doctor`, which
    /// goes on with the rest.
    pub fn sound_part(lookup: &dyn Fn(&str) -> Option<String>) -> SoundPart {
        let problems = match Self::from_variables(lookup) {
            Ok(settings) => {
                return SoundPart {
                    settings: Some(settings),
                    problems: Vec::new(),
                    without_file: false,
                };
            }
            Err(error) => error.problems().to_vec(),
        };
        let wrong = |name: &str| problems.iter().any(|problem| problem.name == name);
        // Slack's tokens are for the address that was meant.
        let unset = |name: &str| wrong(name) || (name.starts_with("SLACK_") && wrong("SLACK_API_URL"));
        let variables = |name: &str| (!unset(name)).then(|| lookup(name)).flatten();
        let with_file = Self::from_variables(&variables).ok();
        let without_file = with_file.is_none() || wrong(raw::FILE);
        SoundPart {
            settings: with_file.or_else(|| {
                Self::from_variables(&|name| (name != raw::FILE).then(|| variables(name)).flatten()).ok()
            }),
            problems,
            without_file,
        }
    }

    /// What `serve` needs, or every variable that it lacks.
    pub fn serving(&self) -> Result<Serving, SettingsError> {
        let mut problems = Vec::new();
        let entry = match (&self.slack.app_token, &self.slack.signing_secret) {
            (Some(app_token), _) => Some(Entry::SocketMode {
                app_token: app_token.clone(),
            }),
            (None, Some(signing_secret)) => Some(Entry::Http {
                signing_secret: signing_secret.clone(),
            }),
            (None, None) => {
                problems.push(Problem::missing(
                    "SLACK_SIGNING_SECRET",
                    "it is under Basic Information of the Slack app; or set `SLACK_APP_TOKEN` to use Socket Mode",
                ));
                None
            }
        };
        if self.slack.bot_token.is_none() {
            problems.push(Problem::missing(
                "SLACK_BOT_TOKEN",
                "it is under OAuth & Permissions of the Slack app and begins with `xoxb-`",
            ));
        }
        if self.redis_url.is_none() {
            problems.push(Problem::missing(
                "REDIS_URL",
                "for example `redis://127.0.0.1:6379`",
            ));
        }
        match (&self.slack.bot_token, entry, &self.redis_url) {
            (Some(bot_token), Some(entry), Some(redis_url)) => Ok(Serving {
                bot_token: bot_token.clone(),
                entry,
                redis_url: redis_url.clone(),
            }),
            _ => Err(SettingsError::new(problems)),
        }
    }

    /// Who may apply a fix in `account`: its own approvers and those of all accounts.
    pub fn approvers_of(&self, account: Option<&Account>) -> BTreeSet<String> {
        let own = account.into_iter().flat_map(|account| account.approvers.iter());
        self.approvers.iter().chain(own).cloned().collect()
    }

    /// The role that fixes in `account` are made with.
    pub fn remediation_role_of<'a>(&'a self, account: Option<&'a Account>) -> Option<&'a str> {
        match account {
            Some(account) => account.remediation_role_arn.as_deref().or_else(|| {
                let shared = self.remediation_role_arn.as_deref()?;
                (values::account_of(shared) == Some(account.id.as_str())).then_some(shared)
            }),
            None => self.remediation_role_arn.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests;
