//! Slash commands.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::scene::{Does, Got, SECRET, Scene};

fn is_signed(got: &Got) -> bool {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    let timestamp = got.header("x-slack-request-timestamp").unwrap();
    mac.update(format!("v0:{timestamp}:{}", got.body).as_bytes());
    let digest = mac.finalize().into_bytes();
    let signature = digest
        .iter()
        .fold("v0=".to_owned(), |hex, byte| format!("{hex}{byte:02x}"));
    got.header("x-slack-signature") == Some(&signature)
}

#[tokio::test]
async fn the_bot_gets_a_signed_form_with_every_field() {
    let scene = Scene::new().await;
    scene.bot_does(Does::Answer(200, "On it."));
    let answer = scene.ana_types("prod payments").await;
    let got = scene.bot_gets().await;
    assert_eq!(got.path, "/slack/commands");
    assert!(is_signed(&got));
    for (field, expected) in [
        ("command", "/ecs-pull-why"),
        ("text", "prod payments"),
        ("team_domain", "shop"),
        ("channel_id", "C0PAYMENTS1"),
        ("channel_name", "payments"),
        ("user_id", "U0ANA000001"),
        ("user_name", "ana"),
        ("api_app_id", "A0PULLWHY01"),
        ("is_enterprise_install", "false"),
        ("response_url", answer["response_url"].as_str().unwrap()),
        ("trigger_id", answer["trigger_id"].as_str().unwrap()),
    ] {
        assert_eq!(got.form(field), expected, "{field}");
    }
    assert_eq!(answer["ephemeral"]["text"], "On it.");
    assert_eq!(answer["ephemeral"]["only_for"], "U0ANA000001");
}

#[tokio::test]
async fn the_acknowledgement_is_what_people_see() {
    let scene = Scene::new().await;
    for (body, ephemeral, message) in [
        ("", Value::Null, Value::Null),
        ("{}", Value::Null, Value::Null),
        (r#"{"text":"quiet"}"#, json!("quiet"), Value::Null),
        (
            r#"{"text":"loud","response_type":"in_channel"}"#,
            Value::Null,
            json!("loud"),
        ),
    ] {
        scene.bot_does(Does::Answer(200, body));
        let answer = scene.ana_types("x").await;
        assert_eq!(
            (&answer["ephemeral"]["text"], &answer["message"]["text"]),
            (&ephemeral, &message),
            "{body}"
        );
    }
    scene.bot_does(Does::Answer(
        200,
        r#"{"text":"x","blocks":[{"type":"nonsense"}]}"#,
    ));
    assert_eq!(scene.ana_types("x").await["ephemeral"], Value::Null);
    assert_eq!(
        scene.look("refusals").await["refusals"][0]["place"],
        "command answer"
    );
}

#[tokio::test]
async fn after_three_seconds_slack_says_so() {
    let scene = Scene::new().await;
    scene.bot_does(Does::Hang);
    let (answer, ()) = tokio::join!(scene.ana_types("x"), async {
        scene.bot_gets().await;
        scene.advance(3_000).await;
    });
    assert_eq!(answer["ack"]["error"], "operation_timeout");
    assert_eq!(
        answer["ephemeral"]["text"],
        "/ecs-pull-why failed with the error \"operation_timeout\""
    );
    // Commands are not sent again, whatever time passes: the next request is the next command.
    scene.advance(600_000).await;
    scene.ana_types("second").await;
    assert_eq!(scene.bot_gets().await.form("text"), "second");
}

#[tokio::test]
async fn a_failing_bot_and_a_missing_bot_are_told_apart() {
    let scene = Scene::new().await;
    scene.bot_does(Does::Answer(500, "oops"));
    assert_eq!(scene.ana_types("x").await["ack"]["error"], "http_service_error");
    scene.bot_does(Does::Answer(401, ""));
    assert_eq!(scene.ana_types("x").await["ack"]["error"], "http_client_error");
    // Port 1 of the loopback interface is nobody's.
    scene.control("bot", json!({ "url": "http://127.0.0.1:1" })).await;
    let answer = scene.ana_types("x").await;
    assert_eq!(answer["ack"]["error"], "dispatch_failed");
    assert_eq!(
        answer["ephemeral"]["text"],
        "/ecs-pull-why failed because the app did not respond."
    );
}

#[tokio::test]
async fn other_commands_are_not_the_apps() {
    let scene = Scene::new().await;
    let typed = json!({ "user": "ana", "channel": "payments", "command": "/deploy", "text": "" });
    let answer = scene.control("command", typed).await;
    assert!(
        answer["ephemeral"]["text"]
            .as_str()
            .unwrap()
            .starts_with("/deploy is not a valid command")
    );
    assert!(scene.bot_got_nothing().await);
}

#[tokio::test]
async fn commands_work_where_the_bot_is_not() {
    let scene = Scene::new().await;
    let typed = json!({ "user": "ana", "channel": "#random", "text": "prod payments" });
    assert_eq!(scene.control("command", typed).await["ack"]["status"], 200);
    assert_eq!(scene.bot_gets().await.form("channel_id"), "C0RANDOM001");
}
