//! A Slack in a few lines: channels with messages, ephemeral messages, and the ways in which it can fail. What Slack
//! refuses is judged by the stand-in of the end-to-end tests; this one remembers.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::Url;

/// What a call does instead of succeeding.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// It is done, and the answer is lost.
    DoneUnheard,
    /// It is not done, and the answer is an error of the server.
    NotDone,
    /// It is not done: too many calls.
    Limited,
}

/// A message somewhere.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) channel: String,
    pub(crate) ts: String,
    pub(crate) thread_ts: Option<String>,
    pub(crate) body: Value,
}

impl Message {
    /// What its blocks say, labels of buttons in brackets.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        said(&self.body["blocks"], &mut out);
        out
    }

    /// The value of the button with this label.
    pub(crate) fn button(&self, label: &str) -> (String, String) {
        let blocks = self.body["blocks"].as_array().unwrap().iter();
        let mut buttons = blocks
            .filter(|block| block["type"] == "actions")
            .flat_map(|block| block["elements"].as_array().unwrap());
        let button = buttons
            .find(|button| button["text"]["text"] == label)
            .unwrap_or_else(|| panic!("no button `{label}` in {}", self.text()));
        (
            button["action_id"].as_str().unwrap().to_owned(),
            button["value"].as_str().unwrap().to_owned(),
        )
    }
}

fn said(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| said(item, out)),
        Value::Object(members) => match members.get("type").and_then(Value::as_str) {
            Some("button") => out.extend(["[ ", value["text"]["text"].as_str().unwrap(), " ]"]),
            Some("date") => out.push_str(value["fallback"].as_str().unwrap()),
            Some("user") => out.extend(["@", value["user_id"].as_str().unwrap()]),
            Some("text" | "link" | "plain_text") => out.push_str(value["text"].as_str().unwrap()),
            _ => {
                said(value.get("elements").unwrap_or(&Value::Null), out);
                out.push('\n');
            }
        },
        _ => {}
    }
}

#[derive(Debug, Default)]
struct Memory {
    messages: BTreeMap<String, Message>,
    /// What single people were told, by response_url or ephemerally.
    whispers: Vec<Message>,
    reactions: Vec<String>,
    outside: BTreeSet<String>,
    faults: BTreeMap<String, VecDeque<Fault>>,
    clock: u64,
}

/// The Slack.
#[derive(Debug, Clone, Default)]
pub(crate) struct Slack(Arc<Mutex<Memory>>);

impl Slack {
    /// Starts it; gives the address of its API.
    pub(crate) async fn start() -> (Self, Url) {
        let slack = Self::default();
        let router = Router::new()
            .route("/api/{method}", any(call))
            .route("/reply/{user}", any(reply))
            .with_state(slack.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/api", listener.local_addr().unwrap())).unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        (slack, url)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap()
    }

    /// The bot may not write to this channel.
    pub(crate) fn close(&self, channel: &str) {
        self.memory().outside.insert(channel.to_owned());
    }

    /// The next calls of a method go wrong.
    pub(crate) fn fail(&self, method: &str, faults: &[Fault]) {
        self.memory()
            .faults
            .entry(method.to_owned())
            .or_default()
            .extend(faults);
    }

    /// A message that somebody else posts.
    pub(crate) fn post(&self, channel: &str, body: Value) -> String {
        self.memory().add(channel, None, body)
    }

    /// What stands in a channel, without threads.
    pub(crate) fn channel(&self, channel: &str) -> Vec<Message> {
        let memory = self.memory();
        let top = memory
            .messages
            .values()
            .filter(|message| message.channel == channel && message.thread_ts.is_none());
        top.cloned().collect()
    }

    /// The replies in a thread.
    pub(crate) fn thread(&self, ts: &str) -> Vec<Message> {
        let memory = self.memory();
        memory
            .messages
            .values()
            .filter(|message| message.thread_ts.as_deref() == Some(ts))
            .cloned()
            .collect()
    }

    /// What single people were told.
    pub(crate) fn whispers(&self) -> Vec<Message> {
        self.memory().whispers.clone()
    }

    /// Messages with a reaction.
    pub(crate) fn reactions(&self) -> Vec<String> {
        self.memory().reactions.clone()
    }
}

impl Memory {
    fn add(&mut self, channel: &str, thread_ts: Option<String>, body: Value) -> String {
        self.clock += 1;
        let now = jiff::Timestamp::now().as_second();
        let ts = format!("{now}.{:06}", self.clock);
        let message = Message {
            channel: channel.to_owned(),
            ts: ts.clone(),
            thread_ts,
            body,
        };
        self.messages.insert(ts.clone(), message);
        ts
    }

    fn act(&mut self, method: &str, sent: &Value) -> Value {
        let text = |field: &str| sent[field].as_str().unwrap_or_default().to_owned();
        let channel = text("channel");
        if method.starts_with("chat.") && self.outside.contains(&channel) {
            return json!({ "ok": false, "error": "not_in_channel" });
        }
        match method {
            "auth.test" => json!({ "ok": true, "user_id": "U0BOT", "bot_id": "B0BOT", "team_id": "T0SHOP" }),
            "chat.postMessage" => {
                let thread_ts = sent["thread_ts"].as_str().map(str::to_owned);
                let ts = self.add(&channel, thread_ts, sent.clone());
                json!({ "ok": true, "channel": channel, "ts": ts })
            }
            "chat.update" => match self.messages.get_mut(&text("ts")) {
                Some(message) => {
                    let metadata = message.body["metadata"].clone();
                    message.body = sent.clone();
                    message.body["metadata"] = metadata;
                    json!({ "ok": true })
                }
                None => json!({ "ok": false, "error": "message_not_found" }),
            },
            "chat.delete" => {
                self.messages.remove(&text("ts"));
                json!({ "ok": true })
            }
            "chat.postEphemeral" => {
                let thread_ts = sent["thread_ts"].as_str().map(str::to_owned);
                let message = Message {
                    channel,
                    ts: String::new(),
                    thread_ts,
                    body: sent.clone(),
                };
                self.whispers.push(message);
                json!({ "ok": true })
            }
            "conversations.replies" | "conversations.history" => {
                let thread = (method == "conversations.replies").then(|| text("ts"));
                let listed = self
                    .messages
                    .values()
                    .filter(|message| message.channel == channel && message.thread_ts == thread);
                let listed: Vec<Value> = listed
                    .map(|message| json!({ "ts": message.ts, "metadata": message.body["metadata"] }))
                    .collect();
                json!({ "ok": true, "messages": listed })
            }
            "chat.getPermalink" => {
                json!({ "ok": true, "permalink": format!("https://shop.slack.com/{}", text("message_ts")) })
            }
            "reactions.add" => {
                self.reactions.push(text("timestamp"));
                json!({ "ok": true })
            }
            _ => json!({ "ok": false, "error": "unknown_method" }),
        }
    }
}

async fn call(
    State(slack): State<Slack>,
    Path(method): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
    body: String,
) -> Response {
    let sent = if body.is_empty() {
        json!(query)
    } else {
        serde_json::from_str(&body).unwrap()
    };
    let mut memory = slack.memory();
    let fault = memory.faults.get_mut(&method).and_then(VecDeque::pop_front);
    match fault {
        Some(Fault::NotDone) => return StatusCode::BAD_GATEWAY.into_response(),
        Some(Fault::Limited) => {
            let answer = axum::Json(json!({ "ok": false, "error": "ratelimited" }));
            return (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "1")], answer).into_response();
        }
        _ => {}
    }
    let answer = memory.act(&method, &sent);
    if matches!(fault, Some(Fault::DoneUnheard)) {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    axum::Json(answer).into_response()
}

async fn reply(State(slack): State<Slack>, Path(user): Path<String>, body: String) -> Response {
    let body = serde_json::from_str(&body).unwrap();
    slack.memory().whispers.push(Message {
        channel: user,
        ts: String::new(),
        thread_ts: None,
        body,
    });
    "ok".into_response()
}
