//! Slack over a socket that the bot opens: the same handlers, no public address.
//!
//! The client library keeps two connections, pings them and opens new ones; envelopes are read here, as they are:
//! its own types leave out parts of messages that alarms are known by.
//! <https://docs.slack.dev/apis/events-api/using-socket-mode>

use std::sync::{Arc, OnceLock, Weak};

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use slack_morphism::clients_manager::{SlackSocketModeClientsManager, SlackSocketModeClientsManagerFactory};
use slack_morphism::listener::SlackClientEventsListenerEnvironment;
use slack_morphism::{
    SlackApiToken, SlackClientSocketModeConfig, SlackSocketModeClientListener, SlackSocketModeWssClientId,
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::api::SlackApi;
use super::commands::{self, Command};
use super::http::{ephemeral, tell};
use super::surface::Surface;
use super::{events, interactions};

/// One message of Slack's over the socket.
#[derive(Debug, Deserialize)]
struct Envelope {
    #[serde(rename = "type")]
    kind: String,
    #[serde(rename = "envelope_id", default)]
    id: Option<String>,
    #[serde(default)]
    payload: Value,
}

type Manager = dyn SlackSocketModeClientsManager + Send + Sync;

struct Listener {
    surface: Surface,
    slack: SlackApi,
    manager: OnceLock<Weak<Manager>>,
}

/// Receives over sockets until `shutdown` is cancelled. A Slack that is away is waited for.
pub async fn receive(
    surface: Surface,
    slack: SlackApi,
    app_token: &SecretString,
    shutdown: CancellationToken,
) {
    let client = slack.client();
    let environment = Arc::new(SlackClientEventsListenerEnvironment::new(Arc::clone(&client)));
    let manager = client.http_api.connector.new_clients_manager(environment);
    let listener = Arc::new(Listener {
        surface,
        slack,
        manager: OnceLock::new(),
    });
    let _ = listener.manager.set(Arc::downgrade(&manager));
    // Both connections at once, and back soon after a break: what is not acknowledged is delivered again.
    let config = SlackClientSocketModeConfig::new()
        .with_initial_backoff_in_seconds(0)
        .with_reconnect_timeout_in_seconds(2);
    let token = SlackApiToken::new(app_token.expose_secret().into());
    if manager
        .register_new_token(&config, token, listener)
        .await
        .is_err()
    {
        warn!("could not prepare Socket Mode");
        return;
    }
    info!("opening Socket Mode connections");
    manager.start().await;
    shutdown.cancelled().await;
    manager.shutdown().await;
}

impl Listener {
    async fn restart(&self, client_id: &SlackSocketModeWssClientId) {
        if let Some(manager) = self.manager.get().and_then(Weak::upgrade) {
            manager.restart_client(client_id).await;
        }
    }

    /// What to acknowledge with; `None`: not at all, so that Slack delivers again.
    async fn answer(&self, envelope: &Envelope) -> Option<Value> {
        match envelope.kind.as_str() {
            "slash_commands" => match Command::deserialize(&envelope.payload) {
                Ok(command) => Some(ephemeral(commands::handle(&self.surface, command).await)),
                Err(error) => {
                    warn!(%error, "a slash command that cannot be read");
                    Some(Value::Null)
                }
            },
            "events_api" => match events::handle(&self.surface, &envelope.payload).await {
                events::Answer::Again => None,
                _ => Some(Value::Null),
            },
            "interactive" => {
                if let interactions::Answer::Lost { response_url, say } =
                    interactions::handle(&self.surface, &envelope.payload).await
                {
                    tell(&self.slack, response_url, *say);
                }
                Some(Value::Null)
            }
            other => {
                debug!(kind = other, "envelope of another kind");
                Some(Value::Null)
            }
        }
    }
}

#[async_trait::async_trait]
impl SlackSocketModeClientListener for Listener {
    async fn on_message(
        &self,
        client_id: &SlackSocketModeWssClientId,
        message_body: String,
    ) -> Option<String> {
        let envelope: Envelope = match serde_json::from_str(&message_body) {
            Ok(envelope) => envelope,
            Err(error) => {
                warn!(%error, "an envelope that cannot be read");
                return None;
            }
        };
        match (envelope.kind.as_str(), &envelope.id) {
            ("hello", _) => {
                info!("a Socket Mode connection is open");
                None
            }
            ("disconnect", _) => {
                self.restart(client_id).await;
                None
            }
            (_, None) => None,
            (_, Some(id)) => {
                let payload = self.answer(&envelope).await?;
                let acknowledgement = if payload.is_null() {
                    json!({ "envelope_id": id })
                } else {
                    json!({ "envelope_id": id, "payload": payload })
                };
                Some(acknowledgement.to_string())
            }
        }
    }

    async fn on_error(&self, error: Box<dyn std::error::Error + Send + Sync + 'static>) {
        // Its words may repeat a whole envelope.
        drop(error);
        warn!("a Socket Mode connection failed");
    }

    async fn on_disconnect(&self, client_id: &SlackSocketModeWssClientId) {
        self.restart(client_id).await;
    }
}
