//! Presses.

use serde_json::{Value, json};

use crate::scene::{Does, Got, Scene};

fn payload(got: &Got) -> Value {
    serde_json::from_str(&got.form("payload")).unwrap()
}

fn plan() -> Value {
    json!([{ "type": "actions", "block_id": "plan", "elements": [
        { "type": "button", "action_id": "apply", "value": "handle-1", "style": "primary",
          "text": { "type": "plain_text", "text": "Apply" },
          "confirm": { "title": { "type": "plain_text", "text": "Apply?" },
                       "text": { "type": "plain_text", "text": "ecs:UpdateService" },
                       "confirm": { "type": "plain_text", "text": "Apply" },
                       "deny": { "type": "plain_text", "text": "Cancel" } } },
        { "type": "overflow", "action_id": "more", "options": [
            { "text": { "type": "plain_text", "text": "Copy as AWS CLI" }, "value": "cli" },
            { "text": { "type": "plain_text", "text": "Copy as Terraform" }, "value": "terraform" } ] } ] }])
}

#[tokio::test]
async fn a_press_carries_the_whole_message_and_the_control() {
    let scene = Scene::new().await;
    let parent = scene.bot_says(json!({ "text": "parent" })).await;
    let ts = scene
        .bot_says(json!({ "text": "plan", "blocks": plan(), "thread_ts": parent }))
        .await;
    let press = json!({ "user": "ben", "channel": "payments", "ts": ts, "text": "Apply" });
    let answer = scene.control("press", press).await;
    assert_eq!(answer["confirm"]["title"]["text"], "Apply?");
    assert_eq!(answer["presses"][0]["status"], 200);
    let got = scene.bot_gets().await;
    assert_eq!(got.path, "/slack/interactions");
    let payload = payload(&got);
    assert_eq!(payload["type"], "block_actions");
    assert_eq!(
        payload["user"],
        json!({ "id": "U0BEN000001", "username": "ben", "name": "ben", "team_id": "T0SHOPTEAM1" })
    );
    assert_eq!(
        payload["container"],
        json!({ "type": "message", "message_ts": ts, "channel_id": "C0PAYMENTS1", "is_ephemeral": false, "thread_ts": parent })
    );
    assert_eq!(
        payload["message"]["blocks"][0]["elements"][0]["value"],
        "handle-1"
    );
    assert_eq!(payload["message"]["thread_ts"], json!(parent));
    let action = &payload["actions"][0];
    for (key, expected) in [
        ("type", "button"),
        ("action_id", "apply"),
        ("block_id", "plan"),
        ("value", "handle-1"),
    ] {
        assert_eq!(action[key], expected, "{key}");
    }
    assert!(action["action_ts"].is_string());
    assert_eq!(payload["response_url"], answer["presses"][0]["response_url"]);
}

#[tokio::test]
async fn a_menus_option_is_the_selected_option() {
    let scene = Scene::new().await;
    let ts = scene.bot_says(json!({ "text": "plan", "blocks": plan() })).await;
    let press = json!({ "user": "ben", "channel": "payments", "ts": ts, "text": "Copy as Terraform" });
    scene.control("press", press).await;
    let action = payload(&scene.bot_gets().await)["actions"][0].clone();
    assert_eq!(
        (&action["type"], &action["selected_option"]["value"]),
        (&json!("overflow"), &json!("terraform"))
    );
}

#[tokio::test]
async fn a_double_press_is_two_requests_and_a_dismissed_dialog_none() {
    let scene = Scene::new().await;
    let ts = scene.bot_says(json!({ "text": "plan", "blocks": plan() })).await;
    let press = json!({ "user": "ben", "channel": "payments", "ts": ts, "action_id": "apply" });
    let with = |key: &str, value: Value| {
        let mut press = press.clone();
        press.as_object_mut().unwrap().insert(key.to_owned(), value);
        press
    };
    scene.control("press", with("dismiss", json!(true))).await;
    assert!(scene.bot_got_nothing().await);
    assert_eq!(
        scene.control("press", with("times", json!(2))).await["presses"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let triggers =
        [scene.bot_gets().await, scene.bot_gets().await].map(|got| payload(&got)["trigger_id"].to_string());
    assert_ne!(triggers[0], triggers[1]);
    // A value that the message does not hold cannot be sent.
    let (status, _, answer) = scene.post("/control/press", with("value", json!("forged"))).await;
    assert_eq!(status, 400);
    assert!(
        answer["error"].as_str().unwrap().contains("Copy as AWS CLI"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_press_that_fails_warns_the_person_and_is_not_sent_again() {
    let scene = Scene::new().await;
    let ts = scene.bot_says(json!({ "text": "plan", "blocks": plan() })).await;
    let press = json!({ "user": "ben", "channel": "payments", "ts": ts, "action_id": "apply" });
    scene.bot_does(Does::Hang);
    let (answer, ()) = tokio::join!(scene.control("press", press), async {
        scene.bot_gets().await;
        scene.advance(3_000).await;
    });
    assert_eq!(answer["presses"][0]["error"], "operation_timeout");
    scene.advance(600_000).await;
    let next = json!({ "user": "ben", "channel": "payments", "ts": ts, "action_id": "more" });
    scene.control("press", next).await;
    assert_eq!(
        payload(&scene.bot_gets().await)["actions"][0]["action_id"],
        "more"
    );
}

#[tokio::test]
async fn an_ephemeral_message_is_not_sent_back() {
    let scene = Scene::new().await;
    let whisper = json!({ "channel": "C0PAYMENTS1", "user": "U0ANA000001", "text": "x", "blocks": plan() });
    let ts = scene.api_ok("chat.postEphemeral", whisper).await["message_ts"].clone();
    let press = json!({ "user": "ana", "channel": "payments", "ts": ts, "action_id": "apply" });
    scene.control("press", press).await;
    let payload = payload(&scene.bot_gets().await);
    assert_eq!(
        (&payload["container"]["is_ephemeral"], &payload["message"]),
        (&json!(true), &Value::Null)
    );
    let other = json!({ "user": "ben", "channel": "payments", "ts": ts, "action_id": "apply" });
    assert_eq!(scene.post("/control/press", other).await.0, 400);
}

#[tokio::test]
async fn a_trigger_opens_one_view_within_three_seconds() {
    let scene = Scene::new().await;
    let view = json!({
        "type": "modal", "title": { "type": "plain_text", "text": "Why" },
        "blocks": [{ "type": "section", "text": { "type": "plain_text", "text": "because" } }],
    });
    let trigger = scene.ana_types("x").await["trigger_id"].clone();
    let open = json!({ "trigger_id": trigger, "view": view });
    let opened = scene.api_ok("views.open", open.clone()).await;
    assert_eq!(scene.look("views").await["views"][0]["id"], opened["view"]["id"]);
    assert_eq!(
        scene.api("views.open", open).await["error"],
        "exchanged_trigger_id"
    );
    let trigger = scene.ana_types("x").await["trigger_id"].clone();
    scene.advance(3_001).await;
    let late = json!({ "trigger_id": trigger, "view": view });
    assert_eq!(scene.api("views.open", late).await["error"], "expired_trigger_id");
}
