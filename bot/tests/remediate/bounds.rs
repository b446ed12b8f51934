//! What a fix can do at most: the session it runs in.

use ecs_pull_why::remediate::Deed;
use serde_json::{Value, json};

use crate::desk::{BEN, Desk};
use crate::remedies::{grant, roll_back};

#[tokio::test(flavor = "multi_thread")]
async fn the_session_may_do_what_the_plan_shows_and_says_who_pressed() {
    let desk = Desk::at("tag_not_found-typo").await;
    let _worker = desk.hire();
    let remedy = roll_back(&desk.aws);
    let call = remedy.calls[0].clone();
    let plan = desk.plans(remedy).await;
    let press = desk.presses(BEN, &plan, "Apply").await;
    desk.reads("2 of 2 tasks run").await;
    let sessions = desk.aws.calls("AssumeRole").await;
    assert_eq!(sessions.len(), 1, "{sessions:?}");
    let asked = &sessions[0]["parameters"];
    let policy: Value = serde_json::from_str(asked["Policy"].as_str().unwrap()).unwrap();
    assert_eq!(
        policy,
        json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": call.action, "Resource": call.resource },
        ]})
    );
    assert_eq!(asked["RoleSessionName"], format!("epw-{press}"));
    assert_eq!(asked["SourceIdentity"], BEN);
    // What is shown is what is sent.
    let sent = &desk.aws.calls("UpdateService").await[0]["parameters"];
    assert_eq!(sent["taskDefinition"], call.parameters["taskDefinition"]);
    assert_eq!(sent["service"], call.parameters["service"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_was_not_shown_is_refused_by_aws() {
    let desk = Desk::at("tag_not_found-typo").await;
    let _worker = desk.hire();
    // A plan that shows one service and would touch another: as a fault of ours might make it.
    let mut remedy = roll_back(&desk.aws);
    remedy.calls[0].resource = remedy.calls[0].resource.replace("payments", "web");
    let plan = desk.plans(remedy).await;
    let press = desk.presses(BEN, &plan, "Apply").await;
    let said = desk.reads("Not applied").await.text();
    assert!(
        said.contains("not authorized to perform: ecs:UpdateService"),
        "{said}"
    );
    assert!(!said.contains("[ Undo ]"), "{said}");
    desk.ends(press).await;
    let calls = desk.aws.calls("UpdateService").await;
    assert_eq!(calls.len(), 1);
    assert_ne!(calls[0]["error"], Value::Null);
    assert_eq!(desk.deeds().await, [Deed::Intent, Deed::Failed]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_external_id_is_sent_where_the_role_asks_for_it() {
    let desk = Desk::with_external_id("auth_token_denied-no_policy", &|aws| {
        aws.world["external_id"].as_str().unwrap().to_owned()
    })
    .await;
    let _worker = desk.hire();
    let plan = desk.plans(grant(&desk.aws, None)).await;
    desk.presses(BEN, &plan, "Apply").await;
    desk.reads("Watching until a task pulls and runs").await;
    assert_eq!(desk.aws.writes().await, ["PutRolePolicy"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_right_external_id_the_role_is_not_entered() {
    let desk = Desk::with_external_id("auth_token_denied-no_policy", &|_| "another one".to_owned()).await;
    let _worker = desk.hire();
    let plan = desk.plans(grant(&desk.aws, None)).await;
    let press = desk.presses(BEN, &plan, "Apply").await;
    let said = desk.reads("Not applied").await.text();
    assert!(said.contains("cannot be assumed"), "{said}");
    assert!(said.contains("with the external id of the settings"), "{said}");
    assert!(!said.contains("another one"), "{said}");
    desk.ends(press).await;
    assert_eq!(desk.aws.writes().await, [] as [&str; 0]);
    assert_eq!(desk.deeds().await, [Deed::Failed]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trust_policy_that_knows_no_source_identity_does_not_stop_a_fix() {
    let desk = Desk::at("auth_token_denied-no_policy").await;
    let _worker = desk.hire();
    let plan = desk.plans(grant(&desk.aws, None)).await;
    let refusal =
        json!({ "message": "User: x is not authorized to perform: sts:SetSourceIdentity on resource: y" });
    desk.aws.fault("deny", "sts:AssumeRole", 1, refusal).await;
    let press = desk.presses(BEN, &plan, "Apply").await;
    desk.reads("Watching until a task pulls and runs").await;
    let sessions = desk.aws.calls("AssumeRole").await;
    let asked: Vec<(&Value, &Value)> = sessions
        .iter()
        .map(|call| {
            (
                &call["parameters"]["RoleSessionName"],
                &call["parameters"]["SourceIdentity"],
            )
        })
        .collect();
    let (first, second) = (json!(format!("epw-{press}")), json!(format!("epw-{press}-{BEN}")));
    assert_eq!(asked, [(&first, &json!(BEN)), (&second, &Value::Null)]);
}
