//! `response_url`s: five uses within thirty minutes.
//!
//! Source: <https://docs.slack.dev/interactivity/handling-user-interaction>, "Message responses".

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::Standin;
use crate::clock::later;
use crate::limits::Refused;
use crate::traffic::Exchange;
use crate::workspace::{Author, Content, Message};

const USES: u32 = 5;
const LIFE: Duration = Duration::from_mins(30);

/// Where a response_url leads, and what is left of it.
#[derive(Debug, Clone)]
pub(crate) struct ResponseUrl {
    until: Timestamp,
    uses_left: u32,
    user: String,
    channel: String,
    /// The thread the interaction was in; commands have none.
    thread_ts: Option<String>,
    /// The message that `replace_original` and `delete_original` mean.
    pub(crate) original: Option<String>,
}

/// A message the bot hands to Slack in an acknowledgement or through a response_url.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) content: Content,
    pub(crate) in_channel: bool,
    replace_original: bool,
    delete_original: bool,
    thread_ts: Option<String>,
}

impl Reply {
    /// Reads what the bot sent; `None` when it is no JSON object.
    pub(crate) fn parse(body: &str) -> Option<Self> {
        let body: Value = serde_json::from_str(body).ok().filter(Value::is_object)?;
        let list = |key: &str| {
            body.get(key)
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default()
        };
        let text = |key: &str| body.get(key).and_then(Value::as_str).map(str::to_owned);
        let set = |key: &str| body.get(key).and_then(Value::as_bool).unwrap_or(false);
        Some(Self {
            content: Content {
                text: text("text").unwrap_or_default(),
                blocks: list("blocks"),
                attachments: list("attachments"),
            },
            in_channel: text("response_type").as_deref() == Some("in_channel"),
            replace_original: set("replace_original"),
            delete_original: set("delete_original"),
            thread_ts: text("thread_ts"),
        })
    }
}

impl Standin {
    /// A new response_url for what `user` does in `channel`: its id and its address.
    pub(crate) fn give_response_url(
        &self,
        user: &str,
        channel: &str,
        thread_ts: Option<String>,
        original: Option<String>,
    ) -> (String, String) {
        let until = later(self.clock.now(), LIFE);
        let (user, channel) = (user.to_owned(), channel.to_owned());
        let id = self.change(|state| {
            let id = format!("R{:010}", state.workspace.next_number());
            let url = ResponseUrl {
                until,
                uses_left: USES,
                user,
                channel,
                thread_ts,
                original,
            };
            state.response_urls.insert(id.clone(), url);
            id
        });
        let address = format!("{}/response/{id}", self.address);
        (id, address)
    }

    /// Takes one use of a response_url, or says why there is none in Slack's words.
    fn use_response_url(&self, id: &str) -> Result<ResponseUrl, &'static str> {
        let now = self.clock.now();
        self.change(|state| match state.response_urls.get_mut(id) {
            Some(url) if url.until > now => {
                url.uses_left = url.uses_left.checked_sub(1).ok_or("used_url")?;
                Ok(url.clone())
            }
            _ => Err("expired_url"),
        })
    }

    fn respond(self: &Arc<Self>, id: &str, body: &str) -> Result<(), (StatusCode, Value)> {
        let error = |status, error: &str| (status, json!({ "ok": false, "error": error }));
        let url = self
            .use_response_url(id)
            .map_err(|why| error(StatusCode::NOT_FOUND, why))?;
        let reply = Reply::parse(body).ok_or_else(|| error(StatusCode::BAD_REQUEST, "invalid_payload"))?;
        if let (true, Some(ts)) = (reply.delete_original, &url.original) {
            self.withdraw(&url.channel, ts);
            return Ok(());
        }
        if reply.content.is_empty() {
            return Err(error(StatusCode::BAD_REQUEST, "no_text"));
        }
        let refused = |refused: Refused| {
            let lines: Vec<String> = refused.faults.iter().map(crate::limits::Fault::to_line).collect();
            let body =
                json!({ "ok": false, "error": refused.error, "response_metadata": { "messages": lines } });
            (StatusCode::BAD_REQUEST, body)
        };
        if let (true, Some(ts)) = (reply.replace_original, &url.original) {
            self.judge("response_url", &reply.content).map_err(refused)?;
            self.amend(&url.channel, ts, reply.content, None);
            return Ok(());
        }
        // Only an interaction in a thread may answer there.
        let thread_ts = reply.thread_ts.filter(|_| url.thread_ts.is_some());
        let ts = if reply.in_channel {
            self.judge("response_url", &reply.content).map_err(refused)?;
            self.say(&url.channel, thread_ts, reply.content)
        } else {
            let thread_ts = thread_ts.or(url.thread_ts);
            let to = (url.user.as_str(), url.channel.as_str(), thread_ts);
            self.whisper("response_url", Author::Bot, to, reply.content)
                .map_err(refused)?
                .ts
        };
        self.change(|state| {
            if let Some(url) = state.response_urls.get_mut(id) {
                url.original.get_or_insert(ts);
            }
        });
        Ok(())
    }

    /// Posts as the bot, wherever it is.
    pub(crate) fn say(
        self: &Arc<Self>,
        channel: &str,
        thread_ts: Option<String>,
        content: Content,
    ) -> String {
        let now = self.clock.now();
        let ts = self.change(|state| state.workspace.next_ts(now));
        self.publish(Message::new(channel, ts.clone(), Author::Bot, content).in_thread(thread_ts));
        ts
    }
}

/// `POST /response/{id}`.
pub(crate) async fn handle(
    State(standin): State<Arc<Standin>>,
    Path(id): Path<String>,
    body: String,
) -> Response {
    let begun = Instant::now();
    let outcome = standin.respond(&id, &body);
    let (status, answer) = match outcome {
        Ok(()) => (StatusCode::OK, json!({ "ok": true })),
        Err(failure) => failure,
    };
    standin.record(Exchange {
        at: standin.clock.now(),
        direction: "from_bot",
        transport: "http",
        what: format!("/response/{id}"),
        headers: Vec::new(),
        request: body,
        status: status.as_u16(),
        answer: answer.to_string(),
        elapsed_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
    });
    (status, axum::Json(answer)).into_response()
}
