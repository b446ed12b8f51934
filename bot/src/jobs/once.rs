//! Has this been seen before?

use std::time::Duration;

use super::{JobsError, Keys, Redis};

/// Remembers what was seen, for a while: a signed request that is replayed, say.
#[derive(Debug, Clone)]
pub struct Once {
    redis: Redis,
    keys: Keys,
}

impl Once {
    /// Kept in `redis`.
    pub fn new(redis: Redis, keys: Keys) -> Self {
        Self { redis, keys }
    }

    /// True for the first caller with this `id` of a `what` within `remember`, false for all others.
    /// `caller` tells callers apart, so that one whose answer got lost may ask again.
    ///
    /// # Errors
    /// Where Redis does not answer.
    pub async fn first(
        &self,
        what: &str,
        id: &str,
        caller: &str,
        remember: Duration,
    ) -> Result<bool, JobsError> {
        let mut cmd = redis::cmd("SET");
        cmd.arg(self.keys.seen(what, id)).arg(caller).arg("NX").arg("GET");
        cmd.arg("EX").arg(remember.as_secs().max(1));
        let before: Option<String> = self.redis.command("looking for a repetition", &cmd).await?;
        Ok(before.is_none_or(|before| before == caller))
    }
}
