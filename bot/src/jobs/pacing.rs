//! Rate limits that all processes keep together.

use std::time::Duration;

use super::script::{PACE, PAUSE};
use super::{JobsError, Keys, Redis};

/// A limit: what is limited, and how fast it may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    /// What is limited: everybody who uses this name shares the limit.
    pub name: String,
    /// Time between turns.
    pub every: Duration,
    /// Turns that may come at once after a pause, at least 1.
    pub burst: u32,
}

impl Pace {
    /// `per_second` turns a second, of which `burst` may come at once.
    pub fn per_second(name: impl Into<String>, per_second: u32, burst: u32) -> Self {
        Self {
            name: name.into(),
            every: Duration::from_secs(1) / per_second.max(1),
            burst: burst.max(1),
        }
    }
}

/// When the caller may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// A turn is taken: act after this wait, which is zero where there is no need to wait.
    In(Duration),
    /// No turn is taken: the wait would be this long, and the caller does not wait so long.
    TooLong(Duration),
}

/// Hands out turns, in the order in which they are asked for: every caller gets a place of its own, so
/// none starves while others try again faster.
#[derive(Debug, Clone)]
pub struct Pacing {
    redis: Redis,
    keys: Keys,
}

impl Pacing {
    /// Limits kept in `redis`.
    pub fn new(redis: Redis, keys: Keys) -> Self {
        Self { redis, keys }
    }

    /// Takes the next turn, unless it is further away than `patience`.
    ///
    /// # Errors
    /// Where Redis does not answer. The caller then has no turn; waiting [`Pace::every`] keeps the
    /// limit as far as one process can.
    pub async fn turn(&self, pace: &Pace, patience: Duration) -> Result<Turn, JobsError> {
        let mut script = PACE.prepare_invoke();
        script
            .key(self.keys.pace(&pace.name))
            .arg(micros(pace.every))
            .arg(pace.burst.max(1))
            .arg(micros(patience));
        let (taken, wait): (i64, u64) = self.redis.script("taking a turn", &script).await?;
        let wait = Duration::from_micros(wait);
        Ok(if taken == 1 {
            Turn::In(wait)
        } else {
            Turn::TooLong(wait)
        })
    }

    /// Holds everybody back for `time`: what one was told by a `Retry-After` is true for all.
    ///
    /// # Errors
    /// Where Redis does not answer.
    pub async fn pause(&self, pace: &Pace, time: Duration) -> Result<(), JobsError> {
        let mut script = PAUSE.prepare_invoke();
        script
            .key(self.keys.pace(&pace.name))
            .arg(micros(pace.every))
            .arg(pace.burst.max(1))
            .arg(micros(time));
        self.redis.script::<i64>("pausing", &script).await.map(|_| ())
    }
}

/// Whole microseconds. Bounded to a year: Lua counts in doubles.
fn micros(time: Duration) -> u64 {
    const YEAR: u64 = 365 * 24 * 60 * 60 * 1_000_000;
    u64::try_from(time.as_micros()).unwrap_or(YEAR).min(YEAR)
}
