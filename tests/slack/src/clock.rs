//! The one clock of the stand-in: real time plus what tests have put it forward.
//!
//! Every rule of time (3 s acknowledgements, 30 min `response_url`s, retries after one and five minutes)
//! waits on this clock, so a test advances it instead of sleeping.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// Real time plus an advance that only grows.
#[derive(Debug)]
pub(crate) struct Clock {
    ahead: watch::Sender<Duration>,
}

impl Default for Clock {
    fn default() -> Self {
        Self {
            ahead: watch::Sender::new(Duration::ZERO),
        }
    }
}

impl Clock {
    /// The time the stand-in believes it is.
    pub(crate) fn now(&self) -> Timestamp {
        later(Timestamp::now(), *self.ahead.borrow())
    }

    /// Puts the clock forward; everybody who waits on it looks again.
    pub(crate) fn advance(&self, by: Duration) {
        self.ahead.send_modify(|ahead| *ahead = ahead.saturating_add(by));
    }

    /// Waits until the clock, not the world, is `wait` further.
    pub(crate) async fn sleep(&self, wait: Duration) {
        let mut ahead = self.ahead.subscribe();
        let until = later(self.now(), wait);
        loop {
            let left = until.duration_since(self.now());
            if left <= SignedDuration::ZERO {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(left.unsigned_abs()) => {}
                changed = ahead.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Runs `work`, giving up once the clock is `limit` further.
    pub(crate) async fn within<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = work => Some(done),
            () = self.sleep(limit) => None,
        }
    }
}

/// `at` plus `by`, held at the end of representable time.
pub(crate) fn later(at: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by)
        .ok()
        .and_then(|by| at.checked_add(by).ok())
        .unwrap_or(Timestamp::MAX)
}
