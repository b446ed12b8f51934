//! conversations.*: channels and what was said in them.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::answer::{Failure, Given, failure, ok};
use super::args::Args;
use crate::Standin;
use crate::workspace::{BOT_USER, Channel, Message};

/// A channel the bot can know of: private ones only from inside.
pub(super) fn visible_channel(standin: &Standin, named: &str) -> Result<Channel, Failure> {
    let channel = standin.read(|state| state.workspace.channel(named).cloned());
    channel
        .filter(|channel| channel.bot_member || !channel.is_private)
        .ok_or_else(|| Failure::new("channel_not_found"))
}

/// A channel the bot is in.
pub(super) fn member_channel(standin: &Standin, named: &str) -> Result<Channel, Failure> {
    let channel = visible_channel(standin, named)?;
    if channel.bot_member {
        Ok(channel)
    } else {
        Err(Failure::new("not_in_channel"))
    }
}

/// <https://docs.slack.dev/reference/methods/conversations.info>
pub(super) fn info(standin: &Arc<Standin>, args: &Args) -> Given {
    let channel = visible_channel(standin, &args.required("channel")?)?;
    Ok(ok(json!({ "channel": channel.to_wire() })))
}

/// <https://docs.slack.dev/reference/methods/conversations.list>
pub(super) fn list(standin: &Arc<Standin>, args: &Args) -> Given {
    let types = args.text("types").unwrap_or_else(|| "public_channel".to_owned());
    let channels: Vec<Value> = standin.read(|state| {
        let wanted = |channel: &&Channel| match (&channel.direct_with, channel.is_private) {
            (Some(_), _) => types.contains("im"),
            (None, true) => types.contains("private_channel") && channel.bot_member,
            (None, false) => types.contains("public_channel"),
        };
        state
            .workspace
            .channels
            .iter()
            .filter(wanted)
            .map(Channel::to_wire)
            .collect()
    });
    page(&channels, args, 1_000, 100, "channels", Map::new())
}

/// <https://docs.slack.dev/reference/methods/conversations.members>: people are in every channel here.
pub(super) fn members(standin: &Arc<Standin>, args: &Args) -> Given {
    let channel = visible_channel(standin, &args.required("channel")?)?;
    let members: Vec<Value> = standin.read(|state| {
        let users = state
            .workspace
            .users
            .iter()
            .filter(|user| !user.is_bot || channel.bot_member);
        users.map(|user| json!(user.id)).collect()
    });
    page(&members, args, 1_000, 100, "members", Map::new())
}

/// <https://docs.slack.dev/reference/methods/conversations.join>
pub(super) fn join(standin: &Arc<Standin>, args: &Args) -> Given {
    let mut channel = visible_channel(standin, &args.required("channel")?)?;
    if channel.is_private {
        return failure("method_not_supported_for_channel_type");
    }
    channel.bot_member = true;
    standin.change(|state| {
        if let Some(found) = state.workspace.channel_mut(&channel.id) {
            found.bot_member = true;
        }
    });
    Ok(ok(json!({ "channel": channel.to_wire() })))
}

/// <https://docs.slack.dev/reference/methods/conversations.open>
pub(super) fn open(standin: &Arc<Standin>, args: &Args) -> Given {
    let user = args.required("users")?;
    if user == BOT_USER || standin.read(|state| state.workspace.user(&user).is_none()) {
        return failure("user_not_found");
    }
    let channel = standin.change(|state| state.workspace.direct_message(&user));
    Ok(ok(json!({ "channel": { "id": channel.id } })))
}

/// <https://docs.slack.dev/reference/methods/conversations.history>: newest first, replies left out.
pub(super) fn history(standin: &Arc<Standin>, args: &Args) -> Given {
    let channel = member_channel(standin, &args.required("channel")?)?;
    let mut messages = standin.read(|state| {
        let shown = state.workspace.messages.iter().filter(|message| {
            message.channel == channel.id && message.only_for.is_none() && message.in_channel_view()
        });
        wires(&state.workspace, shown, args)
    });
    messages.reverse();
    page(&messages, args, 999, 100, "messages", Map::new())
}

/// <https://docs.slack.dev/reference/methods/conversations.replies>: the parent, then its replies, oldest first.
pub(super) fn replies(standin: &Arc<Standin>, args: &Args) -> Given {
    let channel = member_channel(standin, &args.required("channel")?)?;
    let ts = args.required("ts")?;
    let messages = standin.read(|state| {
        let workspace = &state.workspace;
        let parent = workspace
            .message(&channel.id, &ts)
            .filter(|message| message.only_for.is_none())?;
        // The parent is given whatever the bounds say.
        let mut messages = vec![Value::Object(
            workspace.wire(parent, args.flag("include_all_metadata")),
        )];
        messages.extend(wires(workspace, workspace.replies(&channel.id, &ts), args));
        Some(messages)
    });
    let messages = messages.ok_or_else(|| Failure::new("thread_not_found"))?;
    page(&messages, args, 1_000, 1_000, "messages", Map::new())
}

/// Messages within `oldest` and `latest`, as Slack writes them.
fn wires<'a>(
    workspace: &crate::workspace::Workspace,
    messages: impl Iterator<Item = &'a Message>,
    args: &Args,
) -> Vec<Value> {
    let (oldest, latest) = (args.text("oldest"), args.text("latest"));
    let inclusive = args.flag("inclusive");
    let metadata = args.flag("include_all_metadata");
    messages
        .filter(|message| {
            let ts = micros(&message.ts);
            let after = oldest
                .as_deref()
                .map(micros)
                .is_none_or(|bound| ts > bound || (inclusive && ts == bound));
            let before = latest
                .as_deref()
                .map(micros)
                .is_none_or(|bound| ts < bound || (inclusive && ts == bound));
            after && before
        })
        .map(|message| Value::Object(workspace.wire(message, metadata)))
        .collect()
}

/// `seconds.microseconds`, or plain seconds, as a number that compares.
fn micros(ts: &str) -> i64 {
    let (seconds, fraction) = ts.split_once('.').unwrap_or((ts, ""));
    let seconds: i64 = seconds.parse().unwrap_or(0);
    let micros: i64 = format!("{fraction:0<6}")
        .get(..6)
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0);
    seconds.saturating_mul(1_000_000).saturating_add(micros)
}

/// One page of a list. Source: <https://docs.slack.dev/apis/web-api/pagination>
pub(super) fn page(
    all: &[Value],
    args: &Args,
    most: usize,
    usual: usize,
    name: &str,
    mut members: Map<String, Value>,
) -> Given {
    let from = match args.text("cursor").filter(|cursor| !cursor.is_empty()) {
        None => 0,
        Some(cursor) => cursor
            .strip_prefix("from-")
            .and_then(|from| from.parse().ok())
            .ok_or_else(|| Failure::new("invalid_cursor"))?,
    };
    let limit = args.limit(most, usual);
    let items: Vec<Value> = all.iter().skip(from).take(limit).cloned().collect();
    let more = from + items.len() < all.len();
    let cursor = if more {
        format!("from-{}", from + items.len())
    } else {
        String::new()
    };
    members.insert(name.to_owned(), json!(items));
    if name == "messages" {
        members.insert("has_more".to_owned(), json!(more));
    }
    members.insert("response_metadata".to_owned(), json!({ "next_cursor": cursor }));
    Ok(ok(Value::Object(members)))
}
