//! Waiting for a message instead of sleeping.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Mistake, channel_id, seen, user_id};
use crate::Standin;
use crate::workspace::{Author, Message, Workspace};

/// What the message must be like; what is left out does not matter.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    channel: Option<String>,
    /// A reply of this thread, or its parent.
    thread_ts: Option<String>,
    /// This message.
    ts: Option<String>,
    /// Stands in `text` or in the plain text of the blocks.
    text: Option<String>,
    /// Stands in neither.
    without: Option<String>,
    /// Has this reaction.
    reaction: Option<String>,
    /// Only messages that this person alone sees; without it, only those that everybody sees.
    user: Option<String>,
    /// `bot` (the default), or `any`.
    from: Option<String>,
    /// Newer than this message timestamp.
    after: Option<String>,
    /// Real milliseconds to wait; ten seconds when left out.
    timeout_ms: Option<u64>,
}

const PATIENCE: Duration = Duration::from_secs(10);

/// `GET /control/wait?…`: the newest message that fits, as soon as there is one; 408 with what is there otherwise.
pub(super) async fn wait(State(standin): State<Arc<Standin>>, Query(mut wanted): Query<Wanted>) -> Response {
    if let Err(mistake) = standin.read(|state| name(&state.workspace, &mut wanted)) {
        return mistake.into_response();
    }
    let patience = wanted.timeout_ms.map_or(PATIENCE, Duration::from_millis);
    // Word of changes is taken before the first look, so that none is missed in between.
    let mut changes = standin.changes();
    let search = async {
        loop {
            changes.borrow_and_update();
            let found = standin.read(|state| {
                let mut newest_first = state.workspace.messages.iter().rev();
                newest_first
                    .find(|message| wanted.fits(message))
                    .map(|message| seen(&state.workspace, message))
            });
            if found.is_some() || changes.changed().await.is_err() {
                return found;
            }
        }
    };
    let found = tokio::select! {
        found = search => found,
        () = tokio::time::sleep(patience) => None,
        () = standin.stopped() => None,
    };
    match found {
        Some(message) => Json(message).into_response(),
        None => (
            StatusCode::REQUEST_TIMEOUT,
            Json(standin.read(|state| nothing(&state.workspace, &wanted))),
        )
            .into_response(),
    }
}

/// Names become ids.
fn name(workspace: &Workspace, wanted: &mut Wanted) -> Result<(), Mistake> {
    if let Some(channel) = &mut wanted.channel {
        *channel = channel_id(workspace, channel)?;
    }
    if let Some(user) = &mut wanted.user {
        *user = user_id(workspace, user)?;
    }
    Ok(())
}

impl Wanted {
    fn fits(&self, message: &Message) -> bool {
        let author = match self.from.as_deref() {
            Some("any") => true,
            _ => matches!(message.author, Author::Bot | Author::Slackbot),
        };
        author
            && message.only_for == self.user
            && self
                .channel
                .as_ref()
                .is_none_or(|channel| *channel == message.channel)
            && self.ts.as_ref().is_none_or(|ts| *ts == message.ts)
            && self.after.as_ref().is_none_or(|after| message.ts > *after)
            && self
                .thread_ts
                .as_ref()
                .is_none_or(|thread| message.thread_ts.as_ref().unwrap_or(&message.ts) == thread)
            && self
                .reaction
                .as_ref()
                .is_none_or(|name| message.reactions.iter().any(|one| one.name == *name))
            && self.text.as_ref().is_none_or(|text| says(message, text))
            && self.without.as_ref().is_none_or(|text| !says(message, text))
    }
}

fn says(message: &Message, text: &str) -> bool {
    message.content.text.contains(text) || message.plain().contains(text)
}

/// What is there instead, so that a failing test says why.
fn nothing(workspace: &Workspace, wanted: &Wanted) -> Value {
    let there: Vec<Value> = workspace
        .messages
        .iter()
        .rev()
        .take(10)
        .map(|message| {
            json!({
                "channel": message.channel, "ts": message.ts, "thread_ts": message.thread_ts,
                "only_for": message.only_for, "text": message.content.text, "plain": message.plain(),
            })
        })
        .collect();
    json!({ "error": format!("no message fits {wanted:?}"), "newest": there })
}
