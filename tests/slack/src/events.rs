//! The Events API: `event_callback`s with retries, and `url_verification`.
//!
//! Source: <https://docs.slack.dev/apis/events-api>

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::Standin;
use crate::bot::Answer;
use crate::workspace::{APP_ID, BOT_USER, TEAM_ID};

const PATH: &str = "/slack/events";

impl Standin {
    /// Sends an event about `channel`, unless the bot is not in it or the app not subscribed. Returns at once;
    /// delivery goes on alone.
    pub(crate) fn emit(self: &Arc<Self>, channel: &str, event: Map<String, Value>) {
        let subscription = subscription(&event);
        let heard = self.read(|state| {
            let member = state
                .workspace
                .channel(channel)
                .is_some_and(|found| found.bot_member);
            member && state.settings.events.contains(&subscription)
        });
        if heard {
            let callback = self.callback(&Value::Object(event));
            let standin = Arc::clone(self);
            tokio::spawn(async move { standin.deliver(&callback).await });
        }
    }

    /// Wraps an event as Slack does, with an id of its own.
    pub(crate) fn callback(&self, event: &Value) -> Value {
        let number = self.change(|state| state.workspace.next_number());
        let channel = event
            .get("channel")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        json!({
            "token": "standin-verification-token", "team_id": TEAM_ID, "context_team_id": TEAM_ID,
            "context_enterprise_id": null, "api_app_id": APP_ID, "event": event, "type": "event_callback",
            "event_id": format!("Ev0{number:08}"), "event_time": self.clock.now().as_second(),
            "authorizations": [{
                "enterprise_id": null, "team_id": TEAM_ID, "user_id": BOT_USER, "is_bot": true,
                "is_enterprise_install": false,
            }],
            "is_ext_shared_channel": false, "event_context": format!("4-standin-{number}-{channel}"),
        })
    }

    /// Delivers a callback until it is acknowledged, with Slack's retries.
    async fn deliver(&self, callback: &Value) {
        let delays = self.read(|state| state.settings.retry_delays.clone());
        let mut reason = match self.attempt(callback, None).await {
            Ok(()) => return,
            Err(reason) => reason,
        };
        for (at, delay) in delays.into_iter().enumerate() {
            let Some(why) = reason else { return };
            self.clock.sleep(delay).await;
            reason = match self.attempt(callback, Some((at + 1, why))).await {
                Ok(()) => return,
                Err(reason) => reason,
            };
        }
    }

    /// One delivery. `Err(None)`: failed, and the bot asked not to be sent it again.
    async fn attempt(
        &self,
        callback: &Value,
        retry: Option<(usize, &str)>,
    ) -> Result<(), Option<&'static str>> {
        if self.read(|state| state.settings.socket_mode) {
            return match self.over_socket("events_api", callback, retry).await {
                Ok(_) => Ok(()),
                Err(_) => Err(Some("timeout")),
            };
        }
        match self
            .post(PATH, "application/json", callback.to_string(), retry)
            .await
        {
            Ok(answer) if answer.is_success() => Ok(()),
            Ok(answer) => Err((!answer.no_retry).then_some("http_error")),
            Err(silence) => Err(Some(silence.reason())),
        }
    }

    /// Delivers a callback `times` times whatever the bot answers, as Slack does when answers get lost.
    pub(crate) async fn deliver_times(&self, callback: &Value, times: usize) -> Vec<Value> {
        let mut deliveries = Vec::new();
        for at in 0..times {
            let retry = (at > 0).then_some((at, "http_timeout"));
            let outcome = self.attempt(callback, retry).await;
            deliveries.push(json!({ "acknowledged": outcome.is_ok(), "reason": outcome.err().flatten() }));
        }
        deliveries
    }

    /// Sends `url_verification` as Slack does when a request URL is saved: whether the challenge came back.
    pub(crate) async fn verify_url(&self) -> Value {
        let number = self.change(|state| state.workspace.next_number());
        let challenge = format!("challenge-{number}");
        let body = json!({ "token": "standin-verification-token", "challenge": challenge, "type": "url_verification" });
        match self.post(PATH, "application/json", body.to_string(), None).await {
            Ok(answer) => {
                json!({ "verified": answer.is_success() && repeats(&answer, &challenge), "status": answer.status })
            }
            Err(silence) => json!({ "verified": false, "error": silence.reason() }),
        }
    }
}

/// What an app subscribes to for this event: its type, with the kind of channel for messages.
///
/// Source: <https://docs.slack.dev/reference/events>
fn subscription(event: &Map<String, Value>) -> String {
    let text = |key: &str| event.get(key).and_then(Value::as_str).unwrap_or_default();
    match (text("type"), text("channel_type")) {
        ("message", "channel") => "message.channels".to_owned(),
        ("message", "group") => "message.groups".to_owned(),
        ("message", kind) => format!("message.{kind}"),
        (kind, _) => kind.to_owned(),
    }
}

/// The challenge comes back as plain text, as JSON, or as a form.
fn repeats(answer: &Answer, challenge: &str) -> bool {
    let json: Option<Value> = serde_json::from_str(&answer.body).ok();
    json.and_then(|json| {
        json.get("challenge")
            .and_then(Value::as_str)
            .map(|got| got == challenge)
    })
    .unwrap_or_else(|| answer.body.trim().trim_start_matches("challenge=") == challenge)
}
