//! Jobs that failed for good.

use jiff::Timestamp;
use redis::streams::StreamRangeReply;

use super::job::Stored;
use super::{JobsError, Payload, Queue};

/// What whoever waited must be told: the job has failed and will not be tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadJob<P> {
    /// What is stored of it.
    pub stored: Stored,
    /// What it should have done, where this program can read it.
    pub payload: Option<P>,
    /// Why the last attempt failed.
    pub why: String,
}

impl<P: Payload> DeadJob<P> {
    pub(super) fn new(stored: Stored, why: String) -> Self {
        Self {
            payload: serde_json::from_str(&stored.payload).ok(),
            stored,
            why,
        }
    }
}

/// An entry of the dead-letter stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The job.
    pub id: String,
    /// [`Payload::kind`].
    pub kind: String,
    /// The payload as stored (JSON).
    pub payload: String,
    /// Attempts made.
    pub attempts: u32,
    /// Why the last one failed.
    pub why: String,
    /// When it was given up.
    pub at: Timestamp,
}

impl<P: Payload> Queue<P> {
    /// The newest dead letters, newest first.
    ///
    /// # Errors
    /// Where Redis does not answer.
    pub async fn dead_letters(&self, count: usize) -> Result<Vec<DeadLetter>, JobsError> {
        let mut cmd = redis::cmd("XREVRANGE");
        cmd.arg(self.keys().dead())
            .arg("+")
            .arg("-")
            .arg("COUNT")
            .arg(count);
        let reply: StreamRangeReply = self.redis().command("reading the dead letters", &cmd).await?;
        let letters = reply.ids.into_iter().map(|entry| {
            let field = |name: &str| entry.get::<String>(name).unwrap_or_default();
            DeadLetter {
                id: field("id"),
                kind: field("kind"),
                payload: field("payload"),
                attempts: field("attempts").parse().unwrap_or(0),
                why: field("why"),
                at: stream_time(&entry.id),
            }
        });
        Ok(letters.collect())
    }
}

/// When Redis wrote a stream entry: the part of its id before the dash is Unix milliseconds.
pub(super) fn stream_time(id: &str) -> Timestamp {
    let millis = id
        .split('-')
        .next()
        .and_then(|millis| millis.parse().ok())
        .unwrap_or(0);
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::UNIX_EPOCH)
}
