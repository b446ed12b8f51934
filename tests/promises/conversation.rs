//! A question in a channel, and its answer.

use crate::stack::{Run, Stack};

#[tokio::test(flavor = "multi_thread")]
async fn a_command_gets_one_message_in_the_channel_and_the_findings_in_its_thread() -> anyhow::Result<()> {
    let stack = Stack::start("tag_not_found-typo", Run::default()).await?;
    let told = stack.slack.types("ana", "payments", "prod payments").await?;
    assert!(told.contains("prod/payments"), "{told}");
    let root = stack
        .slack
        .sees("payments", "cannot pull its image: tag 1.4.3 does not exist")
        .await?;
    assert!(root.plain.contains("asked by"), "{}", root.plain);
    let findings = stack.slack.sees_in_thread(&root, "What proves it").await?;
    assert!(
        findings
            .buttons
            .iter()
            .any(|button| button == "Back to payments:41"),
        "{:?}",
        findings.buttons
    );
    assert_eq!(stack.slack.bots_messages("payments", None).await?.len(), 1);
    assert_eq!(stack.slack.refusals().await?, [] as [serde_json::Value; 0]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_command_works_over_socket_mode() -> anyhow::Result<()> {
    let run = Run {
        socket_mode: true,
        ..Run::default()
    };
    let stack = Stack::start("tag_not_found-typo", run).await?;
    stack.slack.socket_is_open().await?;
    stack.slack.types("ana", "payments", "prod payments").await?;
    let root = stack
        .slack
        .sees("payments", "cannot pull its image: tag 1.4.3 does not exist")
        .await?;
    stack.slack.sees_in_thread(&root, "What proves it").await?;
    assert_eq!(stack.slack.refusals().await?, [] as [serde_json::Value; 0]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_bot_is_no_member_it_answers_in_private_and_says_how_to_invite_it() -> anyhow::Result<()> {
    let stack = Stack::start("tag_not_found-typo", Run::default()).await?;
    stack.slack.types("ana", "random", "prod payments").await?;
    let told = stack.slack.sees_alone("ana", "random", "/invite").await?;
    assert!(told.plain.contains("tag 1.4.3"), "{}", told.plain);
    assert_eq!(stack.slack.bots_messages("random", None).await?.len(), 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_understood_is_explained_with_an_example() -> anyhow::Result<()> {
    let stack = Stack::start("healthy-steady", Run::default()).await?;
    for (typed, expected) in [
        ("", "/ecs-pull-why CLUSTER TASK"),
        ("help", "/ecs-pull-why CLUSTER TASK"),
        ("payments", "prod payments"),
        ("prod payments --regoin eu-west-1", "--regoin"),
        ("prod payments --window soon", "soon"),
        ("prod payments now please", "prod payments"),
    ] {
        let told = stack.slack.types("ana", "payments", typed).await?;
        assert!(told.contains(expected), "`{typed}` was answered with: {told}");
    }
    assert_eq!(stack.slack.bots_messages("payments", None).await?.len(), 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_cluster_is_answered_with_the_nearest_name() -> anyhow::Result<()> {
    let stack = Stack::start("healthy-steady", Run::default()).await?;
    stack.slack.types("ana", "payments", "prd payments").await?;
    let said = stack
        .slack
        .sees_alone("ana", "payments", "did you mean prod")
        .await?;
    assert!(said.plain.contains("prd"), "{}", said.plain);
    stack.slack.has_nothing_from_the_bot("payments").await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_the_command_says_so_at_once() -> anyhow::Result<()> {
    let mut stack = Stack::start("healthy-steady", Run::default()).await?;
    stack.redis.kill();
    let told = stack.slack.types("ana", "payments", "prod payments").await?;
    assert!(told.contains("Redis") || told.contains("queue"), "{told}");
    assert!(!told.contains("operation_timeout"), "{told}");
    Ok(())
}
