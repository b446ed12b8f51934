//! Messages, threads, metadata, reactions, status lines.

use serde_json::{Value, json};

use crate::scene::{Scene, texts};

#[tokio::test]
async fn a_thread_reads_back_as_it_was_written() {
    let scene = Scene::new().await;
    let metadata = json!({ "event_type": "diagnosis", "event_payload": { "job": "j-1" } });
    let parent = scene
        .bot_says(json!({ "text": "parent", "metadata": metadata }))
        .await;
    let reply = scene
        .bot_says(json!({ "text": "first", "thread_ts": parent }))
        .await;
    // A thread may be named by one of its replies.
    scene
        .bot_says(json!({ "text": "second", "thread_ts": reply, "reply_broadcast": true }))
        .await;

    let here = json!({ "channel": "C0PAYMENTS1", "ts": parent });
    let replies = scene.api_ok("conversations.replies", here).await;
    assert_eq!(texts(&replies["messages"]), ["parent", "first", "second"]);
    assert_eq!(replies["messages"][0]["reply_count"], 2);
    assert_eq!(replies["messages"][1]["parent_user_id"], "U0BOTPULL01");
    assert_eq!(replies["messages"][0]["metadata"], Value::Null);
    let with_metadata = json!({ "channel": "C0PAYMENTS1", "ts": parent, "include_all_metadata": true });
    let replies = scene.api_ok("conversations.replies", with_metadata).await;
    assert_eq!(replies["messages"][0]["metadata"], metadata);

    let history = scene
        .api_ok("conversations.history", json!({ "channel": "C0PAYMENTS1" }))
        .await;
    assert_eq!(texts(&history["messages"]), ["second", "parent"]);
    for (bounds, expected) in [
        (json!({ "oldest": parent }), vec!["second"]),
        (
            json!({ "oldest": parent, "inclusive": true }),
            vec!["second", "parent"],
        ),
        (json!({ "latest": parent }), vec![]),
        (json!({ "limit": 1 }), vec!["second"]),
    ] {
        let mut args = json!({ "channel": "C0PAYMENTS1" });
        args.as_object_mut()
            .unwrap()
            .extend(bounds.as_object().unwrap().clone());
        let history = scene.api_ok("conversations.history", args).await;
        assert_eq!(texts(&history["messages"]), expected, "{bounds}");
    }
}

#[tokio::test]
async fn an_update_keeps_what_it_does_not_name() {
    let scene = Scene::new().await;
    let metadata = json!({ "event_type": "diagnosis", "event_payload": { "job": "j-1" } });
    let blocks = json!([{ "type": "divider" }]);
    let ts = scene
        .bot_says(json!({ "text": "one", "blocks": blocks, "metadata": metadata }))
        .await;
    scene
        .api_ok(
            "chat.update",
            json!({ "channel": "C0PAYMENTS1", "ts": ts, "text": "two" }),
        )
        .await;
    let seen = scene.look("history?channel=payments").await["messages"][0].clone();
    assert_eq!((&seen["text"], &seen["edits"]), (&json!("two"), &json!(1)));
    assert_eq!(seen["blocks"][0]["type"], "divider");
    assert_eq!(seen["metadata"], metadata);
    assert_eq!(seen["edited"]["user"], "U0BOTPULL01");
    let emptied =
        json!({ "channel": "C0PAYMENTS1", "ts": ts, "text": "three", "blocks": [], "metadata": {} });
    scene.api_ok("chat.update", emptied).await;
    let seen = scene.look("history?channel=payments").await["messages"][0].clone();
    assert_eq!((&seen["blocks"], &seen["metadata"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn blocks_get_ids_where_they_have_none() {
    let scene = Scene::new().await;
    let button = json!({ "type": "button", "text": { "type": "plain_text", "text": "Go" } });
    let blocks =
        json!([{ "type": "actions", "elements": [button] }, { "type": "divider", "block_id": "mine" }]);
    scene.bot_says(json!({ "text": "x", "blocks": blocks })).await;
    let seen = scene.look("history?channel=payments").await["messages"][0]["blocks"].clone();
    assert!(
        seen[0]["block_id"].is_string() && seen[0]["elements"][0]["action_id"].is_string(),
        "{seen}"
    );
    assert_eq!(seen[1]["block_id"], "mine");
}

#[tokio::test]
async fn a_deleted_parent_leaves_a_tombstone_and_a_lone_message_nothing() {
    let scene = Scene::new().await;
    let parent = scene.bot_says(json!({ "text": "parent" })).await;
    scene
        .bot_says(json!({ "text": "reply", "thread_ts": parent }))
        .await;
    let alone = scene.bot_says(json!({ "text": "alone" })).await;
    for ts in [&parent, &alone] {
        scene
            .api_ok("chat.delete", json!({ "channel": "C0PAYMENTS1", "ts": ts }))
            .await;
    }
    let history = scene
        .api_ok("conversations.history", json!({ "channel": "C0PAYMENTS1" }))
        .await;
    assert_eq!(texts(&history["messages"]), ["This message was deleted."]);
    assert_eq!(history["messages"][0]["subtype"], "tombstone");
}

#[tokio::test]
async fn ephemeral_messages_are_for_one_person_and_not_in_the_history() {
    let scene = Scene::new().await;
    let to_ana = json!({ "channel": "C0PAYMENTS1", "user": "U0ANA000001", "text": "only you" });
    let ts = scene.api_ok("chat.postEphemeral", to_ana).await["message_ts"].clone();
    assert_eq!(
        texts(&scene.look("ephemerals?user=ana").await["messages"]),
        ["only you"]
    );
    assert_eq!(scene.look("ephemerals?user=ben").await, json!({ "messages": [] }));
    let history = scene
        .api_ok("conversations.history", json!({ "channel": "C0PAYMENTS1" }))
        .await;
    assert_eq!(history["messages"], json!([]));
    let update = json!({ "channel": "C0PAYMENTS1", "ts": ts, "text": "x" });
    assert_eq!(
        scene.api("chat.update", update).await["error"],
        "message_not_found"
    );
}

#[tokio::test]
async fn reactions_come_once_and_go() {
    let scene = Scene::new().await;
    let ts = scene.bot_says(json!({ "text": "x" })).await;
    let eyes = json!({ "channel": "C0PAYMENTS1", "timestamp": ts, "name": "eyes" });
    scene.api_ok("reactions.add", eyes.clone()).await;
    assert_eq!(
        scene.api("reactions.add", eyes.clone()).await["error"],
        "already_reacted"
    );
    let seen = scene.look("history?channel=payments").await;
    assert_eq!(
        seen["messages"][0]["reactions"],
        json!([{ "name": "eyes", "users": ["U0BOTPULL01"], "count": 1 }])
    );
    scene.api_ok("reactions.remove", eyes).await;
    assert_eq!(
        scene.look("history?channel=payments").await["messages"][0]["reactions"],
        Value::Null
    );
}

#[tokio::test]
async fn a_status_line_goes_with_the_next_message_or_after_two_minutes() {
    let scene = Scene::new().await;
    let ts = scene.bot_says(json!({ "text": "parent" })).await;
    let status = json!({ "channel_id": "C0PAYMENTS1", "thread_ts": ts, "status": "is reading IAM" });
    let shown = async || {
        scene.look("workspace").await["statuses"]
            .as_array()
            .unwrap()
            .len()
    };
    scene.api_ok("assistant.threads.setStatus", status.clone()).await;
    assert_eq!(shown().await, 1);
    scene.bot_says(json!({ "text": "reply", "thread_ts": ts })).await;
    assert_eq!(shown().await, 0);
    scene.api_ok("assistant.threads.setStatus", status).await;
    scene.advance(120_000).await;
    assert_eq!(shown().await, 0);
}

#[tokio::test]
async fn a_message_to_a_person_opens_direct_messages() {
    let scene = Scene::new().await;
    let installed = json!({ "scopes": ["chat:write", "im:write"], "events": ["message.im"] });
    scene.control("bot", installed).await;
    let answer = scene
        .api_ok(
            "chat.postMessage",
            json!({ "channel": "U0ANA000001", "text": "psst" }),
        )
        .await;
    let opened = scene
        .api_ok("conversations.open", json!({ "users": "U0ANA000001" }))
        .await;
    assert_eq!(answer["channel"], opened["channel"]["id"]);
    assert_eq!(scene.bot_gets().await.json()["event"]["channel_type"], "im");
}

#[tokio::test]
async fn permalinks_lead_to_the_page() {
    let scene = Scene::new().await;
    let ts = scene.bot_says(json!({ "text": "x" })).await;
    let link = scene
        .api_ok(
            "chat.getPermalink",
            json!({ "channel": "C0PAYMENTS1", "message_ts": ts }),
        )
        .await;
    let link = link["permalink"].as_str().unwrap().to_owned();
    assert_eq!(
        link,
        format!("{}/archives/C0PAYMENTS1/p{}", scene.address, ts.replace('.', ""))
    );
}
