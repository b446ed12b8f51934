//! Slash commands: the signed form, and what the person sees of the answer.
//!
//! Source: <https://docs.slack.dev/interactivity/implementing-slash-commands>

use std::sync::Arc;

use serde_json::{Value, json};

use crate::Standin;
use crate::bot::{Answer, Silence};
use crate::response_url::Reply;
use crate::workspace::{APP_ID, Author, Content, Message, TEAM_DOMAIN, TEAM_ID};

const PATH: &str = "/slack/commands";

/// A command as somebody typed it; `user` and `channel` are ids.
#[derive(Debug)]
pub(crate) struct Typed {
    pub(crate) user: String,
    pub(crate) channel: String,
    pub(crate) command: String,
    pub(crate) text: String,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) status: u16,
    pub(crate) body: String,
    /// Slack's word for a failed command.
    pub(crate) error: Option<&'static str>,
    /// The message that the person, or the channel, now sees.
    pub(crate) shown: Option<Message>,
    pub(crate) response_url: String,
    pub(crate) trigger_id: String,
}

impl Standin {
    /// Runs a command as Slack does when somebody sends it.
    pub(crate) async fn run_command(self: &Arc<Self>, typed: Typed) -> Outcome {
        let now = self.clock.now();
        let (response_id, response_url) = self.give_response_url(&typed.user, &typed.channel, None, None);
        let trigger_id = self.change(|state| state.triggers.give(now));
        let known = self.read(|state| state.settings.commands.contains(&typed.command));
        let mut outcome = Outcome {
            status: 0,
            body: String::new(),
            error: None,
            shown: None,
            response_url: response_url.clone(),
            trigger_id: trigger_id.clone(),
        };
        if !known {
            let text = format!(
                "{} is not a valid command. In Slack, all messages that start with the \"/\" character are \
                 interpreted as commands.",
                typed.command
            );
            outcome.error = Some("invalid_command");
            outcome.shown = self.slack_says(&typed, text);
            return outcome;
        }
        let fields = self.fields(&typed, &response_url, &trigger_id);
        let answer = self.send_command(&fields).await;
        let failure = match &answer {
            Ok(answer) if answer.is_success() => None,
            Ok(answer) if answer.status >= 500 => Some("http_service_error"),
            Ok(_) => Some("http_client_error"),
            Err(Silence::Timeout) => Some("operation_timeout"),
            Err(_) => Some("dispatch_failed"),
        };
        if let Ok(answer) = answer {
            outcome.status = answer.status;
            outcome.body = answer.body;
        }
        outcome.error = failure;
        outcome.shown = match failure {
            None => self.show_acknowledgement(&typed, &outcome.body),
            Some("dispatch_failed") => self.slack_says(
                &typed,
                format!("{} failed because the app did not respond.", typed.command),
            ),
            Some(error) => self.slack_says(
                &typed,
                format!("{} failed with the error \"{error}\"", typed.command),
            ),
        };
        if let (None, Some(shown)) = (failure, &outcome.shown) {
            self.change(|state| {
                if let Some(url) = state.response_urls.get_mut(&response_id) {
                    url.original.get_or_insert_with(|| shown.ts.clone());
                }
            });
        }
        outcome
    }

    fn fields(&self, typed: &Typed, response_url: &str, trigger_id: &str) -> Vec<(&'static str, String)> {
        let (user_name, channel_name) = self.read(|state| {
            let user = state.workspace.user(&typed.user).map(|user| user.name.clone());
            let channel = state.workspace.channel(&typed.channel);
            (
                user.unwrap_or_default(),
                channel
                    .map(|found| found.name_for_commands().to_owned())
                    .unwrap_or_default(),
            )
        });
        vec![
            ("token", "standin-verification-token".to_owned()),
            ("team_id", TEAM_ID.to_owned()),
            ("team_domain", TEAM_DOMAIN.to_owned()),
            ("channel_id", typed.channel.clone()),
            ("channel_name", channel_name),
            ("user_id", typed.user.clone()),
            ("user_name", user_name),
            ("command", typed.command.clone()),
            ("text", typed.text.clone()),
            ("api_app_id", APP_ID.to_owned()),
            ("is_enterprise_install", "false".to_owned()),
            ("response_url", response_url.to_owned()),
            ("trigger_id", trigger_id.to_owned()),
        ]
    }

    async fn send_command(&self, fields: &[(&'static str, String)]) -> Result<Answer, Silence> {
        if self.read(|state| state.settings.socket_mode) {
            let payload = fields
                .iter()
                .map(|(key, value)| ((*key).to_owned(), json!(value)))
                .collect();
            let payload = self
                .over_socket("slash_commands", &Value::Object(payload), None)
                .await?;
            let body =
                payload.filter(|payload| payload.as_object().is_some_and(|members| !members.is_empty()));
            let body = body.map(|payload| payload.to_string()).unwrap_or_default();
            return Ok(Answer {
                status: 200,
                body,
                no_retry: false,
            });
        }
        let form = serde_urlencoded::to_string(fields).unwrap_or_default();
        self.post(PATH, "application/x-www-form-urlencoded", form, None)
            .await
    }

    /// The answer's body is the message: text as it is, or JSON with `response_type`.
    fn show_acknowledgement(self: &Arc<Self>, typed: &Typed, body: &str) -> Option<Message> {
        if body.trim().is_empty() {
            return None;
        }
        let reply = Reply::parse(body);
        let in_channel = reply.as_ref().is_some_and(|reply| reply.in_channel);
        let content = reply.map_or_else(|| Content::text(body), |reply| reply.content);
        if content.is_empty() {
            return None;
        }
        if !in_channel {
            let to = (typed.user.as_str(), typed.channel.as_str(), None);
            return self.whisper("command answer", Author::Bot, to, content).ok();
        }
        self.judge("command answer", &content).ok()?;
        let ts = self.say(&typed.channel, None, content);
        self.read(|state| state.workspace.message(&typed.channel, &ts).cloned())
    }

    fn slack_says(self: &Arc<Self>, typed: &Typed, text: String) -> Option<Message> {
        let to = (typed.user.as_str(), typed.channel.as_str(), None);
        self.whisper("slackbot", Author::Slackbot, to, Content::text(text))
            .ok()
    }
}
