//! Who may, and what is checked again first.

use std::time::Duration;

use ecs_pull_why::remediate::{Deed, Plan};
use ecs_pull_why::slack::render::buttons::Verb;
use jiff::Timestamp;
use serde_json::json;

use crate::desk::{ANA, BEN, CLEO, DORA, Desk, NIGHT};
use crate::remedies::{grant, roll_back};

const LIST: &str = "usergroups.users.list";

#[tokio::test(flavor = "multi_thread")]
async fn a_press_by_somebody_who_may_not_changes_nothing_and_is_recorded() {
    let desk = Desk::at("auth_token_denied-no_policy").await;
    let _worker = desk.hire();
    let plan = desk.plans(grant(&desk.aws, None)).await;
    let press = desk.presses(ANA, &plan, "Apply").await;
    desk.ends(press).await;
    let told = desk.tells("You are not an approver").await;
    assert!(told.contains("@U0BEN"), "{told}");

    // An approver's id, from another organisation.
    let (_, handle) = plan.button("Apply");
    let mut stranger = desk.press(Verb::Apply, &handle, None, BEN, &plan.ts);
    stranger.user_team = Some("T0OTHER".to_owned());
    let press = desk.asks(stranger).await;
    desk.ends(press).await;
    desk.tells("Only people of this workspace").await;

    // What nothing is kept of.
    let unknown = desk.press(Verb::Apply, &"0".repeat(32), None, BEN, &plan.ts);
    let press = desk.asks(unknown).await;
    desk.ends(press).await;

    assert_eq!(desk.aws.writes().await, [] as [&str; 0]);
    let records = desk.records().await;
    let said: Vec<(Deed, &str)> = records
        .iter()
        .map(|record| (record.deed, record.by.as_str()))
        .collect();
    assert_eq!(
        said,
        [(Deed::Refused, ANA), (Deed::Refused, BEN), (Deed::Refused, BEN)]
    );

    // The plan is still there for those who may.
    desk.presses(CLEO, &plan, "Apply").await;
    desk.reads("Watching until a task pulls and runs").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_presses_one_writes() {
    let desk = Desk::at("auth_token_denied-no_policy").await;
    let _worker = desk.hire();
    let plan = desk.plans(grant(&desk.aws, None)).await;
    // Two people, and one of them twice.
    for who in [BEN, CLEO, BEN] {
        desk.presses(who, &plan, "Apply").await;
    }
    desk.tells("Somebody pressed this before you").await;
    desk.reads("Watching until a task pulls and runs").await;
    desk.aws.tick().await;
    desk.reads("Runs since").await;
    assert_eq!(desk.aws.writes().await, ["PutRolePolicy"]);
    let deeds = desk.deeds().await;
    let count = |deed| deeds.iter().filter(|one| **one == deed).count();
    assert_eq!((count(Deed::Applied), count(Deed::Refused)), (1, 2), "{deeds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_changed_is_left_alone_and_who_changed_it_is_said() {
    let desk = Desk::at("tag_not_found-typo").await;
    let _worker = desk.hire();
    let plan = desk.plans(roll_back(&desk.aws)).await;
    desk.aws.deploy("web:42").await;
    desk.aws.forget_calls().await;
    let press = desk.presses(BEN, &plan, "Apply").await;
    let told = desk.tells("Something has changed").await;
    assert!(
        told.contains("the service is set to web:42 now (by ecs-pull-why at "),
        "{told}"
    );
    desk.ends(press).await;
    assert_eq!(desk.aws.writes().await, [] as [&str; 0]);
    assert_eq!(desk.deeds().await, [Deed::Refused]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_somebody_wrote_meanwhile_is_not_overwritten() {
    let desk = Desk::at("auth_token_denied-no_policy").await;
    let _worker = desk.hire();
    let plan = desk.plans(grant(&desk.aws, None)).await;
    let theirs =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecr:*","Resource":"*"}]}"#;
    desk.aws.put_policy(theirs).await;
    let press = desk.presses(BEN, &plan, "Apply").await;
    let told = desk.tells("Something has changed").await;
    assert!(told.contains("is another one now (by ecs-pull-why at "), "{told}");
    desk.ends(press).await;
    assert_eq!(desk.aws.policy().await.as_deref(), Some(theirs));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_gone_is_said_to_be() {
    let desk = Desk::at("tag_not_found-typo").await;
    let _worker = desk.hire();
    let plan = desk.plans(roll_back(&desk.aws)).await;
    let params = json!({ "cluster": "prod", "service": "payments", "force": true });
    let call = json!({ "service": "ecs", "operation": "delete_service", "params": params });
    desk.aws.control("aws", call).await;
    desk.presses(BEN, &plan, "Apply").await;
    desk.tells("service payments no longer exists").await;
    assert_eq!(desk.aws.writes().await, [] as [&str; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_state_cannot_be_read_nothing_is_written() {
    let desk = Desk::at("tag_not_found-typo").await;
    let _worker = desk.hire();
    let plan = desk.plans(roll_back(&desk.aws)).await;
    desk.aws.fault("deny", "ecs:DescribeServices", 1, json!({})).await;
    let press = desk.presses(BEN, &plan, "Apply").await;
    let told = desk.tells("could not be checked").await;
    assert!(told.contains("ecs:DescribeServices"), "{told}");
    desk.ends(press).await;
    assert_eq!(desk.aws.writes().await, [] as [&str; 0]);
    assert_eq!(desk.deeds().await, [Deed::Refused]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_plan_is_not_applied() {
    let desk = Desk::at("tag_not_found-typo").await;
    let _worker = desk.hire();
    let plan = desk.plans(roll_back(&desk.aws)).await;
    let (_, handle) = plan.button("Apply");
    let mut old: Plan = desk.handles.get(&handle.parse().unwrap()).await.unwrap().unwrap();
    old.expires = Timestamp::now().checked_sub(Duration::from_secs(1)).unwrap();
    let handle = desk.handles.put(&old, Duration::from_mins(1)).await.unwrap();
    let press = desk.press(Verb::Apply, &handle.to_string(), None, BEN, &plan.ts);
    let press = desk.asks(press).await;
    desk.tells("This plan has expired").await;
    desk.ends(press).await;
    assert_eq!(desk.aws.writes().await, [] as [&str; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_plan_cannot_be_applied() {
    let desk = Desk::at("tag_not_found-typo").await;
    let _worker = desk.hire();
    let plan = desk.plans(roll_back(&desk.aws)).await;
    desk.presses(ANA, &plan, "Cancel").await;
    desk.reads("Plan dropped").await;
    // A window that still shows the buttons.
    let press = desk.presses(BEN, &plan, "Apply").await;
    desk.ends(press).await;
    assert_eq!(desk.aws.writes().await, [] as [&str; 0]);
    assert_eq!(desk.deeds().await, [Deed::Cancelled, Deed::Refused]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_of_a_group_that_approves_may_and_slack_is_asked_once_a_minute() {
    let desk = Desk::at("tag_not_found-typo").await;
    let _worker = desk.hire();
    let plan = desk.plans(roll_back(&desk.aws)).await;
    let press = desk.presses(ANA, &plan, "Apply").await;
    desk.ends(press).await;
    assert_eq!(desk.slack.asked(LIST), 2, "one for each group");
    let press = desk.presses(DORA, &plan, "Apply").await;
    desk.reads("2 of 2 tasks run").await;
    desk.ends(press).await;
    assert_eq!(desk.slack.asked(LIST), 2, "remembered");
    assert_eq!(desk.deeds().await, [Deed::Refused, Deed::Intent, Deed::Applied]);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_slack_does_not_say_who_is_in_a_group_only_those_who_are_known_may() {
    let desk = Desk::at("tag_not_found-typo").await;
    desk.slack.disband(NIGHT);
    let _worker = desk.hire();
    let plan = desk.plans(roll_back(&desk.aws)).await;
    // Perhaps in that group, perhaps not.
    let press = desk.presses(ANA, &plan, "Apply").await;
    let told = desk.tells("Whether you are an approver cannot be told").await;
    assert!(told.contains("no_such_subteam"), "{told}");
    desk.ends(press).await;
    assert_eq!(desk.aws.writes().await, [] as [&str; 0]);
    assert_eq!(desk.deeds().await, [Deed::Refused]);
    // In the other one.
    desk.presses(DORA, &plan, "Apply").await;
    desk.reads("2 of 2 tasks run").await;
    assert_eq!(desk.aws.writes().await, ["UpdateService"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_from_another_organisation_cannot_drop_a_plan() {
    let desk = Desk::at("tag_not_found-typo").await;
    let _worker = desk.hire();
    let plan = desk.plans(roll_back(&desk.aws)).await;
    let (_, handle) = plan.button("Cancel");
    let mut stranger = desk.press(Verb::Cancel, &handle, None, BEN, &plan.ts);
    stranger.user_team = Some("T0OTHER".to_owned());
    let press = desk.asks(stranger).await;
    desk.tells("Only people of this workspace").await;
    desk.ends(press).await;
    desk.presses(BEN, &plan, "Apply").await;
    desk.reads("2 of 2 tasks run").await;
    assert_eq!(desk.deeds().await, [Deed::Refused, Deed::Intent, Deed::Applied]);
}
