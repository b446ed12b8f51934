//! Who may call what, and how refusals look.

use std::collections::BTreeSet;

use serde_json::json;
use slack_standin::Settings;

use crate::scene::Scene;

#[tokio::test]
async fn tokens_are_asked_for() {
    let scene = Scene::new().await;
    for (headers, body, expected) in [
        (&[][..], "", "not_authed"),
        (&[("authorization", "Bearer xoxb-wrong")][..], "", "invalid_auth"),
        (
            &[("authorization", "Bearer xapp-standin")][..],
            "",
            "not_allowed_token_type",
        ),
    ] {
        let answer = scene.post_raw("/api/auth.test", headers, body).await.2;
        assert_eq!(answer, json!({ "ok": false, "error": expected }));
    }
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let (_, headers, answer) = scene
        .post_raw("/api/auth.test", &form, "token=xoxb-standin")
        .await;
    assert_eq!(answer["user_id"], "U0BOTPULL01");
    assert!(headers["x-oauth-scopes"].to_str().unwrap().contains("chat:write"));
}

#[tokio::test]
async fn scopes_are_needed_and_named() {
    let scene = Scene::new().await;
    scene.control("bot", json!({ "scopes": ["commands"] })).await;
    let answer = scene
        .api(
            "chat.postMessage",
            json!({ "channel": "C0PAYMENTS1", "text": "x" }),
        )
        .await;
    assert_eq!(
        answer,
        json!({ "ok": false, "error": "missing_scope", "needed": "chat:write", "provided": "commands" })
    );
}

#[tokio::test]
async fn arguments_come_as_form_json_and_query() {
    let scene = Scene::new().await;
    let token = ("authorization", "Bearer xoxb-standin");
    let blocks = r#"[{"type":"divider"}]"#;
    let form = serde_urlencoded::to_string([("channel", "#payments"), ("text", "form"), ("blocks", blocks)])
        .unwrap();
    let form_type = ("content-type", "application/x-www-form-urlencoded");
    let answer = scene
        .post_raw("/api/chat.postMessage", &[token, form_type], &form)
        .await
        .2;
    assert_eq!(answer["message"]["blocks"][0]["type"], "divider");
    let query = "/api/chat.postMessage?channel=C0PAYMENTS1&text=query";
    assert_eq!(
        scene.post_raw(query, &[token], "").await.2["message"]["text"],
        "query"
    );
    let body = json!({ "channel": "C0PAYMENTS1", "text": "json" }).to_string();
    let answer = scene
        .post_raw(
            "/api/chat.postMessage",
            &[token, ("content-type", "application/json")],
            &body,
        )
        .await
        .2;
    assert_eq!(answer["message"]["text"], "json");
    assert_eq!(answer["warning"], "missing_charset");
}

#[tokio::test]
async fn refusals_have_slacks_codes() {
    let scene = Scene::new().await;
    let scopes = [
        "chat:write",
        "channels:history",
        "reactions:write",
        "usergroups:read",
        "users:read",
    ];
    scene.control("bot", json!({ "scopes": scopes })).await;
    let alarm = scene
        .control(
            "message",
            json!({ "channel": "payments", "user": "ana", "text": "hello" }),
        )
        .await;
    let bad_block = json!([{ "type": "header", "text": { "type": "plain_text", "text": "" } }]);
    for (method, args, expected) in [
        (
            "chat.postMessage",
            json!({ "channel": "C0NOTHERE01", "text": "x" }),
            "channel_not_found",
        ),
        (
            "chat.postMessage",
            json!({ "channel": "C0RANDOM001", "text": "x" }),
            "not_in_channel",
        ),
        ("chat.postMessage", json!({ "channel": "C0PAYMENTS1" }), "no_text"),
        ("chat.postMessage", json!({ "text": "x" }), "invalid_arguments"),
        (
            "chat.postMessage",
            json!({ "channel": "C0PAYMENTS1", "text": "x", "thread_ts": "1.0" }),
            "thread_not_found",
        ),
        (
            "chat.postMessage",
            json!({ "channel": "C0PAYMENTS1", "blocks": "[" }),
            "invalid_blocks_format",
        ),
        (
            "chat.postMessage",
            json!({ "channel": "C0PAYMENTS1", "text": "x", "blocks": bad_block }),
            "invalid_blocks",
        ),
        (
            "chat.postMessage",
            json!({ "channel": "C0PAYMENTS1", "text": "x".repeat(40_001) }),
            "msg_too_long",
        ),
        (
            "chat.postMessage",
            json!({ "channel": "C0PAYMENTS1", "text": "x", "metadata": { "event_type": "a" } }),
            "invalid_metadata_schema",
        ),
        (
            "chat.update",
            json!({ "channel": "C0PAYMENTS1", "ts": "1.0", "text": "x" }),
            "message_not_found",
        ),
        (
            "chat.update",
            json!({ "channel": "C0PAYMENTS1", "ts": alarm["ts"], "text": "x" }),
            "cant_update_message",
        ),
        (
            "chat.delete",
            json!({ "channel": "C0PAYMENTS1", "ts": alarm["ts"] }),
            "cant_delete_message",
        ),
        (
            "chat.postEphemeral",
            json!({ "channel": "C0PAYMENTS1", "user": "U0NOBODY001", "text": "x" }),
            "user_not_in_channel",
        ),
        (
            "conversations.history",
            json!({ "channel": "C0RANDOM001" }),
            "not_in_channel",
        ),
        (
            "conversations.replies",
            json!({ "channel": "C0PAYMENTS1", "ts": "1.0" }),
            "thread_not_found",
        ),
        ("users.info", json!({ "user": "U0NOBODY001" }), "user_not_found"),
        (
            "usergroups.users.list",
            json!({ "usergroup": "S0NOTHING01" }),
            "no_such_subteam",
        ),
        (
            "reactions.add",
            json!({ "channel": "C0PAYMENTS1", "timestamp": "1.0", "name": "x" }),
            "message_not_found",
        ),
        (
            "reactions.remove",
            json!({ "channel": "C0PAYMENTS1", "timestamp": alarm["ts"], "name": "x" }),
            "no_reaction",
        ),
        (
            "views.open",
            json!({ "trigger_id": "1.2.3", "view": {} }),
            "invalid_trigger_id",
        ),
        ("chat.whisper", json!({}), "unknown_method"),
    ] {
        let answer = scene.api(method, args.clone()).await;
        assert_eq!(
            (&answer["ok"], &answer["error"]),
            (&json!(false), &json!(expected)),
            "{method} {args}: {answer}"
        );
    }
}

#[tokio::test]
async fn a_refused_message_says_where_and_is_kept_for_tests() {
    let scene = Scene::new().await;
    let header = json!({ "type": "header", "text": { "type": "plain_text", "text": "x".repeat(151) } });
    let answer = scene
        .api(
            "chat.postMessage",
            json!({ "channel": "C0PAYMENTS1", "text": "x", "blocks": [header] }),
        )
        .await;
    let line = answer["response_metadata"]["messages"][0].as_str().unwrap();
    assert!(
        line.starts_with("[ERROR] ") && line.contains("[json-pointer:/blocks/0/text"),
        "{line}"
    );
    let refusals = scene.look("refusals").await;
    assert_eq!(refusals["refusals"][0]["place"], "chat.postMessage");
    assert_eq!(refusals["refusals"][0]["messages"][0], line);

    let ts = scene.bot_says(json!({ "text": "short" })).await;
    let long = json!({ "channel": "C0PAYMENTS1", "ts": ts, "text": "<".repeat(1_001) });
    assert_eq!(scene.api("chat.update", long).await["error"], "msg_too_long");
    assert_eq!(
        scene.look("refusals").await["refusals"].as_array().unwrap().len(),
        2
    );
}

#[tokio::test]
async fn blocks_validate_judges_without_posting() {
    let scene = Scene::new().await;
    let good = json!([{ "type": "divider" }]).to_string();
    assert_eq!(
        scene.api("blocks.validate", json!({ "blocks": good })).await,
        json!({ "ok": true })
    );
    let bad = json!([{ "type": "header" }]).to_string();
    let answer = scene.api("blocks.validate", json!({ "blocks": bad })).await;
    assert_eq!(answer["error"], "invalid_blocks");
    assert_eq!(answer["errors"][0]["code"], "missing_field");
    let both = json!({ "blocks": good, "message": "{}" });
    assert_eq!(
        scene.api("blocks.validate", both).await["error"],
        "invalid_arguments"
    );
    assert_eq!(scene.look("refusals").await, json!({ "refusals": [] }));
}

#[tokio::test]
async fn rate_limits_on_demand() {
    let scene = Scene::new().await;
    scene
        .control(
            "rate_limit",
            json!({ "method": "chat.postMessage", "times": 1, "retry_after": 7 }),
        )
        .await;
    let message = json!({ "channel": "C0PAYMENTS1", "text": "x" });
    let (status, headers, answer) = scene.post("/api/chat.postMessage", message.clone()).await;
    assert_eq!((status, &headers["retry-after"]), (429, &"7".parse().unwrap()));
    assert_eq!(answer, json!({ "ok": false, "error": "ratelimited" }));
    scene.api_ok("auth.test", json!({})).await;
    scene.api_ok("chat.postMessage", message).await;
}

#[tokio::test]
async fn people_and_channels_can_be_looked_up() {
    let scene = Scene::new().await;
    let scopes = json!(["channels:read", "channels:join", "usergroups:read", "users:read"]);
    scene.control("bot", json!({ "scopes": scopes })).await;
    let made = scene
        .control(
            "users",
            json!({ "name": "dana", "groups": ["sre-oncall", "new-group"] }),
        )
        .await;
    let groups = scene
        .api_ok("usergroups.list", json!({ "include_users": true }))
        .await;
    assert_eq!(
        groups["usergroups"][0]["users"],
        json!(["U0BEN000001", made["id"]])
    );
    assert_eq!(groups["usergroups"][1]["handle"], "new-group");
    let members = scene
        .api_ok("usergroups.users.list", json!({ "usergroup": "S0SREONCALL" }))
        .await;
    assert_eq!(members["users"], json!(["U0BEN000001", made["id"]]));
    assert_eq!(
        scene.api_ok("users.info", json!({ "user": made["id"] })).await["user"]["name"],
        "dana"
    );

    let random = scene
        .api_ok("conversations.info", json!({ "channel": "C0RANDOM001" }))
        .await;
    assert_eq!(random["channel"]["is_member"], false);
    scene
        .api_ok("conversations.join", json!({ "channel": "C0RANDOM001" }))
        .await;
    let members = scene
        .api_ok("conversations.members", json!({ "channel": "C0RANDOM001" }))
        .await;
    assert!(
        members["members"]
            .as_array()
            .unwrap()
            .contains(&json!("U0BOTPULL01"))
    );

    scene
        .control("channels", json!({ "name": "secret", "is_private": true }))
        .await;
    let first = scene.api_ok("conversations.list", json!({ "limit": 2 })).await;
    let cursor = first["response_metadata"]["next_cursor"].clone();
    let rest = scene
        .api_ok("conversations.list", json!({ "limit": 2, "cursor": cursor }))
        .await;
    assert_eq!(
        first["channels"].as_array().unwrap().len() + rest["channels"].as_array().unwrap().len(),
        3
    );
    assert_eq!(
        scene
            .api("conversations.info", json!({ "channel": "secret" }))
            .await["error"],
        "channel_not_found"
    );
}

#[test]
fn the_app_is_installed_as_its_manifest_says() {
    let manifest = include_str!("../../../../deploy/slack/manifest.yaml");
    // Scopes and events are the only lists of plain words in it.
    let listed = manifest.lines().filter_map(|line| line.trim().strip_prefix("- "));
    let listed: BTreeSet<&str> = listed.filter(|item| !item.contains(": ")).collect();
    let settings = Settings::default();
    let installed: BTreeSet<&str> = settings
        .scopes
        .iter()
        .chain(&settings.events)
        .map(String::as_str)
        .collect();
    assert_eq!(installed, listed);
}
