//! What every test needs: a Redis, a queue of errands, consumers, and a worker that reports.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use ecs_pull_why::jobs::{
    Backoff, Begun, Claims, DeadJob, Entry, Handler, Job, JobId, Keys, Lease, NewJob, Outcome, Payload,
    Queue, QueueLimits, Reader, Redis, Worker, WorkerSettings,
};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::server::RedisServer;

/// Longest wait for anything that must happen.
pub(crate) const SOON: Duration = Duration::from_secs(30);
/// A lease that cannot run out while a test runs.
pub(crate) const LONG: Duration = Duration::from_mins(10);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Errand {
    pub(crate) what: String,
}

impl Payload for Errand {
    const VERSION: u32 = 1;

    fn kind(&self) -> &'static str {
        "errand"
    }
}

pub(crate) fn errand(what: &str) -> Errand {
    Errand {
        what: what.to_owned(),
    }
}

pub(crate) struct Bench {
    pub(crate) server: RedisServer,
    pub(crate) redis: Redis,
    pub(crate) keys: Keys,
    pub(crate) queue: Queue<Errand>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with_limits(QueueLimits::default())
    }

    pub(crate) fn with_limits(limits: QueueLimits) -> Self {
        let server = RedisServer::start();
        let redis = Redis::open(&server.url().into()).unwrap();
        let keys = Keys::default();
        let queue = Queue::new(redis.clone(), keys.clone(), limits);
        Self {
            server,
            redis,
            keys,
            queue,
        }
    }

    /// Accepts an errand that nothing else is like.
    pub(crate) async fn accept(&self, what: &str) -> JobId {
        self.queue.enqueue(NewJob::new(errand(what))).await.unwrap().job()
    }

    pub(crate) async fn consumer(&self, name: &str, lease: Duration) -> Consumer {
        let claims = Claims::new(self.redis.clone(), self.keys.clone(), name, lease, 3, 2);
        claims.ensure_group().await.unwrap();
        Consumer {
            reader: Reader::new(claims.clone()),
            claims,
        }
    }

    /// Sends Redis a command behind the product's back.
    pub(crate) async fn raw<T: redis::FromRedisValue>(&self, command: &[&str]) -> T {
        let client = redis::Client::open(self.server.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let (name, rest) = command.split_first().unwrap();
        redis::cmd(name)
            .arg(rest)
            .query_async(&mut connection)
            .await
            .unwrap()
    }

    /// Makes the claim of every entry look as if its owner had been silent for an hour.
    pub(crate) async fn silence(&self) {
        let jobs = self.keys.jobs();
        let pending: Vec<(String, String, u64, u64)> =
            self.raw(&["XPENDING", &jobs, "workers", "-", "+", "100"]).await;
        for (entry, owner, ..) in pending {
            let _: redis::Value = self
                .raw(&[
                    "XCLAIM", &jobs, "workers", &owner, "0", &entry, "IDLE", "3600000", "JUSTID",
                ])
                .await;
        }
    }

    pub(crate) fn worker<F>(&self, settings: WorkerSettings, work: F) -> RunningWorker
    where
        F: Fn(Job<Errand>, Lease) -> Doing + Send + Sync + 'static,
    {
        self.worker_that_tells(settings, work, |_| Outcome::Done)
    }

    /// A worker whose handler does `work`, and answers `told` when it is told of a dead job.
    pub(crate) fn worker_that_tells<F, T>(&self, settings: WorkerSettings, work: F, told: T) -> RunningWorker
    where
        F: Fn(Job<Errand>, Lease) -> Doing + Send + Sync + 'static,
        T: Fn(usize) -> Outcome + Send + Sync + 'static,
    {
        let (dead, buried) = mpsc::unbounded_channel();
        let handler = Arc::new(Scripted {
            work,
            told,
            dead,
            tellings: 0.into(),
        });
        let stop = CancellationToken::new();
        let worker = Worker::new(self.redis.clone(), self.keys.clone(), settings);
        let task = tokio::spawn(worker.run(handler, stop.clone()));
        RunningWorker { stop, task, buried }
    }

    pub(crate) async fn status(&self, job: JobId) -> String {
        self.queue
            .look(job)
            .await
            .unwrap()
            .map(|view| view.status)
            .unwrap_or_default()
    }

    /// Waits until the job's status is `status`.
    pub(crate) async fn becomes(&self, job: JobId, status: &str) {
        eventually(&format!("job becomes {status}"), async || {
            self.status(job).await == status
        })
        .await;
    }
}

/// One consumer of the stream, driven by hand.
pub(crate) struct Consumer {
    pub(crate) claims: Claims,
    reader: Reader,
}

impl Consumer {
    /// Claims new entries, if there are any.
    pub(crate) async fn read(&mut self) -> Vec<Entry> {
        self.reader.read(10, Duration::from_millis(1)).await.unwrap()
    }

    /// Claims and begins the one job that waits.
    pub(crate) async fn take(&mut self) -> (Job<Errand>, Lease) {
        let mut entries = self.read().await;
        assert_eq!(entries.len(), 1, "one job waits");
        self.run(entries.remove(0)).await
    }

    /// Takes over and begins the one job whose lease has run out.
    pub(crate) async fn take_over(&self) -> (Job<Errand>, Lease) {
        let mut entries = self.claims.expired(10).await.unwrap();
        assert_eq!(entries.len(), 1, "one lease has run out");
        self.run(entries.remove(0)).await
    }

    pub(crate) async fn run(&self, entry: Entry) -> (Job<Errand>, Lease) {
        match self.claims.begin(entry).await.unwrap() {
            Begun::Run(job, _, lease) => (job, lease),
            other => panic!("nothing to run: {other:?}"),
        }
    }
}

/// A handler's future.
pub(crate) type Doing = Pin<Box<dyn Future<Output = Outcome> + Send>>;

struct Scripted<F, T> {
    work: F,
    told: T,
    dead: mpsc::UnboundedSender<DeadJob<Errand>>,
    tellings: std::sync::atomic::AtomicUsize,
}

impl<F, T> Handler<Errand> for Scripted<F, T>
where
    F: Fn(Job<Errand>, Lease) -> Doing + Send + Sync + 'static,
    T: Fn(usize) -> Outcome + Send + Sync + 'static,
{
    async fn handle(&self, job: Job<Errand>, lease: Lease) -> Outcome {
        (self.work)(job, lease).await
    }

    async fn dead(&self, job: DeadJob<Errand>, _: Lease) -> Outcome {
        let telling = self.tellings.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
        self.dead.send(job).unwrap();
        (self.told)(telling)
    }
}

pub(crate) struct RunningWorker {
    pub(crate) stop: CancellationToken,
    task: JoinHandle<()>,
    buried: mpsc::UnboundedReceiver<DeadJob<Errand>>,
}

impl RunningWorker {
    /// The next dead job that the handler was told of.
    pub(crate) async fn told(&mut self) -> DeadJob<Errand> {
        timeout(SOON, self.buried.recv())
            .await
            .expect("the handler is told of a dead job")
            .unwrap()
    }

    /// Whether the handler was told of a dead job that was not asked for yet.
    pub(crate) fn told_more(&mut self) -> bool {
        self.buried.try_recv().is_ok()
    }

    /// Tells it to stop and waits until it has.
    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        timeout(SOON, &mut self.task)
            .await
            .expect("the worker stops")
            .unwrap();
    }
}

impl Drop for RunningWorker {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A worker that looks often, and whose leases do not run out by accident.
pub(crate) fn quick() -> WorkerSettings {
    let ms = Duration::from_millis;
    WorkerSettings {
        slots: 4,
        lease: LONG,
        heartbeat: ms(100),
        attempts: 3,
        tellings: 2,
        deadline: LONG,
        telling_deadline: LONG,
        backoff: Backoff {
            first: ms(5),
            longest: ms(20),
        },
        grace: SOON,
        block: ms(20),
        reap: ms(20),
        not_yet: ms(20),
    }
}

/// Waits until `condition` holds.
pub(crate) async fn eventually(what: &str, condition: impl AsyncFn() -> bool) {
    let held = timeout(SOON, async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(held.await.is_ok(), "not within {} s: {what}", SOON.as_secs());
}

/// The next thing that a handler reports.
pub(crate) async fn next<T>(reports: &mut mpsc::UnboundedReceiver<T>) -> T {
    timeout(SOON, reports.recv())
        .await
        .expect("the handler reports")
        .expect("the handler lives")
}
