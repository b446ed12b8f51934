//! What is kept of a plan, and of what was done.

use std::time::Duration;

use diagnosis::Remedy;
use diagnosis::remedy::Action;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::conversation::Kept;
use crate::work::Press;

/// How long plans and what was done are kept: longer than a plan can be applied, so that late presses are answered.
pub(super) const KEPT_FOR: Duration = Duration::from_hours(24);

/// A remedy that somebody chose, with all it takes to apply it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// What would be done.
    pub remedy: Remedy,
    /// Alias of the account; `None`: the one that the process's credentials belong to.
    pub account: Option<String>,
    /// Alias of the account, or its number.
    pub account_name: String,
    /// Region.
    pub region: String,
    /// What it is done to, as people call it: `prod/payments`.
    pub target: String,
    /// Cluster name.
    pub cluster: String,
    /// Service name, where there is one to watch.
    pub service: Option<String>,
    /// Channel of the thread.
    pub channel: String,
    /// The channel's message, to be turned green.
    pub root: Option<String>,
    /// What the diagnosis said.
    pub was: String,
    /// Handle of the diagnosis: to look again with.
    pub diagnosis: String,
    /// Who chose it, by Slack id.
    pub chosen_by: String,
    /// After this it can no longer be applied.
    pub expires: Timestamp,
}

impl Plan {
    pub(super) fn new(press: &Press, kept: &Kept, remedy: &Remedy, now: Timestamp, lives: Duration) -> Self {
        let target = &kept.report.target;
        Self {
            remedy: remedy.clone(),
            account: kept.account.clone(),
            account_name: kept.account_name().to_owned(),
            region: target.region.clone(),
            target: kept.target_name(),
            cluster: target.cluster.clone(),
            service: target.service.clone(),
            channel: kept.channel.clone(),
            root: kept.root.clone(),
            was: kept.report.headline.clone(),
            diagnosis: press.handle.clone(),
            chosen_by: press.user.clone(),
            expires: now.checked_add(lives).unwrap_or(now),
        }
    }

    /// What a button applies; nothing for a manual remedy.
    pub(super) fn action(&self) -> Option<&Action> {
        self.remedy.action.as_ref()
    }
}

/// What was done, and how to take it back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Applied {
    /// The plan.
    pub plan: Plan,
    /// What was there before, byte for byte, where it was a document.
    pub before: Before,
}

/// What was there before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "was")]
pub enum Before {
    /// The role's inline policy of the plan's name: its text, or none.
    RolePolicy {
        /// The text, byte for byte; `None` where there was no such policy.
        text: Option<String>,
    },
    /// The service's task definition.
    TaskDefinition {
        /// Its ARN.
        arn: String,
    },
}
