//! Who may work on a job.

use ecs_pull_why::jobs::{Begun, JobsError, Lease};
use std::time::Duration;

use crate::bench::{Bench, Errand, LONG, eventually};

#[tokio::test]
async fn two_consumers_never_get_the_same_job() {
    let bench = Bench::new();
    let (mut a, mut b) = (bench.consumer("a", LONG).await, bench.consumer("b", LONG).await);
    let job = bench.accept("bread").await;
    let (read_a, read_b) = tokio::join!(a.read(), b.read());
    assert_eq!(read_a.len() + read_b.len(), 1);
    assert_eq!(a.claims.expired(10).await.unwrap(), [], "its lease holds");
    assert_eq!(b.claims.expired(10).await.unwrap(), [], "its lease holds");
    assert_eq!(bench.queue.depth().await.unwrap().running, 1);
    assert_eq!(bench.status(job).await, "queued", "claimed, not begun");
}

#[tokio::test]
async fn a_job_whose_owner_died_is_claimed_again_when_the_lease_has_run_out() {
    let bench = Bench::new();
    let lease = Duration::from_millis(100);
    let (mut a, b) = (bench.consumer("a", lease).await, bench.consumer("b", lease).await);
    let job = bench.accept("bread").await;
    // Dropped: nobody renews, completes or hands back.
    let first = a.take().await.0;
    assert_eq!((first.id, first.attempts), (job, 1));

    eventually("the lease runs out", async || {
        let entries = b.claims.expired(10).await.unwrap();
        let Some(entry) = entries.into_iter().next() else {
            return false;
        };
        let (again, lease) = b.run(entry).await;
        assert_eq!(
            (again.id, again.attempts, &again.payload),
            (job, 2, &first.payload)
        );
        lease.complete().await.unwrap();
        true
    })
    .await;
    let view = bench.queue.look(job).await.unwrap().unwrap();
    assert_eq!(view.status, "done");
    assert_eq!(
        view.last_error.as_deref(),
        Some("the worker that ran it stopped without a word: killed, or cut off from Redis")
    );
}

#[tokio::test]
async fn a_claim_that_was_never_begun_is_claimed_again() {
    let bench = Bench::new();
    let (mut a, b) = (bench.consumer("a", LONG).await, bench.consumer("b", LONG).await);
    bench.accept("bread").await;
    let entry = a.read().await.remove(0);
    bench.silence().await;
    let (job, _) = b.take_over().await;
    assert_eq!(job.attempts, 1, "nothing was tried before");
    let late = a.claims.begin::<Errand>(entry.clone()).await.unwrap();
    assert!(matches!(late, Begun::Lost), "{late:?}");
    assert_eq!(
        a.claims.put_back(&entry, LONG).await,
        Err(JobsError::LeaseLost { job: job.id })
    );
}

#[tokio::test]
async fn a_renewed_lease_does_not_run_out() {
    let bench = Bench::new();
    let (mut a, b) = (bench.consumer("a", LONG).await, bench.consumer("b", LONG).await);
    bench.accept("bread").await;
    let (_, lease) = a.take().await;
    bench.silence().await;
    lease.renew().await.unwrap();
    assert_eq!(b.claims.expired(10).await.unwrap(), []);
}

/// Everything that a lease allows is refused, and changes nothing.
async fn assert_refused(bench: &Bench, lease: &Lease) {
    let before = bench.queue.look(lease.job()).await.unwrap();
    let depth = bench.queue.depth().await.unwrap();
    let lost = Err(JobsError::LeaseLost { job: lease.job() });
    assert_eq!(lease.renew().await, lost);
    assert_eq!(lease.state().set(&[("reply.ts", "zombie")]).await, lost);
    assert_eq!(lease.close_folding::<Errand>().await.map(|_| ()), lost);
    assert_eq!(lease.retry_after(Duration::ZERO, "zombie").await, lost);
    assert_eq!(lease.hand_back().await, lost);
    assert_eq!(lease.complete().await, lost);
    assert!(lease.lost().is_cancelled());
    assert_eq!(bench.queue.look(lease.job()).await.unwrap(), before);
    assert_eq!(bench.queue.depth().await.unwrap(), depth);
}

#[tokio::test]
async fn a_zombie_is_refused_everything_and_its_successor_is_not_disturbed() {
    let bench = Bench::new();
    let (mut a, b) = (bench.consumer("a", LONG).await, bench.consumer("b", LONG).await);
    let job = bench.accept("bread").await;
    let (_, zombie) = a.take().await;
    zombie.state().set(&[("reply.state", "posting")]).await.unwrap();
    bench.silence().await;

    // Stolen, but not begun yet: the fence alone would not show it.
    let entry = b.claims.expired(10).await.unwrap().remove(0);
    assert_refused(&bench, &zombie).await;
    let (_, lease) = b.run(entry).await;
    assert_refused(&bench, &zombie).await;

    lease.renew().await.unwrap();
    assert_eq!(
        lease.state().get("reply.state").await.unwrap().as_deref(),
        Some("posting")
    );
    lease
        .state()
        .set(&[("reply.state", "posted"), ("reply.ts", "7.1")])
        .await
        .unwrap();
    lease.complete().await.unwrap();
    assert_refused(&bench, &zombie).await;
    let state = bench.queue.look(job).await.unwrap().unwrap().state;
    let state: Vec<_> = state
        .iter()
        .map(|(field, value)| (field.as_str(), value.as_str()))
        .collect();
    assert_eq!(state, [("reply.state", "posted"), ("reply.ts", "7.1")]);
}

#[tokio::test]
async fn a_consumer_that_takes_over_from_itself_leaves_its_first_claim_behind() {
    let bench = Bench::new();
    let mut a = bench.consumer("a", LONG).await;
    bench.accept("bread").await;
    let (_, zombie) = a.take().await;
    bench.silence().await;
    // Same consumer, same entry: only the fence tells the two claims apart.
    let (_, lease) = a.take_over().await;
    assert_refused(&bench, &zombie).await;
    lease.complete().await.unwrap();
}

#[tokio::test]
async fn completing_twice_is_completing_once() {
    let bench = Bench::new();
    let mut a = bench.consumer("a", LONG).await;
    let job = bench.accept("bread").await;
    let (_, lease) = a.take().await;
    lease.complete().await.unwrap();
    lease.complete().await.unwrap();
    assert_eq!(bench.status(job).await, "done");
    assert_eq!(bench.queue.depth().await.unwrap().queued, 0);
}

#[tokio::test]
async fn a_job_handed_back_is_there_at_once_and_has_lost_no_attempt() {
    let bench = Bench::new();
    let (mut a, mut b) = (bench.consumer("a", LONG).await, bench.consumer("b", LONG).await);
    let job = bench.accept("bread").await;
    let (_, lease) = a.take().await;
    lease.state().set(&[("reply.ts", "7.1")]).await.unwrap();
    lease.hand_back().await.unwrap();

    let (again, lease) = b.take().await;
    assert_eq!((again.id, again.attempts), (job, 1));
    assert_eq!(
        lease.state().get("reply.ts").await.unwrap().as_deref(),
        Some("7.1")
    );
}

#[tokio::test]
async fn a_delayed_job_comes_back_when_its_time_has_come_and_not_before() {
    let bench = Bench::new();
    let mut a = bench.consumer("a", LONG).await;
    let job = bench.accept("bread").await;
    let (_, lease) = a.take().await;
    lease.retry_after(LONG, "Slack asked for time").await.unwrap();
    assert_eq!(a.claims.move_due().await.unwrap(), 0);
    assert_eq!(bench.status(job).await, "delayed");
    assert_eq!(
        bench.queue.depth().await.unwrap().running,
        0,
        "no lease is held meanwhile"
    );

    let _: i64 = bench
        .raw(&["ZADD", &bench.keys.delayed(), "1", &job.to_string()])
        .await;
    assert_eq!(a.claims.move_due().await.unwrap(), 1);
    assert_eq!(a.claims.move_due().await.unwrap(), 0, "moved once");
    let (again, _) = a.take().await;
    assert_eq!((again.id, again.attempts), (job, 2));
    let why = bench.queue.look(job).await.unwrap().unwrap().last_error;
    assert_eq!(why.as_deref(), Some("Slack asked for time"));
}

#[tokio::test]
async fn many_expired_leases_are_all_found_and_no_more_than_asked_for() {
    let bench = Bench::new();
    let (mut a, b) = (bench.consumer("a", LONG).await, bench.consumer("b", LONG).await);
    for what in 0..25 {
        bench.accept(&what.to_string()).await;
    }
    while !a.read().await.is_empty() {}
    bench.silence().await;
    assert_eq!(b.claims.expired(3).await.unwrap().len(), 3);
    assert_eq!(b.claims.expired(100).await.unwrap().len(), 22);
}

#[tokio::test]
async fn leaving_forgets_a_consumer_only_if_it_holds_nothing() {
    let bench = Bench::new();
    let (mut a, mut b) = (bench.consumer("a", LONG).await, bench.consumer("b", LONG).await);
    bench.accept("bread").await;
    let (_, lease) = a.take().await;
    assert!(b.read().await.is_empty());
    a.claims.leave().await.unwrap();
    b.claims.leave().await.unwrap();
    lease.complete().await.unwrap();
    let consumers: Vec<redis::streams::StreamInfoConsumer> = bench
        .raw::<redis::streams::StreamInfoConsumersReply>(&[
            "XINFO",
            "CONSUMERS",
            &bench.keys.jobs(),
            "workers",
        ])
        .await
        .consumers;
    let names: Vec<_> = consumers.iter().map(|consumer| consumer.name.as_str()).collect();
    assert_eq!(names, ["a"]);
}
