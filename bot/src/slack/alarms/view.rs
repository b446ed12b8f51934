//! One flat view of a message, whatever its sender put where.
//!
//! Text stands in `text`, attachments, blocks, files and fields, often twice, and JSON stands inside strings. The readers want lines:
//! a label and its value become one line `label: value`, wherever they came from.

use serde_json::Value;

use super::mrkdwn::{Decoded, decode, unstyled};

/// How deep blocks and JSON inside JSON are followed.
const DEPTH: usize = 12;

/// A message, flattened.
#[derive(Debug, Default)]
pub(super) struct View {
    /// Names of the sender: the app's, the webhook's, the author's.
    pub(super) names: Vec<String>,
    /// Titles and first lines, in the order of importance: what a notification would show.
    pub(super) heads: Vec<String>,
    /// Every line, unstyled.
    pub(super) lines: Vec<String>,
    /// The same lines with their marks: bold and code tell a name from a word.
    pub(super) styled: Vec<String>,
    /// Addresses of links and buttons.
    pub(super) links: Vec<String>,
    /// Colours of attachments, in lower case.
    pub(super) colours: Vec<String>,
}

impl View {
    /// Flattens a Slack message event, or a bare EventBridge event.
    pub(super) fn new(event: &Value) -> Self {
        let mut view = Self::default();
        if event.get("detail-type").is_some() {
            view.json(event, "", 0);
            return view;
        }
        view.names(event);
        for attachment in list(event, "attachments") {
            view.attachment(attachment);
        }
        if let Some(text) = string(event, "text") {
            view.body(text, true);
        }
        for block in list(event, "blocks") {
            view.block(block, 0);
        }
        for file in list(event, "files") {
            view.file(file);
        }
        view
    }

    /// All lines as one text.
    pub(super) fn text(&self) -> String {
        self.lines.join("\n")
    }

    fn names(&mut self, event: &Value) {
        let profile = event
            .get("bot_profile")
            .and_then(|profile| string(profile, "name"));
        self.names.extend(profile.map(str::to_owned));
        self.names.extend(string(event, "username").map(str::to_owned));
    }

    fn attachment(&mut self, attachment: &Value) {
        // What Slack unfurled, or somebody shared, is not the sender's.
        if attachment.get("from_url").is_some_and(Value::is_string) {
            return;
        }
        self.colours.extend(
            string(attachment, "color").map(|colour| colour.trim_start_matches('#').to_ascii_lowercase()),
        );
        for key in ["author_name", "pretext", "title", "fallback"] {
            if let Some(text) =
                string(attachment, key).filter(|text| !matches!(*text, "null" | "[no preview available]"))
            {
                if key == "author_name" {
                    self.names.push(decode(text).text);
                }
                self.body(text, true);
            }
        }
        for key in ["title_link", "author_link", "thumb_url"] {
            self.links.extend(string(attachment, key).map(str::to_owned));
        }
        if let Some(text) = string(attachment, "text") {
            self.body(text, true);
        }
        for field in list(attachment, "fields") {
            let value = field.get("value").map(plain).unwrap_or_default();
            self.labelled(&decode(string(field, "title").unwrap_or_default()).text, &value);
        }
        if let Some(footer) = string(attachment, "footer") {
            self.body(footer, false);
        }
        for action in list(attachment, "actions") {
            self.links.extend(string(action, "url").map(str::to_owned));
        }
        for block in list(attachment, "blocks") {
            self.block(block, 0);
        }
    }

    /// Any Block Kit object: texts are read, everything that holds further objects is followed.
    fn block(&mut self, block: &Value, depth: usize) {
        if depth > DEPTH {
            return;
        }
        match block {
            Value::Array(items) => items.iter().for_each(|item| self.block(item, depth + 1)),
            Value::Object(members) => {
                let kind = string(block, "type").unwrap_or_default();
                self.links.extend(string(block, "url").map(str::to_owned));
                match kind {
                    "rich_text_section" | "rich_text_preformatted" | "rich_text_quote" => {
                        return self.rich(block);
                    }
                    "plain_text" | "raw_text" => {
                        return self.raw(string(block, "text").unwrap_or_default(), depth < 3);
                    }
                    "button" | "overflow" | "static_select" => return,
                    _ => {}
                }
                if let Some(text) = string(block, "text") {
                    self.body(text, depth < 3);
                }
                for (key, member) in members {
                    if matches!(member, Value::Object(_) | Value::Array(_)) && key != "style" {
                        self.block(member, depth + 1);
                    }
                }
            }
            _ => {}
        }
    }

    /// A run of rich text: its pieces make one text.
    fn rich(&mut self, section: &Value) {
        let mut run = String::new();
        for piece in list(section, "elements") {
            let url = string(piece, "url");
            self.links.extend(url.map(str::to_owned));
            run.push_str(string(piece, "text").or(url).unwrap_or_default());
        }
        self.raw(&run, true);
    }

    /// A file that a mail app posted; a person's upload holds no alarm.
    fn file(&mut self, file: &Value) {
        for key in ["subject", "title", "name"] {
            if let Some(text) = string(file, key) {
                self.raw(text, true);
            }
        }
        if let Some(text) = string(file, "plain_text") {
            self.raw(text, false);
        }
    }

    /// Text in mrkdwn.
    fn body(&mut self, written: &str, is_head: bool) {
        let Decoded { text, links } = decode(written);
        self.links.extend(links);
        self.raw(&text, is_head);
    }

    /// Text as it reads; JSON in it is taken apart.
    fn raw(&mut self, text: &str, is_head: bool) {
        if self.embedded_json(text) {
            return;
        }
        if is_head && let Some(first) = text.lines().map(unstyled).find(|line| !line.trim().is_empty()) {
            self.heads.push(first.trim().to_owned());
        }
        let mut label: Option<String> = None;
        for line in text.lines() {
            self.styled.push(line.to_owned());
            let bare = unstyled(line);
            // The AWS SDK breaks its errors in two.
            if bare.trim_start().starts_with("caused by:")
                && let Some(last) = self.lines.last_mut()
            {
                last.push('\n');
                last.push_str(bare.trim());
                continue;
            }
            // A label alone on its line belongs to the next one: `*Task*`, then the ARN.
            if let Some(name) = label.take() {
                self.lines.push(format!("{name}: {}", bare.trim()));
            } else if is_label(line) {
                label = Some(bare.trim().trim_end_matches(':').to_owned());
            } else {
                self.lines.push(bare);
            }
        }
        self.lines.extend(label);
    }

    /// A label and its value. A value that links somewhere else is that place's name, not ECS's: its label is dropped.
    fn labelled(&mut self, label: &str, written: &str) {
        let Decoded { text, links } = decode(written);
        let is_foreign = !links.is_empty()
            && !links.iter().any(|link| is_aws(link))
            && links.iter().any(|link| link.contains("/services/"));
        self.links.extend(links);
        if self.embedded_json(&text) {
            return;
        }
        let label = unstyled(label).trim().trim_end_matches(':').to_owned();
        if label.to_ascii_lowercase().ends_with("reason") {
            self.lines.push(format!("{label}: {}", unstyled(&text).trim()));
            return;
        }
        for (index, line) in text.lines().enumerate() {
            let line = unstyled(line);
            let line = line.trim();
            self.lines.push(if index == 0 && !is_foreign {
                format!("{label}: {line}")
            } else {
                line.to_owned()
            });
        }
    }

    /// Takes a string that is a JSON document apart; false where it is none.
    fn embedded_json(&mut self, text: &str) -> bool {
        let bare = text.trim().trim_matches('`').trim();
        if !bare.starts_with('{') {
            return false;
        }
        let Ok(document) = serde_json::from_str::<Value>(bare) else {
            return false;
        };
        self.json(&document, "", 0);
        true
    }

    /// Every leaf becomes a line under its key; `{name, value}` is a label and its value.
    fn json(&mut self, value: &Value, key: &str, depth: usize) {
        if depth > DEPTH {
            return;
        }
        match value {
            Value::Object(members) => {
                if let (Some(name), Some(text)) = (string(value, "name"), string(value, "value")) {
                    self.lines.push(format!("{name}: {text}"));
                    return;
                }
                for (name, member) in members {
                    // What was is not what is.
                    if name == "previousState" {
                        continue;
                    }
                    let path = if name == "value" {
                        format!("{key}.{name}")
                    } else {
                        name.clone()
                    };
                    self.json(member, &path, depth + 1);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.json(item, key, depth + 1)),
            Value::String(text) => {
                if matches!(
                    key,
                    "Subject" | "alarmName" | "AlarmName" | "detail-type" | "eventName"
                ) {
                    self.heads.push(text.clone());
                }
                if !self.embedded_json(text) {
                    // A value is one line, however many it has: a stopped reason goes on with "caused by: ..." on its second.
                    self.lines.push(format!("{key}: {text}"));
                }
            }
            Value::Null => {}
            other => self.lines.push(format!("{key}: {other}")),
        }
    }
}

/// `*Label*`, `*Label:*` and nothing else on the line.
fn is_label(line: &str) -> bool {
    let line = line.trim();
    line.len() > 2
        && line.len() < 60
        && line.starts_with('*')
        && line.ends_with('*')
        && !line.trim_matches('*').contains(['*', '|'])
        && !line.contains("ECS ")
}

fn is_aws(link: &str) -> bool {
    link.contains("aws.amazon.") || link.contains("amazonaws") || link.contains("amazonaws-us-gov")
}

fn string<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// A field's value as text: old Grafana sends numbers.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::View;

    #[test]
    fn labels_and_values_meet_wherever_they_stand() {
        let view = View::new(&json!({
            "text": null,
            "attachments": [{"fields": [{"title": "Cluster", "value": "`shop`"}, {"title": "hits", "value": 3}],
                "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "*Task*\n<https://x.example|arn:x>"}}]}],
            "blocks": [{"type": "rich_text", "elements": [{"type": "rich_text_quote", "elements": [
                {"type": "text", "text": "Service: "}, {"type": "text", "text": "cart"}]}]}],
        }));
        for line in ["Cluster: shop", "hits: 3", "Task: arn:x", "Service: cart"] {
            assert!(
                view.lines.iter().any(|seen| seen == line),
                "{line} in {:?}",
                view.lines
            );
        }
    }

    #[test]
    fn json_in_strings_is_taken_apart() {
        let inner = json!({"NewStateValue": "ALARM", "Trigger": {"Dimensions": [{"value": "shop", "name": "ClusterName"}]}}).to_string();
        let view =
            View::new(&json!({"text": json!({"Subject": "ALARM: \"x\"", "Message": inner}).to_string()}));
        assert!(view.lines.contains(&"ClusterName: shop".to_owned()));
        assert!(view.lines.contains(&"NewStateValue: ALARM".to_owned()));
    }
}
