//! Faults on demand: rate limits and slowness of the Web API.

use std::collections::BTreeMap;
use std::time::Duration;

/// What the Web API does wrong at the moment.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// Per method (or `*`): how many calls are still refused, and what `Retry-After` says in seconds.
    limited: BTreeMap<String, (u32, u64)>,
    /// Per method (or `*`): how long every answer takes.
    latency: BTreeMap<String, Duration>,
}

impl Faults {
    /// The next `times` calls of `method` are refused.
    pub(crate) fn limit(&mut self, method: &str, times: u32, retry_after: u64) {
        self.limited.insert(method.to_owned(), (times, retry_after));
    }

    /// Every answer of `method` takes this long from now on.
    pub(crate) fn delay(&mut self, method: &str, by: Duration) {
        self.latency.insert(method.to_owned(), by);
    }

    /// Whether this call is refused: the seconds to wait.
    pub(crate) fn take_limit(&mut self, method: &str) -> Option<u64> {
        [method, "*"].iter().find_map(|name| {
            let (left, retry_after) = self.limited.get_mut(*name)?;
            *left = left.checked_sub(1)?;
            Some(*retry_after)
        })
    }

    /// How long this call's answer takes.
    pub(crate) fn latency(&self, method: &str) -> Duration {
        let found = self.latency.get(method).or_else(|| self.latency.get("*"));
        found.copied().unwrap_or_default()
    }
}
