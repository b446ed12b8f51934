//! Death and silence in the middle of a fix.

use std::time::Duration;

use ecs_pull_why::remediate::Deed;
use serde_json::json;

use crate::desk::{BEN, Desk, eventually};
use crate::remedies::{grant, roll_back};

/// Soon claimed by others.
const LEASE: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_a_dead_worker_made_is_found_and_not_made_again() {
    let desk = Desk::at("auth_token_denied-no_policy").await;
    let worker = desk.hire_leasing(LEASE);
    let plan = desk.plans(grant(&desk.aws, None)).await;
    desk.aws
        .fault("delay", "iam:PutRolePolicy", 1, json!({ "milliseconds": 2_000 }))
        .await;
    let press = desk.presses(BEN, &plan, "Apply").await;
    // The intent is noted and the call under way: Redis is away when AWS answers, so that nobody learns of it.
    desk.notes(press, "applied.intent").await;
    desk.redis.freeze();
    eventually(
        "AWS has taken the call",
        async || !desk.aws.calls("PutRolePolicy").await.is_empty(),
        String::new,
    )
    .await;
    worker.dies();
    desk.redis.thaw();

    let _successor = desk.hire_leasing(LEASE);
    desk.reads("Watching until a task pulls and runs").await;
    desk.aws.tick().await;
    let applied = desk.reads("Runs since").await;
    assert!(applied.text().contains("[ Undo ]"), "{}", applied.text());
    assert_eq!(desk.aws.writes().await, ["PutRolePolicy"]);
    let records = desk.records().await;
    let said: Vec<(Deed, &str)> = records
        .iter()
        .map(|record| (record.deed, record.detail.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            (Deed::Intent, ""),
            (Deed::Applied, "a worker died while it was being done; found done")
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn watching_goes_on_where_a_dead_worker_left_it() {
    let desk = Desk::at("auth_token_denied-no_policy").await;
    let worker = desk.hire_leasing(LEASE);
    let plan = desk.plans(grant(&desk.aws, None)).await;
    let press = desk.presses(BEN, &plan, "Apply").await;
    desk.reads("Watching until a task pulls and runs").await;
    worker.dies();
    let _successor = desk.hire_leasing(LEASE);
    desk.aws.tick().await;
    desk.reads("Runs since").await;
    desk.ends(press).await;
    assert_eq!(desk.aws.writes().await, ["PutRolePolicy"]);
    assert_eq!(desk.deeds().await, [Deed::Intent, Deed::Applied]);
    assert!(
        desk.headline().contains("pulls again since"),
        "{}",
        desk.headline()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_without_an_answer_is_looked_up_and_not_repeated() {
    let desk = Desk::at("tag_not_found-typo").await;
    let _worker = desk.hire();
    let plan = desk.plans(roll_back(&desk.aws)).await;
    // The stand-in hangs up and does nothing.
    desk.aws.fault("drop", "ecs:UpdateService", 1, json!({})).await;
    let press = desk.presses(BEN, &plan, "Apply").await;
    let said = desk.reads("Perhaps applied").await.text();
    assert!(said.contains("12 s later it was not done"), "{said}");
    desk.ends(press).await;
    assert_eq!(desk.aws.writes().await, ["UpdateService"]);
    assert_eq!(desk.deeds().await, [Deed::Intent, Deed::Unknown]);
}
