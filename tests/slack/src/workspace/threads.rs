//! Threads: which messages belong together, and what replies add to their parent.

use serde_json::{Map, Value, json};

use super::{Author, BOT_USER, Message, Workspace};

impl Workspace {
    /// The parent of the thread that `ts` belongs to: itself, or what it replies to.
    pub(crate) fn thread_root(&self, channel: &str, ts: &str) -> Option<String> {
        let message = self
            .message(channel, ts)
            .filter(|message| message.only_for.is_none())?;
        Some(message.thread_ts.clone().unwrap_or_else(|| message.ts.clone()))
    }

    /// The replies of a thread, oldest first; no ephemeral ones.
    pub(crate) fn replies<'a>(
        &'a self,
        channel: &'a str,
        thread_ts: &'a str,
    ) -> impl Iterator<Item = &'a Message> {
        self.messages.iter().filter(move |message| {
            message.channel == channel
                && message.only_for.is_none()
                && message.thread_ts.as_deref() == Some(thread_ts)
        })
    }

    /// A message as Slack writes it, with what its replies add.
    pub(crate) fn wire(&self, message: &Message, with_metadata: bool) -> Map<String, Value> {
        let mut wire = message.to_wire(with_metadata);
        if let Some(thread) = &message.thread_ts {
            if let Some(user) = self.message(&message.channel, thread).and_then(author_id) {
                wire.insert("parent_user_id".to_owned(), json!(user));
            }
            return wire;
        }
        let replies: Vec<&Message> = self.replies(&message.channel, &message.ts).collect();
        let Some(latest) = replies.last() else {
            return wire;
        };
        let mut users: Vec<String> = Vec::new();
        for user in replies.iter().filter_map(|reply| author_id(reply)) {
            if !users.contains(&user) {
                users.push(user);
            }
        }
        wire.insert("thread_ts".to_owned(), json!(message.ts));
        wire.insert("reply_count".to_owned(), json!(replies.len()));
        wire.insert("reply_users_count".to_owned(), json!(users.len()));
        wire.insert("reply_users".to_owned(), json!(users));
        wire.insert("latest_reply".to_owned(), json!(latest.ts));
        wire.insert("is_locked".to_owned(), json!(false));
        wire
    }
}

fn author_id(message: &Message) -> Option<String> {
    match &message.author {
        Author::Bot => Some(BOT_USER.to_owned()),
        Author::Person(id) => Some(id.clone()),
        Author::Slackbot => Some("USLACKBOT".to_owned()),
        Author::OtherApp => {
            let id = message.extra.get("user").or_else(|| message.extra.get("bot_id"));
            id.and_then(Value::as_str).map(str::to_owned)
        }
    }
}
