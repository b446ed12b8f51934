//! Blocks as plain text: what a screen reader gets, and what tests read.
//!
//! One line a block line; controls as `[ Label ]`, list items as `• item`, table cells between `|`.

use serde_json::Value;

use crate::workspace::Content;

/// The text of a message: its blocks where there are any, else its text; then its attachments.
pub(crate) fn content(content: &Content) -> String {
    let mut lines = Vec::new();
    if content.blocks.is_empty() {
        lines.push(mrkdwn(&content.text));
    } else {
        lines.extend(content.blocks.iter().map(block));
    }
    lines.extend(content.attachments.iter().map(attachment));
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

fn block(block: &Value) -> String {
    match kind(block) {
        "section" => {
            let mut lines = vec![text_at(block, "text")];
            lines.extend(items(block, "fields").map(text_object));
            lines.extend(block.get("accessory").map(element));
            join(lines, "\n")
        }
        "context" | "actions" | "context_actions" => join(items(block, "elements").map(element), " "),
        "rich_text" => join(items(block, "elements").map(rich), "\n"),
        "table" | "data_table" => {
            let rows = items(block, "rows").map(|row| {
                let cells: Vec<String> = row.as_array().into_iter().flatten().map(cell).collect();
                format!("| {} |", cells.join(" | "))
            });
            join(std::iter::once(text_at(block, "caption")).chain(rows), "\n")
        }
        "image" => join([text_at(block, "title"), text_at(block, "alt_text")], "\n"),
        "divider" => String::new(),
        _ => {
            let named = [
                "title",
                "rich_text_title",
                "subtitle",
                "text",
                "body",
                "subtext",
                "details",
                "output",
            ];
            let children = ["child_blocks", "tasks", "elements", "actions", "rows", "items"];
            let named = named.iter().map(|key| text_at(block, key));
            let children = children
                .iter()
                .flat_map(|key| items(block, key))
                .map(|child| match kind(child) {
                    "button" => element(child),
                    _ => self::block(child),
                });
            join(named.chain(children), "\n")
        }
    }
}

/// A control or an inline element.
fn element(element: &Value) -> String {
    match kind(element) {
        "mrkdwn" | "plain_text" => text_object(element),
        "image" => text_at(element, "alt_text"),
        "overflow" | "static_select" | "radio_buttons" | "checkboxes" => {
            let options = items(element, "options").map(|option| format!("[ {} ]", text_at(option, "text")));
            join(options, " ")
        }
        "feedback_buttons" => join(
            ["positive_button", "negative_button"]
                .iter()
                .filter_map(|key| element.get(key))
                .map(|button| format!("[ {} ]", text_at(button, "text"))),
            " ",
        ),
        _ => match text_at(element, "text") {
            label if label.is_empty() => String::new(),
            label => format!("[ {label} ]"),
        },
    }
}

fn rich(part: &Value) -> String {
    match kind(part) {
        "rich_text_list" => {
            let indent = part
                .get("indent")
                .and_then(Value::as_u64)
                .and_then(|n| usize::try_from(n).ok());
            let indent = "  ".repeat(indent.unwrap_or(0));
            let ordered = part.get("style").and_then(Value::as_str) == Some("ordered");
            let lines = items(part, "elements").enumerate().map(|(at, item)| {
                let mark = if ordered {
                    format!("{}.", at + 1)
                } else {
                    "•".to_owned()
                };
                format!("{indent}{mark} {}", rich(item))
            });
            join(lines, "\n")
        }
        "rich_text_section" | "rich_text_preformatted" | "rich_text_quote" => items(part, "elements")
            .map(rich_inline)
            .collect::<Vec<_>>()
            .concat(),
        _ => rich_inline(part),
    }
}

fn rich_inline(part: &Value) -> String {
    let string = |key: &str| part.get(key).and_then(Value::as_str).unwrap_or_default();
    match kind(part) {
        "link" if string("text").is_empty() => string("url").to_owned(),
        "user" => format!("@{}", string("user_id")),
        "usergroup" => format!("@{}", string("usergroup_id")),
        "channel" => format!("#{}", string("channel_id")),
        "emoji" => format!(":{}:", string("name")),
        "broadcast" => format!("@{}", string("range")),
        "date" => string("fallback").to_owned(),
        _ => string("text").to_owned(),
    }
}

fn cell(cell: &Value) -> String {
    match kind(cell) {
        "rich_text" => block(cell).replace('\n', " "),
        _ => text_at(cell, "text"),
    }
}

fn attachment(attachment: &Value) -> String {
    let named = ["pretext", "author_name", "title", "text"]
        .iter()
        .map(|key| text_at(attachment, key));
    let fields = items(attachment, "fields")
        .map(|field| join([text_at(field, "title"), text_at(field, "value")], ": "));
    let blocks = items(attachment, "blocks").map(block);
    let whole = join(named.chain(fields).chain(blocks), "\n");
    if whole.is_empty() {
        text_at(attachment, "fallback")
    } else {
        whole
    }
}

/// A member that is a string, a text object or a rich text.
fn text_at(value: &Value, key: &str) -> String {
    value.get(key).map(text_object).unwrap_or_default()
}

fn text_object(value: &Value) -> String {
    match value {
        Value::String(text) => mrkdwn(text),
        _ if kind(value) == "rich_text" => block(value),
        _ => {
            let text = value.get("text").and_then(Value::as_str).unwrap_or_default();
            if kind(value) == "mrkdwn" {
                mrkdwn(text)
            } else {
                text.to_owned()
            }
        }
    }
}

/// Slack's control sequences resolved to their labels, entities to their characters.
///
/// Source: <https://docs.slack.dev/messaging/formatting-message-text>
fn mrkdwn(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        plain.push_str(before);
        let Some((inside, behind)) = after.split_once('>') else {
            plain.push('<');
            rest = after;
            continue;
        };
        let (target, label) = inside.split_once('|').unwrap_or((inside, ""));
        plain.push_str(match (label, target.strip_prefix('!')) {
            ("", Some(name)) => name,
            ("", None) => target,
            (label, _) => label,
        });
        rest = behind;
    }
    plain.push_str(rest);
    plain
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

fn kind(value: &Value) -> &str {
    value.get("type").and_then(Value::as_str).unwrap_or_default()
}

fn items<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn join(parts: impl IntoIterator<Item = String>, between: &str) -> String {
    parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(between)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Content, content};

    #[test]
    fn every_kind_of_block_reads_as_a_person_would_read_it() {
        let blocks = json!([
            { "type": "header", "text": { "type": "plain_text", "text": "What happened" } },
            { "type": "divider" },
            { "type": "section", "text": { "type": "mrkdwn", "text": "*prod* &amp; <https://x.test|open>" },
              "fields": [{ "type": "plain_text", "text": "14:03:11" }],
              "accessory": { "type": "button", "text": { "type": "plain_text", "text": "Show" } } },
            { "type": "rich_text", "elements": [
                { "type": "rich_text_section", "elements": [
                    { "type": "text", "text": "arn:aws:ecs:eu-west-1" }, { "type": "link", "url": "https://x.test" } ] },
                { "type": "rich_text_list", "style": "bullet", "indent": 1, "elements": [
                    { "type": "rich_text_section", "elements": [{ "type": "text", "text": "one" }] }] } ] },
            { "type": "table", "rows": [[{ "type": "raw_text", "text": "a" }, { "type": "raw_text", "text": "b" }]] },
            { "type": "actions", "elements": [
                { "type": "button", "text": { "type": "plain_text", "text": "Apply" } },
                { "type": "overflow", "options": [{ "text": { "type": "plain_text", "text": "Copy" } }] } ] },
            { "type": "container", "title": { "type": "plain_text", "text": "Ruled out" }, "child_blocks": [
                { "type": "context", "elements": [{ "type": "mrkdwn", "text": "61 causes" }] }] },
        ]);
        let content = Content {
            text: "unused".to_owned(),
            blocks: blocks.as_array().cloned().unwrap_or_default(),
            attachments: vec![
                json!({ "title": "Alarm", "fields": [{ "title": "State", "value": "ALARM" }] }),
            ],
        };
        assert_eq!(
            self::content(&content).lines().collect::<Vec<_>>(),
            [
                "What happened",
                "*prod* & open",
                "14:03:11",
                "[ Show ]",
                "arn:aws:ecs:eu-west-1https://x.test",
                "  • one",
                "| a | b |",
                "[ Apply ] [ Copy ]",
                "Ruled out",
                "61 causes",
                "Alarm",
                "State: ALARM",
            ]
        );
    }
}
