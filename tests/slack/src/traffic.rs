//! What went over the wire, both ways, for tests and for people who wonder.

use jiff::Timestamp;
use serde::Serialize;

/// One request and its answer.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Exchange {
    /// When the answer was there, or the wait for it ended.
    pub(crate) at: Timestamp,
    /// `to_bot` or `from_bot`.
    pub(crate) direction: &'static str,
    /// `http` or `socket`.
    pub(crate) transport: &'static str,
    /// Path, Web API method, or envelope type.
    pub(crate) what: String,
    /// Request headers that matter (`X-Slack-*`, content type); never a token.
    pub(crate) headers: Vec<(String, String)>,
    /// Request body as it went; the token is left out.
    pub(crate) request: String,
    /// Status, 0 where none came.
    pub(crate) status: u16,
    /// Answer, or why there is none.
    pub(crate) answer: String,
    /// Milliseconds between request and answer.
    pub(crate) elapsed_ms: u64,
}
