//! One message, and how Slack writes it.

use serde_json::{Map, Value, json};

use super::seeds::{APP_ID, BOT_ID, BOT_USER, TEAM_ID};
use crate::plain;

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Author {
    /// The bot under test.
    Bot,
    /// A person, by id.
    Person(String),
    /// Somebody else's app: `extra` of the message says who (`bot_id`, `username`, `bot_profile`).
    OtherApp,
    /// Slack itself.
    Slackbot,
}

/// What a message says.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Content {
    /// Text; beside blocks, what notifications and screen readers use.
    pub(crate) text: String,
    /// Block Kit blocks.
    pub(crate) blocks: Vec<Value>,
    /// Legacy attachments.
    pub(crate) attachments: Vec<Value>,
}

impl Content {
    /// Text alone.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// Nothing that could be shown.
    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty() && self.blocks.is_empty() && self.attachments.is_empty()
    }
}

/// A reaction and who left it.
#[derive(Debug, Clone)]
pub(crate) struct Reaction {
    /// Emoji name without colons.
    pub(crate) name: String,
    /// Users, in order.
    pub(crate) users: Vec<String>,
}

/// A message in a channel or thread, or one that only one person sees.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// Channel id.
    pub(crate) channel: String,
    /// Its timestamp, which is its id within the channel.
    pub(crate) ts: String,
    /// The thread it belongs to; the same as `ts` never occurs here.
    pub(crate) thread_ts: Option<String>,
    /// Who wrote it.
    pub(crate) author: Author,
    /// What it says now.
    pub(crate) content: Content,
    /// `{event_type, event_payload}`.
    pub(crate) metadata: Option<Value>,
    /// A reply that is shown in the channel as well.
    pub(crate) broadcast: bool,
    /// How often it was updated.
    pub(crate) edits: u32,
    /// When it was last updated, as a message timestamp.
    pub(crate) edited_ts: Option<String>,
    /// Reactions in order of first use.
    pub(crate) reactions: Vec<Reaction>,
    /// The only person who sees it.
    pub(crate) only_for: Option<String>,
    /// Left in place of a deleted message that had replies.
    pub(crate) tombstone: bool,
    /// Other members of the message, kept as they came.
    pub(crate) extra: Map<String, Value>,
}

impl Message {
    /// A plain new message.
    pub(crate) fn new(channel: &str, ts: String, author: Author, content: Content) -> Self {
        Self {
            channel: channel.to_owned(),
            ts,
            thread_ts: None,
            author,
            content,
            metadata: None,
            broadcast: false,
            edits: 0,
            edited_ts: None,
            reactions: Vec::new(),
            only_for: None,
            tombstone: false,
            extra: Map::new(),
        }
    }

    /// The same, in a thread.
    pub(crate) fn in_thread(mut self, thread_ts: Option<String>) -> Self {
        self.thread_ts = thread_ts;
        self
    }

    /// Whether it stands in the channel itself.
    pub(crate) fn in_channel_view(&self) -> bool {
        self.thread_ts.is_none() || self.broadcast
    }

    /// What a screen reader gets.
    pub(crate) fn plain(&self) -> String {
        plain::content(&self.content)
    }

    /// The message as conversations.history and events write it, without what its replies add.
    ///
    /// Source: <https://docs.slack.dev/reference/events/message>
    pub(crate) fn to_wire(&self, with_metadata: bool) -> Map<String, Value> {
        let mut wire = Map::new();
        let mut put = |key: &str, value: Value| wire.insert(key.to_owned(), value);
        put("type", json!("message"));
        if let Some(subtype) = self.subtype() {
            put("subtype", json!(subtype));
        }
        put("ts", json!(self.ts));
        match &self.author {
            Author::Bot => {
                put("user", json!(BOT_USER));
                put("bot_id", json!(BOT_ID));
                put("app_id", json!(APP_ID));
                put("bot_profile", bot_profile());
            }
            Author::Person(id) => {
                put("user", json!(id));
            }
            Author::OtherApp => {}
            Author::Slackbot => {
                put("user", json!("USLACKBOT"));
            }
        }
        put("text", json!(self.content.text));
        put("team", json!(TEAM_ID));
        if !self.content.blocks.is_empty() {
            put("blocks", json!(self.content.blocks));
        }
        if !self.content.attachments.is_empty() {
            put("attachments", json!(self.content.attachments));
        }
        if let Some(thread) = &self.thread_ts {
            put("thread_ts", json!(thread));
        }
        if let Some(ts) = &self.edited_ts {
            put("edited", json!({ "user": BOT_USER, "ts": ts }));
        }
        if !self.reactions.is_empty() {
            let reactions: Vec<Value> = self
                .reactions
                .iter()
                .map(|one| json!({ "name": one.name, "users": one.users, "count": one.users.len() }))
                .collect();
            put("reactions", json!(reactions));
        }
        if let (true, Some(metadata)) = (with_metadata, &self.metadata) {
            put("metadata", metadata.clone());
        }
        for (key, value) in &self.extra {
            put(key, value.clone());
        }
        wire
    }

    fn subtype(&self) -> Option<&'static str> {
        if self.tombstone {
            Some("tombstone")
        } else if self.broadcast {
            Some("thread_broadcast")
        } else {
            None
        }
    }
}

fn bot_profile() -> Value {
    json!({
        "id": BOT_ID, "app_id": APP_ID, "name": "ecs-pull-why", "deleted": false, "updated": 1_700_000_000,
        "team_id": TEAM_ID, "icons": {},
    })
}
