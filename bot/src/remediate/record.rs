//! What is written to the audit log.

use diagnosis::remedy::Call;
use serde::{Deserialize, Serialize};

use super::Plan;
use crate::work::Press;

/// One line of the audit log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// What happened.
    pub deed: Deed,
    /// Who pressed, by Slack id.
    pub by: String,
    /// Handle of the plan, or of what was done.
    pub handle: String,
    /// Account, as alias or id.
    pub account: String,
    /// What it is done to.
    pub target: String,
    /// Id of the remedy.
    pub remedy: String,
    /// The calls.
    pub calls: Vec<Call>,
    /// Why, or what came of it.
    pub detail: String,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// A press that changes nothing.
    Refused,
    /// The calls are about to be made.
    Intent,
    /// AWS took them.
    Applied,
    /// AWS refused them.
    Failed,
    /// AWS did not answer: it cannot be told.
    Unknown,
    /// The calls that take it back are about to be made.
    UndoIntent,
    /// It was taken back.
    Undone,
    /// The plan was dropped.
    Cancelled,
}

impl Record {
    pub(super) fn of(deed: Deed, press: &Press, plan: &Plan, detail: impl Into<String>) -> Self {
        Self {
            deed,
            by: press.user.clone(),
            handle: press.handle.clone(),
            account: plan.account_name.clone(),
            target: plan.target.clone(),
            remedy: plan.remedy.id.clone(),
            calls: plan.remedy.calls.clone(),
            detail: detail.into(),
        }
    }
}
