//! What is written to the audit log.

use diagnosis::remedy::Call;
use serde::{Deserialize, Serialize};

use super::Plan;
use crate::work::Press;

/// One line of the audit log; when it was written is the log's to say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// What happened.
    pub deed: Deed,
    /// Who pressed, by Slack id.
    pub by: String,
    /// Handle of the plan, or of what was done.
    pub handle: String,
    /// SHA-256 of what the plan would do and where; empty where the plan is gone.
    pub plan: String,
    /// Account, as alias or id.
    pub account: String,
    /// What it is done to.
    pub target: String,
    /// Id of the remedy.
    pub remedy: String,
    /// The calls.
    pub calls: Vec<Call>,
    /// AWS's id of the request that changed something, where it gave one.
    pub request_id: Option<String>,
    /// Why, or what came of it.
    pub detail: String,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// A press that changes nothing.
    Refused,
    /// The plan was dropped.
    Cancelled,
    /// The calls are about to be made.
    Intent,
    /// AWS took them.
    Applied,
    /// They were not made, or AWS refused them.
    Failed,
    /// AWS did not answer: it cannot be told.
    Unknown,
    /// The calls that take it back are about to be made.
    UndoIntent,
    /// It was taken back.
    Undone,
    /// It was not taken back.
    UndoFailed,
    /// AWS did not answer: it cannot be told whether it was taken back.
    UndoUnknown,
}

impl Record {
    pub(super) fn of(deed: Deed, press: &Press, plan: &Plan, detail: impl Into<String>) -> Self {
        Self {
            deed,
            by: press.user.clone(),
            handle: press.handle.clone(),
            plan: plan.hash(),
            account: plan.account_name.clone(),
            target: plan.target.clone(),
            remedy: plan.remedy.id.clone(),
            calls: plan.remedy.calls.clone(),
            request_id: None,
            detail: detail.into(),
        }
    }

    /// A press on what is no longer kept.
    pub(super) fn of_nothing(press: &Press) -> Self {
        Self {
            deed: Deed::Refused,
            by: press.user.clone(),
            handle: press.handle.clone(),
            plan: String::new(),
            account: String::new(),
            target: String::new(),
            remedy: String::new(),
            calls: Vec::new(),
            request_id: None,
            detail: format!("{} was pressed on what is no longer kept", press.verb.word()),
        }
    }
}
