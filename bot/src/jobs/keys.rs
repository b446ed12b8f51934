//! The names of everything the bot keeps in Redis.

use super::JobId;

/// Names keys. All that one script touches shares the hash tag `{namespace:0}`, so the queue stays
/// whole on a clustered Redis as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// `{epw:0}`: the hash tag, and the prefix of everything the queue owns.
    tagged: String,
    /// `epw`: the prefix of what is used one key at a time and may spread over a cluster.
    free: String,
}

impl Keys {
    /// The consumer group that all workers read as.
    pub(super) const GROUP: &'static str = "workers";

    /// Names under `namespace`, so that two installations can share one Redis. Braces would break the
    /// hash tag and are dropped.
    pub fn new(namespace: &str) -> Self {
        let free: String = namespace.chars().filter(|c| !matches!(c, '{' | '}')).collect();
        Self {
            tagged: format!("{{{free}:0}}"),
            free,
        }
    }

    /// What scripts build the names of other jobs from.
    pub(super) fn prefix(&self) -> &str {
        &self.tagged
    }

    /// Stream of job ids that wait or run.
    pub fn jobs(&self) -> String {
        format!("{}:jobs", self.tagged)
    }

    /// Hash of one job: payload, counters, and the state its handlers keep.
    pub fn job(&self, id: JobId) -> String {
        format!("{}:job:{id}", self.tagged)
    }

    /// Sorted set of job ids that run later; the score is when, in Unix milliseconds.
    pub fn delayed(&self) -> String {
        format!("{}:delayed", self.tagged)
    }

    /// Stream of jobs that failed for good.
    pub fn dead(&self) -> String {
        format!("{}:dead", self.tagged)
    }

    /// Which job one delivery made.
    pub(super) fn once(&self, delivery: &str) -> String {
        format!("{}:once:{delivery}", self.tagged)
    }

    /// Which job works on a target now.
    pub(super) fn inflight(&self, target: &str) -> String {
        format!("{}:inflight:{target}", self.tagged)
    }

    /// Payloads that a job answers for besides its own.
    pub(super) fn folded(&self, id: JobId) -> String {
        format!("{}:folded:{id}", self.tagged)
    }

    /// Stream of what was done, by whom.
    pub fn audit(&self) -> String {
        format!("{}:audit", self.tagged)
    }

    /// Marks one audit record as written.
    pub(super) fn audited(&self, record: &str) -> String {
        format!("{}:audited:{record}", self.tagged)
    }

    /// Hash behind a button's opaque value.
    pub(super) fn handle(&self, handle: &str) -> String {
        format!("{}:handle:{handle}", self.free)
    }

    /// Marks something as seen.
    pub(super) fn seen(&self, what: &str, id: &str) -> String {
        format!("{}:seen:{what}:{id}", self.free)
    }

    /// A token bucket.
    pub(super) fn pace(&self, name: &str) -> String {
        format!("{}:pace:{name}", self.free)
    }

    /// Cached evidence.
    pub(super) fn evidence(&self, rest: &str) -> String {
        format!("{}:ev:{rest}", self.free)
    }
}

impl Default for Keys {
    fn default() -> Self {
        Self::new("epw")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_script_touches_shares_a_hash_tag() {
        let keys = Keys::new("epw");
        let id = JobId::new();
        for key in [
            keys.jobs(),
            keys.job(id),
            keys.delayed(),
            keys.dead(),
            keys.once("Ev1"),
            keys.inflight("prod/payments"),
            keys.folded(id),
            keys.audit(),
            keys.audited("r"),
        ] {
            assert!(key.starts_with("{epw:0}:"), "{key}");
        }
    }

    #[test]
    fn braces_in_the_namespace_cannot_move_the_hash_tag() {
        assert_eq!(Keys::new("a}{b"), Keys::new("ab"));
    }
}
