//! Waiting for messages, and what is kept of the traffic.

use serde_json::{Value, json};

use crate::scene::Scene;

#[tokio::test]
async fn waiting_ends_with_the_message_that_fits() {
    let scene = Scene::new().await;
    let parent = scene.bot_says(json!({ "text": "parent" })).await;
    let wait = format!("wait?channel=%23payments&thread_ts={parent}&text=deep%20inside&without=working");
    let rich = json!([{ "type": "rich_text", "elements": [{ "type": "rich_text_section", "elements": [
        { "type": "text", "text": "deep " }, { "type": "text", "text": "inside", "style": { "bold": true } } ] }] }]);
    let (found, ()) = tokio::join!(scene.look(&wait), async {
        scene
            .bot_says(json!({ "text": "other", "thread_ts": parent }))
            .await;
        let reply = scene
            .bot_says(json!({ "text": "working, deep inside", "thread_ts": parent }))
            .await;
        let done = json!({ "channel": "C0PAYMENTS1", "ts": reply, "text": "x", "blocks": rich });
        scene.api_ok("chat.update", done).await;
    });
    assert_eq!(found["plain"], "deep inside");
    assert_eq!(found["edits"], 1);
}

#[tokio::test]
async fn waiting_can_be_for_what_one_person_sees_or_for_a_reaction() {
    let scene = Scene::new().await;
    let (found, _) = tokio::join!(
        scene.look("wait?user=ana&text=only"),
        scene.api(
            "chat.postEphemeral",
            json!({ "channel": "C0PAYMENTS1", "user": "U0ANA000001", "text": "only you" })
        )
    );
    assert_eq!(found["only_for"], "U0ANA000001");
    let ts = scene.bot_says(json!({ "text": "x" })).await;
    let wait = format!("wait?ts={ts}&reaction=eyes");
    let (found, _) = tokio::join!(
        scene.look(&wait),
        scene.api(
            "reactions.add",
            json!({ "channel": "C0PAYMENTS1", "timestamp": ts, "name": "eyes" })
        )
    );
    assert_eq!(found["ts"], json!(ts));
}

#[tokio::test]
async fn waiting_in_vain_says_what_is_there() {
    let scene = Scene::new().await;
    scene.bot_says(json!({ "text": "something else" })).await;
    let (status, _, answer) = scene
        .look_for("wait?channel=payments&text=never&timeout_ms=1")
        .await;
    assert_eq!(status, 408);
    assert_eq!(answer["newest"][0]["text"], "something else");
    let (status, _, answer) = scene.look_for("wait?channel=nowhere").await;
    assert_eq!(
        (status, answer),
        (400, json!({ "error": "no channel `nowhere`" }))
    );
}

#[tokio::test]
async fn traffic_is_kept_both_ways_and_without_tokens() {
    let scene = Scene::new().await;
    scene.ana_types("prod payments").await;
    scene
        .bot_says(json!({ "text": "x", "token": "xoxb-standin" }))
        .await;
    let traffic = scene.look("traffic").await["traffic"].clone();
    let whats: Vec<&Value> = traffic
        .as_array()
        .unwrap()
        .iter()
        .map(|exchange| &exchange["what"])
        .collect();
    assert!(
        whats.contains(&&json!("/slack/commands")) && whats.contains(&&json!("chat.postMessage")),
        "{whats:?}"
    );
    assert!(!traffic.to_string().contains("xoxb-standin"));
    let posts = scene
        .look("traffic?what=chat.postMessage&direction=from_bot")
        .await;
    assert_eq!(posts["traffic"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn slowness_on_demand_is_measured_by_the_clock() {
    let scene = Scene::new().await;
    scene
        .control("latency", json!({ "ms": 3_600_000, "method": "api.test" }))
        .await;
    scene.api_ok("auth.test", json!({})).await;
    let slow = async {
        let answer = scene.api("api.test", json!({})).await;
        assert_eq!(answer["ok"], true);
    };
    let turn = async {
        loop {
            scene.advance(600_000).await;
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = slow => {}
        () = turn => {}
    }
}
