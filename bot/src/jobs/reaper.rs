//! Keeps jobs moving that nobody holds: those whose worker died, and those whose time has come.

use std::time::Duration;

use redis::streams::StreamAutoClaimReply;

use super::claims::{Claims, Entry};
use super::script::{FORGET_CONSUMERS, MOVE_DUE};
use super::{JobsError, Keys};

/// Entries looked at with one command.
const PAGE: usize = 10;
/// A consumer that holds nothing and was not seen for this long belongs to a process that is gone.
const UNSEEN: Duration = Duration::from_hours(1);

impl Claims {
    /// Claims up to `count` entries whose lease has run out, from whichever worker held them.
    ///
    /// # Errors
    /// Where Redis does not answer.
    pub async fn expired(&self, count: usize) -> Result<Vec<Entry>, JobsError> {
        let mut entries = Vec::new();
        let mut cursor = "0-0".to_owned();
        while entries.len() < count {
            let mut cmd = redis::cmd("XAUTOCLAIM");
            cmd.arg(self.keys.jobs())
                .arg(Keys::GROUP)
                .arg(&self.consumer)
                .arg(u64::try_from(self.lease.as_millis()).unwrap_or(u64::MAX))
                .arg(&cursor)
                .arg("COUNT")
                .arg(PAGE.min(count - entries.len()));
            let page: StreamAutoClaimReply =
                match self.redis.command("looking for expired leases", &cmd).await {
                    Err(JobsError::Refused { reason, .. }) if reason.contains("NOGROUP") => {
                        self.ensure_group().await?;
                        break;
                    }
                    answer => answer?,
                };
            entries.extend(Self::entries(page.claimed));
            cursor = page.next_stream_id;
            if cursor == "0-0" {
                break;
            }
        }
        Ok(entries)
    }

    /// Puts delayed jobs that are due back into the stream; returns how many.
    ///
    /// # Errors
    /// Where Redis does not answer.
    pub async fn move_due(&self) -> Result<usize, JobsError> {
        let mut script = MOVE_DUE.prepare_invoke();
        script
            .key(self.keys.jobs())
            .key(self.keys.delayed())
            .arg(PAGE * PAGE)
            .arg(self.keys.prefix());
        self.redis.script("moving delayed jobs", &script).await
    }

    /// Removes this consumer if it holds nothing, and those of processes that are long gone.
    ///
    /// # Errors
    /// Where Redis does not answer.
    pub async fn leave(&self) -> Result<(), JobsError> {
        let mut script = FORGET_CONSUMERS.prepare_invoke();
        script
            .key(self.keys.jobs())
            .arg(Keys::GROUP)
            .arg(&self.consumer)
            .arg(u64::try_from(UNSEEN.as_millis()).unwrap_or(u64::MAX));
        self.redis
            .script::<i64>("leaving the consumer group", &script)
            .await
            .map(|_| ())
    }
}
