//! The people of the workspace, and what they see.

use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::stack::DEADLINE;

/// The Slack stand-in, seen by the people in it.
pub(crate) struct Workspace {
    pub(crate) url: String,
    http: reqwest::Client,
}

/// A message, as everybody in the channel sees it.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) channel: String,
    pub(crate) ts: String,
    /// `ts` of its thread; empty outside of one.
    pub(crate) thread: String,
    /// What a screen reader gets.
    pub(crate) plain: String,
    /// Texts of its buttons.
    pub(crate) buttons: Vec<String>,
}

impl Workspace {
    pub(crate) fn at(url: String) -> Self {
        Self {
            url,
            http: reqwest::Client::new(),
        }
    }

    /// `user` types a command in `channel`; returns what only they see of it.
    pub(crate) async fn types(&self, user: &str, channel: &str, text: &str) -> anyhow::Result<String> {
        let body = json!({ "user": user, "channel": channel, "text": text, "command": "/ecs-pull-why" });
        let answer = self.post("command", body).await?;
        let told = answer.get("ephemeral").context("the person was told nothing")?;
        let mut text = told
            .get("plain")
            .or_else(|| told.get("text"))
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        collect_text(told.get("blocks").unwrap_or(&Value::Null), &mut text);
        Ok(text)
    }

    /// Another app posts a message event, delivered `deliveries` times as Slack does when it gets no answer.
    pub(crate) async fn app_posts(
        &self,
        channel: &str,
        event: Value,
        deliveries: u32,
    ) -> anyhow::Result<String> {
        let answer = self
            .post(
                "message",
                json!({ "channel": channel, "event": event, "deliveries": deliveries }),
            )
            .await?;
        find(&answer, "ts").context("the stand-in named no message")
    }

    /// Waits for the bot's newest message in `channel` that contains `text`.
    pub(crate) async fn sees(&self, channel: &str, text: &str) -> anyhow::Result<Message> {
        self.wait(&[("channel", channel), ("text", text)]).await
    }

    /// Waits for the bot's newest message in a thread that contains `text`.
    pub(crate) async fn sees_in_thread(&self, root: &Message, text: &str) -> anyhow::Result<Message> {
        self.wait(&[
            ("channel", &root.channel),
            ("thread_ts", &root.ts),
            ("text", text),
        ])
        .await
    }

    /// Waits for the bot's newest message in the thread of the message at `ts` that contains `text`.
    pub(crate) async fn sees_at(&self, channel: &str, ts: &str, text: &str) -> anyhow::Result<Message> {
        self.wait(&[("channel", channel), ("thread_ts", ts), ("text", text)])
            .await
    }

    /// Waits until this very message contains `text`.
    pub(crate) async fn sees_message(&self, message: &Message, text: &str) -> anyhow::Result<Message> {
        let query = [
            ("channel", message.channel.as_str()),
            ("thread_ts", &message.thread),
            ("ts", &message.ts),
            ("text", text),
        ];
        self.wait(&query).await
    }

    /// Waits until the bot has a socket open.
    pub(crate) async fn socket_is_open(&self) -> anyhow::Result<()> {
        let until = std::time::Instant::now() + DEADLINE;
        while std::time::Instant::now() < until {
            let workspace = self.get("workspace", &[]).await?;
            let open = workspace.get("connections").and_then(Value::as_u64);
            if open.is_some_and(|open| open > 0) {
                return Ok(());
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        bail!("the bot opened no socket within {DEADLINE:?}")
    }

    /// Waits for what only `user` sees in `channel` and that contains `text`.
    pub(crate) async fn sees_alone(&self, user: &str, channel: &str, text: &str) -> anyhow::Result<Message> {
        self.wait(&[("channel", channel), ("user", user), ("text", text)])
            .await
    }

    /// `user` presses the button called `text` on a message, `times` at once.
    pub(crate) async fn presses(
        &self,
        user: &str,
        on: &Message,
        text: &str,
        times: u32,
    ) -> anyhow::Result<Value> {
        let body = json!({ "user": user, "channel": on.channel, "ts": on.ts, "text": text, "times": times });
        self.post("press", body).await
    }

    /// The bot's messages in a channel or thread, oldest first.
    pub(crate) async fn bots_messages(
        &self,
        channel: &str,
        thread: Option<&str>,
    ) -> anyhow::Result<Vec<Message>> {
        let mut query = vec![("channel", channel)];
        query.extend(thread.map(|ts| ("thread_ts", ts)));
        let answer = self.get("history", &query).await?;
        let messages = answer
            .get("messages")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        Ok(messages
            .iter()
            .filter(|message| {
                message
                    .get("bot_id")
                    .and_then(Value::as_str)
                    .is_some_and(|id| id.starts_with("B0BOT"))
            })
            .map(|message| read(channel, message))
            .collect())
    }

    /// Waits until no message of the bot is left in a channel: what was said on the way is taken back.
    pub(crate) async fn has_nothing_from_the_bot(&self, channel: &str) -> anyhow::Result<()> {
        let until = std::time::Instant::now() + DEADLINE;
        while !self.bots_messages(channel, None).await?.is_empty() {
            anyhow::ensure!(
                std::time::Instant::now() < until,
                "the bot's messages stay in #{channel}"
            );
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Payloads that Slack would have refused.
    pub(crate) async fn refusals(&self) -> anyhow::Result<Vec<Value>> {
        let answer = self.get("refusals", &[]).await?;
        Ok(answer
            .get("refusals")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default())
    }

    async fn wait(&self, query: &[(&str, &str)]) -> anyhow::Result<Message> {
        let timeout = DEADLINE.as_millis().to_string();
        let mut all = query.to_vec();
        all.push(("timeout_ms", &timeout));
        let answer = self.get("wait", &all).await?;
        let channel = query
            .iter()
            .find(|(key, _)| *key == "channel")
            .map_or("", |(_, value)| value);
        let message = answer.get("message").unwrap_or(&answer);
        Ok(read(channel, message))
    }

    async fn post(&self, what: &str, body: Value) -> anyhow::Result<Value> {
        self.answer(
            self.http.post(format!("{}/control/{what}", self.url)).json(&body),
            what,
        )
        .await
    }

    async fn get(&self, what: &str, query: &[(&str, &str)]) -> anyhow::Result<Value> {
        let url = reqwest::Url::parse_with_params(&format!("{}/control/{what}", self.url), query)?;
        self.answer(self.http.get(url), what).await
    }

    async fn answer(&self, request: reqwest::RequestBuilder, what: &str) -> anyhow::Result<Value> {
        let answer = request
            .send()
            .await
            .with_context(|| format!("the Slack stand-in does not answer {what}"))?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            bail!("the Slack stand-in answered {what} with {status}: {text}");
        }
        Ok(serde_json::from_str(&text)?)
    }
}

fn read(channel: &str, message: &Value) -> Message {
    let text = |key: &str| {
        message
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let mut buttons = Vec::new();
    collect_buttons(message.get("blocks").unwrap_or(&Value::Null), &mut buttons);
    Message {
        channel: channel.to_owned(),
        ts: text("ts"),
        thread: text("thread_ts"),
        plain: text("plain"),
        buttons,
    }
}

fn collect_buttons(value: &Value, buttons: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_buttons(item, buttons)),
        Value::Object(object) => {
            if object.get("type").and_then(Value::as_str) == Some("button") {
                buttons.extend(
                    value
                        .pointer("/text/text")
                        .and_then(Value::as_str)
                        .map(str::to_owned),
                );
            }
            object.values().for_each(|item| collect_buttons(item, buttons));
        }
        _ => {}
    }
}

/// The texts of rich text, one after the other.
fn collect_text(value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_text(item, text)),
        Value::Object(object) => {
            text.extend(object.get("text").and_then(Value::as_str));
            object.values().for_each(|item| collect_text(item, text));
        }
        _ => {}
    }
}

/// The first string under `key`, however deep.
fn find(value: &Value, key: &str) -> Option<String> {
    match value {
        Value::Object(object) => object
            .get(key)
            .and_then(Value::as_str)
            .map(str::to_owned)
            .or_else(|| object.values().find_map(|value| find(value, key))),
        Value::Array(items) => items.iter().find_map(|value| find(value, key)),
        _ => None,
    }
}
