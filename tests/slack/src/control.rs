//! The control API at `/control`: how tests set the workspace up, act as its people, and look at what came of it.
//!
//! Users and channels are named by id or by name (`ana`, `#payments`). Bad input answers 400 with
//! `{"error": "..."}`.

mod acts;
mod look;
mod setup;
mod wait;

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use crate::Standin;
use crate::workspace::{Message, Workspace};

/// What a control call answers.
type Reply = Result<axum::Json<Value>, Mistake>;

/// The caller's mistake.
#[derive(Debug)]
struct Mistake(String);

impl IntoResponse for Mistake {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, axum::Json(json!({ "error": self.0 }))).into_response()
    }
}

/// Routes below `/control`.
pub(crate) fn routes() -> Router<Arc<Standin>> {
    Router::new()
        .route("/bot", post(setup::bot))
        .route("/users", post(setup::user))
        .route("/channels", post(setup::channel))
        .route("/samples", post(setup::sample))
        .route("/advance", post(setup::advance))
        .route("/rate_limit", post(setup::rate_limit))
        .route("/latency", post(setup::latency))
        .route("/command", post(acts::command))
        .route("/message", post(acts::message))
        .route("/invite", post(acts::invite))
        .route("/press", post(acts::press))
        .route("/verify_url", post(acts::verify_url))
        .route("/disconnect", post(acts::disconnect))
        .route("/history", get(look::history))
        .route("/ephemerals", get(look::ephemerals))
        .route("/refusals", get(look::refusals))
        .route("/traffic", get(look::traffic))
        .route("/views", get(look::views))
        .route("/workspace", get(look::workspace))
        .route("/wait", get(wait::wait))
}

fn user_id(workspace: &Workspace, named: &str) -> Result<String, Mistake> {
    let user = workspace
        .user(named)
        .ok_or_else(|| Mistake(format!("no user `{named}`")))?;
    Ok(user.id.clone())
}

fn channel_id(workspace: &Workspace, named: &str) -> Result<String, Mistake> {
    let channel = workspace
        .channel(named)
        .ok_or_else(|| Mistake(format!("no channel `{named}`")))?;
    Ok(channel.id.clone())
}

/// A message as Slack writes it, and what only the stand-in knows: plain text, count of edits, who sees it.
pub(crate) fn seen(workspace: &Workspace, message: &Message) -> Value {
    let mut seen = workspace.wire(message, true);
    seen.insert("channel".to_owned(), json!(message.channel));
    seen.insert("plain".to_owned(), json!(message.plain()));
    seen.insert("edits".to_owned(), json!(message.edits));
    seen.insert("only_for".to_owned(), json!(message.only_for));
    Value::Object(seen)
}
