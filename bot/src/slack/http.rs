//! Slack over HTTP: three addresses behind one gate.

use axum::Router;
use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::post;
use serde::Deserialize;
use serde_json::{Value, json};
use tracing::debug;

use super::api::{ResponseUrl, SlackApi};
use super::commands::{self, Command};
use super::events;
use super::gate::{Gate, Refused, Signed};
use super::interactions;
use super::render::Message;
use super::surface::Surface;

/// What the addresses share.
#[derive(Debug, Clone)]
pub struct Entrance {
    /// Who gets in.
    pub gate: Gate,
    /// What becomes of it.
    pub surface: Surface,
    /// Says what could not become a job.
    pub slack: SlackApi,
}

impl FromRef<Entrance> for Gate {
    fn from_ref(entrance: &Entrance) -> Self {
        entrance.gate.clone()
    }
}

/// `POST /slack/commands`, `/slack/events`, `/slack/interactions`.
pub fn routes(entrance: Entrance) -> Router {
    Router::new()
        .route("/slack/commands", post(command))
        .route("/slack/events", post(event))
        .route("/slack/interactions", post(interaction))
        .with_state(entrance)
}

async fn command(State(entrance): State<Entrance>, signed: Signed) -> Result<Response, Refused> {
    first_time(&entrance, &signed).await?;
    // Slack checks the certificate now and then: signed as well, and answered with nothing.
    // <https://docs.slack.dev/interactivity/implementing-slash-commands>
    if signed.body.split('&').any(|pair| pair == "ssl_check=1") {
        return Ok(StatusCode::OK.into_response());
    }
    let command: Command = serde_urlencoded::from_str(&signed.body).map_err(|_| Refused::Malformed)?;
    let message = commands::handle(&entrance.surface, command).await;
    Ok(Json(ephemeral(message)).into_response())
}

async fn event(State(entrance): State<Entrance>, signed: Signed) -> Result<Response, Refused> {
    let delivery: Value = serde_json::from_str(&signed.body).map_err(|_| Refused::Malformed)?;
    // No look at repetitions here: the job is made once for an event's id, and a delivery that Slack has to repeat
    // because Redis was away must get through.
    match events::handle(&entrance.surface, &delivery).await {
        events::Answer::Challenge(challenge) => Ok(Json(json!({ "challenge": challenge })).into_response()),
        events::Answer::Taken => Ok(StatusCode::OK.into_response()),
        events::Answer::Again => Ok(StatusCode::SERVICE_UNAVAILABLE.into_response()),
        events::Answer::Malformed => Err(Refused::Malformed),
    }
}

async fn interaction(State(entrance): State<Entrance>, signed: Signed) -> Result<Response, Refused> {
    #[derive(Deserialize)]
    struct Form {
        payload: String,
    }
    first_time(&entrance, &signed).await?;
    let form: Form = serde_urlencoded::from_str(&signed.body).map_err(|_| Refused::Malformed)?;
    let payload: Value = serde_json::from_str(&form.payload).map_err(|_| Refused::Malformed)?;
    match interactions::handle(&entrance.surface, &payload).await {
        interactions::Answer::Taken => Ok(StatusCode::OK.into_response()),
        interactions::Answer::Lost { response_url, say } => {
            tell(&entrance.slack, response_url, *say);
            Ok(StatusCode::OK.into_response())
        }
        interactions::Answer::Malformed => Err(Refused::Malformed),
    }
}

async fn first_time(entrance: &Entrance, signed: &Signed) -> Result<(), Refused> {
    if entrance.surface.is_first(&signed.signature).await {
        Ok(())
    } else {
        Err(Refused::Replayed)
    }
}

/// Says something to the person, behind the acknowledgement.
pub(super) fn tell(slack: &SlackApi, response_url: Option<String>, message: Message) {
    let Some(to) = response_url.and_then(|url| ResponseUrl::checked(&url, slack.url())) else {
        return;
    };
    let slack = slack.clone();
    tokio::spawn(async move {
        if let Err(error) = slack.respond(&to, None, &message).await {
            debug!(%error, "could not say that a press was lost");
        }
    });
}

/// A message that only the person who typed the command sees.
pub(super) fn ephemeral(message: Message) -> Value {
    let mut body = serde_json::to_value(message.content()).unwrap_or_else(|_| json!({}));
    if let Some(members) = body.as_object_mut() {
        members.insert("response_type".to_owned(), json!("ephemeral"));
    }
    body
}
