//! The Events API.

use serde_json::{Value, json};

use crate::scene::{Does, Scene};

#[tokio::test]
async fn the_bot_hears_people_and_itself_where_it_is_a_member() {
    let scene = Scene::new().await;
    scene
        .control(
            "message",
            json!({ "channel": "#random", "user": "ana", "text": "not for the bot" }),
        )
        .await;
    scene
        .control(
            "message",
            json!({ "channel": "#payments", "user": "ana", "text": "hello" }),
        )
        .await;
    let got = scene.bot_gets().await;
    assert_eq!(got.path, "/slack/events");
    let callback = got.json();
    assert_eq!(callback["type"], "event_callback");
    assert_eq!(callback["event"]["text"], "hello");
    assert_eq!(callback["event"]["user"], "U0ANA000001");
    assert_eq!(callback["event"]["channel_type"], "channel");

    let said = scene
        .api_ok(
            "chat.postMessage",
            json!({ "channel": "C0PAYMENTS1", "text": "one" }),
        )
        .await;
    let event = scene.bot_gets().await.json()["event"].clone();
    assert_eq!(
        (&event["bot_id"], &event["subtype"]),
        (&json!("B0BOTPULL01"), &Value::Null)
    );
    scene
        .api_ok(
            "chat.update",
            json!({ "channel": "C0PAYMENTS1", "ts": said["ts"], "text": "two" }),
        )
        .await;
    let event = scene.bot_gets().await.json()["event"].clone();
    assert_eq!(event["subtype"], "message_changed");
    assert_eq!(
        (&event["previous_message"]["text"], &event["message"]["text"]),
        (&json!("one"), &json!("two"))
    );
    scene
        .api_ok(
            "chat.delete",
            json!({ "channel": "C0PAYMENTS1", "ts": said["ts"] }),
        )
        .await;
    let event = scene.bot_gets().await.json()["event"].clone();
    assert_eq!(
        (&event["subtype"], &event["deleted_ts"]),
        (&json!("message_deleted"), &said["ts"])
    );
}

#[tokio::test]
async fn a_mention_is_an_event_of_its_own() {
    let scene = Scene::new().await;
    scene
        .control("bot", json!({ "events": ["message.channels", "app_mention"] }))
        .await;
    let mention = json!({ "channel": "payments", "user": "ana", "text": "<@U0BOTPULL01> why" });
    scene.control("message", mention).await;
    let mut kinds =
        [scene.bot_gets().await, scene.bot_gets().await].map(|got| got.json()["event"]["type"].to_string());
    kinds.sort();
    assert_eq!(kinds, ["\"app_mention\"", "\"message\""]);
}

#[tokio::test]
async fn unacknowledged_events_come_again_at_once_after_a_minute_and_after_five() {
    let scene = Scene::new().await;
    for _ in 0..4 {
        scene.bot_does(Does::Answer(500, ""));
    }
    scene
        .control(
            "message",
            json!({ "channel": "payments", "user": "ana", "text": "x" }),
        )
        .await;
    let first = scene.bot_gets().await;
    assert_eq!(first.header("x-slack-retry-num"), None);
    let again = scene.bot_gets().await;
    assert_eq!(
        (
            again.header("x-slack-retry-num"),
            again.header("x-slack-retry-reason")
        ),
        (Some("1"), Some("http_error"))
    );
    let (third, seconds) = scene.bot_gets_as_time_passes().await;
    assert_eq!(third.header("x-slack-retry-num"), Some("2"));
    assert!(seconds >= 60, "after {seconds} s");
    let (fourth, seconds) = scene.bot_gets_as_time_passes().await;
    assert_eq!(fourth.header("x-slack-retry-num"), Some("3"));
    assert!(seconds >= 300, "after {seconds} s");
    for got in [again, third, fourth] {
        assert_eq!(got.json()["event_id"], first.json()["event_id"]);
    }
}

#[tokio::test]
async fn a_slow_answer_is_no_answer() {
    let scene = Scene::new().await;
    scene.bot_does(Does::Hang);
    scene
        .control(
            "message",
            json!({ "channel": "payments", "user": "ana", "text": "x" }),
        )
        .await;
    scene.bot_gets().await;
    scene.advance(3_000).await;
    let again = scene.bot_gets().await;
    assert_eq!(again.header("x-slack-retry-reason"), Some("http_timeout"));
}

#[tokio::test]
async fn the_bot_may_ask_not_to_be_told_again() {
    let scene = Scene::new().await;
    scene.control("bot", json!({ "retry_delays_ms": [0] })).await;
    scene.bot_does(Does::AnswerWith(500, "X-Slack-No-Retry", ""));
    scene
        .control(
            "message",
            json!({ "channel": "payments", "user": "ana", "text": "one" }),
        )
        .await;
    scene.bot_gets().await;
    scene
        .control(
            "message",
            json!({ "channel": "payments", "user": "ana", "text": "two" }),
        )
        .await;
    assert_eq!(scene.bot_gets().await.json()["event"]["text"], "two");
    assert!(scene.bot_got_nothing().await);
}

#[tokio::test]
async fn another_apps_message_is_delivered_whole_and_as_often_as_told() {
    let scene = Scene::new().await;
    let event = json!({
        "subtype": "bot_message", "bot_id": "B0ALARMS001", "username": "alarm forwarder", "text": "",
        "attachments": [{ "title": "ALARM: pulls fail", "color": "danger" }], "ts": "1.000001",
    });
    let posted = scene
        .control(
            "message",
            json!({ "channel": "alarms", "event": event, "deliveries": 3 }),
        )
        .await;
    let mut ids = Vec::new();
    for at in 0..3 {
        let got = scene.bot_gets().await;
        assert_eq!(
            got.header("x-slack-retry-num").map(str::to_owned),
            (at > 0).then(|| at.to_string())
        );
        let callback = got.json();
        assert_eq!(callback["event"]["username"], "alarm forwarder");
        assert_eq!(callback["event"]["ts"], posted["ts"]);
        ids.push(callback["event_id"].clone());
    }
    ids.dedup();
    assert_eq!(ids, [posted["event_id"].clone()]);
    let seen = scene.look("history?channel=alarms").await["messages"][0].clone();
    assert_eq!(seen["plain"], "ALARM: pulls fail");
    assert_eq!(seen["bot_id"], "B0ALARMS001");
}

#[tokio::test]
async fn a_request_url_is_verified_by_its_challenge() {
    let scene = Scene::new().await;
    assert_eq!(scene.control("verify_url", json!({})).await["verified"], false);
    assert_eq!(scene.bot_gets().await.json()["type"], "url_verification");
}

#[tokio::test]
async fn an_invited_bot_hears_of_it_and_of_what_follows() {
    let scene = Scene::new().await;
    scene
        .control(
            "bot",
            json!({ "events": ["message.channels", "member_joined_channel"] }),
        )
        .await;
    scene
        .control("invite", json!({ "user": "ana", "channel": "#random" }))
        .await;
    let mut joined = [scene.bot_gets().await, scene.bot_gets().await].map(|got| got.json()["event"].clone());
    joined.sort_by_key(|event| event["type"].to_string());
    assert_eq!(
        (&joined[0]["type"], &joined[0]["inviter"]),
        (&json!("member_joined_channel"), &json!("U0ANA000001"))
    );
    assert_eq!(joined[1]["subtype"], "channel_join");
    scene
        .control(
            "message",
            json!({ "channel": "#random", "user": "ana", "text": "hello" }),
        )
        .await;
    assert_eq!(scene.bot_gets().await.json()["event"]["text"], "hello");
}
