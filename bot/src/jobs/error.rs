//! What can go wrong between the bot and its Redis, for the person who reads it.

use super::JobId;

/// An operation on the queue, or on anything else kept in Redis, that did not happen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JobsError {
    /// No answer: down, unreachable, still loading its files, or too slow. Whether the operation took
    /// place is not known; every one of them may be repeated.
    #[error(
        "Redis at `{address}` did not answer while {doing}: {reason}; check that it runs and that `REDIS_URL` names it"
    )]
    RedisUnavailable {
        /// Host and port, never the credentials.
        address: String,
        /// What was attempted, as a participle: "accepting the request".
        doing: &'static str,
        /// What the connection said.
        reason: String,
    },
    /// More work is waiting than the settings allow. Nothing was written.
    #[error(
        "{waiting} jobs are waiting and no more than {limit} may; nothing was accepted: try again in a minute, or run more workers"
    )]
    QueueFull {
        /// Jobs in the stream and delayed ones.
        waiting: usize,
        /// [`super::QueueLimits::waiting`].
        limit: usize,
    },
    /// Redis is at `maxmemory`. Nothing was written; jobs that were accepted go on.
    #[error(
        "Redis at `{address}` is out of memory and refused {doing}; raise its `maxmemory`, or wait until accepted jobs have drained"
    )]
    OutOfMemory {
        /// Host and port.
        address: String,
        /// What was attempted.
        doing: &'static str,
    },
    /// Redis answered with an error of its own.
    #[error("Redis at `{address}` refused {doing}: {reason}")]
    Refused {
        /// Host and port.
        address: String,
        /// What was attempted.
        doing: &'static str,
        /// Redis's own words, which begin with its error code.
        reason: String,
    },
    /// The worker that asks has been overtaken. It must stop and touch nothing.
    #[error("the lease on job `{job}` ran out and another worker may hold it; nothing was changed")]
    LeaseLost {
        /// The job.
        job: JobId,
    },
    /// A value cannot be turned into JSON, or what is stored is not what was expected.
    #[error("{what} cannot be read or written as JSON: {reason}")]
    Json {
        /// Which value.
        what: String,
        /// What the parser said.
        reason: String,
    },
    /// The address itself is wrong. The address is not repeated: it may hold a password.
    #[error(
        "`REDIS_URL` is not usable ({reason}); expected `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS"
    )]
    Address {
        /// What is wrong with it.
        reason: String,
    },
}

impl JobsError {
    /// True where the same call may work in a moment, without anybody changing anything.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::RedisUnavailable { .. } | Self::QueueFull { .. } | Self::OutOfMemory { .. }
        )
    }

    /// A short name for a metric's label.
    pub fn label(&self) -> &'static str {
        match self {
            Self::RedisUnavailable { .. } => "redis_unavailable",
            Self::QueueFull { .. } => "queue_full",
            Self::OutOfMemory { .. } => "out_of_memory",
            Self::Refused { .. } => "refused",
            Self::LeaseLost { .. } => "lease_lost",
            Self::Json { .. } => "json",
            Self::Address { .. } => "address",
        }
    }

    /// For values of ours that do not pass through serde.
    pub(super) fn json(what: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        Self::Json {
            what: what.into(),
            reason: reason.to_string(),
        }
    }
}
