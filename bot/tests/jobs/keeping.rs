//! What else is kept in Redis: evidence, turns, values behind buttons, the audit log.

use std::collections::BTreeMap;
use std::time::Duration;

use ecs_pull_why::jobs::{
    Audit, Cache, CacheKey, CacheTtls, Claim, Handle, Handles, Once, Pace, Pacing, Problem, QueueLimits,
    Turn, ready,
};
use futures::future::join_all;

use crate::bench::{Bench, LONG, errand, eventually};

fn key(kind: &'static str, resource: &str) -> CacheKey {
    CacheKey {
        account: "111122223333".into(),
        region: "eu-west-1".into(),
        kind,
        resource: resource.into(),
    }
}

fn cache(bench: &Bench, version: u32) -> Cache {
    let kinds = BTreeMap::from([
        ("task".to_owned(), Duration::from_millis(50)),
        ("never".to_owned(), Duration::ZERO),
    ]);
    Cache::new(
        bench.redis.clone(),
        bench.keys.clone(),
        version,
        CacheTtls { default: LONG, kinds },
    )
}

#[tokio::test]
async fn evidence_is_kept_per_account_region_kind_resource_and_version() {
    let bench = Bench::new();
    let cache_1 = cache(&bench, 1);
    let role = key("role", "arn:aws:iam::111122223333:role/pull");
    assert_eq!(cache_1.get(&role).await, None);
    cache_1.set(&role, r#"{"a":1}"#).await;
    assert_eq!(cache_1.get(&role).await.as_deref(), Some(r#"{"a":1}"#));

    let others = [
        CacheKey {
            account: "444455556666".into(),
            ..role.clone()
        },
        CacheKey {
            region: "us-east-1".into(),
            ..role.clone()
        },
        CacheKey {
            kind: "trust",
            ..role.clone()
        },
        key("role", "arn:aws:iam::111122223333:role/push"),
    ];
    for other in &others {
        assert_eq!(cache_1.get(other).await, None, "{other:?}");
    }
    assert_eq!(cache(&bench, 2).get(&role).await, None, "another release's form");
}

#[tokio::test]
async fn evidence_is_forgotten_after_the_time_of_its_kind() {
    let bench = Bench::new();
    let cache = cache(&bench, 1);
    for kind in ["task", "role", "never"] {
        cache.set(&key(kind, "x"), "1").await;
    }
    assert_eq!(cache.get(&key("never", "x")).await, None);
    eventually("the task is forgotten", async || {
        cache.get(&key("task", "x")).await.is_none()
    })
    .await;
    assert_eq!(cache.get(&key("role", "x")).await.as_deref(), Some("1"));
    let left: i64 = bench
        .raw(&["PTTL", "epw:ev:v1:111122223333:eu-west-1:role:x"])
        .await;
    assert!(
        left > 0,
        "evidence may be evicted, jobs may not: it has a time to live, not {left}"
    );
}

#[tokio::test]
async fn who_bypasses_the_cache_reads_anew_and_keeps_it_for_others() {
    let bench = Bench::new();
    let cache = cache(&bench, 1);
    cache.set(&key("role", "x"), "old").await;
    let fresh = cache.bypassing();
    assert_eq!(fresh.get(&key("role", "x")).await, None);
    fresh.set(&key("role", "x"), "new").await;
    assert_eq!(cache.get(&key("role", "x")).await.as_deref(), Some("new"));
}

#[tokio::test]
async fn a_cache_that_does_not_work_is_a_cache_that_is_empty() {
    let mut bench = Bench::new();
    let cache = cache(&bench, 1);
    bench.server.kill();
    cache.set(&key("role", "x"), "1").await;
    assert_eq!(cache.get(&key("role", "x")).await, None);
    bench.server.restart();
    let _: String = bench.raw(&["CONFIG", "SET", "maxmemory", "1"]).await;
    cache.set(&key("role", "x"), "1").await;
    assert_eq!(cache.get(&key("role", "x")).await, None);
}

#[tokio::test]
async fn everybody_who_asks_gets_a_turn_of_their_own() {
    let bench = Bench::new();
    let pacing = Pacing::new(bench.redis.clone(), bench.keys.clone());
    // So slow that the time the test itself takes does not matter.
    let pace = Pace {
        name: "history:111122223333:eu-west-1".into(),
        every: LONG,
        burst: 2,
    };
    let asked = (0..10).map(|_| pacing.turn(&pace, LONG * 20));
    let mut waits: Vec<u64> = join_all(asked)
        .await
        .into_iter()
        .map(|turn| match turn.unwrap() {
            Turn::In(wait) => wait.as_secs().div_ceil(LONG.as_secs()),
            Turn::TooLong(wait) => panic!("{wait:?} is not too long"),
        })
        .collect();
    waits.sort_unstable();
    assert_eq!(waits, [0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);

    let other = Pace {
        name: "history:111122223333:us-east-1".into(),
        ..pace
    };
    assert_eq!(
        pacing.turn(&other, LONG).await.unwrap(),
        Turn::In(Duration::ZERO),
        "a limit of its own"
    );
}

#[tokio::test]
async fn who_does_not_want_to_wait_takes_nobodys_turn() {
    let bench = Bench::new();
    let pacing = Pacing::new(bench.redis.clone(), bench.keys.clone());
    let pace = Pace {
        name: "channel:C1".into(),
        every: LONG,
        burst: 1,
    };
    assert_eq!(
        pacing.turn(&pace, Duration::ZERO).await.unwrap(),
        Turn::In(Duration::ZERO)
    );
    for _ in 0..5 {
        let turn = pacing.turn(&pace, Duration::ZERO).await.unwrap();
        assert!(matches!(turn, Turn::TooLong(wait) if wait <= LONG), "{turn:?}");
    }
    let turn = pacing.turn(&pace, LONG * 2).await.unwrap();
    assert!(
        matches!(turn, Turn::In(wait) if wait <= LONG),
        "{turn:?}: the refused took none"
    );
}

#[tokio::test]
async fn a_pause_holds_for_everybody_and_is_never_shortened() {
    let bench = Bench::new();
    let pacing = Pacing::new(bench.redis.clone(), bench.keys.clone());
    let pace = Pace::per_second("channel:C1", 1, 3);
    pacing.pause(&pace, LONG).await.unwrap();
    pacing.pause(&pace, Duration::from_secs(1)).await.unwrap();
    let turn = pacing.turn(&pace, Duration::ZERO).await.unwrap();
    assert!(
        matches!(turn, Turn::TooLong(wait) if wait > LONG / 2 && wait <= LONG),
        "{turn:?}"
    );
}

#[tokio::test]
async fn a_turn_comes_back_with_time() {
    let bench = Bench::new();
    let pacing = Pacing::new(bench.redis.clone(), bench.keys.clone());
    let pace = Pace {
        name: "fast".into(),
        every: Duration::from_millis(20),
        burst: 1,
    };
    assert_eq!(
        pacing.turn(&pace, Duration::ZERO).await.unwrap(),
        Turn::In(Duration::ZERO)
    );
    eventually("the next turn", async || {
        pacing.turn(&pace, Duration::ZERO).await.unwrap() == Turn::In(Duration::ZERO)
    })
    .await;
}

#[tokio::test]
async fn of_twenty_presses_at_once_one_acts() {
    let bench = Bench::new();
    let handles = Handles::new(bench.redis.clone(), bench.keys.clone());
    let handle = handles.put(&errand("apply"), LONG).await.unwrap();
    assert_eq!(handles.claimed_by(&handle).await.unwrap(), None);
    let presses: Vec<String> = (0..20).map(|press| format!("press-{press}")).collect();
    let claims = join_all(presses.iter().map(|press| handles.claim_once(&handle, press))).await;
    let claims: Vec<Claim> = claims.into_iter().map(Result::unwrap).collect();

    let winner = claims.iter().position(|claim| *claim == Claim::Won).unwrap();
    for (press, claim) in claims.iter().enumerate().filter(|(press, _)| *press != winner) {
        assert_eq!(*claim, Claim::Taken(presses[winner].clone()), "press {press}");
    }
    assert_eq!(
        handles.claim_once(&handle, &presses[winner]).await.unwrap(),
        Claim::Won,
        "the winner may repeat"
    );
    assert_eq!(
        handles.claimed_by(&handle).await.unwrap().as_ref(),
        Some(&presses[winner])
    );
    assert_eq!(handles.get(&handle).await.unwrap(), Some(errand("apply")));
}

#[tokio::test]
async fn a_handle_that_expired_or_never_was_opens_nothing() {
    let bench = Bench::new();
    let handles = Handles::new(bench.redis.clone(), bench.keys.clone());
    let invented: Handle = "00000000000000000000000000000000".parse().unwrap();
    let short = handles
        .put(&errand("apply"), Duration::from_millis(20))
        .await
        .unwrap();
    assert_ne!(short, handles.put(&errand("apply"), LONG).await.unwrap());
    eventually("it expires", async || {
        handles
            .get::<crate::bench::Errand>(&short)
            .await
            .unwrap()
            .is_none()
    })
    .await;
    for handle in [invented, short] {
        assert_eq!(
            handles.claim_once(&handle, "press").await.unwrap(),
            Claim::Unknown
        );
        assert_eq!(handles.get::<crate::bench::Errand>(&handle).await.unwrap(), None);
    }
}

#[tokio::test]
async fn the_audit_log_keeps_order_and_is_read_in_pages() {
    let bench = Bench::new();
    let audit = Audit::new(bench.redis.clone(), bench.keys.clone());
    for what in ["asked", "approved", "intent", "outcome", "undone"] {
        audit.append(&errand(what)).await.unwrap();
    }
    let mut read = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = audit
            .read::<crate::bench::Errand>(after.as_deref(), 2)
            .await
            .unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.id.clone());
        assert!(page.len() <= 2 && page.is_sorted_by_key(|recorded| recorded.at));
        read.extend(page.into_iter().map(|recorded| recorded.record.what));
    }
    assert_eq!(read, ["asked", "approved", "intent", "outcome", "undone"]);
}

#[tokio::test]
async fn the_audit_log_is_written_when_memory_is_short_and_survives_a_crash() {
    let mut bench = Bench::new();
    let audit = Audit::new(bench.redis.clone(), bench.keys.clone());
    let _: String = bench.raw(&["CONFIG", "SET", "maxmemory", "1"]).await;
    audit.append(&errand("outcome")).await.unwrap();
    bench.server.restart();
    let read = audit.read::<crate::bench::Errand>(None, 10).await.unwrap();
    assert_eq!(read.len(), 1);
}

#[tokio::test]
async fn what_was_seen_is_seen() {
    let bench = Bench::new();
    let once = Once::new(bench.redis.clone(), bench.keys.clone());
    let first = |id: &'static str, caller: &'static str| once.first("signature", id, caller, LONG);
    assert!(first("v0=aa", "request-1").await.unwrap());
    assert!(!first("v0=aa", "request-2").await.unwrap());
    assert!(first("v0=aa", "request-1").await.unwrap(), "its own repetition");
    assert!(first("v0=bb", "request-2").await.unwrap());
}

#[tokio::test]
async fn a_fit_redis_is_told_from_one_that_loses_jobs() {
    let bench = Bench::new();
    let limits = QueueLimits::default();
    let look = async || ready(&bench.redis, &bench.keys, &limits).await.unwrap();
    assert_eq!(look().await.problems, [Problem::NoGroup]);
    bench.consumer("a", LONG).await;
    let fit = look().await;
    assert_eq!(
        (fit.problems.as_slice(), fit.append_only, fit.accepts()),
        ([].as_slice(), Some(true), true)
    );
    assert_eq!(fit.eviction.as_deref(), Some("noeviction"));

    let set = async |name: &str, value: &str| bench.raw::<String>(&["CONFIG", "SET", name, value]).await;
    set("appendfsync", "everysec").await;
    let lazy = look().await;
    assert_eq!(
        lazy.problems,
        [Problem::MayLoseTheNewest {
            policy: "everysec".into()
        }]
    );
    assert!(lazy.accepts());

    set("maxmemory-policy", "allkeys-lru").await;
    set("appendonly", "no").await;
    let unfit = look().await;
    assert_eq!(
        unfit.problems,
        [
            Problem::MayEvictJobs {
                policy: "allkeys-lru".into()
            },
            Problem::NotDurable
        ]
    );
    assert!(!unfit.accepts());
}

#[tokio::test]
async fn readiness_of_a_redis_that_is_away_is_an_error() {
    let mut bench = Bench::new();
    bench.server.kill();
    let error = ready(&bench.redis, &bench.keys, &QueueLimits::default())
        .await
        .unwrap_err();
    assert!(error.is_passing(), "{error}");
}
