//! One job from claim to end: its lease is kept, its panics are caught, its outcome is written.

use std::any::Any;
use std::marker::PhantomData;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use jiff::Timestamp;
use metrics::{counter, histogram};
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, debug, error, info, info_span, warn};

use super::claims::{Begun, Claims, Entry};
use super::{DeadJob, Handler, Job, JobsError, Lease, Outcome, Payload, Stored, WorkerSettings};

/// Between tries to write an outcome while Redis is away.
const WRITE_AGAIN: Duration = Duration::from_millis(200);

/// How a handler's future came to its end.
enum Ended {
    /// By itself, by panic or by deadline.
    With(Outcome),
    /// Another worker may be at it.
    LeaseLost,
    /// The worker stops.
    Abandoned,
}

/// Sees jobs through.
#[derive(Debug)]
pub(super) struct Attendant<P, H> {
    claims: Claims,
    settings: WorkerSettings,
    handler: Arc<H>,
    /// Cancelled when jobs must be handed back.
    abandon: CancellationToken,
    payload: PhantomData<fn(P)>,
}

impl<P: Payload, H: Handler<P>> Attendant<P, H> {
    pub(super) fn new(
        claims: Claims,
        settings: WorkerSettings,
        handler: Arc<H>,
        abandon: CancellationToken,
    ) -> Self {
        Self {
            claims,
            settings,
            handler,
            abandon,
            payload: PhantomData,
        }
    }

    /// Runs the job behind a claimed entry as far as it gets.
    pub(super) async fn attend(&self, entry: Entry) {
        let job = entry.job;
        let begun = match self.claims.begin::<P>(entry.clone()).await {
            Ok(begun) => begun,
            Err(e) => {
                warn!(%job, error = %e, "could not begin a job; it is claimed again when its lease has run out");
                return;
            }
        };
        let result = match begun {
            Begun::Run(work, stored, lease) => {
                let span = info_span!("job", %job, kind = stored.kind, attempt = stored.attempts);
                self.run(work, stored, &lease).instrument(span).await
            }
            Begun::Unreadable(stored, why, lease) => {
                self.settle(stored, &lease, Ended::With(Outcome::Retry(why)))
                    .await
            }
            Begun::Tell(stored, why, lease) => {
                let span = info_span!("dead job", %job, kind = stored.kind);
                self.tell(stored, why, &lease).instrument(span).await
            }
            Begun::Bury(stored, why, lease) => {
                error!(%job, "nobody could be told that a job failed for good");
                self.bury(&stored, &why, &lease).await
            }
            Begun::NotYet { v } => {
                warn!(%job, v, "a job's payload is newer than this program; put back for a newer worker");
                counter!("ecs_pull_why_jobs_not_yet_total").increment(1);
                self.claims.put_back(&entry, self.settings.not_yet).await
            }
            Begun::Gone => Ok(()),
            Begun::Lost => {
                debug!(%job, "another worker was faster");
                Ok(())
            }
        };
        match result {
            Ok(()) => {}
            Err(JobsError::LeaseLost { .. }) => {
                warn!(%job, "lease lost: another worker may run this job, this one touches it no more");
                counter!("ecs_pull_why_jobs_lease_lost_total").increment(1);
            }
            Err(e) => error!(%job, error = %e, "a job's outcome could not be written; it runs again"),
        }
    }

    async fn run(&self, work: Job<P>, stored: Stored, lease: &Lease) -> Result<(), JobsError> {
        let kind = stored.kind.clone();
        counter!("ecs_pull_why_jobs_claimed_total", "kind" => kind.clone()).increment(1);
        if work.attempts == 1 {
            let waited = Timestamp::now()
                .duration_since(work.enqueued_at)
                .as_secs_f64()
                .max(0.0);
            histogram!("ecs_pull_why_jobs_wait_seconds", "kind" => kind.clone()).record(waited);
        }
        let begun = Instant::now();
        let work = self.handler.handle(work, lease.clone());
        let ended = self.under(lease, self.settings.deadline, work).await;
        histogram!("ecs_pull_why_jobs_run_seconds", "kind" => kind).record(begun.elapsed().as_secs_f64());
        self.settle(stored, lease, ended).await
    }

    /// Runs `work` while the lease holds, the deadline has not passed and the worker does not stop.
    async fn under(
        &self,
        lease: &Lease,
        deadline: Duration,
        work: impl Future<Output = Outcome> + Send,
    ) -> Ended {
        let work = timeout(deadline, AssertUnwindSafe(work).catch_unwind());
        tokio::select! {
            // In this order: a loss that is known outweighs an outcome that has just come.
            biased;
            () = lease.lost().cancelled() => Ended::LeaseLost,
            () = keep(lease, self.settings.heartbeat) => Ended::LeaseLost,
            result = work => Ended::With(match result {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(panic)) => {
                    let said = panic_text(panic.as_ref());
                    error!(panic = said, "a handler panicked");
                    Outcome::Retry(format!("the handler panicked: {said}"))
                }
                Err(_) => Outcome::Retry(format!("not done within {} s", deadline.as_secs_f64())),
            }),
            () = self.abandon.cancelled() => Ended::Abandoned,
        }
    }

    /// Writes how an attempt ended.
    async fn settle(&self, stored: Stored, lease: &Lease, ended: Ended) -> Result<(), JobsError> {
        let (pause, why) = match ended {
            Ended::LeaseLost => return Err(JobsError::LeaseLost { job: lease.job() }),
            Ended::Abandoned => return self.hand_back(lease).await,
            Ended::With(Outcome::Done) => {
                written(lease, || lease.complete()).await?;
                counter!("ecs_pull_why_jobs_done_total", "kind" => stored.kind).increment(1);
                debug!("done");
                return Ok(());
            }
            Ended::With(Outcome::GiveUp(why)) => return self.give_up(stored, why, lease).await,
            Ended::With(Outcome::Retry(why)) => (self.settings.backoff.pause(stored.attempts), why),
            Ended::With(Outcome::RetryAfter(pause, why)) => (pause, why),
        };
        if stored.attempts >= self.settings.attempts {
            return self.give_up(stored, why, lease).await;
        }
        warn!(why, ?pause, "attempt failed, trying again later");
        written(lease, || lease.retry_after(pause, &why)).await?;
        counter!("ecs_pull_why_jobs_retried_total", "kind" => stored.kind).increment(1);
        Ok(())
    }

    async fn give_up(&self, stored: Stored, why: String, lease: &Lease) -> Result<(), JobsError> {
        written(lease, || lease.give_up(&why)).await?;
        self.tell(stored, why, lease).await
    }

    /// Tells whoever waits, then buries the job: in this order, so that a worker that dies between the
    /// two leads to somebody being told twice rather than not at all.
    async fn tell(&self, stored: Stored, why: String, lease: &Lease) -> Result<(), JobsError> {
        let dead = DeadJob::new(stored.clone(), why.clone());
        let telling = self.handler.dead(dead, lease.clone());
        let (pause, failed) = match self.under(lease, self.settings.telling_deadline, telling).await {
            Ended::LeaseLost => return Err(JobsError::LeaseLost { job: lease.job() }),
            Ended::Abandoned => return self.hand_back(lease).await,
            Ended::With(Outcome::Done | Outcome::GiveUp(_)) => return self.bury(&stored, &why, lease).await,
            Ended::With(Outcome::Retry(failed)) => (self.settings.backoff.pause(1), failed),
            Ended::With(Outcome::RetryAfter(pause, failed)) => (pause, failed),
        };
        warn!(
            why = failed,
            ?pause,
            "could not tell that a job failed for good, trying again later"
        );
        // An empty reason keeps what is noted: why the job failed, not why telling did.
        written(lease, || lease.retry_after(pause, "")).await
    }

    async fn bury(&self, stored: &Stored, why: &str, lease: &Lease) -> Result<(), JobsError> {
        written(lease, || lease.bury(why)).await?;
        counter!("ecs_pull_why_jobs_dead_total", "kind" => stored.kind.clone()).increment(1);
        error!(job = %stored.id, why, attempts = stored.attempts, "a job failed for good");
        Ok(())
    }

    async fn hand_back(&self, lease: &Lease) -> Result<(), JobsError> {
        lease.hand_back().await?;
        counter!("ecs_pull_why_jobs_handed_back_total").increment(1);
        info!("handed back");
        Ok(())
    }
}

/// Renews a lease again and again; returns when it is lost, or when so long nobody could be asked that
/// it must be taken for lost.
async fn keep(lease: &Lease, every: Duration) {
    let mut renewed = lease.since();
    let mut next = renewed + every;
    loop {
        let ends = renewed + lease.length();
        sleep_until(next.min(ends)).await;
        let asked = Instant::now();
        if asked >= ends {
            warn!("the lease could not be renewed in time");
            lease.lost().cancel();
            return;
        }
        match timeout_at(ends, lease.renew()).await {
            Ok(Ok(())) => {
                renewed = asked;
                next = asked + every;
            }
            Ok(Err(JobsError::LeaseLost { .. })) => return,
            Ok(Err(e)) => {
                warn!(error = %e, "could not renew a lease, trying again");
                next = Instant::now() + every / 4;
            }
            Err(_) => {}
        }
    }
}

/// Writes an outcome, trying again while Redis is away for as long as the lease can last.
async fn written<F>(lease: &Lease, write: impl Fn() -> F) -> Result<(), JobsError>
where
    F: Future<Output = Result<(), JobsError>>,
{
    let until = Instant::now() + lease.length();
    loop {
        match write().await {
            Err(JobsError::RedisUnavailable { .. }) if Instant::now() < until => sleep(WRITE_AGAIN).await,
            result => return result,
        }
    }
}

/// What a panic said, where it said it in words.
fn panic_text(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("(no message)")
}
