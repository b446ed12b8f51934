//! chat.*: messages posted, changed and deleted.

use std::sync::Arc;

use serde_json::{Value, json};

use super::answer::{Failure, Given, failure, ok};
use super::args::Args;
use super::conversations::{member_channel, visible_channel};
use crate::Standin;
use crate::limits;
use crate::workspace::{Author, Channel, Content, Message};

/// Characters of `markdown_text`. Source: <https://docs.slack.dev/reference/methods/chat.postMessage>
const MARKDOWN_TEXT: usize = 12_000;

/// <https://docs.slack.dev/reference/methods/chat.postMessage>
pub(super) fn post(standin: &Arc<Standin>, args: &Args) -> Given {
    let channel = destination(standin, args)?;
    let content = content(args)?;
    if content.is_empty() {
        return failure("no_text");
    }
    standin.judge("chat.postMessage", &content)?;
    let thread_ts = thread(standin, &channel, args)?;
    let metadata = metadata(args)?.filter(|metadata| !metadata.is_null());
    let now = standin.clock.now();
    let ts = standin.change(|state| state.workspace.next_ts(now));
    let mut message = Message::new(&channel.id, ts.clone(), Author::Bot, content).in_thread(thread_ts);
    message.broadcast = message.thread_ts.is_some() && args.flag("reply_broadcast");
    message.metadata = metadata;
    let wire = standin.publish(message);
    Ok(ok(json!({ "channel": channel.id, "ts": ts, "message": wire })))
}

/// <https://docs.slack.dev/reference/methods/chat.update>
pub(super) fn update(standin: &Arc<Standin>, args: &Args) -> Given {
    let channel = visible_channel(standin, &args.required("channel")?)?;
    let ts = args.required("ts")?;
    let message = own(standin, &channel, &ts, "cant_update_message")?;
    let given = content(args)?;
    let content = Content {
        text: args
            .text("text")
            .map_or_else(|| message.content.text.clone(), |_| given.text),
        // Blocks and attachments stay unless they are named: an empty list removes them.
        blocks: if args.has("blocks") || args.has("markdown_text") {
            given.blocks
        } else {
            message.content.blocks
        },
        attachments: if args.has("attachments") {
            given.attachments
        } else {
            message.content.attachments
        },
    };
    if content.is_empty() {
        return failure("no_text");
    }
    limits::update(&content).inspect_err(|refused| {
        standin.refuse(
            "chat.update",
            refused,
            &json!({ "text": content.text, "blocks": content.blocks }),
        );
    })?;
    let metadata = metadata(args)?;
    let text = content.text.clone();
    let wire = standin
        .amend(&channel.id, &ts, content, metadata)
        .ok_or_else(|| Failure::new("message_not_found"))?;
    Ok(ok(
        json!({ "channel": channel.id, "ts": ts, "text": text, "message": wire }),
    ))
}

/// <https://docs.slack.dev/reference/methods/chat.delete>
pub(super) fn delete(standin: &Arc<Standin>, args: &Args) -> Given {
    let channel = visible_channel(standin, &args.required("channel")?)?;
    let ts = args.required("ts")?;
    own(standin, &channel, &ts, "cant_delete_message")?;
    standin.withdraw(&channel.id, &ts);
    Ok(ok(json!({ "channel": channel.id, "ts": ts })))
}

/// <https://docs.slack.dev/reference/methods/chat.postEphemeral>
pub(super) fn post_ephemeral(standin: &Arc<Standin>, args: &Args) -> Given {
    let channel = member_channel(standin, &args.required("channel")?)?;
    let user = args.required("user")?;
    if standin.read(|state| state.workspace.user(&user).is_none()) {
        return failure("user_not_in_channel");
    }
    let content = content(args)?;
    if content.is_empty() {
        return failure("no_text");
    }
    let thread_ts = thread(standin, &channel, args)?;
    let message = standin.whisper(
        "chat.postEphemeral",
        Author::Bot,
        (&user, &channel.id, thread_ts),
        content,
    )?;
    Ok(ok(json!({ "message_ts": message.ts })))
}

/// <https://docs.slack.dev/reference/methods/chat.getPermalink>
pub(super) fn permalink(standin: &Arc<Standin>, args: &Args) -> Given {
    let channel = visible_channel(standin, &args.required("channel")?)?;
    let ts = args.required("message_ts")?;
    let message = standin.read(|state| state.workspace.message(&channel.id, &ts).cloned());
    let message = message.ok_or_else(|| Failure::new("message_not_found"))?;
    let mut link = format!(
        "{}/archives/{}/p{}",
        standin.address,
        channel.id,
        ts.replace('.', "")
    );
    if let Some(thread) = &message.thread_ts {
        link = format!("{link}?thread_ts={thread}&cid={}", channel.id);
    }
    Ok(ok(json!({ "channel": channel.id, "permalink": link })))
}

/// Where a message goes: a channel the bot is in (or may post to all the same), or somebody's direct messages.
fn destination(standin: &Standin, args: &Args) -> Result<Channel, Failure> {
    let named = args.required("channel")?;
    if standin.read(|state| state.workspace.user(&named).is_some()) {
        return Ok(standin.change(|state| state.workspace.direct_message(&named)));
    }
    let channel = visible_channel(standin, &named)?;
    let public = standin.read(|state| {
        state
            .settings
            .scopes
            .iter()
            .any(|scope| scope == "chat:write.public")
    });
    if channel.bot_member || (public && !channel.is_private) {
        Ok(channel)
    } else {
        Err(Failure::new("not_in_channel"))
    }
}

fn content(args: &Args) -> Result<Content, Failure> {
    let mut content = Content {
        text: args.text("text").unwrap_or_default(),
        blocks: args.list("blocks", "invalid_blocks_format")?.unwrap_or_default(),
        attachments: args
            .list("attachments", "invalid_attachments")?
            .unwrap_or_default(),
    };
    if let Some(markdown) = args.text("markdown_text") {
        if !content.is_empty() {
            return Err(Failure::new("markdown_text_conflict"));
        }
        if markdown.chars().count() > MARKDOWN_TEXT {
            return Err(Failure::new("msg_too_long"));
        }
        content.blocks = vec![json!({ "type": "markdown", "text": markdown })];
        content.text = markdown;
    }
    Ok(content)
}

/// The thread that is meant, by its parent or by one of its replies.
fn thread(standin: &Standin, channel: &Channel, args: &Args) -> Result<Option<String>, Failure> {
    match args.text("thread_ts").filter(|ts| !ts.is_empty()) {
        None => Ok(None),
        Some(ts) => {
            let root = standin.read(|state| state.workspace.thread_root(&channel.id, &ts));
            root.map(Some).ok_or_else(|| Failure::new("thread_not_found"))
        }
    }
}

/// Null stands for an empty object, which removes it; `None` leaves it as it is.
///
/// Source: <https://docs.slack.dev/messaging/message-metadata>
fn metadata(args: &Args) -> Result<Option<Value>, Failure> {
    let Some(metadata) = args.json("metadata", "invalid_metadata_format")? else {
        return Ok(None);
    };
    let members = metadata
        .as_object()
        .ok_or_else(|| Failure::new("invalid_metadata_format"))?;
    if members.is_empty() {
        return Ok(Some(Value::Null));
    }
    let named = members.get("event_type").is_some_and(Value::is_string);
    let filled = members.get("event_payload").is_some_and(Value::is_object);
    if named && filled {
        Ok(Some(metadata))
    } else {
        Err(Failure::new("invalid_metadata_schema"))
    }
}

fn own(standin: &Standin, channel: &Channel, ts: &str, otherwise: &str) -> Result<Message, Failure> {
    let message = standin.read(|state| state.workspace.message(&channel.id, ts).cloned());
    // Ephemeral messages have no `ts` that the Web API knows.
    let message = message.filter(|message| message.only_for.is_none());
    let message = message.ok_or_else(|| Failure::new("message_not_found"))?;
    if message.author == Author::Bot {
        Ok(message)
    } else {
        Err(Failure::new(otherwise))
    }
}
