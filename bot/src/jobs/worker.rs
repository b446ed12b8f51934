//! The loop that takes jobs and runs them, a few at a time, until it is told to stop.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use metrics::gauge;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info, warn};
use uuid::Uuid;

use super::attend::Attendant;
use super::claims::{Claims, Entry, Reader};
use super::{Backoff, DeadJob, Job, JobsError, Keys, Lease, Outcome, Payload, Redis, queue};

/// Does the work.
///
/// A handler's future is dropped at its next `.await` when the lease is lost, the deadline passes, or
/// the worker stops and the grace period is over. It may panic; that is an attempt that failed.
pub trait Handler<P>: Send + Sync + 'static {
    /// One attempt at a job. May run again after any of its steps: see [`super::JobState`].
    fn handle(&self, job: Job<P>, lease: Lease) -> impl Future<Output = Outcome> + Send;

    /// Tells whoever waits that the job failed for good; [`Outcome::Done`] when they know. With
    /// [`Outcome::Retry`] or [`Outcome::RetryAfter`] it is called again, a bounded number of times.
    fn dead(&self, job: DeadJob<P>, lease: Lease) -> impl Future<Output = Outcome> + Send;
}

/// How a worker works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerSettings {
    /// Jobs at once.
    pub slots: usize,
    /// How long a job stays with a worker that gives no sign of life. Longer than any single request
    /// that a handler makes, so that nothing of a dead worker is still under way when another begins.
    pub lease: Duration,
    /// How often a lease is renewed; a third of it leaves room for two failures.
    pub heartbeat: Duration,
    /// Most attempts at a job.
    pub attempts: u32,
    /// Most tries to tell that it failed.
    pub tellings: u32,
    /// Longest attempt.
    pub deadline: Duration,
    /// Longest try to tell.
    pub telling_deadline: Duration,
    /// Pauses between attempts, where the handler does not name one.
    pub backoff: Backoff,
    /// How long running jobs may go on after the worker was told to stop.
    pub grace: Duration,
    /// Longest wait for new entries in one go, and so the delay of the loop's other duties.
    pub block: Duration,
    /// How often leases of others are looked at.
    pub reap: Duration,
    /// How long a job waits whose payload is newer than this program.
    pub not_yet: Duration,
}

impl Default for WorkerSettings {
    fn default() -> Self {
        let lease = Duration::from_secs(30);
        Self {
            slots: 8,
            lease,
            heartbeat: lease / 3,
            attempts: 5,
            tellings: 3,
            deadline: Duration::from_mins(5),
            telling_deadline: Duration::from_secs(30),
            backoff: Backoff {
                first: Duration::from_secs(2),
                longest: Duration::from_mins(5),
            },
            grace: Duration::from_secs(20),
            block: Duration::from_secs(1),
            reap: Duration::from_secs(5),
            not_yet: Duration::from_secs(5),
        }
    }
}

/// Takes jobs from the queue and runs them.
#[derive(Debug)]
pub struct Worker<P> {
    claims: Claims,
    settings: WorkerSettings,
    payload: PhantomData<fn(P)>,
}

impl<P: Payload> Worker<P> {
    /// A worker of its own name.
    pub fn new(redis: Redis, keys: Keys, settings: WorkerSettings) -> Self {
        let name = format!("worker-{}", Uuid::now_v7());
        let claims = Claims::new(
            redis,
            keys,
            name,
            settings.lease,
            settings.attempts,
            settings.tellings,
        );
        Self {
            claims,
            settings,
            payload: PhantomData,
        }
    }

    /// Runs jobs until `shutdown` is cancelled, then lets running ones finish within the grace period
    /// and hands the rest back. A Redis that is away is waited for.
    pub async fn run<H: Handler<P>>(self, handler: Arc<H>, shutdown: CancellationToken) {
        let Self { claims, settings, .. } = self;
        info!(worker = claims.consumer, slots = settings.slots, "worker started");
        let all = settings.slots;
        let slots = Arc::new(Semaphore::new(all));
        // Nothing runs when every slot is free.
        let idle = || async {
            let _ = slots.acquire_many(u32::try_from(all).unwrap_or(u32::MAX)).await;
        };
        let abandon = CancellationToken::new();
        let grace = settings.grace;
        let attendant = Attendant::new(claims.clone(), settings.clone(), handler, abandon.clone());
        Loop {
            reader: Reader::new(claims.clone()),
            slots: Arc::clone(&slots),
            next_move: Instant::now(),
            next_reap: Instant::now(),
            attendant: Arc::new(attendant),
            claims: claims.clone(),
            settings,
            shutdown,
        }
        .run()
        .await;

        info!(
            running = all.saturating_sub(slots.available_permits()),
            "worker stops"
        );
        if timeout(grace, idle()).await.is_err() {
            warn!(
                running = all.saturating_sub(slots.available_permits()),
                "grace period over, handing jobs back"
            );
            abandon.cancel();
            // What cannot be handed back now is claimed by others when its lease has run out.
            let _ = timeout(Duration::from_secs(3), idle()).await;
        }
        if let Err(e) = claims.leave().await {
            debug!(error = %e, "left no note of leaving");
        }
    }
}

struct Loop<P, H> {
    claims: Claims,
    settings: WorkerSettings,
    reader: Reader,
    /// One permit per job that may run. Only this loop takes permits, so a free one stays free.
    slots: Arc<Semaphore>,
    attendant: Arc<Attendant<P, H>>,
    next_move: Instant,
    next_reap: Instant,
    shutdown: CancellationToken,
}

impl<P: Payload, H: Handler<P>> Loop<P, H> {
    async fn run(mut self) {
        while !self.shutdown.is_cancelled() {
            if let Err(e) = self.turn().await {
                warn!(error = %e, "worker cannot take jobs, trying again");
                self.pause(Duration::from_millis(500)).await;
            }
        }
    }

    /// One round: delayed jobs, expired leases, new entries.
    async fn turn(&mut self) -> Result<(), JobsError> {
        let now = Instant::now();
        if now >= self.next_move {
            self.next_move = now + self.settings.block;
            self.claims.move_due().await?;
            self.measure().await?;
        }
        let free = self.slots.available_permits();
        if free == 0 {
            let slots = Arc::clone(&self.slots);
            tokio::select! {
                _ = slots.acquire() => {}
                () = self.pause(self.settings.block) => {}
            }
            return Ok(());
        }
        if now >= self.next_reap {
            // Up to a quarter more, so that workers started together do not look together.
            self.next_reap = now + self.settings.reap.mul_f64(1.0 + rand::random::<f64>() / 4.0);
            let expired = self.claims.expired(free).await?;
            if !expired.is_empty() {
                warn!(count = expired.len(), "took over jobs whose lease had run out");
                self.start(expired).await;
                return Ok(());
            }
        }
        let entries = self.reader.read(free, self.settings.block).await?;
        self.start(entries).await;
        Ok(())
    }

    async fn start(&self, entries: Vec<Entry>) {
        for entry in entries {
            if self.shutdown.is_cancelled() {
                // Claimed while stopping: a worker that goes on takes it at once.
                if let Err(e) = self.claims.put_back(&entry, Duration::ZERO).await {
                    warn!(job = %entry.job, error = %e, "could not put a job back");
                }
                continue;
            }
            let Ok(slot) = Arc::clone(&self.slots).acquire_owned().await else {
                error!("the worker's slots are closed");
                return;
            };
            let attendant = Arc::clone(&self.attendant);
            tokio::spawn(async move {
                attendant.attend(entry).await;
                drop(slot);
            });
        }
    }

    async fn measure(&self) -> Result<(), JobsError> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a gauge is a float; counts stay far below 2^52"
        )]
        let set = |name: &'static str, value: usize| gauge!(name).set(value as f64);
        let depth = queue::depth(&self.claims.redis, &self.claims.keys).await?;
        set("ecs_pull_why_jobs_queued", depth.queued);
        set("ecs_pull_why_jobs_running", depth.running);
        set("ecs_pull_why_jobs_delayed", depth.delayed);
        set("ecs_pull_why_jobs_dead", depth.dead);
        Ok(())
    }

    async fn pause(&self, time: Duration) {
        tokio::select! {
            () = self.shutdown.cancelled() => {}
            () = sleep(time) => {}
        }
    }
}
