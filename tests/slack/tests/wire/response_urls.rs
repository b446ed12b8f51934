//! response_urls.

use serde_json::{Value, json};

use crate::scene::{Does, Scene, texts};

async fn url(scene: &Scene) -> String {
    let answer = scene.ana_types("x").await;
    scene.bot_gets().await;
    answer["response_url"]
        .as_str()
        .unwrap()
        .strip_prefix(&scene.address)
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn five_uses_and_no_sixth() {
    let scene = Scene::new().await;
    let url = url(&scene).await;
    for at in 0..5 {
        let (status, _, answer) = scene.post(&url, json!({ "text": format!("use {at}") })).await;
        assert_eq!((status, answer), (200, json!({ "ok": true })));
    }
    let (status, _, answer) = scene.post(&url, json!({ "text": "one more" })).await;
    assert_eq!(
        (status, answer),
        (404, json!({ "ok": false, "error": "used_url" }))
    );
    assert_eq!(
        scene.look("ephemerals?user=ana").await["messages"]
            .as_array()
            .unwrap()
            .len(),
        5
    );
}

#[tokio::test]
async fn after_thirty_minutes_it_is_gone() {
    let scene = Scene::new().await;
    let url = url(&scene).await;
    scene.advance(30 * 60 * 1_000).await;
    let (status, _, answer) = scene.post(&url, json!({ "text": "late" })).await;
    assert_eq!(
        (status, answer),
        (404, json!({ "ok": false, "error": "expired_url" }))
    );
}

#[tokio::test]
async fn it_can_replace_delete_and_speak_up_even_where_the_bot_is_not() {
    let scene = Scene::new().await;
    scene.bot_does(Does::Answer(200, "first"));
    let typed = json!({ "user": "ana", "channel": "random", "text": "x" });
    let answer = scene.control("command", typed).await;
    let url = answer["response_url"]
        .as_str()
        .unwrap()
        .strip_prefix(&scene.address)
        .unwrap()
        .to_owned();
    scene
        .post(&url, json!({ "text": "second", "replace_original": true }))
        .await;
    assert_eq!(
        texts(&scene.look("ephemerals?user=ana").await["messages"]),
        ["second"]
    );
    scene.post(&url, json!({ "delete_original": true })).await;
    assert_eq!(scene.look("ephemerals?user=ana").await["messages"], json!([]));
    scene
        .post(&url, json!({ "text": "loud", "response_type": "in_channel" }))
        .await;
    assert_eq!(
        texts(&scene.look("history?channel=random").await["messages"]),
        ["loud"]
    );
}

#[tokio::test]
async fn what_slack_would_not_show_is_refused() {
    let scene = Scene::new().await;
    let url = url(&scene).await;
    let (status, _, answer) = scene
        .post(&url, json!({ "text": "x", "blocks": [{ "type": "nonsense" }] }))
        .await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_blocks")));
    assert_eq!(
        scene.look("refusals").await["refusals"][0]["place"],
        "response_url"
    );
    assert_eq!(scene.post(&url, json!({})).await.2["error"], "no_text");
    assert_eq!(scene.post(&url, Value::Null).await.2["error"], "invalid_payload");
}
