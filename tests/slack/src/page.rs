//! The page at `/`: a workspace that looks and behaves like Slack, for people.
//!
//! It reads `/page/state`, hears of changes from `/page/changes`, and acts through the control API, like tests do.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use futures::Stream;
use serde_json::{Value, json};

use crate::Standin;
use crate::control::seen;
use crate::workspace::TEAM_NAME;

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// The page's files: name, content type, content. All are in the binary: nothing is read or built at run time.
const FILES: [(&str, &str, &str); 9] = [
    ("app.js", SCRIPT, include_str!("page/app.js")),
    ("view.js", SCRIPT, include_str!("page/view.js")),
    ("blocks.js", SCRIPT, include_str!("page/blocks.js")),
    ("rich_text.js", SCRIPT, include_str!("page/rich_text.js")),
    ("mrkdwn.js", SCRIPT, include_str!("page/mrkdwn.js")),
    ("style.css", STYLE, include_str!("page/style.css")),
    ("messages.css", STYLE, include_str!("page/messages.css")),
    ("controls.css", STYLE, include_str!("page/controls.css")),
    ("blocks.css", STYLE, include_str!("page/blocks.css")),
];

/// Routes of the page.
pub(crate) fn routes() -> Router<Arc<Standin>> {
    Router::new()
        .route("/", get(index))
        // Permalinks lead to the page, which finds the message.
        .route("/archives/{channel}/{message}", get(index))
        .route("/page/state", get(state))
        .route("/page/changes", get(changes))
        .route("/page/{file}", get(file))
}

async fn file(Path(name): Path<String>) -> Response {
    match FILES.iter().find(|(known, ..)| *known == name) {
        Some((_, kind, content)) => (
            [(header::CONTENT_TYPE, *kind), (header::CACHE_CONTROL, "no-cache")],
            *content,
        )
            .into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn index() -> Html<&'static str> {
    Html(include_str!("page/index.html"))
}

/// `GET /page/state?user=`: everything this person sees.
async fn state(
    State(standin): State<Arc<Standin>>,
    Query(asked): Query<BTreeMap<String, String>>,
) -> axum::Json<Value> {
    let now = standin.clock.now();
    let connections = standin.sockets.count();
    axum::Json(standin.read(|state| {
        let workspace = &state.workspace;
        let user = asked.get("user").map(String::as_str).unwrap_or_default();
        let messages: Vec<Value> = workspace
            .messages
            .iter()
            .filter(|message| message.only_for.as_deref().is_none_or(|only| only == user))
            .map(|message| seen(workspace, message))
            .collect();
        let users: Vec<Value> = workspace
            .users
            .iter()
            .map(|one| json!({ "id": one.id, "name": one.name, "real_name": one.real_name, "title": one.title, "is_bot": one.is_bot }))
            .collect();
        let channels: Vec<Value> = workspace
            .channels
            .iter()
            .filter(|one| one.direct_with.as_deref().is_none_or(|with| with == user))
            .map(|one| {
                json!({ "id": one.id, "name": one.name, "bot_member": one.bot_member, "is_private": one.is_private,
                        "direct": one.direct_with.is_some() })
            })
            .collect();
        let groups: Vec<Value> =
            workspace.usergroups.iter().map(|group| json!({ "id": group.id, "handle": group.handle })).collect();
        let statuses: Vec<Value> = workspace
            .statuses(now)
            .into_iter()
            .map(|(channel, thread_ts, text)| json!({ "channel": channel, "thread_ts": thread_ts, "text": text }))
            .collect();
        json!({
            "team": TEAM_NAME, "users": users, "channels": channels, "groups": groups, "messages": messages,
            "statuses": statuses, "samples": state.samples, "commands": state.settings.commands,
            "refusals": state.refusals.len(), "socket_mode": state.settings.socket_mode, "connections": connections,
            "bot_url": state.settings.bot_url,
        })
    }))
}

/// `GET /page/changes`: one event after every change, until the stand-in stops.
async fn changes(State(standin): State<Arc<Standin>>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let begun = (standin.changes(), standin);
    let stream = futures::stream::unfold(begun, |(mut changes, standin)| async move {
        let more = tokio::select! {
            changed = changes.changed() => changed.is_ok(),
            () = standin.stopped() => false,
        };
        let version = *changes.borrow_and_update();
        more.then(|| (Ok(Event::default().data(version.to_string())), (changes, standin)))
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}
