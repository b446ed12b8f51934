//! Which account a question is about, and whether it may be asked from where it is asked.

use std::collections::{BTreeMap, BTreeSet};

use collect::AssumeRole;
use secrecy::{ExposeSecret, SecretString};

use super::values::is_account_id;

/// An account that may be asked about.
#[derive(Debug, Clone)]
pub struct Account {
    /// What people call it.
    pub alias: String,
    /// Twelve digits.
    pub id: String,
    /// The role to read it with; `None`: the process's own credentials.
    pub role_arn: Option<String>,
    /// What the role's trust policy asks for (`sts:ExternalId`).
    pub external_id: Option<SecretString>,
    /// Its regions; the first is the default. Empty: whatever the AWS SDK is set to.
    pub regions: Vec<String>,
    /// CloudWatch Logs groups that hold its ECS events or agents' logs, where their names do not say so.
    pub log_groups: Vec<String>,
    /// Channels that may ask about it; `None`: all.
    pub channels: Option<BTreeSet<String>>,
    /// Channels whose alarms are about it.
    pub alarm_channels: BTreeSet<String>,
    /// User and user-group ids who may apply a fix in it.
    pub approvers: BTreeSet<String>,
    /// The role fixes are made with.
    pub remediation_role_arn: Option<String>,
}

impl Account {
    /// The role to read it with, under a session of this name; `None`: the process's own credentials.
    pub fn reading_role(&self, session_name: &str) -> Option<AssumeRole> {
        let external_id = self.external_id.as_ref();
        Some(AssumeRole {
            arn: self.role_arn.clone()?,
            external_id: external_id.map(|id| id.expose_secret().to_owned()),
            session_name: session_name.to_owned(),
        })
    }
}

/// The accounts of the settings file. None at all: the one account that the process's credentials belong to.
#[derive(Debug, Clone, Default)]
pub struct Accounts {
    pub(super) list: Vec<Account>,
    /// Channel id to alias.
    pub(super) defaults: BTreeMap<String, String>,
}

/// Why a question about an account is not answered. Its text is for the person who asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountRefused {
    /// Nobody said which one.
    #[error("there are {} accounts here: say which with --account, one of {}", known.len(), known.join(", "))]
    Ambiguous {
        /// Aliases of those that may be asked about from here.
        known: Vec<String>,
    },
    /// No such account, or not from here; the two are told apart in logs only, so that a channel learns nothing about
    /// accounts that are not its own.
    #[error("account `{asked}` cannot be asked about in this channel{}", offer(known))]
    NotHere {
        /// What was asked for.
        asked: String,
        /// Aliases of those that may be asked about from here.
        known: Vec<String>,
    },
    /// A name, and no account has one.
    #[error(
        "no account is called `{asked}`: none is set up here, so only the one the bot's own credentials belong to can be asked about; leave --account out"
    )]
    NoneSetUp {
        /// What was asked for.
        asked: String,
    },
    /// The account is not used in that region.
    #[error("account `{alias}` is not set up for region `{region}`; its regions are {}", regions.join(", "))]
    Region {
        /// The account.
        alias: String,
        /// What was asked for.
        region: String,
        /// What the settings name.
        regions: Vec<String>,
    },
}

fn offer(known: &[String]) -> String {
    match known {
        [] => "; no account can".to_owned(),
        [one] => format!("; `{one}` can"),
        several => format!("; these can: {}", several.join(", ")),
    }
}

impl Accounts {
    /// The account that a question from `channel` is about; `None`: the one that the process's credentials belong to.
    ///
    /// `asked` is an alias or a twelve-digit id. Whatever a message says, only accounts of the settings are ever read.
    pub fn resolve(
        &self,
        channel: Option<&str>,
        asked: Option<&str>,
        region: Option<&str>,
    ) -> Result<Option<&Account>, AccountRefused> {
        if self.list.is_empty() {
            // Which account the credentials belong to is not known here: the diagnosis compares an id with it.
            return match asked {
                Some(asked) if !is_account_id(asked) => Err(AccountRefused::NoneSetUp {
                    asked: asked.to_owned(),
                }),
                _ => Ok(None),
            };
        }
        let open = self.open_to(channel);
        let known = || open.iter().map(|account| account.alias.clone()).collect();
        let account = match asked {
            Some(asked) => open
                .iter()
                .copied()
                .find(|account| account.alias == asked || account.id == asked)
                .ok_or_else(|| AccountRefused::NotHere {
                    asked: asked.to_owned(),
                    known: known(),
                })?,
            None => self
                .default_of(channel)
                .ok_or_else(|| AccountRefused::Ambiguous { known: known() })?,
        };
        match region {
            Some(region)
                if !account.regions.is_empty() && !account.regions.iter().any(|own| own == region) =>
            {
                Err(AccountRefused::Region {
                    alias: account.alias.clone(),
                    region: region.to_owned(),
                    regions: account.regions.clone(),
                })
            }
            _ => Ok(Some(account)),
        }
    }

    /// The account by alias.
    pub fn by_alias(&self, alias: &str) -> Option<&Account> {
        self.list.iter().find(|account| account.alias == alias)
    }

    /// All accounts, in the file's order.
    pub fn all(&self) -> &[Account] {
        &self.list
    }

    /// The channel's default, the account whose alarms come there, or the only one there is.
    fn default_of(&self, channel: Option<&str>) -> Option<&Account> {
        if let Some(alias) = channel.and_then(|channel| self.defaults.get(channel)) {
            return self
                .open_to(channel)
                .into_iter()
                .find(|account| &account.alias == alias);
        }
        let of_alarms =
            |account: &&Account| channel.is_some_and(|channel| account.alarm_channels.contains(channel));
        only(self.open_to(channel).into_iter().filter(of_alarms))
            .or_else(|| only(self.open_to(channel).into_iter()))
    }

    /// Accounts that may be asked about in `channel`; the command line (no channel) may ask about all.
    fn open_to(&self, channel: Option<&str>) -> Vec<&Account> {
        let open = |account: &&Account| match (channel, &account.channels) {
            (Some(channel), Some(channels)) => {
                channels.contains(channel) || account.alarm_channels.contains(channel)
            }
            _ => true,
        };
        self.list.iter().filter(open).collect()
    }
}

fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    let first = items.next()?;
    items.next().is_none().then_some(first)
}
