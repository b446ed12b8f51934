//! Is this Redis fit to hold the queue?

use std::collections::BTreeMap;

use super::{Depth, JobsError, Keys, QueueLimits, Redis, queue};

/// What is wrong with a Redis that answers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Scripts and stream commands of Redis 7 are missing.
    #[error("Redis is version {version}; 7.0 or later is needed")]
    TooOld {
        /// What it says it is.
        version: String,
    },
    /// Redis may throw the queue away.
    #[error(
        "`maxmemory-policy` is `{policy}`, which lets Redis evict accepted jobs when memory is short; set it to `noeviction`"
    )]
    MayEvictJobs {
        /// The policy.
        policy: String,
    },
    /// A restart of Redis loses accepted jobs.
    #[error(
        "the append-only file is off: accepted jobs are lost when Redis restarts; set `appendonly yes`, or use a durable service"
    )]
    NotDurable,
    /// A crash of Redis may lose the newest jobs: while the disk is busy it puts off writing for up to two
    /// seconds, and answers all the same.
    /// <https://redis.io/docs/latest/operate/oss_and_stack/management/optimization/latency/#latency-due-to-aof-and-disk-io>
    #[error(
        "`appendfsync` is `{policy}`: a crash of Redis may lose jobs that it accepted in its last seconds; `always` keeps each one"
    )]
    MayLoseTheNewest {
        /// `everysec` or `no`.
        policy: String,
    },
    /// No worker has ever read this queue.
    #[error("no worker has read the queue yet: its consumer group does not exist; start one with `serve`")]
    NoGroup,
    /// No further request is accepted.
    #[error("{waiting} jobs are waiting and no more than {limit} may; no request is accepted")]
    Full {
        /// Jobs waiting, running or delayed.
        waiting: usize,
        /// [`QueueLimits::waiting`].
        limit: usize,
    },
}

impl Problem {
    /// True where requests must not be accepted: they would not be kept, or not be read.
    pub fn is_fatal(&self) -> bool {
        match self {
            Self::TooOld { .. } | Self::MayEvictJobs { .. } | Self::Full { .. } => true,
            Self::NotDurable | Self::MayLoseTheNewest { .. } | Self::NoGroup => false,
        }
    }
}

/// What Redis says of itself. `None` where it does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readiness {
    /// `redis_version`.
    pub version: Option<String>,
    /// `maxmemory_policy`.
    pub eviction: Option<String>,
    /// Whether the append-only file is on.
    pub append_only: Option<bool>,
    /// `appendfsync`; managed services do not say.
    pub append_fsync: Option<String>,
    /// Work in the queue.
    pub depth: Depth,
    /// What is wrong, worst first.
    pub problems: Vec<Problem>,
}

impl Readiness {
    /// True where requests may be accepted.
    pub fn accepts(&self) -> bool {
        !self.problems.iter().any(Problem::is_fatal)
    }
}

/// Looks whether the queue under `keys` can be relied on. Reads only, so a probe may call it often.
///
/// # Errors
/// [`JobsError::RedisUnavailable`] within about a second where Redis does not answer.
pub async fn ready(redis: &Redis, keys: &Keys, limits: &QueueLimits) -> Result<Readiness, JobsError> {
    // INFO rather than CONFIG GET wherever it has the answer: managed services refuse CONFIG.
    let info: String = redis
        .command("asking Redis about itself", &redis::cmd("INFO"))
        .await?;
    let info: BTreeMap<&str, &str> = info
        .lines()
        .filter_map(|line| line.trim().split_once(':'))
        .collect();
    let said = |field: &str| info.get(field).map(|value| (*value).to_owned());
    let depth = queue::depth(redis, keys).await?;
    let mut readiness = Readiness {
        version: said("redis_version"),
        eviction: said("maxmemory_policy"),
        append_only: said("aof_enabled").map(|on| on == "1"),
        append_fsync: append_fsync(redis).await?,
        depth,
        problems: Vec::new(),
    };
    readiness.problems = problems(&readiness, has_group(redis, keys).await?, limits);
    Ok(readiness)
}

fn problems(readiness: &Readiness, has_group: bool, limits: &QueueLimits) -> Vec<Problem> {
    let major = |version: &str| version.split('.').next().and_then(|n| n.parse::<u32>().ok());
    let waiting = readiness.depth.queued + readiness.depth.delayed;
    let too_old = readiness
        .version
        .clone()
        .filter(|v| major(v).is_some_and(|major| major < 7));
    let evicts = readiness
        .eviction
        .clone()
        .filter(|policy| policy.starts_with("allkeys"));
    let lazy = readiness
        .append_fsync
        .clone()
        .filter(|policy| policy != "always" && readiness.append_only == Some(true));
    [
        too_old.map(|version| Problem::TooOld { version }),
        evicts.map(|policy| Problem::MayEvictJobs { policy }),
        (waiting >= limits.waiting).then_some(Problem::Full {
            waiting,
            limit: limits.waiting,
        }),
        (readiness.append_only == Some(false)).then_some(Problem::NotDurable),
        lazy.map(|policy| Problem::MayLoseTheNewest { policy }),
        (!has_group).then_some(Problem::NoGroup),
    ]
    .into_iter()
    .flatten()
    .collect()
}

async fn append_fsync(redis: &Redis) -> Result<Option<String>, JobsError> {
    let mut cmd = redis::cmd("CONFIG");
    cmd.arg("GET").arg("appendfsync");
    match redis
        .command::<BTreeMap<String, String>>("asking Redis about itself", &cmd)
        .await
    {
        Ok(mut said) => Ok(said.remove("appendfsync")),
        Err(JobsError::Refused { .. }) => Ok(None),
        Err(e) => Err(e),
    }
}

async fn has_group(redis: &Redis, keys: &Keys) -> Result<bool, JobsError> {
    let mut cmd = redis::cmd("XPENDING");
    cmd.arg(keys.jobs()).arg(Keys::GROUP);
    match redis
        .command::<redis::Value>("looking for the consumer group", &cmd)
        .await
    {
        Ok(_) => Ok(true),
        Err(JobsError::Refused { reason, .. }) if reason.contains("NOGROUP") => Ok(false),
        Err(e) => Err(e),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readiness(version: &str, eviction: &str, append_only: bool, queued: usize) -> Readiness {
        Readiness {
            version: Some(version.into()),
            eviction: Some(eviction.into()),
            append_only: Some(append_only),
            append_fsync: Some("everysec".into()),
            depth: Depth {
                queued,
                ..Depth::default()
            },
            problems: Vec::new(),
        }
    }

    #[test]
    fn each_problem_is_found_and_the_fatal_ones_come_first() {
        let limits = QueueLimits {
            waiting: 3,
            ..QueueLimits::default()
        };
        let bad = problems(&readiness("6.2.14", "allkeys-lru", false, 3), false, &limits);
        let fatal: Vec<bool> = bad.iter().map(Problem::is_fatal).collect();
        assert_eq!(fatal, [true, true, true, false, false]);
        for (version, eviction) in [("7.0.15", "noeviction"), ("8.2.1", "volatile-ttl")] {
            let lazy = Problem::MayLoseTheNewest {
                policy: "everysec".into(),
            };
            assert_eq!(
                problems(&readiness(version, eviction, true, 2), true, &limits),
                [lazy]
            );
        }
    }

    #[test]
    fn what_redis_does_not_say_is_no_problem() {
        let silent = Readiness {
            version: None,
            eviction: None,
            append_only: None,
            append_fsync: None,
            depth: Depth::default(),
            problems: Vec::new(),
        };
        assert_eq!(problems(&silent, true, &QueueLimits::default()), []);
    }
}
