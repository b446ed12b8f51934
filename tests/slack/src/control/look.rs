//! Looking at what came of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use serde_json::{Value, json};

use super::{Mistake, Reply, channel_id, seen, user_id};
use crate::Standin;
use crate::workspace::{Channel, User, UserGroup};

type Asked = Query<BTreeMap<String, String>>;

/// `GET /control/history?channel=&thread_ts=`: a channel, or a thread with its parent; oldest first.
pub(super) async fn history(State(standin): State<Arc<Standin>>, Query(asked): Asked) -> Reply {
    let named = asked
        .get("channel")
        .ok_or_else(|| Mistake("`channel` is required".to_owned()))?;
    let thread = asked.get("thread_ts");
    standin.read(|state| {
        let channel = channel_id(&state.workspace, named)?;
        let messages = state.workspace.messages.iter().filter(|message| {
            message.channel == channel
                && message.only_for.is_none()
                && match thread {
                    Some(thread) => message.ts == *thread || message.thread_ts.as_ref() == Some(thread),
                    None => message.in_channel_view(),
                }
        });
        let messages: Vec<Value> = messages.map(|message| seen(&state.workspace, message)).collect();
        Ok(Json(json!({ "messages": messages })))
    })
}

/// `GET /control/ephemerals?user=&channel=`: what only this person saw; oldest first.
pub(super) async fn ephemerals(State(standin): State<Arc<Standin>>, Query(asked): Asked) -> Reply {
    standin.read(|state| {
        let user = asked
            .get("user")
            .map(|user| user_id(&state.workspace, user))
            .transpose()?;
        let channel = asked
            .get("channel")
            .map(|channel| channel_id(&state.workspace, channel))
            .transpose()?;
        let messages = state
            .workspace
            .messages
            .iter()
            .filter(|message| match &message.only_for {
                None => false,
                Some(only) => {
                    user.as_ref().is_none_or(|user| user == only)
                        && channel.as_ref().is_none_or(|channel| *channel == message.channel)
                }
            });
        let messages: Vec<Value> = messages.map(|message| seen(&state.workspace, message)).collect();
        Ok(Json(json!({ "messages": messages })))
    })
}

/// `GET /control/refusals`: every payload that Slack would not have taken.
pub(super) async fn refusals(State(standin): State<Arc<Standin>>) -> Reply {
    Ok(Json(standin.read(|state| json!({ "refusals": state.refusals }))))
}

/// `GET /control/traffic?direction=&what=`: raw requests and answers, oldest first.
pub(super) async fn traffic(State(standin): State<Arc<Standin>>, Query(asked): Asked) -> Reply {
    let (direction, what) = (asked.get("direction"), asked.get("what"));
    standin.read(|state| {
        let wanted: Vec<_> = state
            .traffic
            .iter()
            .filter(|exchange| direction.is_none_or(|direction| exchange.direction == direction))
            .filter(|exchange| what.is_none_or(|what| exchange.what == *what))
            .collect();
        Ok(Json(json!({ "traffic": wanted })))
    })
}

/// `GET /control/views`: modals that the bot opened.
pub(super) async fn views(State(standin): State<Arc<Standin>>) -> Reply {
    Ok(Json(
        standin.read(|state| json!({ "views": state.workspace.views })),
    ))
}

/// `GET /control/workspace`: ids of everything, status lines, and how many sockets are open.
pub(super) async fn workspace(State(standin): State<Arc<Standin>>) -> Reply {
    let now = standin.clock.now();
    let connections = standin.sockets.count();
    standin.read(|state| {
        let workspace = &state.workspace;
        let statuses: Vec<Value> = workspace
            .statuses(now)
            .into_iter()
            .map(|(channel, thread_ts, text)| json!({ "channel": channel, "thread_ts": thread_ts, "text": text }))
            .collect();
        Ok(Json(json!({
            "now": now.to_string(), "connections": connections, "statuses": statuses,
            "users": workspace.users.iter().map(User::to_wire).collect::<Vec<_>>(),
            "channels": workspace.channels.iter().map(Channel::to_wire).collect::<Vec<_>>(),
            "usergroups": workspace.usergroups.iter().map(|group| UserGroup::to_wire(group, true)).collect::<Vec<_>>(),
            "bot_url": state.settings.bot_url, "socket_mode": state.settings.socket_mode,
        })))
    })
}
