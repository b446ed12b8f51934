//! Rules about a payload as a whole that `slackblocks` leaves out.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Fault;

/// One table a message. Slack answers `invalid_attachments` with `only_one_table_allowed`.
///
/// Source: <https://docs.slack.dev/reference/block-kit/blocks/table-block>
pub(super) fn tables(payload: &Value) -> Vec<Fault> {
    let mut tables = Vec::new();
    walk(payload, &mut String::new(), &mut |pointer, value| {
        if kind(value) == "table" {
            tables.push(pointer.to_owned());
        }
    });
    tables
        .into_iter()
        .skip(1)
        .map(|pointer| Fault::new(pointer, "only_one_table_allowed"))
        .collect()
}

/// Ids that occur twice, and table cells without text.
pub(super) fn faults(payload: &Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut block_ids = BTreeSet::new();
    walk(payload, &mut String::new(), &mut |pointer, value| {
        if let Some(id) = value.get("block_id").and_then(Value::as_str)
            && !block_ids.insert(id.to_owned())
        {
            faults.push(Fault::new(
                format!("{pointer}/block_id"),
                format!("`{id}` is used by another block"),
            ));
        }
        if let Some(elements) = value.get("elements").and_then(Value::as_array) {
            let mut action_ids = BTreeSet::new();
            for (at, element) in elements.iter().enumerate() {
                if let Some(id) = element.get("action_id").and_then(Value::as_str)
                    && !action_ids.insert(id)
                {
                    let message = format!("`{id}` is used by another element of this block");
                    faults.push(Fault::new(format!("{pointer}/elements/{at}/action_id"), message));
                }
            }
        }
        if kind(value) == "raw_text"
            && value
                .get("text")
                .and_then(Value::as_str)
                .is_some_and(str::is_empty)
        {
            faults.push(Fault::new(
                format!("{pointer}/text"),
                "must be more than 0 characters",
            ));
        }
    });
    faults
}

/// Calls `look` with every object and its JSON pointer, outside first.
pub(super) fn walk(value: &Value, pointer: &mut String, look: &mut impl FnMut(&str, &Value)) {
    let inside = |key: &str, child: &Value, pointer: &mut String, look: &mut _| {
        let length = pointer.len();
        pointer.push('/');
        pointer.push_str(key);
        walk(child, pointer, look);
        pointer.truncate(length);
    };
    match value {
        Value::Object(members) => {
            look(pointer, value);
            for (key, child) in members {
                inside(key, child, pointer, look);
            }
        }
        Value::Array(items) => {
            for (at, child) in items.iter().enumerate() {
                inside(&at.to_string(), child, pointer, look);
            }
        }
        _ => {}
    }
}

pub(super) fn kind(value: &Value) -> &str {
    value.get("type").and_then(Value::as_str).unwrap_or_default()
}
