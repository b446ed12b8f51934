//! The shipped read policy allows what the collector calls, and nothing else.

use std::collections::BTreeMap;

use collect::READ_ACTIONS;
use serde_json::{Value, json};

/// Set to rewrite the shipped file.
const UPDATE: &str = "UPDATE_POLICY";

#[test]
fn shipped_read_policy_is_what_the_collector_calls() {
    let mut services: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for action in READ_ACTIONS {
        let (service, _) = action.action.split_once(':').unwrap();
        services.entry(service).or_default().push(action.action);
    }
    let statements: Vec<Value> = services
        .into_iter()
        .map(|(service, mut actions)| {
            actions.sort_unstable();
            let sid = format!("Read{}", service.to_uppercase().replace('-', ""));
            json!({ "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": "*" })
        })
        .collect();
    let policy = json!({ "Version": "2012-10-17", "Statement": statements });
    let text = serde_json::to_string_pretty(&policy).unwrap() + "\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/aws/read-policy.json");
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(path, &text).unwrap();
    }
    let shipped = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        shipped == text,
        "read-policy.json is out of date: run the test again with {UPDATE}=1"
    );
}
