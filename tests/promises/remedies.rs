//! Fixes: approved, applied once, proved, taken back.

use anyhow::Context;
use serde_json::{Value, json};

use crate::slack::Message;
use crate::stack::{Run, Stack, aws};

const POLICY: &str = "ecs-pull-why-image-pull";

/// Asks, and presses a remedy's button; returns the plan.
async fn plan(stack: &Stack, cause: &str, button: &str) -> anyhow::Result<Message> {
    stack.slack.types("ana", "payments", "prod payments").await?;
    let root = stack.slack.sees("payments", cause).await?;
    let findings = stack.slack.sees_in_thread(&root, "What proves it").await?;
    stack.slack.presses("ana", &findings, button, 1).await?;
    stack.slack.sees_in_thread(&root, "Plan:").await
}

/// The text of the role's inline policy, as IAM sends it; `None` where there is none.
async fn policy(stack: &Stack, role: &str) -> anyhow::Result<Option<String>> {
    let account = &stack.world.account;
    let answer = reqwest::Client::new()
        .post(&aws().url)
        .header(
            "Authorization",
            format!("AWS4-HMAC-SHA256 Credential={account}/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0"),
        )
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(format!("Action=GetRolePolicy&Version=2010-05-08&RoleName={role}&PolicyName={POLICY}"))
        .send()
        .await?;
    let found = answer.status().is_success();
    let text = answer.text().await?;
    if !found {
        anyhow::ensure!(text.contains("NoSuchEntity"), "{text}");
        return Ok(None);
    }
    let (_, rest) = text.split_once("<PolicyDocument>").context("no document")?;
    let (document, _) = rest.split_once("</PolicyDocument>").context("no document")?;
    Ok(Some(document.to_owned()))
}

async fn role(stack: &Stack) -> anyhow::Result<String> {
    let definition = stack
        .world
        .services
        .pointer("/payments/task_definition")
        .cloned()
        .unwrap_or_default();
    let params = json!({ "taskDefinition": definition });
    let answer: Value = aws()
        .control("aws", json!({ "account": stack.world.account, "service": "ecs", "operation": "describe_task_definition", "params": params }))
        .await?;
    let arn = find(&answer, "executionRoleArn").context("no execution role")?;
    Ok(arn.rsplit('/').next().unwrap_or_default().to_owned())
}

fn find(value: &Value, key: &str) -> Option<String> {
    match value {
        Value::Object(object) => object
            .get(key)
            .and_then(Value::as_str)
            .map(str::to_owned)
            .or_else(|| object.values().find_map(|value| find(value, key))),
        Value::Array(items) => items.iter().find_map(|value| find(value, key)),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_double_press_grants_once_and_undo_restores_the_policy_byte_for_byte() -> anyhow::Result<()> {
    let stack = Stack::start("auth_token_denied-no_policy", Run::default()).await?;
    let role = role(&stack).await?;
    // Somebody wrote a policy of this name before, in their own way of spacing.
    let before = "{ \"Version\":\"2012-10-17\",\n  \"Statement\" : [ {\"Effect\":\"Allow\", \"Action\":\"logs:PutLogEvents\",\"Resource\":\"*\"} ] }";
    let params = json!({ "RoleName": role, "PolicyName": POLICY, "PolicyDocument": before });
    aws()
        .control::<Value>("aws", json!({ "account": stack.world.account, "service": "iam", "operation": "put_role_policy", "params": params }))
        .await?;
    let original = policy(&stack, &role).await?;
    assert!(original.is_some());

    let plan = plan(&stack, "ecr:GetAuthorizationToken", &format!("Let {role} pull")).await?;
    stack.slack.presses("ben", &plan, "Apply", 2).await?;
    stack.slack.sees_message(&plan, "Applied").await?;
    // ECS tries again by itself, in its own time; here it does so now.
    aws()
        .control::<Value>("tick", json!({ "account": stack.world.account }))
        .await?;
    let applied = stack.slack.sees_message(&plan, "Runs since").await?;
    let writes = stack.writes().await?;
    let grants = writes
        .iter()
        .filter(|call| operation(call) == "PutRolePolicy")
        .count();
    assert_eq!(grants, 1, "{writes:?}");
    assert_ne!(policy(&stack, &role).await?, original);

    stack.slack.presses("ben", &applied, "Undo", 2).await?;
    stack.slack.sees_message(&plan, "Undone").await?;
    assert_eq!(policy(&stack, &role).await?, original);
    let writes = stack.writes().await?;
    assert_eq!(
        writes
            .iter()
            .filter(|call| operation(call) == "PutRolePolicy")
            .count(),
        2,
        "{writes:?}"
    );
    assert_eq!(stack.slack.refusals().await?, [] as [Value; 0]);
    Ok(())
}

fn operation(call: &Value) -> &str {
    call.get("operation").and_then(Value::as_str).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_press_by_somebody_who_is_no_approver_changes_nothing() -> anyhow::Result<()> {
    let stack = Stack::start("tag_not_found-typo", Run::default()).await?;
    let plan = plan(&stack, "tag 1.4.3 does not exist", "Back to payments:41").await?;
    stack.slack.presses("ana", &plan, "Apply", 1).await?;
    stack
        .slack
        .sees_alone("ana", "payments", "not an approver")
        .await?;
    assert_eq!(updates(&stack).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roll_back_runs_the_last_revision_that_ran() -> anyhow::Result<()> {
    let stack = Stack::start("tag_not_found-typo", Run::default()).await?;
    let plan = plan(&stack, "tag 1.4.3 does not exist", "Back to payments:41").await?;
    stack.slack.presses("ben", &plan, "Apply", 1).await?;
    stack.slack.sees_message(&plan, "2 of 2 tasks run").await?;
    stack.slack.sees("payments", "pulls again since").await?;
    assert_eq!(updates(&stack).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_changed_since_the_plan_is_not_overwritten() -> anyhow::Result<()> {
    let stack = Stack::start("tag_not_found-typo", Run::default()).await?;
    let plan = plan(&stack, "tag 1.4.3 does not exist", "Back to payments:41").await?;
    let params = json!({ "cluster": "prod", "service": "payments", "taskDefinition": "web:42" });
    aws()
        .control::<Value>("aws", json!({ "account": stack.world.account, "service": "ecs", "operation": "update_service", "params": params }))
        .await?;
    stack.slack.presses("ben", &plan, "Apply", 1).await?;
    stack
        .slack
        .sees_alone("ben", "payments", "changed since this plan")
        .await?;
    assert_eq!(updates(&stack).await?, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_remediation_role_the_button_shows_the_commands() -> anyhow::Result<()> {
    let run = Run {
        set: vec![("REMEDIATION_ROLE_ARN", String::new())],
        ..Run::default()
    };
    let stack = Stack::start("tag_not_found-typo", run).await?;
    let plan = plan(&stack, "tag 1.4.3 does not exist", "Back to payments:41").await?;
    assert!(plan.plain.contains("aws ecs update-service"), "{}", plan.plain);
    assert!(
        !plan.buttons.iter().any(|button| button == "Apply"),
        "{:?}",
        plan.buttons
    );
    Ok(())
}

/// Number of `UpdateService` calls that came over the wire.
async fn updates(stack: &Stack) -> anyhow::Result<usize> {
    Ok(stack
        .writes()
        .await?
        .iter()
        .filter(|call| operation(call) == "UpdateService")
        .count())
}
