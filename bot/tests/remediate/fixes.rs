//! Fixes that work, that do not, and that are taken back.

use ecs_pull_why::remediate::Deed;
use serde_json::{Value, json};

use crate::desk::{BEN, Desk};
use crate::remedies::{deploy_again, grant, granted, roll_back};

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_is_proved_by_a_task_that_runs_and_undone_byte_for_byte() {
    let desk = Desk::at("auth_token_denied-no_policy").await;
    // Somebody wrote a policy of this name before, in their own way of spacing.
    let before = "{ \"Version\":\"2012-10-17\",\n\t\"Statement\" : [ {\"Effect\":\"Allow\", \"Action\":\"logs:PutLogEvents\",\"Resource\":\"*\"} ] }";
    desk.aws.put_policy(before).await;
    desk.aws.forget_calls().await;
    let _worker = desk.hire();

    let remedy = grant(&desk.aws, Some(serde_json::from_str(before).unwrap()));
    let plan = desk.plans(remedy).await;
    desk.presses(BEN, &plan, "Apply").await;
    desk.reads("Watching until a task pulls and runs").await;
    desk.aws.tick().await;
    let applied = desk.reads("of 2 tasks run").await;
    assert_eq!(applied.ts, plan.ts, "the result stands in the place of the plan");
    let text = desk.aws.policy().await.unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), granted());

    let applied = desk.reads("Runs since").await;
    let undo = desk.presses(BEN, &applied, "Undo").await;
    desk.reads("Undone").await;
    desk.ends(undo).await;
    assert_eq!(desk.aws.policy().await.as_deref(), Some(before));
    assert_eq!(desk.aws.writes().await, ["PutRolePolicy", "PutRolePolicy"]);
    assert!(
        desk.headline().contains("prod/payments cannot pull its image"),
        "{}",
        desk.headline()
    );

    let records = desk.records().await;
    let deeds: Vec<Deed> = records.iter().map(|record| record.deed).collect();
    assert_eq!(
        deeds,
        [Deed::Intent, Deed::Applied, Deed::UndoIntent, Deed::Undone]
    );
    assert!(
        records
            .iter()
            .all(|record| record.by == BEN && record.plan == records[0].plan)
    );
    assert_eq!(records[0].plan.len(), 64);
    let ids: Vec<bool> = records.iter().map(|record| record.request_id.is_some()).collect();
    assert_eq!(ids, [false, true, false, true]);
    assert_eq!(records[2].calls[0].parameters["PolicyDocument"], before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_granted_policy_that_was_not_there_is_removed_by_undo() {
    let desk = Desk::at("auth_token_denied-no_policy").await;
    let _worker = desk.hire();
    let plan = desk.plans(grant(&desk.aws, None)).await;
    desk.presses(BEN, &plan, "Apply").await;
    let applied = desk.reads("Watching until a task pulls and runs").await;

    // AWS refuses once: the button that is left works all the same.
    desk.aws.fault("deny", "iam:DeleteRolePolicy", 1, json!({})).await;
    desk.presses(BEN, &applied, "Undo").await;
    let refused = desk.reads("Not taken back").await;
    assert!(desk.aws.policy().await.is_some());
    desk.presses(BEN, &refused, "Undo").await;
    desk.reads("Undone").await;
    assert_eq!(desk.aws.policy().await, None);
    assert_eq!(
        desk.deeds().await,
        [
            Deed::Intent,
            Deed::Applied,
            Deed::UndoIntent,
            Deed::UndoFailed,
            Deed::UndoIntent,
            Deed::Undone
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roll_back_is_proved_and_taken_back() {
    let desk = Desk::at("tag_not_found-typo").await;
    let _worker = desk.hire();
    let plan = desk.plans(roll_back(&desk.aws)).await;
    let apply = desk.presses(BEN, &plan, "Apply").await;
    let applied = desk.reads("2 of 2 tasks run").await;
    desk.ends(apply).await;
    assert!(
        desk.headline().contains("pulls again since"),
        "{}",
        desk.headline()
    );

    let undo = desk.presses(BEN, &applied, "Undo").await;
    desk.reads("The service is set to payments:42 again").await;
    desk.ends(undo).await;
    let calls = desk.aws.calls("UpdateService").await;
    let definitions: Vec<&str> = calls
        .iter()
        .map(|call| call["parameters"]["taskDefinition"].as_str().unwrap())
        .collect();
    let services = &desk.aws.world["services"]["payments"];
    assert_eq!(
        definitions,
        [
            services["previous"].as_str().unwrap(),
            services["task_definition"].as_str().unwrap()
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_was_applied_is_taken_back() {
    let desk = Desk::at("tag_not_found-typo").await;
    let _worker = desk.hire();
    let plan = desk.plans(roll_back(&desk.aws)).await;
    let apply = desk.presses(BEN, &plan, "Apply").await;
    let applied = desk.reads("2 of 2 tasks run").await;
    desk.ends(apply).await;
    desk.aws.deploy("web:42").await;
    desk.aws.forget_calls().await;
    let undo = desk.presses(BEN, &applied, "Undo").await;
    let told = desk.tells("has changed").await;
    assert!(told.contains("the service is set to web:42 now"), "{told}");
    desk.ends(undo).await;
    assert_eq!(desk.aws.writes().await, [] as [&str; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_deployment_is_watched_by_its_own_tasks_and_has_no_undo() {
    let desk = Desk::at("dockerhub_rate_limited-toomanyrequests").await;
    let _worker = desk.hire();
    let plan = desk.plans(deploy_again(&desk.aws)).await;
    assert!(plan.text().contains("cannot be undone"), "{}", plan.text());
    desk.presses(BEN, &plan, "Apply").await;
    let applied = desk.reads("Runs since").await;
    assert!(!applied.text().contains("[ Undo ]"), "{}", applied.text());
    assert_eq!(desk.aws.writes().await, ["UpdateService"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fix_that_does_not_help_says_what_fails_now() {
    let desk = Desk::at("tag_not_found-typo").await;
    let _worker = desk.hire();
    // The tag is still missing.
    let plan = desk.plans(deploy_again(&desk.aws)).await;
    desk.presses(BEN, &plan, "Apply").await;
    let applied = desk.reads("new tasks still fail").await;
    assert!(applied.text().contains("not found"), "{}", applied.text());
    assert!(applied.text().contains("[ Look again ]"), "{}", applied.text());
}
