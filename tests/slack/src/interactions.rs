//! Presses of buttons and choices in menus: `block_actions`.
//!
//! Slack looks the pressed element up in the message, so a client cannot send a value that is not there; nor can
//! this one. The confirm dialog is Slack's own affair: the payload does not say that it was shown.
//!
//! Source: <https://docs.slack.dev/reference/interaction-payloads/block_actions-payload>

mod controls;

use std::sync::Arc;

use serde_json::{Value, json};

use crate::Standin;
use crate::bot::Silence;
use crate::workspace::{APP_ID, Message, TEAM_DOMAIN, TEAM_ID};
pub(crate) use controls::{Control, Wanted};

const PATH: &str = "/slack/interactions";

/// What came of a press.
#[derive(Debug)]
pub(crate) struct Pressed {
    pub(crate) status: u16,
    pub(crate) body: String,
    /// What the person sees as a warning beside the message.
    pub(crate) error: Option<&'static str>,
    pub(crate) response_url: String,
    pub(crate) trigger_id: String,
}

impl Standin {
    /// Finds the message that `user` sees at this place, and in it the control that is wanted.
    pub(crate) fn find_control(
        &self,
        user: &str,
        channel: &str,
        ts: &str,
        wanted: &Wanted,
    ) -> Result<(Message, Control), String> {
        let message = self
            .read(|state| state.workspace.message(channel, ts).cloned())
            .filter(|message| message.only_for.as_deref().is_none_or(|only| only == user))
            .ok_or_else(|| format!("no message `{ts}` in `{channel}` that `{user}` sees"))?;
        let control = controls::find(&message.content, wanted)?;
        Ok((message, control))
    }

    /// Sends one press to the bot.
    pub(crate) async fn press(self: &Arc<Self>, user: &str, message: &Message, control: &Control) -> Pressed {
        let now = self.clock.now();
        let thread = message.thread_ts.clone();
        let original = Some(message.ts.clone());
        let (_, response_url) = self.give_response_url(user, &message.channel, thread, original);
        let (trigger_id, action_ts) =
            self.change(|state| (state.triggers.give(now), state.workspace.next_ts(now)));
        let payload = self.payload(
            user,
            message,
            &control.action(&action_ts),
            &response_url,
            &trigger_id,
        );
        let answer = if self.read(|state| state.settings.socket_mode) {
            self.over_socket("interactive", &payload, None)
                .await
                .map(|_| (200, String::new()))
        } else {
            let form = serde_urlencoded::to_string([("payload", payload.to_string())]).unwrap_or_default();
            let answer = self
                .post(PATH, "application/x-www-form-urlencoded", form, None)
                .await;
            answer.map(|answer| (answer.status, answer.body))
        };
        let error = match &answer {
            Ok((200..=299, _)) => None,
            Ok((500.., _)) => Some("http_service_error"),
            Ok(_) => Some("http_client_error"),
            Err(Silence::Timeout) => Some("operation_timeout"),
            Err(_) => Some("dispatch_failed"),
        };
        let (status, body) = answer.unwrap_or_default();
        Pressed {
            status,
            body,
            error,
            response_url,
            trigger_id,
        }
    }

    fn payload(
        &self,
        user: &str,
        message: &Message,
        action: &Value,
        response_url: &str,
        trigger_id: &str,
    ) -> Value {
        let (user_name, channel_name, wire) = self.read(|state| {
            let name = state
                .workspace
                .user(user)
                .map(|user| user.name.clone())
                .unwrap_or_default();
            let channel = state.workspace.channel(&message.channel);
            let channel = channel
                .map(|channel| channel.name_for_commands().to_owned())
                .unwrap_or_default();
            (name, channel, state.workspace.wire(message, true))
        });
        let ephemeral = message.only_for.is_some();
        let mut container = json!({
            "type": "message", "message_ts": message.ts, "channel_id": message.channel, "is_ephemeral": ephemeral,
        });
        let mut payload = json!({
            "type": "block_actions",
            "user": { "id": user, "username": user_name, "name": user_name, "team_id": TEAM_ID },
            "api_app_id": APP_ID, "token": "standin-verification-token",
            "trigger_id": trigger_id,
            "team": { "id": TEAM_ID, "domain": TEAM_DOMAIN },
            "enterprise": null, "is_enterprise_install": false,
            "channel": { "id": message.channel, "name": channel_name },
            "state": { "values": {} },
            "response_url": response_url,
            "actions": [action],
        });
        if let (Some(thread), Some(members)) = (&message.thread_ts, container.as_object_mut()) {
            members.insert("thread_ts".to_owned(), json!(thread));
        }
        if let Some(members) = payload.as_object_mut() {
            members.insert("container".to_owned(), container);
            // Slack does not send back what only one person saw.
            if !ephemeral {
                members.insert("message".to_owned(), Value::Object(wire));
            }
        }
        payload
    }
}
