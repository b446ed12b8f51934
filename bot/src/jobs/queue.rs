//! Acceptance: what makes a job, and what does not.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::time::Duration;

use jiff::Timestamp;
use metrics::counter;

use super::script::ENQUEUE;
use super::{JobId, JobsError, Keys, Payload, Redis, state};

/// Bounds of what is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueLimits {
    /// Most jobs that wait, run or are delayed at once.
    pub waiting: usize,
    /// How long a delivery is remembered. Slack's own retries end after about six minutes; a day also
    /// covers a person who presses a button of yesterday twice.
    pub once_for: Duration,
    /// How long at most further requests fold into a job, should it never end.
    pub fold_for: Duration,
    /// Most requests that fold into one job; the next one makes a job of its own.
    pub folded: usize,
}

impl Default for QueueLimits {
    fn default() -> Self {
        Self {
            waiting: 1_000,
            once_for: Duration::from_hours(24),
            fold_for: Duration::from_hours(1),
            folded: 1_000,
        }
    }
}

/// A request for work.
#[derive(Debug, Clone)]
pub struct NewJob<P> {
    payload: P,
    once: Option<String>,
    fold: Option<String>,
}

impl<P> NewJob<P> {
    /// Work that is done however often it is asked for.
    pub fn new(payload: P) -> Self {
        Self {
            payload,
            once: None,
            fold: None,
        }
    }

    /// Makes no second job for the same delivery: `delivery` is the id that the sender repeats when it
    /// delivers again (an event id, a trigger id).
    #[must_use]
    pub fn once(mut self, delivery: impl Into<String>) -> Self {
        self.once = Some(delivery.into());
        self
    }

    /// Folds into a job for the same `target` that has not ended yet, where there is one.
    #[must_use]
    pub fn fold(mut self, target: impl Into<String>) -> Self {
        self.fold = Some(target.into());
        self
    }
}

/// What became of a request. Each way, the job named answers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enqueued {
    /// A new job.
    New(JobId),
    /// The same delivery came before and made this job.
    Duplicate(JobId),
    /// This job works on the same target. It gets the payload from
    /// [`Lease::close_folding`](super::Lease::close_folding) and answers for it.
    Folded(JobId),
}

impl Enqueued {
    /// The job that answers the request.
    pub fn job(self) -> JobId {
        match self {
            Self::New(id) | Self::Duplicate(id) | Self::Folded(id) => id,
        }
    }
}

/// How much work there is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Depth {
    /// In the stream: waiting for a worker, or running.
    pub queued: usize,
    /// Of these, claimed by a worker.
    pub running: usize,
    /// Waiting for their time.
    pub delayed: usize,
    /// Failed for good, and not trimmed yet.
    pub dead: usize,
}

/// A job as seen from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobView {
    /// `queued`, `running`, `delayed`, `done` or `dead`.
    pub status: String,
    /// [`Payload::kind`].
    pub kind: String,
    /// Attempts begun so far.
    pub attempts: u32,
    /// Why the last attempt failed, where one did.
    pub last_error: Option<String>,
    /// What its handlers keep, as [`JobState`](super::JobState) writes it.
    pub state: BTreeMap<String, String>,
}

/// The way in. Cheap to clone.
#[derive(Debug)]
pub struct Queue<P> {
    redis: Redis,
    keys: Keys,
    limits: QueueLimits,
    payload: PhantomData<fn(P)>,
}

impl<P> Clone for Queue<P> {
    fn clone(&self) -> Self {
        Self {
            redis: self.redis.clone(),
            keys: self.keys.clone(),
            limits: self.limits,
            payload: PhantomData,
        }
    }
}

impl<P: Payload> Queue<P> {
    /// The queue under `keys`.
    pub fn new(redis: Redis, keys: Keys, limits: QueueLimits) -> Self {
        Self {
            redis,
            keys,
            limits,
            payload: PhantomData,
        }
    }

    pub(super) fn redis(&self) -> &Redis {
        &self.redis
    }

    pub(super) fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Accepts a request. When this returns, the job is in Redis. Answers, one way or the other, within
    /// about a second.
    ///
    /// # Errors
    /// [`JobsError::RedisUnavailable`] (the request may or may not have been accepted; asking again
    /// with the same [`NewJob::once`] is safe), [`JobsError::QueueFull`], [`JobsError::OutOfMemory`]
    /// (both: nothing was accepted), or [`JobsError::Refused`].
    pub async fn enqueue(&self, new: NewJob<P>) -> Result<Enqueued, JobsError> {
        let result = self.accept(new).await;
        let label = match &result {
            Ok(Enqueued::New(_)) => "new",
            Ok(Enqueued::Duplicate(_)) => "duplicate",
            Ok(Enqueued::Folded(_)) => "folded",
            Err(e) => e.label(),
        };
        counter!("ecs_pull_why_jobs_enqueued_total", "result" => label).increment(1);
        result
    }

    async fn accept(&self, new: NewJob<P>) -> Result<Enqueued, JobsError> {
        let id = JobId::new();
        let kind = new.payload.kind();
        let payload = serde_json::to_string(&new.payload)
            .map_err(|e| JobsError::json(format!("the payload of a `{kind}` job"), e))?;
        let job_key = self.keys.job(id);
        let key_or_own = |key: Option<String>| key.unwrap_or_else(|| job_key.clone());
        let seconds = |on: bool, time: Duration| if on { time.as_secs().max(1) } else { 0 };

        let mut script = ENQUEUE.prepare_invoke();
        script
            .key(self.keys.jobs())
            .key(self.keys.delayed())
            .key(&job_key)
            .key(key_or_own(
                new.once.as_deref().map(|delivery| self.keys.once(delivery)),
            ))
            .key(key_or_own(
                new.fold.as_deref().map(|target| self.keys.inflight(target)),
            ))
            .arg(id.to_string())
            .arg(P::VERSION)
            .arg(kind)
            .arg(payload)
            .arg(Timestamp::now().to_string())
            .arg(seconds(new.once.is_some(), self.limits.once_for))
            .arg(seconds(new.fold.is_some(), self.limits.fold_for))
            .arg(self.limits.waiting)
            .arg(self.keys.prefix())
            .arg(self.limits.folded);
        let (answer, detail): (String, String) = self.redis.script("accepting the request", &script).await?;

        let id = || {
            detail
                .parse::<JobId>()
                .map_err(|e| JobsError::json("a job's id", e))
        };
        match answer.as_str() {
            "new" => Ok(Enqueued::New(id()?)),
            "duplicate" => Ok(Enqueued::Duplicate(id()?)),
            "folded" => Ok(Enqueued::Folded(id()?)),
            _ => Err(JobsError::QueueFull {
                waiting: detail.parse().unwrap_or(self.limits.waiting),
                limit: self.limits.waiting,
            }),
        }
    }

    /// What is known about a job; nothing a day after it ended.
    ///
    /// # Errors
    /// Where Redis does not answer.
    pub async fn look(&self, id: JobId) -> Result<Option<JobView>, JobsError> {
        let mut fields: BTreeMap<String, String> = self
            .redis
            .command("reading a job", redis::cmd("HGETALL").arg(self.keys.job(id)))
            .await?;
        let Some(status) = fields.remove("status") else {
            return Ok(None);
        };
        Ok(Some(JobView {
            status,
            kind: fields.remove("kind").unwrap_or_default(),
            attempts: fields
                .remove("attempts")
                .and_then(|n| n.parse().ok())
                .unwrap_or(0),
            last_error: fields.remove("gave_up").or(fields.remove("last_error")),
            state: state::own_fields(fields),
        }))
    }

    /// How much work there is.
    ///
    /// # Errors
    /// Where Redis does not answer.
    pub async fn depth(&self) -> Result<Depth, JobsError> {
        depth(&self.redis, &self.keys).await
    }
}

const MEASURING: &str = "measuring the queue";

/// How much work there is, whatever its payload.
pub(super) async fn depth(redis: &Redis, keys: &Keys) -> Result<Depth, JobsError> {
    let count = |command: &str, key: String| {
        let mut cmd = redis::cmd(command);
        cmd.arg(key);
        async move { redis.command::<usize>(MEASURING, &cmd).await }
    };
    // An error reply means that there is no group yet, so nothing runs.
    let pending: Result<(usize, redis::Value, redis::Value, redis::Value), _> = redis
        .command(
            MEASURING,
            redis::cmd("XPENDING").arg(keys.jobs()).arg(Keys::GROUP),
        )
        .await;
    let running = match pending {
        Ok((running, ..)) => running,
        Err(JobsError::Refused { .. }) => 0,
        Err(e) => return Err(e),
    };
    Ok(Depth {
        queued: count("XLEN", keys.jobs()).await?,
        running,
        delayed: count("ZCARD", keys.delayed()).await?,
        dead: count("XLEN", keys.dead()).await?,
    })
}
