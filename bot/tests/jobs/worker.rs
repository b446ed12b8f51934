//! The loop around handlers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use ecs_pull_why::jobs::{JobId, JobView, Outcome, WorkerSettings};
use tokio::sync::{Barrier, Notify, mpsc};

use crate::bench::{Bench, Errand, LONG, errand, eventually, next, quick};

async fn view(bench: &Bench, job: JobId) -> JobView {
    bench.queue.look(job).await.unwrap().unwrap()
}

#[tokio::test]
async fn jobs_run_side_by_side_up_to_the_number_of_slots() {
    let bench = Bench::new();
    // Passes only when four handlers are inside together.
    let together = Arc::new(Barrier::new(4));
    let worker = bench.worker(quick(), move |_, _| {
        let together = Arc::clone(&together);
        Box::pin(async move {
            together.wait().await;
            Outcome::Done
        })
    });
    for what in 0..8 {
        bench.accept(&what.to_string()).await;
    }
    eventually("all eight are done", async || {
        bench.queue.depth().await.unwrap().queued == 0
    })
    .await;
    worker.stop().await;
}

#[tokio::test]
async fn no_more_jobs_run_or_are_claimed_than_there_are_slots() {
    let bench = Bench::new();
    let (inside, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (queue, seen) = (bench.queue.clone(), Arc::clone(&most));
    for what in 0..20 {
        bench.accept(&what.to_string()).await;
    }
    let settings = WorkerSettings { slots: 2, ..quick() };
    let worker = bench.worker(settings, move |_, _| {
        let (inside, most, queue) = (Arc::clone(&inside), Arc::clone(&seen), queue.clone());
        Box::pin(async move {
            let now = inside.fetch_add(1, SeqCst) + 1;
            // What is claimed and does not run would be kept from other workers.
            let claimed = queue.depth().await.unwrap().running;
            most.fetch_max(now.max(claimed), SeqCst);
            inside.fetch_sub(1, SeqCst);
            Outcome::Done
        })
    });
    eventually("all are done", async || {
        bench.queue.depth().await.unwrap().queued == 0
    })
    .await;
    worker.stop().await;
    assert_eq!(most.load(SeqCst), 2);
}

#[tokio::test]
async fn two_workers_do_each_job_once() {
    let bench = Bench::new();
    let runs = Arc::new(AtomicUsize::new(0));
    let work = |runs: Arc<AtomicUsize>| {
        move |_, _| -> crate::bench::Doing {
            let runs = Arc::clone(&runs);
            Box::pin(async move {
                runs.fetch_add(1, SeqCst);
                Outcome::Done
            })
        }
    };
    let workers = [
        bench.worker(quick(), work(Arc::clone(&runs))),
        bench.worker(quick(), work(Arc::clone(&runs))),
    ];
    for what in 0..50 {
        bench.accept(&what.to_string()).await;
    }
    eventually("all are done", async || {
        bench.queue.depth().await.unwrap().queued == 0
    })
    .await;
    for worker in workers {
        worker.stop().await;
    }
    assert_eq!(runs.load(SeqCst), 50);
}

#[tokio::test]
async fn a_failed_attempt_is_made_again_later() {
    let bench = Bench::new();
    let worker = bench.worker(quick(), |job, _| {
        Box::pin(async move {
            match job.attempts {
                1 => Outcome::Retry("no answer".into()),
                2 => Outcome::RetryAfter(Duration::from_millis(10), "asked to wait".into()),
                _ => Outcome::Done,
            }
        })
    });
    let job = bench.accept("bread").await;
    bench.becomes(job, "done").await;
    let view = view(&bench, job).await;
    assert_eq!(
        (view.attempts, view.last_error.as_deref()),
        (3, Some("asked to wait"))
    );
    worker.stop().await;
}

#[tokio::test]
async fn a_panic_is_an_attempt_that_failed_and_the_worker_goes_on() {
    let bench = Bench::new();
    let worker = bench.worker(quick(), |job, _| {
        Box::pin(async move {
            assert!(job.attempts != 1, "the oven is on fire");
            Outcome::Done
        })
    });
    let job = bench.accept("bread").await;
    bench.becomes(job, "done").await;
    assert_eq!(
        view(&bench, job).await.last_error.as_deref(),
        Some("the handler panicked: the oven is on fire")
    );
    worker.stop().await;
}

#[tokio::test]
async fn an_attempt_past_its_deadline_is_ended_and_made_again() {
    let bench = Bench::new();
    let settings = WorkerSettings {
        deadline: Duration::from_millis(20),
        ..quick()
    };
    let worker = bench.worker(settings, |job, _| {
        Box::pin(async move {
            if job.attempts == 1 {
                std::future::pending::<()>().await;
            }
            Outcome::Done
        })
    });
    let job = bench.accept("bread").await;
    bench.becomes(job, "done").await;
    assert_eq!(
        view(&bench, job).await.last_error.as_deref(),
        Some("not done within 0.02 s")
    );
    worker.stop().await;
}

#[tokio::test]
async fn when_all_attempts_failed_the_handler_is_told_once_and_the_job_is_a_dead_letter() {
    let bench = Bench::new();
    let mut worker = bench.worker(quick(), |job, _| {
        Box::pin(async move { Outcome::Retry(format!("no flour, try {}", job.attempts)) })
    });
    let job = bench.accept("bread").await;
    let dead = worker.told().await;
    assert_eq!((dead.stored.id, dead.stored.attempts), (job, 3));
    assert_eq!(
        (dead.payload, dead.why.as_str()),
        (Some(errand("bread")), "no flour, try 3")
    );

    bench.becomes(job, "dead").await;
    let letters = bench.queue.dead_letters(10).await.unwrap();
    let [letter] = letters.as_slice() else {
        panic!("one dead letter: {letters:?}")
    };
    assert_eq!(
        (letter.id.clone(), letter.kind.as_str()),
        (job.to_string(), "errand")
    );
    assert_eq!((letter.attempts, letter.why.as_str()), (3, "no flour, try 3"));
    assert_eq!(
        serde_json::from_str::<Errand>(&letter.payload).unwrap(),
        errand("bread")
    );
    assert_eq!(bench.queue.depth().await.unwrap().queued, 0);
    worker.stop.cancel();
    assert!(!worker.told_more());
    worker.stop().await;
}

#[tokio::test]
async fn giving_up_skips_the_remaining_attempts() {
    let bench = Bench::new();
    let mut worker = bench.worker(quick(), |_, _| {
        Box::pin(async { Outcome::GiveUp("the channel is archived".into()) })
    });
    let job = bench.accept("bread").await;
    let dead = worker.told().await;
    assert_eq!(
        (dead.stored.attempts, dead.why.as_str()),
        (1, "the channel is archived")
    );
    bench.becomes(job, "dead").await;
    worker.stop().await;
}

#[tokio::test]
async fn telling_is_tried_again_and_the_reason_stays_the_jobs_own() {
    let bench = Bench::new();
    let mut worker = bench.worker_that_tells(
        quick(),
        |_, _| Box::pin(async { Outcome::GiveUp("no flour".into()) }),
        |telling| {
            if telling == 1 {
                Outcome::Retry("Slack is away".into())
            } else {
                Outcome::Done
            }
        },
    );
    let job = bench.accept("bread").await;
    assert_eq!(worker.told().await.why, "no flour");
    assert_eq!(worker.told().await.why, "no flour");
    bench.becomes(job, "dead").await;
    worker.stop().await;
}

#[tokio::test]
async fn telling_is_not_tried_for_ever() {
    let bench = Bench::new();
    let mut worker = bench.worker_that_tells(
        quick(),
        |_, _| Box::pin(async { Outcome::GiveUp("no flour".into()) }),
        |_| panic!("cannot even say so"),
    );
    let job = bench.accept("bread").await;
    bench.becomes(job, "dead").await;
    worker.told().await;
    worker.told().await;
    assert!(!worker.told_more());
    assert_eq!(
        bench.queue.dead_letters(10).await.unwrap().remove(0).why,
        "no flour"
    );
    worker.stop().await;
}

#[tokio::test]
async fn a_job_that_kills_its_workers_dies_after_its_attempts() {
    let bench = Bench::new();
    let mut fragile = bench.consumer("fragile", LONG).await;
    let job = bench.accept("poison").await;
    drop(fragile.take().await);
    for _ in 2..=3 {
        bench.silence().await;
        drop(fragile.take_over().await);
    }
    bench.silence().await;
    let mut worker = bench.worker(quick(), |_, _| panic!("must not run a fourth time"));
    let dead = worker.told().await;
    assert_eq!((dead.stored.id, dead.stored.attempts), (job, 3));
    assert_eq!(
        dead.why,
        "the worker that ran it stopped without a word: killed, or cut off from Redis"
    );
    bench.becomes(job, "dead").await;
    worker.stop().await;
}

#[tokio::test]
async fn a_payload_that_cannot_be_read_ends_among_the_dead_letters() {
    let bench = Bench::new();
    let job = bench.accept("bread").await;
    let _: i64 = bench
        .raw(&["HSET", &bench.keys.job(job), "payload", r#"{"whither":1}"#])
        .await;
    let mut worker = bench.worker(quick(), |_, _| panic!("nothing to run"));
    let dead = worker.told().await;
    assert_eq!(
        (dead.payload, dead.stored.payload.as_str()),
        (None, r#"{"whither":1}"#)
    );
    assert_eq!(
        dead.why,
        "its payload cannot be read: missing field `what` at line 1 column 13"
    );
    bench.becomes(job, "dead").await;
    worker.stop().await;
}

#[tokio::test]
async fn a_lost_lease_ends_the_handler_and_cancels_what_it_started() {
    let bench = Bench::new();
    let (report, mut reports) = mpsc::unbounded_channel();
    let worker = bench.worker(quick(), move |_, lease| {
        let report = report.clone();
        Box::pin(async move {
            report.send("started").unwrap();
            let lost = lease.lost().clone();
            tokio::spawn(async move {
                lost.cancelled().await;
                report.send("cancelled").unwrap();
            });
            std::future::pending().await
        })
    });
    let job = bench.accept("bread").await;
    assert_eq!(next(&mut reports).await, "started");

    // Another takes over, although the worker lives: its heartbeat must find out.
    let thief = bench.consumer("thief", Duration::from_millis(1)).await;
    let stolen = std::sync::Mutex::new(None);
    eventually("a moment between two heartbeats", async || {
        let entries = thief.claims.expired(1).await.unwrap();
        let Some(entry) = entries.into_iter().next() else {
            return false;
        };
        let claim = thief.run(entry).await;
        *stolen.lock().unwrap() = Some(claim);
        true
    })
    .await;
    let (job_again, lease) = stolen.into_inner().unwrap().unwrap();
    assert_eq!(next(&mut reports).await, "cancelled");
    assert_eq!((job_again.id, job_again.attempts), (job, 2));
    lease.complete().await.unwrap();
    worker.stop().await;
    assert_eq!(bench.status(job).await, "done");
}

#[tokio::test]
async fn a_worker_that_stops_lets_jobs_finish() {
    let bench = Bench::new();
    let (report, mut reports) = mpsc::unbounded_channel();
    let go = Arc::new(Notify::new());
    let may_go = Arc::clone(&go);
    let worker = bench.worker(quick(), move |_, _| {
        let (report, go) = (report.clone(), Arc::clone(&may_go));
        Box::pin(async move {
            report.send(()).unwrap();
            go.notified().await;
            Outcome::Done
        })
    });
    let running = bench.accept("running").await;
    next(&mut reports).await;
    worker.stop.cancel();
    go.notify_one();
    worker.stop().await;
    assert_eq!(bench.status(running).await, "done");
}

#[tokio::test]
async fn a_worker_that_stops_hands_back_what_does_not_finish() {
    let bench = Bench::new();
    let (report, mut reports) = mpsc::unbounded_channel();
    let settings = WorkerSettings {
        grace: Duration::from_millis(20),
        ..quick()
    };
    let worker = bench.worker(settings, move |_, _| {
        let report = report.clone();
        Box::pin(async move {
            report.send(()).unwrap();
            std::future::pending().await
        })
    });
    let job = bench.accept("bread").await;
    next(&mut reports).await;
    worker.stop().await;

    // Leases last ten minutes here: only handing back explains that the next worker has it.
    let next_worker = bench.worker(quick(), |job, _| {
        Box::pin(async move {
            if job.attempts == 1 {
                Outcome::Done
            } else {
                Outcome::GiveUp("an attempt was lost".into())
            }
        })
    });
    bench.becomes(job, "done").await;
    next_worker.stop().await;
    let consumers: redis::streams::StreamInfoConsumersReply = bench
        .raw(&["XINFO", "CONSUMERS", &bench.keys.jobs(), "workers"])
        .await;
    assert_eq!(
        consumers.consumers.len(),
        0,
        "stopped workers leave no consumer behind"
    );
}
