//! Socket Mode.

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::scene::Scene;

struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// The next JSON frame; `None` once the connection has ended.
    async fn next(&mut self) -> Option<Value> {
        loop {
            match self.0.next().await? {
                Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).unwrap()),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    async fn acknowledge(&mut self, envelope: &Value, payload: Value) {
        let frame = json!({ "envelope_id": envelope["envelope_id"], "payload": payload });
        self.0
            .send(Message::Text(frame.to_string().into()))
            .await
            .unwrap();
    }
}

async fn ticket(scene: &Scene) -> String {
    let app = [("authorization", "Bearer xapp-standin")];
    let answer = scene.post_raw("/api/apps.connections.open", &app, "").await.2;
    answer["url"].as_str().unwrap().to_owned()
}

async fn connect(scene: &Scene) -> Socket {
    let mut socket = Socket(connect_async(ticket(scene).await).await.unwrap().0);
    assert_eq!(socket.next().await.unwrap()["type"], "hello");
    socket
}

async fn scene() -> Scene {
    let scene = Scene::new().await;
    scene.control("bot", json!({ "socket_mode": true })).await;
    scene
}

#[tokio::test]
async fn a_ticket_opens_one_connection() {
    let scene = scene().await;
    assert_eq!(
        scene.api("apps.connections.open", json!({})).await["error"],
        "not_allowed_token_type"
    );
    let url = ticket(&scene).await;
    let mut first = Socket(connect_async(&url).await.unwrap().0);
    let hello = first.next().await.unwrap();
    assert_eq!(
        (&hello["num_connections"], &hello["connection_info"]["app_id"]),
        (&json!(1), &json!("A0PULLWHY01"))
    );
    assert!(connect_async(&url).await.is_err());
}

#[tokio::test]
async fn a_command_is_answered_in_the_acknowledgement() {
    let scene = scene().await;
    let mut socket = connect(&scene).await;
    let (answer, ()) = tokio::join!(scene.ana_types("prod payments"), async {
        let envelope = socket.next().await.unwrap();
        assert_eq!(envelope["type"], "slash_commands");
        assert_eq!(envelope["accepts_response_payload"], true);
        assert_eq!(envelope["payload"]["text"], "prod payments");
        socket.acknowledge(&envelope, json!({ "text": "On it." })).await;
    });
    assert_eq!(answer["ephemeral"]["text"], "On it.");
    assert!(scene.bot_got_nothing().await);
}

#[tokio::test]
async fn without_a_connection_the_person_is_told() {
    let scene = scene().await;
    let answer = scene.ana_types("x").await;
    assert_eq!(answer["ack"]["error"], "dispatch_failed");
    assert_eq!(
        answer["ephemeral"]["text"],
        "/ecs-pull-why failed because the app did not respond."
    );
}

#[tokio::test]
async fn an_envelope_that_is_not_acknowledged_comes_again() {
    let scene = scene().await;
    let mut socket = connect(&scene).await;
    scene
        .control(
            "message",
            json!({ "channel": "payments", "user": "ana", "text": "x" }),
        )
        .await;
    let first = socket.next().await.unwrap();
    assert_eq!(
        (&first["type"], &first["retry_attempt"]),
        (&json!("events_api"), &json!(0))
    );
    scene.advance(3_000).await;
    let again = socket.next().await.unwrap();
    assert_eq!(
        (&again["retry_attempt"], &again["retry_reason"]),
        (&json!(1), &json!("timeout"))
    );
    assert_eq!(again["payload"]["event_id"], first["payload"]["event_id"]);
    assert_ne!(again["envelope_id"], first["envelope_id"]);
}

#[tokio::test]
async fn each_envelope_goes_to_one_connection_in_turn() {
    let scene = scene().await;
    let (mut first, mut second) = (connect(&scene).await, connect(&scene).await);
    let button =
        json!({ "type": "button", "action_id": "go", "text": { "type": "plain_text", "text": "Go" } });
    let blocks = json!([{ "type": "actions", "elements": [button] }]);
    let said = scene
        .api_ok(
            "chat.postMessage",
            json!({ "channel": "C0PAYMENTS1", "text": "x", "blocks": blocks }),
        )
        .await;
    let event = first.next().await.unwrap();
    first.acknowledge(&event, Value::Null).await;
    let press = json!({ "user": "ana", "channel": "payments", "ts": said["ts"], "action_id": "go" });
    let (answer, ()) = tokio::join!(scene.control("press", press), async {
        let envelope = second.next().await.unwrap();
        assert_eq!(envelope["type"], "interactive");
        assert_eq!(envelope["payload"]["actions"][0]["action_id"], "go");
        second.acknowledge(&envelope, Value::Null).await;
    });
    assert_eq!(answer["presses"][0]["error"], Value::Null);
}

#[tokio::test]
async fn slack_ends_connections_with_a_reason() {
    let scene = scene().await;
    let mut socket = connect(&scene).await;
    scene
        .control("disconnect", json!({ "reason": "refresh_requested" }))
        .await;
    let frame = socket.next().await.unwrap();
    assert_eq!(
        (&frame["type"], &frame["reason"]),
        (&json!("disconnect"), &json!("refresh_requested"))
    );
    assert_eq!(socket.next().await, None);
    connect(&scene).await;
}

#[tokio::test]
async fn the_eleventh_connection_is_one_too_many() {
    let scene = scene().await;
    let mut sockets = Vec::new();
    for _ in 0..10 {
        sockets.push(connect(&scene).await);
    }
    let mut eleventh = Socket(connect_async(ticket(&scene).await).await.unwrap().0);
    assert_eq!(eleventh.next().await.unwrap()["reason"], "too_many_websockets");
}
