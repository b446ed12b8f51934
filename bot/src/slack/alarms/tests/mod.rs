//! What is no report, what a report misses, and what holds for any JSON.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Missing, parse_alarm};

mod corpus;
mod families;

const TASK: &str = "arn:aws:ecs:eu-north-1:111122223333:task/harbour/0123456789abcdef0123456789abcdef";
const PULL: &str = "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref 111122223333.dkr.ecr.eu-north-1.amazonaws.com/crane:4: not found";

/// A webhook's message.
fn hook(mut body: Value) -> Value {
    body["type"] = json!("message");
    body["subtype"] = json!("bot_message");
    body["bot_id"] = json!("B000TEST");
    body["ts"] = json!("1750000000.000100");
    body
}

/// An app's message.
fn app(name: &str, mut body: Value) -> Value {
    body["type"] = json!("message");
    body["user"] = json!("U000TEST");
    body["bot_id"] = json!("B000TEST");
    body["bot_profile"] = json!({ "name": name });
    body["ts"] = json!("1750000000.000100");
    body
}

fn attached(attachment: &Value) -> Value {
    json!({ "text": "", "attachments": [attachment] })
}

fn section(text: &str) -> Value {
    json!({ "type": "section", "text": { "type": "mrkdwn", "text": text } })
}

#[test]
fn what_is_no_first_report_of_a_machine() {
    let text = format!("cluster: harbour\nreason: {PULL}");
    let report = hook(json!({ "text": text }));
    assert!(parse_alarm(&report).candidate);
    let with = |changes: Value| {
        let mut event = report.clone();
        for (key, value) in changes.as_object().unwrap() {
            event[key] = value.clone();
        }
        event
    };
    for event in [
        with(json!({ "thread_ts": "1740000000.000100" })),
        with(json!({ "subtype": "message_changed" })),
        with(json!({ "subtype": "message_deleted" })),
        with(json!({ "subtype": "channel_topic" })),
        with(json!({ "username": "ecs-pull-why" })),
        json!({ "type": "message", "user": "U1", "client_msg_id": "1", "text": text }),
        json!({ "type": "message", "user": "U1", "text": text }),
        json!({ "type": "message", "user": "U1", "text": "", "attachments": [{ "is_share": true, "from_url": "https://x.slack.com/1", "text": text }] }),
        json!({ "type": "message", "subtype": "file_share", "user": "U1", "files": [{ "title": text }] }),
        json!("no object"),
        json!(null),
    ] {
        let found = parse_alarm(&event);
        assert!(!found.candidate && found.why_not().is_some(), "{event}");
    }
    // The first message of a thread carries its own time as the thread's.
    assert!(parse_alarm(&with(json!({ "thread_ts": "1750000000.000100" }))).candidate);
}

#[test]
fn what_a_diagnosis_misses() {
    let read = |text: &str| parse_alarm(&hook(json!({ "text": format!("{text} {PULL}") }))).is_missing();
    assert_eq!(read("ECS pull error:"), Some(Missing::Cluster));
    assert_eq!(read("cluster: harbour"), Some(Missing::Task));
    assert_eq!(read("cluster: harbour service: crane"), None);
}

#[test]
fn every_field_of_the_contract_is_present() {
    let printed = serde_json::to_value(parse_alarm(&json!({}))).unwrap();
    let keys: Vec<&str> = printed.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected = vec![
        "candidate",
        "sender",
        "state",
        "account",
        "region",
        "cluster",
        "service",
        "task",
        "task_definition",
        "reason",
    ];
    let mut keys = keys;
    keys.sort_unstable();
    expected.sort_unstable();
    assert_eq!(keys, expected);
}

/// Any JSON, with the members of messages among its keys.
fn any_json() -> impl Strategy<Value = Value> {
    let words = prop_oneof![
        Just(PULL.to_owned()),
        Just(format!("*Task*\n{TASK}")),
        Just("<https://x.example|*Cluster:* `harbour`>".to_owned()),
        Just("{\"a\": {\"name\": \"ClusterName\", \"value\": \"harbour\"}}".to_owned()),
        "\\PC{0,20}",
        any::<String>(),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        words.prop_map(Value::from)
    ];
    leaf.prop_recursive(6, 60, 6, |inner| {
        let key = prop_oneof![
            proptest::sample::select(vec![
                "text",
                "type",
                "attachments",
                "blocks",
                "elements",
                "fields",
                "title",
                "value",
                "files",
                "plain_text",
                "color",
                "bot_id",
                "subtype",
                "url",
                "detail",
                "detail-type",
                "name",
                "user",
                "ts",
                "thread_ts",
            ])
            .prop_map(str::to_owned),
            "[a-z]{1,6}",
        ];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((key, inner), 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_has_an_answer(mut event in any_json()) {
        if let Some(members) = event.as_object_mut() {
            members.insert("bot_id".to_owned(), json!("B1"));
            members.remove("subtype");
        }
        let found = parse_alarm(&event);
        prop_assert_eq!(found.candidate, found.why_not().is_none());
    }
}
