//! Who did what, when: append-only.

use std::time::Duration;

use jiff::Timestamp;
use redis::streams::StreamRangeReply;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::dead::stream_time;
use super::script::APPEND_AUDIT;
use super::{JobsError, Keys, Redis};

/// Longer than any repetition of one append can take.
const REMEMBER: Duration = Duration::from_mins(10);

/// A record as it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded<T> {
    /// Its place in the log; sorts as the log does.
    pub id: String,
    /// When Redis wrote it.
    pub at: Timestamp,
    /// The record.
    pub record: T,
}

/// The audit log. It is never trimmed, and written even when Redis is out of memory.
#[derive(Debug, Clone)]
pub struct Audit {
    redis: Redis,
    keys: Keys,
}

impl Audit {
    /// Kept in `redis`.
    pub fn new(redis: Redis, keys: Keys) -> Self {
        Self { redis, keys }
    }

    /// Appends a record and returns its place. When this returns, the record is in Redis, once.
    ///
    /// # Errors
    /// Where Redis does not answer: what was to be recorded must then not be done.
    pub async fn append<T: Serialize>(&self, record: &T) -> Result<String, JobsError> {
        let json = serde_json::to_string(record).map_err(|e| JobsError::json("an audit record", e))?;
        let mut script = APPEND_AUDIT.prepare_invoke();
        script
            .key(self.keys.audit())
            .key(self.keys.audited(&Uuid::now_v7().to_string()))
            .arg(json)
            .arg(REMEMBER.as_secs());
        self.redis.script("writing the audit log", &script).await
    }

    /// Up to `count` records, oldest first, from the one after `after` or from the beginning.
    ///
    /// # Errors
    /// Where Redis does not answer, or a record is none of this type.
    pub async fn read<T: DeserializeOwned>(
        &self,
        after: Option<&str>,
        count: usize,
    ) -> Result<Vec<Recorded<T>>, JobsError> {
        // A parenthesis makes the bound exclusive: <https://redis.io/docs/latest/commands/xrange/>
        let from = after.map_or_else(|| "-".to_owned(), |id| format!("({id}"));
        let mut cmd = redis::cmd("XRANGE");
        cmd.arg(self.keys.audit())
            .arg(from)
            .arg("+")
            .arg("COUNT")
            .arg(count);
        let reply: StreamRangeReply = self.redis.command("reading the audit log", &cmd).await?;
        let recorded = reply.ids.into_iter().map(|entry| {
            let json: String = entry.get("record").unwrap_or_default();
            let record = serde_json::from_str(&json)
                .map_err(|e| JobsError::json(format!("audit record `{}`", entry.id), e))?;
            Ok(Recorded {
                at: stream_time(&entry.id),
                id: entry.id,
                record,
            })
        });
        recorded.collect()
    }
}
