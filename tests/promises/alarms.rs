//! Messages in the alarm channel.

use serde_json::{Value, json};

use crate::stack::{ALARMS, Run, Stack};

/// An alarm as a forwarder of SNS messages posts it.
fn alarm(state: &str, description: &str) -> Value {
    json!({
        "type": "message", "subtype": "bot_message", "bot_id": "B0FORWARD01", "text": "",
        "attachments": [{ "fallback": "Alarm", "color": "a30200", "fields": [
            { "title": "Alarm Name", "value": "`ecs-image-pull-failed`", "short": true },
            { "title": "Alarm Description", "value": format!("`{description}`"), "short": false },
            { "title": "Alarm reason", "value": "`Threshold Crossed: 1 datapoint [3.0] was greater than the threshold (0.0).`", "short": false },
            { "title": "Old State", "value": if state == "ALARM" { "`OK`" } else { "`ALARM`" }, "short": true },
            { "title": "Current State", "value": format!("`{state}`"), "short": true },
        ]}],
    })
}

const NAMED: &str = "Image pull failures in cluster prod (ClusterName=prod ServiceName=payments)";

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_delivered_three_times_gets_one_reply_in_its_thread() -> anyhow::Result<()> {
    let stack = Stack::start("tag_not_found-typo", Run::default()).await?;
    let ts = stack.slack.app_posts(ALARMS, alarm("ALARM", NAMED), 3).await?;
    // Before the changes have been read, the same message says that it is likely.
    let said = stack.slack.sees_at(ALARMS, &ts, "What proves it").await?;
    assert!(said.plain.contains("tag 1.4.3 does not exist"), "{}", said.plain);
    assert_eq!(stack.slack.bots_messages(ALARMS, Some(&ts)).await?.len(), 1);
    assert_eq!(stack.slack.refusals().await?, [] as [Value; 0]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn recoveries_people_edits_and_news_start_nothing() -> anyhow::Result<()> {
    let stack = Stack::start("tag_not_found-typo", Run::default()).await?;
    let mut silent = Vec::new();
    for event in [
        alarm("OK", NAMED),
        json!({ "type": "message", "user": "U0CLEO00001", "text": "CannotPullContainerError in cluster prod, service payments again?" }),
        json!({ "type": "message", "subtype": "bot_message", "bot_id": "B0NEWS00001", "text": "Blog: how to fix CannotPullContainerError in Amazon ECS" }),
        json!({ "type": "message", "subtype": "bot_message", "bot_id": "B0CLUSTER01", "text": "ECS service prod/payments has reached a steady state." }),
    ] {
        silent.push(stack.slack.app_posts(ALARMS, event, 1).await?);
    }
    // Events are handled in the order in which they arrive: once this one is answered, the others have been.
    let ts = stack.slack.app_posts(ALARMS, alarm("ALARM", NAMED), 1).await?;
    stack
        .slack
        .sees_at(ALARMS, &ts, "tag 1.4.3 does not exist")
        .await?;
    for ts in silent {
        let said: Vec<String> = stack
            .slack
            .bots_messages(ALARMS, Some(&ts))
            .await?
            .into_iter()
            .map(|message| message.plain)
            .collect();
        assert_eq!(said, [] as [String; 0]);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_that_names_no_cluster_gets_one_line_saying_so() -> anyhow::Result<()> {
    let stack = Stack::start("healthy-steady", Run::default()).await?;
    let ts = stack
        .slack
        .app_posts(ALARMS, alarm("ALARM", "CannotPullContainerError seen"), 1)
        .await?;
    let said = stack.slack.sees_at(ALARMS, &ts, "cluster").await?;
    assert!(said.plain.lines().count() <= 2, "{}", said.plain);
    Ok(())
}
