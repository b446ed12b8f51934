//! Messages that appear, change and go, and what the bot hears of it.

use serde_json::{Map, Value, json};

use crate::Standin;
use crate::limits::{self, Refused};
use crate::workspace::{Author, Content, Message};

impl Standin {
    /// Puts a message into its channel and sends the event.
    pub(crate) fn publish(self: &std::sync::Arc<Self>, mut message: Message) -> Value {
        name_blocks(self, &mut message.content);
        let wire = self.change(|state| {
            let wire = state.workspace.wire(&message, true);
            state.workspace.add(message.clone());
            wire
        });
        if message.only_for.is_none() {
            self.emit_message(&message.channel, &message.ts, wire.clone());
        }
        Value::Object(wire)
    }

    /// Replaces what a message says and sends `message_changed`. `metadata` stays unless it is given; null removes it.
    pub(crate) fn amend(
        self: &std::sync::Arc<Self>,
        channel: &str,
        ts: &str,
        mut content: Content,
        metadata: Option<Value>,
    ) -> Option<Value> {
        name_blocks(self, &mut content);
        let now = self.clock.now();
        let (before, after, ephemeral) = self.change(|state| {
            let edited_ts = state.workspace.next_ts(now);
            let before = state.workspace.wire(state.workspace.message(channel, ts)?, true);
            let message = state.workspace.message_mut(channel, ts)?;
            message.content = content;
            message.edits += 1;
            message.edited_ts = Some(edited_ts);
            if let Some(metadata) = metadata {
                message.metadata = Some(metadata).filter(|metadata| !metadata.is_null());
            }
            let message = message.clone();
            Some((
                before,
                state.workspace.wire(&message, true),
                message.only_for.is_some(),
            ))
        })?;
        if !ephemeral {
            self.emit_change(channel, "message_changed", |event| {
                event.insert("message".to_owned(), Value::Object(after.clone()));
                event.insert("previous_message".to_owned(), Value::Object(before));
            });
        }
        Some(Value::Object(after))
    }

    /// Deletes a message and sends `message_deleted`; a parent with replies leaves a tombstone, as in Slack.
    pub(crate) fn withdraw(self: &std::sync::Arc<Self>, channel: &str, ts: &str) -> bool {
        let found = self.change(|state| {
            let message = state.workspace.message(channel, ts)?.clone();
            let before = state.workspace.wire(&message, true);
            if state.workspace.replies(channel, ts).next().is_some() {
                let message = state.workspace.message_mut(channel, ts)?;
                message.content = Content::text("This message was deleted.");
                message.tombstone = true;
            } else {
                state.workspace.remove(channel, ts);
            }
            Some((before, message.only_for.is_some()))
        });
        let Some((before, ephemeral)) = found else {
            return false;
        };
        if !ephemeral {
            self.emit_change(channel, "message_deleted", |event| {
                event.insert("deleted_ts".to_owned(), json!(ts));
                event.insert("previous_message".to_owned(), Value::Object(before));
            });
        }
        true
    }

    /// Shows a message to one person only. Refused content is kept as a refusal and not shown.
    pub(crate) fn whisper(
        self: &std::sync::Arc<Self>,
        place: &str,
        author: Author,
        (user, channel, thread_ts): (&str, &str, Option<String>),
        content: Content,
    ) -> Result<Message, Refused> {
        self.judge(place, &content)?;
        let now = self.clock.now();
        let ts = self.change(|state| state.workspace.next_ts(now));
        let mut message = Message::new(channel, ts, author, content).in_thread(thread_ts);
        message.only_for = Some(user.to_owned());
        self.publish(message.clone());
        Ok(message)
    }

    /// Judges content by Slack's limits and keeps the refusal.
    pub(crate) fn judge(&self, place: &str, content: &Content) -> Result<(), Refused> {
        limits::message(content).inspect_err(|refused| {
            let request =
                json!({ "text": content.text, "blocks": content.blocks, "attachments": content.attachments });
            self.refuse(place, refused, &request);
        })
    }

    fn emit_message(self: &std::sync::Arc<Self>, channel: &str, ts: &str, mut event: Map<String, Value>) {
        let text = event.get("text").and_then(Value::as_str).unwrap_or_default();
        let mention = text.contains(&format!("<@{}>", crate::workspace::BOT_USER));
        event.insert("channel".to_owned(), json!(channel));
        event.insert("event_ts".to_owned(), json!(ts));
        if mention && !event.contains_key("bot_id") && !event.contains_key("subtype") {
            let mut mention = event.clone();
            mention.insert("type".to_owned(), json!("app_mention"));
            self.emit(channel, mention);
        }
        self.emit_with_kind(channel, event);
    }

    fn emit_change(
        self: &std::sync::Arc<Self>,
        channel: &str,
        subtype: &str,
        fill: impl FnOnce(&mut Map<String, Value>),
    ) {
        let now = self.clock.now();
        let ts = self.change(|state| state.workspace.next_ts(now));
        let mut event = Map::new();
        event.insert("type".to_owned(), json!("message"));
        event.insert("subtype".to_owned(), json!(subtype));
        event.insert("channel".to_owned(), json!(channel));
        event.insert("ts".to_owned(), json!(ts));
        event.insert("event_ts".to_owned(), json!(ts));
        event.insert("hidden".to_owned(), json!(true));
        fill(&mut event);
        self.emit_with_kind(channel, event);
    }

    fn emit_with_kind(self: &std::sync::Arc<Self>, channel: &str, mut event: Map<String, Value>) {
        let kind = self.read(|state| {
            state
                .workspace
                .channel(channel)
                .map_or("channel", |found| found.kind())
        });
        event.insert("channel_type".to_owned(), json!(kind));
        self.emit(channel, event);
    }
}

/// Gives every block and control an id where the sender gave none, as Slack does: payloads name them.
fn name_blocks(standin: &Standin, content: &mut Content) {
    let mut next = || standin.change(|state| format!("s{:04}", state.workspace.next_number()));
    for block in &mut content.blocks {
        name(block, &mut next);
    }
    for attachment in &mut content.attachments {
        for block in attachment
            .get_mut("blocks")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            name(block, &mut next);
        }
    }
}

fn name(block: &mut Value, next: &mut impl FnMut() -> String) {
    let Some(members) = block.as_object_mut() else {
        return;
    };
    members.entry("block_id").or_insert_with(|| json!(next()));
    for child in members
        .get_mut("child_blocks")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        name(child, next);
    }
    if members.get("type").and_then(Value::as_str) == Some("actions") {
        for element in members
            .get_mut("elements")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            name_control(element, next);
        }
    }
    if let Some(accessory) = members.get_mut("accessory") {
        name_control(accessory, next);
    }
}

fn name_control(control: &mut Value, next: &mut impl FnMut() -> String) {
    let is_picture = control.get("type").and_then(Value::as_str) == Some("image");
    if let (false, Some(members)) = (is_picture, control.as_object_mut()) {
        members.entry("action_id").or_insert_with(|| json!(next()));
    }
}
