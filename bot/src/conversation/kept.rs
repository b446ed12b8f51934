//! What the bot keeps of an answer, behind its buttons.

use std::time::Duration;

use diagnosis::Report;
use serde::{Deserialize, Serialize};

use crate::jobs::{Handles, JobsError};
use crate::work::{Ask, Origin, Place};

/// How long buttons work.
const KEPT_FOR: Duration = Duration::from_hours(24);

/// An answer as it was given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// What was asked.
    pub ask: Ask,
    /// Where from.
    pub origin: Origin,
    /// Alias of the account; `None`: the one that the process's credentials belong to.
    pub account: Option<String>,
    /// Channel of its messages.
    pub channel: String,
    /// `ts` of the message in the channel; `None` for an alarm, whose own message that is.
    pub root: Option<String>,
    /// `ts` of the thread.
    pub thread_ts: String,
    /// `ts` of the message with the findings.
    pub findings: String,
    /// What it says, its remedies with all that applying them needs.
    pub report: Report,
}

impl Kept {
    /// Keeps it for as long as its buttons work, and returns the handle.
    pub async fn keep(&self, handles: &Handles) -> Result<String, JobsError> {
        handles.put(self, KEPT_FOR).await.map(|handle| handle.to_string())
    }

    /// What is kept behind a handle; nothing where it has expired or is none.
    pub async fn find(handles: &Handles, handle: &str) -> Result<Option<Self>, JobsError> {
        match handle.parse() {
            Ok(handle) => handles.get(&handle).await,
            Err(_) => Ok(None),
        }
    }

    /// The thread it is in.
    pub fn thread(&self) -> Place {
        Place {
            channel: self.channel.clone(),
            ts: self.thread_ts.clone(),
        }
    }

    /// Alias of the account, or its number.
    pub fn account_name(&self) -> &str {
        self.account
            .as_deref()
            .or(self.report.target.account.as_deref())
            .unwrap_or("of the bot's credentials")
    }

    /// `prod/payments`: how people call what was diagnosed.
    pub fn target_name(&self) -> String {
        if self.ask.preflight.is_some() {
            return self.ask.name();
        }
        let target = &self.report.target;
        match target.service.as_deref().or(target.task_definition.as_deref()) {
            Some(name) => format!("{}/{name}", target.cluster),
            None => self.ask.name(),
        }
    }
}
