//! What the workspace holds: people, channels, messages, threads, reactions.
//!
//! Pure state. Who may do what is decided by the Web API rooms; this only keeps and finds.

mod message;
mod people;
mod seeds;
mod threads;

pub(crate) use message::{Author, Content, Message, Reaction};
pub(crate) use people::{Channel, User, UserGroup};
pub(crate) use seeds::{APP_ID, BOT_ID, BOT_USER, TEAM_DOMAIN, TEAM_ID, TEAM_NAME};

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::clock::later;

/// The state of one workspace in which the app is installed.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    /// Everybody, the bot included.
    pub(crate) users: Vec<User>,
    /// Channels and direct messages.
    pub(crate) channels: Vec<Channel>,
    /// User groups (`@sre-oncall`).
    pub(crate) usergroups: Vec<UserGroup>,
    /// Messages of all channels in order of time, ephemeral ones included.
    pub(crate) messages: Vec<Message>,
    /// Views the bot has opened, as Slack answered them.
    pub(crate) views: Vec<Value>,
    statuses: Vec<Status>,
    last_micros: i64,
    last_number: u64,
}

/// An `assistant.threads.setStatus` line under a thread.
#[derive(Debug)]
struct Status {
    channel: String,
    thread_ts: String,
    text: String,
    until: Timestamp,
}

/// How long a thread's status stays when no message clears it.
///
/// Source: <https://docs.slack.dev/reference/methods/assistant.threads.setStatus>
const STATUS_LIFE: Duration = Duration::from_mins(2);

impl Workspace {
    /// A message timestamp (`seconds.microseconds`) that no other message has.
    pub(crate) fn next_ts(&mut self, now: Timestamp) -> String {
        let micros = now.as_microsecond().max(self.last_micros + 1);
        self.last_micros = micros;
        format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
    }

    /// A number never given out before, for ids.
    pub(crate) fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// The user with this id or name (`@` allowed).
    pub(crate) fn user(&self, id_or_name: &str) -> Option<&User> {
        let name = id_or_name.trim_start_matches('@');
        self.users
            .iter()
            .find(|user| user.id == name || user.name.eq_ignore_ascii_case(name))
    }

    /// The channel with this id or name (`#` allowed).
    pub(crate) fn channel(&self, id_or_name: &str) -> Option<&Channel> {
        let name = id_or_name.trim_start_matches('#');
        self.channels
            .iter()
            .find(|channel| channel.id == name || channel.name == name)
    }

    /// The same, to change it.
    pub(crate) fn channel_mut(&mut self, id_or_name: &str) -> Option<&mut Channel> {
        let name = id_or_name.trim_start_matches('#');
        self.channels
            .iter_mut()
            .find(|channel| channel.id == name || channel.name == name)
    }

    /// The direct-message channel between the bot and a user, opened when there is none yet.
    pub(crate) fn direct_message(&mut self, user: &str) -> Channel {
        let id = format!("D{}", user.get(1..).unwrap_or_default());
        if let Some(channel) = self.channel(&id) {
            return channel.clone();
        }
        let channel = Channel::direct(id, user);
        self.channels.push(channel.clone());
        channel
    }

    /// The message at this place.
    pub(crate) fn message(&self, channel: &str, ts: &str) -> Option<&Message> {
        self.messages
            .iter()
            .find(|message| message.channel == channel && message.ts == ts)
    }

    /// The same, to change it.
    pub(crate) fn message_mut(&mut self, channel: &str, ts: &str) -> Option<&mut Message> {
        self.messages
            .iter_mut()
            .find(|message| message.channel == channel && message.ts == ts)
    }

    /// Adds a message; the bot's messages end the status of their thread.
    pub(crate) fn add(&mut self, message: Message) {
        if message.author == Author::Bot {
            let thread = message.thread_ts.as_deref().unwrap_or(&message.ts);
            self.statuses
                .retain(|status| status.channel != message.channel || status.thread_ts != thread);
        }
        self.messages.push(message);
    }

    /// Takes a message away.
    pub(crate) fn remove(&mut self, channel: &str, ts: &str) -> Option<Message> {
        let at = self
            .messages
            .iter()
            .position(|message| message.channel == channel && message.ts == ts)?;
        Some(self.messages.remove(at))
    }

    /// Sets the status line of a thread; an empty text clears it.
    pub(crate) fn set_status(&mut self, channel: &str, thread_ts: &str, text: &str, now: Timestamp) {
        self.statuses
            .retain(|status| status.channel != channel || status.thread_ts != thread_ts);
        if !text.is_empty() {
            self.statuses.push(Status {
                channel: channel.to_owned(),
                thread_ts: thread_ts.to_owned(),
                text: text.to_owned(),
                until: later(now, STATUS_LIFE),
            });
        }
    }

    /// The status lines that still stand: channel, thread, text.
    pub(crate) fn statuses(&self, now: Timestamp) -> Vec<(&str, &str, &str)> {
        self.statuses
            .iter()
            .filter(|status| status.until > now)
            .map(|status| {
                (
                    status.channel.as_str(),
                    status.thread_ts.as_str(),
                    status.text.as_str(),
                )
            })
            .collect()
    }
}
