//! The Web API at `/api/METHOD`: one file a family of methods.
//!
//! Answers have the shapes of <https://docs.slack.dev/reference/methods>. Arguments come as a form, as JSON or in
//! the query; those that Slack does not know are ignored, as by Slack.

mod answer;
mod apps;
mod args;
mod assistant;
mod blocks;
mod chat;
mod conversations;
mod reactions;
mod users;
mod views;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::Standin;
use crate::traffic::Exchange;
pub(crate) use answer::Given;
use answer::{Failure, failure};
use args::Args;

/// A method's handler and the scopes of which the token needs one.
///
/// Source of the scopes: each method's page under <https://docs.slack.dev/reference/methods>.
struct Method {
    scopes: &'static [&'static str],
    run: fn(&Arc<Standin>, &Args) -> Given,
}

fn method(name: &str) -> Option<Method> {
    let method = |scopes, run| Some(Method { scopes, run });
    let channels: &[&str] = &["channels:read", "groups:read"];
    let history: &[&str] = &["channels:history", "groups:history"];
    match name {
        "api.test" => method(&[], apps::test),
        "auth.test" => method(&[], apps::auth_test),
        "apps.connections.open" => method(&[], apps::connections_open),
        "bots.info" => method(&["users:read"], users::bot),
        "blocks.validate" => method(&[], blocks::validate),
        "chat.postMessage" => method(&["chat:write"], chat::post),
        "chat.update" => method(&["chat:write"], chat::update),
        "chat.delete" => method(&["chat:write"], chat::delete),
        "chat.postEphemeral" => method(&["chat:write"], chat::post_ephemeral),
        "chat.getPermalink" => method(&[], chat::permalink),
        "conversations.replies" => method(history, conversations::replies),
        "conversations.history" => method(history, conversations::history),
        "conversations.info" => method(channels, conversations::info),
        "conversations.list" => method(channels, conversations::list),
        "conversations.members" => method(channels, conversations::members),
        "conversations.join" => method(&["channels:join"], conversations::join),
        "conversations.open" => method(&["im:write"], conversations::open),
        "users.info" => method(&["users:read"], users::info),
        "users.list" => method(&["users:read"], users::list),
        "usergroups.list" => method(&["usergroups:read"], users::groups),
        "usergroups.users.list" => method(&["usergroups:read"], users::group_members),
        "reactions.add" => method(&["reactions:write"], reactions::add),
        "reactions.remove" => method(&["reactions:write"], reactions::remove),
        "views.open" => method(&[], views::open),
        "assistant.threads.setStatus" => method(&["chat:write", "assistant:write"], assistant::set_status),
        _ => None,
    }
}

/// `POST` or `GET /api/{method}`.
pub(crate) async fn handle(
    State(standin): State<Arc<Standin>>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let begun = Instant::now();
    let args = Args::read(query.as_deref().unwrap_or_default(), &headers, &body);
    let latency = standin.read(|state| state.faults.latency(&name));
    standin.clock.sleep(latency).await;
    let limited = standin.change(|state| state.faults.take_limit(&name));
    let (status, answer) = match limited {
        Some(_) => (
            StatusCode::TOO_MANY_REQUESTS,
            json!({ "ok": false, "error": "ratelimited" }),
        ),
        None => (StatusCode::OK, finish(run(&standin, &name, &args), &args)),
    };
    standin.record(Exchange {
        at: standin.clock.now(),
        direction: "from_bot",
        transport: "http",
        what: name,
        headers: Vec::new(),
        request: args.to_string(),
        status: status.as_u16(),
        answer: answer.to_string(),
        elapsed_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
    });
    let scopes = standin.read(|state| state.settings.scopes.join(","));
    let mut response = (status, axum::Json(answer)).into_response();
    let headers = response.headers_mut();
    if let Some(seconds) = limited {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Ok(scopes) = HeaderValue::from_str(&scopes) {
        headers.insert("X-OAuth-Scopes", scopes);
    }
    response
}

fn run(standin: &Arc<Standin>, name: &str, args: &Args) -> Given {
    let Some(method) = method(name) else {
        return failure("unknown_method");
    };
    if name != "api.test" {
        let app_level = name == "apps.connections.open";
        admit(standin, args, app_level)?;
        if !app_level {
            let provided = standin.read(|state| state.settings.scopes.clone());
            if !method.scopes.is_empty()
                && !method
                    .scopes
                    .iter()
                    .any(|scope| provided.iter().any(|has| has == scope))
            {
                let needed = method.scopes.join(",");
                return Err(Failure::new("missing_scope")
                    .with("needed", needed)
                    .with("provided", provided.join(",")));
            }
        }
    }
    (method.run)(standin, args)
}

/// Source: <https://docs.slack.dev/reference/methods/auth.test>, errors common to all methods.
fn admit(standin: &Standin, args: &Args, app_level: bool) -> Result<(), Failure> {
    let token = args.token();
    let (bot, app) =
        standin.read(|state| (state.settings.bot_token.clone(), state.settings.app_token.clone()));
    let (expected, other) = if app_level { (app, bot) } else { (bot, app) };
    if token.is_empty() {
        Err(Failure::new("not_authed"))
    } else if token == expected {
        Ok(())
    } else if token == other {
        Err(Failure::new("not_allowed_token_type"))
    } else {
        Err(Failure::new("invalid_auth"))
    }
}

/// Adds `ok` and warnings, in Slack's shape.
fn finish(given: Given, args: &Args) -> Value {
    let mut answer = match given {
        Ok(answer) => answer,
        Err(failure) => failure.into_wire(),
    };
    let warnings = args.warnings();
    if let (false, Some(members)) = (warnings.is_empty(), answer.as_object_mut()) {
        members.insert("warning".to_owned(), json!(warnings.join(",")));
        let metadata = members.entry("response_metadata").or_insert_with(|| json!({}));
        if let Some(metadata) = metadata.as_object_mut() {
            metadata.insert("warnings".to_owned(), json!(warnings));
        }
    }
    answer
}
