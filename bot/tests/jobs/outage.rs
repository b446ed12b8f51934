//! Redis away, slow, and back.

use std::sync::Arc;
use std::time::Duration;

use ecs_pull_why::jobs::{Enqueued, JobsError, Keys, NewJob, Outcome, Queue, QueueLimits, Redis};
use tokio::sync::{Notify, mpsc};
use tokio::time::timeout;

use crate::bench::{Bench, Errand, LONG, SOON, errand, eventually, next, quick};

/// What Slack waits for an acknowledgement. Our own bound is a third of it.
const SLACK_WAITS: Duration = Duration::from_secs(3);

async fn enqueue_in_time(queue: &Queue<Errand>) -> Result<Enqueued, JobsError> {
    timeout(
        SLACK_WAITS,
        queue.enqueue(NewJob::new(errand("bread")).once("Ev09")),
    )
    .await
    .expect("an answer while Slack still waits")
}

#[tokio::test]
async fn without_redis_enqueue_says_so_in_time() {
    let mut bench = Bench::new();
    bench.accept("before").await;
    bench.server.kill();
    for _ in 0..3 {
        let error = enqueue_in_time(&bench.queue).await.unwrap_err();
        assert!(matches!(error, JobsError::RedisUnavailable { .. }), "{error}");
        assert!(error.is_passing());
        let text = error.to_string();
        let begins = format!(
            "Redis at `{}` did not answer while accepting the request: ",
            bench.redis.address()
        );
        assert!(
            text.starts_with(&begins) && text.ends_with("check that it runs and that `REDIS_URL` names it"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_redis_that_hangs_is_one_that_does_not_answer() {
    let bench = Bench::new();
    bench.accept("before").await;
    bench.server.freeze();
    let error = enqueue_in_time(&bench.queue).await.unwrap_err();
    bench.server.thaw();
    assert!(matches!(error, JobsError::RedisUnavailable { .. }), "{error}");

    // The request may have been accepted all the same; the sender's next try finds out.
    let answer = std::sync::Mutex::new(None);
    eventually("Redis answers again", async || {
        let again = enqueue_in_time(&bench.queue).await.ok();
        *answer.lock().unwrap() = again;
        again.is_some()
    })
    .await;
    let job = answer.into_inner().unwrap().unwrap().job();
    assert_eq!(
        enqueue_in_time(&bench.queue).await.unwrap(),
        Enqueued::Duplicate(job)
    );
    assert_eq!(
        bench.queue.depth().await.unwrap().queued,
        2,
        "one job for the delivery"
    );
}

#[tokio::test]
async fn a_program_can_start_before_its_redis() {
    let mut bench = Bench::new();
    bench.server.kill();
    let redis = Redis::open(&bench.server.url().into()).unwrap();
    let queue = Queue::<Errand>::new(redis, Keys::default(), QueueLimits::default());
    assert!(enqueue_in_time(&queue).await.is_err());
    bench.server.restart();
    assert!(matches!(enqueue_in_time(&queue).await, Ok(Enqueued::New(_))));
}

#[tokio::test]
async fn accepted_jobs_survive_a_crash_of_redis() {
    let mut bench = Bench::new();
    let mut consumer = bench.consumer("a", LONG).await;
    let running = bench.accept("running").await;
    let (_, lease) = consumer.take().await;
    let delayed = bench.accept("delayed").await;
    consumer
        .take()
        .await
        .1
        .retry_after(Duration::from_millis(1), "later")
        .await
        .unwrap();
    let mut jobs = vec![running, delayed];
    for what in 0..200 {
        jobs.push(bench.accept(&what.to_string()).await);
    }

    bench.server.restart();

    assert_eq!(bench.queue.depth().await.unwrap().queued, 201);
    lease.state().set(&[("reply.ts", "7.1")]).await.unwrap();
    lease.complete().await.unwrap();
    let worker = bench.worker(quick(), |_, _| Box::pin(async { Outcome::Done }));
    for job in jobs {
        bench.becomes(job, "done").await;
    }
    worker.stop().await;
}

#[tokio::test]
async fn a_worker_lives_through_an_outage_and_its_job_is_done_once() {
    let mut bench = Bench::new();
    let (report, mut reports) = mpsc::unbounded_channel();
    let go = Arc::new(Notify::new());
    let may_go = Arc::clone(&go);
    let worker = bench.worker(quick(), move |job, _| {
        let (report, go) = (report.clone(), Arc::clone(&may_go));
        Box::pin(async move {
            report.send("begun").unwrap();
            go.notified().await;
            report
                .send(if job.attempts == 1 { "ends" } else { "ends again" })
                .unwrap();
            Outcome::Done
        })
    });
    let job = bench.accept("bread").await;
    assert_eq!(next(&mut reports).await, "begun");
    bench.server.kill();
    // The handler ends while there is nobody to tell: the worker must keep trying.
    go.notify_one();
    assert_eq!(next(&mut reports).await, "ends");
    for _ in 0..3 {
        enqueue_in_time(&bench.queue).await.unwrap_err();
    }
    bench.server.restart();
    bench.becomes(job, "done").await;
    assert_eq!(bench.queue.look(job).await.unwrap().unwrap().attempts, 1);

    go.notify_one();
    let after = bench.accept("after").await;
    bench.becomes(after, "done").await;
    worker.stop().await;
}

#[tokio::test]
async fn a_worker_finds_its_way_when_redis_has_forgotten_everything() {
    let bench = Bench::new();
    let worker = bench.worker(quick(), |_, _| Box::pin(async { Outcome::Done }));
    let before = bench.accept("before").await;
    bench.becomes(before, "done").await;
    let _: String = bench.raw(&["FLUSHALL"]).await;
    let after = bench.accept("after").await;
    bench.becomes(after, "done").await;
    worker.stop().await;
}

#[tokio::test]
async fn a_worker_stops_although_redis_is_away() {
    let mut bench = Bench::new();
    let worker = bench.worker(quick(), |_, _| Box::pin(async { Outcome::Done }));
    let job = bench.accept("bread").await;
    bench.becomes(job, "done").await;
    bench.server.kill();
    timeout(SOON, worker.stop()).await.expect("the worker stops");
}

#[tokio::test]
async fn a_wrong_address_is_refused_without_repeating_it() {
    for url in [
        "",
        "localhost",
        "http://user:hunter2@redis:6379",
        "redis://:hunter2@host:port",
    ] {
        let error = Redis::open(&url.to_owned().into()).unwrap_err();
        assert!(matches!(error, JobsError::Address { .. }), "{url}: {error}");
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
}

#[tokio::test]
async fn the_password_is_in_no_message() {
    let server = crate::server::RedisServer::start();
    let url = server.url().replace("redis://", "redis://ana:hunter2@");
    let redis = Redis::open(&url.into()).unwrap();
    let queue = Queue::<Errand>::new(redis.clone(), Keys::default(), QueueLimits::default());
    let error = enqueue_in_time(&queue).await.unwrap_err();
    let said = format!("{error} {error:?} {redis:?} {queue:?}");
    assert!(!said.contains("hunter2") && !said.contains("ana"), "{said}");
}
