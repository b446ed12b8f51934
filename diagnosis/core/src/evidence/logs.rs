//! Log lines and events of AWS itself.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A line that speaks of a failed pull.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Its log group.
    pub group: String,
    /// Its log stream.
    pub stream: String,
    /// When it was logged.
    pub at: Timestamp,
    /// What it says, credentials redacted.
    pub message: String,
}

/// An event AWS reports for one of its services (AWS Health).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthEvent {
    /// Its ARN.
    pub arn: String,
    /// Service it concerns, `ECS`.
    pub service: String,
    /// Its type, `AWS_ECS_OPERATIONAL_ISSUE`.
    pub type_code: String,
    /// Region, or `global`.
    pub region: String,
    /// `open`, `upcoming` or `closed`.
    pub status: String,
    /// When it began.
    pub from: Option<Timestamp>,
    /// When it ended.
    pub to: Option<Timestamp>,
}
