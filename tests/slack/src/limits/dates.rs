//! Date elements of rich text, which `slackblocks` 3.2 does not know.
//!
//! Source: <https://docs.slack.dev/reference/block-kit/block-elements/date-element>: within `rich_text_section`,
//! `rich_text_list` and `rich_text_quote`; `timestamp` (seconds) and `format` are required.

use serde_json::{Map, Value, json};

use super::Fault;

/// Members a date element may have.
const MEMBERS: [&str; 7] = [
    "type",
    "timestamp",
    "format",
    "timezone",
    "url",
    "fallback",
    "style",
];

/// Judges every date element, and returns the payload with plain text in its place for the other judge.
pub(super) fn judged(payload: &Value) -> (Vec<Fault>, Value) {
    let mut faults = Vec::new();
    let judged = walk(payload, "", &mut faults);
    (faults, judged)
}

fn walk(value: &Value, pointer: &str, faults: &mut Vec<Fault>) -> Value {
    match value {
        Value::Array(items) => Value::Array(
            items
                .iter()
                .enumerate()
                .map(|(index, item)| walk(item, &format!("{pointer}/{index}"), faults))
                .collect(),
        ),
        Value::Object(object) => {
            let in_text = matches!(
                object.get("type").and_then(Value::as_str),
                Some("rich_text_section" | "rich_text_quote")
            );
            let member = |(key, value): (&String, &Value)| {
                let pointer = format!("{pointer}/{key}");
                let walked = match value {
                    Value::Array(items) if in_text && key == "elements" => Value::Array(
                        items
                            .iter()
                            .enumerate()
                            .map(|(index, item)| element(item, &format!("{pointer}/{index}"), faults))
                            .collect(),
                    ),
                    other => walk(other, &pointer, faults),
                };
                (key.clone(), walked)
            };
            Value::Object(object.iter().map(member).collect())
        }
        other => other.clone(),
    }
}

fn element(value: &Value, pointer: &str, faults: &mut Vec<Fault>) -> Value {
    let Some(date) = value
        .as_object()
        .filter(|object| object.get("type").and_then(Value::as_str) == Some("date"))
    else {
        return value.clone();
    };
    faults.extend(date_faults(date, pointer));
    json!({ "type": "text", "text": "date" })
}

fn date_faults(date: &Map<String, Value>, pointer: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    if !date.get("timestamp").is_some_and(Value::is_i64) {
        faults.push(Fault::new(
            format!("{pointer}/timestamp"),
            "must be a Unix timestamp in seconds",
        ));
    }
    let format = date.get("format").and_then(Value::as_str).unwrap_or_default();
    if !format.contains('{') {
        faults.push(Fault::new(
            format!("{pointer}/format"),
            "must be a template with a date token",
        ));
    }
    faults.extend(
        date.keys()
            .filter(|key| !MEMBERS.contains(&key.as_str()))
            .map(|key| Fault::new(format!("{pointer}/{key}"), "is no member of a date element")),
    );
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(date: &Value) -> Value {
        json!({ "blocks": [{ "type": "rich_text", "elements": [{ "type": "rich_text_section", "elements": [date] }] }] })
    }

    #[test]
    fn a_date_is_judged_here_and_text_for_the_other_judge() {
        let (faults, left) = judged(&message(
            &json!({ "type": "date", "timestamp": 1_795_512_496, "format": "{time}", "fallback": "09:28 UTC" }),
        ));
        assert_eq!(faults, []);
        assert_eq!(left, message(&json!({ "type": "text", "text": "date" })));
    }

    #[test]
    fn a_date_without_its_members_or_with_strange_ones_is_refused() {
        let (faults, _) = judged(&message(
            &json!({ "type": "date", "timestamp": "now", "format": "time", "colour": "red" }),
        ));
        let pointers: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        let at = "/blocks/0/elements/0/elements/0";
        assert_eq!(
            pointers,
            [
                format!("{at}/timestamp"),
                format!("{at}/format"),
                format!("{at}/colour")
            ]
        );
    }
}
