//! How long to wait before the next attempt.

use std::time::Duration;

/// Exponential backoff with full jitter: a random pause between zero and a bound that doubles. Many
/// jobs that failed together do not come back together.
/// <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Bound after the first attempt.
    pub first: Duration,
    /// The bound grows no further than this.
    pub longest: Duration,
}

impl Backoff {
    /// The longest pause after attempt number `attempt` (from 1).
    pub fn bound(&self, attempt: u32) -> Duration {
        let doublings = attempt.saturating_sub(1).min(31);
        self.first.saturating_mul(1 << doublings).min(self.longest)
    }

    /// A random pause after attempt number `attempt`, at least one millisecond.
    pub fn pause(&self, attempt: u32) -> Duration {
        self.bound(attempt)
            .mul_f64(rand::random::<f64>())
            .max(Duration::from_millis(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BACKOFF: Backoff = Backoff {
        first: Duration::from_secs(2),
        longest: Duration::from_mins(1),
    };

    #[test]
    fn the_bound_doubles_up_to_the_longest() {
        let bounds: Vec<u64> = (1..=7).map(|attempt| BACKOFF.bound(attempt).as_secs()).collect();
        assert_eq!(bounds, [2, 4, 8, 16, 32, 60, 60]);
    }

    proptest! {
        #[test]
        fn a_pause_is_never_zero_and_never_above_its_bound(attempt: u32) {
            let pause = BACKOFF.pause(attempt);
            prop_assert!(pause >= Duration::from_millis(1));
            prop_assert!(pause <= BACKOFF.bound(attempt));
        }
    }
}
