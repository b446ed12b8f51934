//! The right to work on a job, for a while.

use std::sync::Arc;
use std::time::Duration;

use redis::{Script, ScriptInvocation};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::claims::{Claims, Entry};
use super::script::{BURY, CLOSE_FOLDING, COMPLETE, GIVE_UP, PUT_BACK, RENEW};
use super::{JobId, JobState, JobsError, Keys, Payload, Redis};

/// How long a finished or dead job's hash is kept, so that a repeated delivery finds what became of it.
const REMEMBER: Duration = Duration::from_hours(24);
/// Dead letters beyond about this many are dropped, oldest first.
const DEAD_LETTERS: usize = 10_000;

/// The right of one worker to one attempt at one job. Its worker renews it; once it is lost every
/// operation answers [`JobsError::LeaseLost`] and changes nothing, because somebody else may be at work.
///
/// INVARIANT (fencing): every script that acts under a lease checks in the same step that the stream
/// entry is still this consumer's *and* that no later claim has begun (`lua/fence.lua`).
#[derive(Debug, Clone)]
pub struct Lease(Arc<Held>);

#[derive(Debug)]
struct Held {
    redis: Redis,
    keys: Keys,
    job: JobId,
    consumer: String,
    /// Id of the entry in the stream.
    entry: String,
    /// Number of this claim. A claim that begins later has a higher one.
    fence: String,
    length: Duration,
    /// When this claim began, measured before Redis was asked: never later than Redis's own clock.
    since: Instant,
    lost: CancellationToken,
}

impl Lease {
    /// The lease of a claim that began when `since` was measured.
    pub(super) fn new(claims: &Claims, entry: Entry, fence: String, since: Instant) -> Self {
        Self(Arc::new(Held {
            redis: claims.redis.clone(),
            keys: claims.keys.clone(),
            job: entry.job,
            consumer: claims.consumer.clone(),
            entry: entry.id,
            fence,
            length: claims.lease,
            since,
            lost: CancellationToken::new(),
        }))
    }

    /// The job.
    pub fn job(&self) -> JobId {
        self.0.job
    }

    /// Number of this claim: it grows with every claim of the same job.
    pub fn fence(&self) -> &str {
        &self.0.fence
    }

    /// How long it lasts without being renewed.
    pub fn length(&self) -> Duration {
        self.0.length
    }

    pub(super) fn since(&self) -> Instant {
        self.0.since
    }

    /// Cancelled when the lease is lost. Work that a handler has spawned must watch it; the handler's
    /// own future is dropped.
    pub fn lost(&self) -> &CancellationToken {
        &self.0.lost
    }

    /// The job's durable state.
    pub fn state(&self) -> JobState {
        JobState::new(self.clone())
    }

    /// Extends the lease to its full length from now. The worker does so regularly; a handler does so
    /// right before an effect that cannot be taken back.
    ///
    /// # Errors
    /// [`JobsError::LeaseLost`], or where Redis does not answer.
    pub async fn renew(&self) -> Result<(), JobsError> {
        let answer = self.0.redis.script("renewing a lease", &self.act(&RENEW)).await?;
        self.held(answer)
    }

    /// Ends folding into this job and returns the payloads of the requests that were folded into it,
    /// oldest first. A request that comes later makes a job of its own, so none is forgotten: call this
    /// before the answer goes out, and answer for all of them. Repeatable.
    ///
    /// # Errors
    /// [`JobsError::LeaseLost`]; [`JobsError::Json`] where a payload cannot be read.
    pub async fn close_folding<P: Payload>(&self) -> Result<Vec<P>, JobsError> {
        let mut script = self.act(&CLOSE_FOLDING);
        script
            .key(self.0.keys.folded(self.0.job))
            .arg(self.0.job.to_string());
        let mut answer: Vec<String> = self.0.redis.script("collecting folded requests", &script).await?;
        let payloads = answer.split_off(answer.len().min(1));
        self.held(i64::from(answer.first().is_some_and(|held| held == "1")))?;
        payloads
            .iter()
            .map(|json| serde_json::from_str(json).map_err(|e| JobsError::json("a folded request", e)))
            .collect()
    }

    /// Ends the job: its effect is there.
    ///
    /// # Errors
    /// [`JobsError::LeaseLost`], or where Redis does not answer.
    pub async fn complete(&self) -> Result<(), JobsError> {
        let mut script = self.act(&COMPLETE);
        script
            .key(self.0.keys.folded(self.0.job))
            .arg(self.0.job.to_string())
            .arg(REMEMBER.as_secs());
        let answer = self.0.redis.script("completing a job", &script).await?;
        self.held(answer)
    }

    /// Gives the job up for another attempt after `pause`, which counts against its attempts.
    ///
    /// # Errors
    /// [`JobsError::LeaseLost`], or where Redis does not answer.
    pub async fn retry_after(&self, pause: Duration, why: &str) -> Result<(), JobsError> {
        self.put_back("delaying a job", pause, true, why).await
    }

    /// Gives the job back as if it had never been claimed; a waiting worker takes it at once.
    ///
    /// # Errors
    /// [`JobsError::LeaseLost`], or where Redis does not answer.
    pub async fn hand_back(&self) -> Result<(), JobsError> {
        self.put_back("handing a job back", Duration::ZERO, false, "")
            .await
    }

    async fn put_back(
        &self,
        doing: &'static str,
        pause: Duration,
        counts: bool,
        why: &str,
    ) -> Result<(), JobsError> {
        let mut script = self.act(&PUT_BACK);
        script
            .key(self.0.keys.delayed())
            .arg(self.0.job.to_string())
            .arg(u64::try_from(pause.as_millis()).unwrap_or(u64::MAX))
            .arg(u8::from(counts))
            .arg(why);
        let answer = self.0.redis.script(doing, &script).await?;
        self.held(answer)
    }

    /// Notes that no attempt follows. Comes before telling anybody, so that a successor of this worker
    /// tells instead of trying again.
    pub(super) async fn give_up(&self, why: &str) -> Result<(), JobsError> {
        let mut script = self.act(&GIVE_UP);
        script.arg(why);
        let answer = self.0.redis.script("giving a job up", &script).await?;
        self.held(answer)
    }

    /// Moves the job to the dead letters.
    pub(super) async fn bury(&self, why: &str) -> Result<(), JobsError> {
        let mut script = self.act(&BURY);
        script
            .key(self.0.keys.folded(self.0.job))
            .key(self.0.keys.dead())
            .arg(self.0.job.to_string())
            .arg(why)
            .arg(REMEMBER.as_secs())
            .arg(DEAD_LETTERS);
        let answer = self
            .0
            .redis
            .script("moving a job to the dead letters", &script)
            .await?;
        self.held(answer)
    }

    /// `script` with what every fenced script begins with.
    pub(super) fn act(&self, script: &'static Script) -> ScriptInvocation<'static> {
        fenced(
            script,
            &self.0.keys,
            &self.0.consumer,
            &self.0.entry,
            self.0.job,
            &self.0.fence,
        )
    }

    /// Turns a fenced script's 1 or 0 into a result, and makes a loss known.
    pub(super) fn held(&self, answer: i64) -> Result<(), JobsError> {
        if answer == 1 {
            return Ok(());
        }
        self.0.lost.cancel();
        Err(JobsError::LeaseLost { job: self.0.job })
    }

    pub(super) fn job_key(&self) -> String {
        self.0.keys.job(self.0.job)
    }

    pub(super) fn redis(&self) -> &Redis {
        &self.0.redis
    }
}

/// `KEYS[1..2]` and `ARGV[1..4]` of every fenced script but `begin`, which takes the fence itself.
pub(super) fn fenced(
    script: &'static Script,
    keys: &Keys,
    consumer: &str,
    entry: &str,
    job: JobId,
    fence: &str,
) -> ScriptInvocation<'static> {
    let mut invocation = script.prepare_invoke();
    invocation
        .key(keys.jobs())
        .key(keys.job(job))
        .arg(Keys::GROUP)
        .arg(consumer)
        .arg(entry)
        .arg(fence);
    invocation
}
