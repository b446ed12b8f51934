//! Death in the middle of a diagnosis.

use end_to_end::aws::Aws;
use serde_json::{Value, json};

use crate::stack::{Run, Stack, aws};

/// Makes every AWS call of the world slow, so that a diagnosis can be met half-way.
async fn slow(aws: &Aws, account: &str, milliseconds: u64) -> anyhow::Result<()> {
    let faults = json!([{ "kind": "delay", "action": "*", "milliseconds": milliseconds }]);
    aws.control::<Value>(
        "faults",
        json!({ "account": account, "clear": true, "faults": faults }),
    )
    .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_worker_leaves_one_answer() -> anyhow::Result<()> {
    let mut stack = Stack::start("tag_not_found-typo", Run::default()).await?;
    slow(aws(), &stack.world.account, 1_500).await?;
    stack.slack.types("ana", "payments", "prod payments").await?;
    // The progress message is there: the diagnosis is under way.
    stack.slack.sees("payments", "prod/payments").await?;
    stack.kill_bots()?;
    slow(aws(), &stack.world.account, 0).await?;
    stack.start_bot("all").await?;
    let root = stack.slack.sees("payments", "tag 1.4.3 does not exist").await?;
    stack.slack.sees_in_thread(&root, "What proves it").await?;
    assert_eq!(stack.slack.bots_messages("payments", None).await?.len(), 1);
    let thread = stack.slack.bots_messages("payments", Some(&root.ts)).await?;
    let findings = thread
        .iter()
        .filter(|message| message.plain.contains("What proves it"))
        .count();
    assert_eq!(findings, 1);
    Ok(())
}
