//! Who changed what when (CloudTrail).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One recorded API call that changed something, or was refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// CloudTrail's event id.
    pub id: String,
    /// When it happened.
    pub at: Timestamp,
    /// Name of the event, `UpdateService`.
    pub name: String,
    /// Service it was sent to, `ecs.amazonaws.com`.
    pub event_source: String,
    /// Who did it, for a person: the session or user name.
    pub actor: Option<String>,
    /// Who did it: their ARN.
    pub actor_arn: Option<String>,
    /// AWS's error code, where the call was refused.
    pub error_code: Option<String>,
    /// AWS's error message, credentials redacted.
    pub error_message: Option<String>,
    /// Names and ARNs of what it touched.
    pub resources: Vec<String>,
    /// The request, as recorded; values of `environment` and `secrets` removed.
    pub request: serde_json::Value,
    /// The answer, as recorded, reduced the same way.
    pub response: serde_json::Value,
}
