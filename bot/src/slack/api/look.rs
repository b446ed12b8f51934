//! What `doctor` asks of Slack: calls that change nothing.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use super::{ANSWER_WITHIN, Nothing, SlackApi, SlackError};
use crate::slack::render::Message;

/// A channel, as far as it matters whether alarms are seen there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Channel {
    /// Its name, without `#`.
    #[serde(default)]
    pub name: String,
    /// Whether the bot is in it.
    #[serde(default)]
    pub is_member: bool,
    /// Whether nobody can write there any more.
    #[serde(default)]
    pub is_archived: bool,
}

/// A person, as far as it matters whether they can press a button.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Person {
    /// Whether the account is closed.
    #[serde(default)]
    pub deleted: bool,
    /// Whether it is an app's.
    #[serde(default)]
    pub is_bot: bool,
}

impl SlackApi {
    /// Looks a channel up. <https://docs.slack.dev/reference/methods/conversations.info>
    ///
    /// # Errors
    /// Where Slack knows no such channel, keeps it from the bot, or does not answer.
    pub async fn channel(&self, channel: &str) -> Result<Channel, SlackError> {
        #[derive(Deserialize)]
        struct Info {
            channel: Channel,
        }
        let query = BTreeMap::from([("channel", channel)]);
        self.get("conversations.info", &query)
            .await
            .map(|info: Info| info.channel)
    }

    /// Looks a person up. <https://docs.slack.dev/reference/methods/users.info>
    ///
    /// # Errors
    /// Where Slack knows nobody of that id, the token lacks `users:read`, or there is no answer.
    pub async fn person(&self, user: &str) -> Result<Person, SlackError> {
        #[derive(Deserialize)]
        struct Info {
            user: Person,
        }
        let query = BTreeMap::from([("user", user)]);
        self.get("users.info", &query).await.map(|info: Info| info.user)
    }

    /// Asks for an address to connect to, and does not: proves an app-level token, which this client must hold in
    /// place of the bot's. The address is a credential and dropped.
    /// <https://docs.slack.dev/reference/methods/apps.connections.open>
    ///
    /// # Errors
    /// Where Slack refuses the token, Socket Mode is off, or there is no answer.
    pub async fn may_connect(&self) -> Result<(), SlackError> {
        self.call::<Nothing>("apps.connections.open", &json!({}), ANSWER_WITHIN)
            .await
            .map(|_| ())
    }

    /// Has Slack judge a message without posting it. <https://docs.slack.dev/reference/methods/blocks.validate>
    ///
    /// # Errors
    /// `invalid_message` where it would not be taken; where there is no such method, or no answer.
    pub async fn validate(&self, message: Message) -> Result<(), SlackError> {
        let message = serde_json::to_string(&message.content()).unwrap_or_default();
        self.call::<Nothing>("blocks.validate", &json!({ "message": message }), ANSWER_WITHIN)
            .await
            .map(|_| ())
    }
}
