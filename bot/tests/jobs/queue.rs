//! Acceptance.

use std::collections::BTreeSet;

use ecs_pull_why::jobs::{Begun, Depth, Enqueued, JobsError, NewJob, QueueLimits};
use futures::future::join_all;

use crate::bench::{Bench, Errand, LONG, errand};

#[tokio::test]
async fn a_delivery_that_comes_again_makes_no_second_job() {
    let bench = Bench::new();
    let deliveries = (0..20).map(|_| bench.queue.enqueue(NewJob::new(errand("bread")).once("Ev01")));
    let answers: Vec<Enqueued> = join_all(deliveries)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();

    let new = answers
        .iter()
        .filter(|answer| matches!(answer, Enqueued::New(_)))
        .count();
    let jobs: BTreeSet<_> = answers.iter().map(|answer| answer.job()).collect();
    assert_eq!((new, jobs.len()), (1, 1), "{answers:?}");
    assert_eq!(
        bench.queue.depth().await.unwrap(),
        Depth {
            queued: 1,
            ..Depth::default()
        }
    );
}

#[tokio::test]
async fn a_delivery_is_remembered_after_its_job_is_done() {
    let bench = Bench::new();
    let mut consumer = bench.consumer("a", LONG).await;
    let first = bench
        .queue
        .enqueue(NewJob::new(errand("bread")).once("Ev01"))
        .await
        .unwrap();
    consumer.take().await.1.complete().await.unwrap();

    let again = bench
        .queue
        .enqueue(NewJob::new(errand("bread")).once("Ev01"))
        .await
        .unwrap();
    assert_eq!(again, Enqueued::Duplicate(first.job()));
    assert_eq!(bench.status(first.job()).await, "done");
}

#[tokio::test]
async fn other_deliveries_make_other_jobs() {
    let bench = Bench::new();
    for delivery in ["Ev01", "Ev02"] {
        let answer = bench
            .queue
            .enqueue(NewJob::new(errand("bread")).once(delivery))
            .await
            .unwrap();
        assert!(matches!(answer, Enqueued::New(_)), "{answer:?}");
    }
    assert_eq!(bench.queue.depth().await.unwrap().queued, 2);
}

#[tokio::test]
async fn requests_for_one_target_fold_until_the_job_collects_them() {
    let bench = Bench::new();
    let mut consumer = bench.consumer("a", LONG).await;
    let ask = |what: &str| {
        bench
            .queue
            .enqueue(NewJob::new(errand(what)).fold("prod/payments").once(what))
    };

    let first = ask("one").await.unwrap();
    assert!(matches!(first, Enqueued::New(_)), "{first:?}");
    assert_eq!(ask("two").await.unwrap(), Enqueued::Folded(first.job()));
    let (job, lease) = consumer.take().await;
    assert_eq!(job.payload, errand("one"));
    assert_eq!(
        ask("three").await.unwrap(),
        Enqueued::Folded(first.job()),
        "a running job folds too"
    );
    assert_eq!(
        ask("two").await.unwrap(),
        Enqueued::Duplicate(first.job()),
        "a folded delivery again"
    );

    let folded = [errand("two"), errand("three")];
    assert_eq!(lease.close_folding::<Errand>().await.unwrap(), folded);
    assert_eq!(
        lease.close_folding::<Errand>().await.unwrap(),
        folded,
        "a successor gets the same"
    );
    let later = ask("four").await.unwrap();
    assert!(
        matches!(later, Enqueued::New(id) if id != first.job()),
        "{later:?}"
    );

    lease.complete().await.unwrap();
    assert_eq!(
        ask("five").await.unwrap(),
        Enqueued::Folded(later.job()),
        "the first job's end is not the second's"
    );
}

#[tokio::test]
async fn a_job_that_ended_folds_nothing() {
    let bench = Bench::new();
    let mut consumer = bench.consumer("a", LONG).await;
    let ask = || {
        bench
            .queue
            .enqueue(NewJob::new(errand("bread")).fold("prod/payments"))
    };
    let first = ask().await.unwrap();
    consumer.take().await.1.complete().await.unwrap();
    let second = ask().await.unwrap();
    assert!(
        matches!(second, Enqueued::New(id) if id != first.job()),
        "{second:?}"
    );
}

#[tokio::test]
async fn no_more_requests_fold_than_are_kept() {
    let bench = Bench::with_limits(QueueLimits {
        folded: 1,
        ..QueueLimits::default()
    });
    let ask = || {
        bench
            .queue
            .enqueue(NewJob::new(errand("bread")).fold("prod/payments"))
    };
    let first = ask().await.unwrap().job();
    assert_eq!(ask().await.unwrap(), Enqueued::Folded(first));
    assert!(matches!(ask().await.unwrap(), Enqueued::New(id) if id != first));
}

#[tokio::test]
async fn a_full_queue_refuses_new_work_and_still_knows_the_old() {
    let bench = Bench::with_limits(QueueLimits {
        waiting: 2,
        ..QueueLimits::default()
    });
    let mut consumer = bench.consumer("a", LONG).await;
    let first = bench
        .queue
        .enqueue(NewJob::new(errand("a")).once("Ev01").fold("t"))
        .await
        .unwrap()
        .job();
    let (_, lease) = consumer.take().await;
    bench.accept("b").await;

    let refused = bench.queue.enqueue(NewJob::new(errand("c")).once("Ev03")).await;
    assert_eq!(refused, Err(JobsError::QueueFull { waiting: 2, limit: 2 }));
    let known = bench.queue.enqueue(NewJob::new(errand("a")).once("Ev01")).await;
    assert_eq!(known, Ok(Enqueued::Duplicate(first)));
    assert_eq!(
        bench.queue.enqueue(NewJob::new(errand("d")).fold("t")).await,
        Ok(Enqueued::Folded(first))
    );

    // A delayed job takes a place as well: it comes back.
    lease.retry_after(LONG, "later").await.unwrap();
    let refused = bench.queue.enqueue(NewJob::new(errand("e"))).await;
    assert_eq!(refused, Err(JobsError::QueueFull { waiting: 2, limit: 2 }));

    // Refused is refused: the delivery that comes again makes the job when there is room.
    consumer.take().await.1.complete().await.unwrap();
    let accepted = bench
        .queue
        .enqueue(NewJob::new(errand("c")).once("Ev03"))
        .await
        .unwrap();
    assert!(matches!(accepted, Enqueued::New(_)), "{accepted:?}");
}

#[tokio::test]
async fn without_memory_intake_stops_and_accepted_jobs_go_on() {
    let bench = Bench::new();
    let mut consumer = bench.consumer("a", LONG).await;
    let jobs = [
        bench.accept("a").await,
        bench.accept("b").await,
        bench.accept("c").await,
    ];
    let _: String = bench.raw(&["CONFIG", "SET", "maxmemory", "1"]).await;

    let refused = bench.queue.enqueue(NewJob::new(errand("d"))).await.unwrap_err();
    assert!(matches!(refused, JobsError::OutOfMemory { .. }), "{refused}");

    let mut leases = Vec::new();
    for entry in consumer.read().await {
        leases.push(consumer.run(entry).await.1);
    }
    let [done, delayed, handed_back] = leases.as_slice() else {
        panic!("three jobs: {leases:?}")
    };
    done.state().set(&[("reply.ts", "1.2")]).await.unwrap();
    done.renew().await.unwrap();
    done.complete().await.unwrap();
    delayed.retry_after(LONG, "later").await.unwrap();
    handed_back.hand_back().await.unwrap();
    assert_eq!(
        [
            bench.status(jobs[0]).await,
            bench.status(jobs[1]).await,
            bench.status(jobs[2]).await
        ],
        ["done", "delayed", "queued"]
    );
}

#[tokio::test]
async fn a_payload_newer_than_the_program_waits_for_a_newer_one() {
    let bench = Bench::new();
    let mut consumer = bench.consumer("old", LONG).await;
    let job = bench.accept("bread").await;
    let _: i64 = bench.raw(&["HSET", &bench.keys.job(job), "v", "2"]).await;

    let entry = consumer.read().await.remove(0);
    let begun = consumer.claims.begin::<Errand>(entry.clone()).await.unwrap();
    assert!(matches!(begun, Begun::NotYet { v: 2 }), "{begun:?}");
    consumer.claims.put_back(&entry, LONG).await.unwrap();
    let view = bench.queue.look(job).await.unwrap().unwrap();
    assert_eq!(
        (view.status.as_str(), view.attempts),
        ("delayed", 0),
        "waiting costs no attempt"
    );
}
