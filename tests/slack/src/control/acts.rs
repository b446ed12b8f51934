//! Acting as the workspace's people and as other apps.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Mistake, Reply, channel_id, seen, user_id};
use crate::Standin;
use crate::commands::Typed;
use crate::interactions::{Pressed, Wanted};
use crate::workspace::{Author, BOT_USER, Content, Message, TEAM_ID};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Typing {
    user: String,
    channel: String,
    /// The app's first command when left out.
    command: Option<String>,
    #[serde(default)]
    text: String,
}

/// `POST /control/command`: types a slash command and waits for its acknowledgement.
pub(super) async fn command(State(standin): State<Arc<Standin>>, Json(given): Json<Typing>) -> Reply {
    let typed = standin.read(|state| {
        Ok(Typed {
            user: user_id(&state.workspace, &given.user)?,
            channel: channel_id(&state.workspace, &given.channel)?,
            command: given
                .command
                .or_else(|| state.settings.commands.first().cloned())
                .unwrap_or_default(),
            text: given.text,
        })
    })?;
    let outcome = standin.run_command(typed).await;
    let shown = outcome
        .shown
        .as_ref()
        .map(|shown| standin.read(|state| seen(&state.workspace, shown)));
    let ephemeral = outcome
        .shown
        .as_ref()
        .is_some_and(|shown| shown.only_for.is_some());
    Ok(Json(json!({
        "ack": { "status": outcome.status, "body": outcome.body, "error": outcome.error },
        "ephemeral": shown.as_ref().filter(|_| ephemeral),
        "message": shown.as_ref().filter(|_| !ephemeral),
        "response_url": outcome.response_url,
        "trigger_id": outcome.trigger_id,
    })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMessage {
    channel: String,
    /// Who writes `text`.
    user: Option<String>,
    #[serde(default)]
    text: String,
    thread_ts: Option<String>,
    /// A whole message event of another app, to be delivered as it is; `channel` and timestamps are set here.
    event: Option<Map<String, Value>>,
    /// Delivers the event this often under one `event_id`, whatever the bot answers.
    deliveries: Option<usize>,
}

/// `POST /control/message`: a person writes, or another app posts.
pub(super) async fn message(State(standin): State<Arc<Standin>>, Json(given): Json<NewMessage>) -> Reply {
    let now = standin.clock.now();
    let (channel, user, ts) = standin.change(|state| {
        let channel = state.workspace.channel(&given.channel).cloned();
        let channel = channel.ok_or_else(|| Mistake(format!("no channel `{}`", given.channel)))?;
        let user = given
            .user
            .as_deref()
            .map(|user| user_id(&state.workspace, user))
            .transpose()?;
        Ok((channel, user, state.workspace.next_ts(now)))
    })?;
    let Some(mut event) = given.event else {
        let user = user.ok_or_else(|| Mistake("`user` or `event` is required".to_owned()))?;
        let message = Message::new(
            &channel.id,
            ts.clone(),
            Author::Person(user),
            Content::text(given.text),
        );
        standin.publish(message.in_thread(given.thread_ts));
        return Ok(Json(json!({ "channel": channel.id, "ts": ts })));
    };
    let subtype = event.get("subtype").and_then(Value::as_str).unwrap_or_default();
    // Of messages that another app changed or deleted, the event is all there is.
    let appears = !matches!(subtype, "message_changed" | "message_deleted");
    for (key, value) in [
        ("type", json!("message")),
        ("channel", json!(channel.id)),
        ("channel_type", json!(channel.kind())),
        ("ts", json!(ts)),
        ("event_ts", json!(ts)),
    ] {
        event.insert(key.to_owned(), value);
    }
    if let Some(thread) = given.thread_ts {
        event.insert("thread_ts".to_owned(), json!(thread));
    }
    if appears {
        let message = foreign(&channel.id, ts.clone(), event.clone());
        standin.change(|state| state.workspace.add(message));
    }
    let mut answer = json!({ "channel": channel.id, "ts": ts, "deliveries": [] });
    match (channel.bot_member, given.deliveries) {
        (false, _) => {}
        (true, None) => standin.emit(&channel.id, event),
        (true, Some(times)) => {
            let callback = standin.callback(&Value::Object(event));
            let deliveries = standin.deliver_times(&callback, times).await;
            if let Some(members) = answer.as_object_mut() {
                members.insert("deliveries".to_owned(), json!(deliveries));
                members.insert(
                    "event_id".to_owned(),
                    callback.get("event_id").cloned().unwrap_or_default(),
                );
            }
        }
    }
    Ok(Json(answer))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Invite {
    user: String,
    channel: String,
}

/// `POST /control/invite`: somebody adds the bot to a channel, which it hears of.
///
/// Source: <https://docs.slack.dev/reference/events/member_joined_channel>
pub(super) async fn invite(State(standin): State<Arc<Standin>>, Json(given): Json<Invite>) -> Reply {
    let now = standin.clock.now();
    let (user, channel, ts) = standin.change(|state| {
        let user = user_id(&state.workspace, &given.user)?;
        let channel = state.workspace.channel_mut(&given.channel);
        let channel = channel.ok_or_else(|| Mistake(format!("no channel `{}`", given.channel)))?;
        channel.bot_member = true;
        let channel = channel.clone();
        Ok((user, channel, state.workspace.next_ts(now)))
    })?;
    let joined = format!("<@{BOT_USER}> has joined the channel");
    let author = Author::Person(BOT_USER.to_owned());
    let mut message = Message::new(&channel.id, ts.clone(), author, Content::text(joined));
    message.extra.insert("subtype".to_owned(), json!("channel_join"));
    message.extra.insert("inviter".to_owned(), json!(user));
    standin.publish(message);
    let mut event = Map::new();
    for (key, value) in [
        ("type", json!("member_joined_channel")),
        ("user", json!(BOT_USER)),
        ("channel", json!(channel.id)),
        ("channel_type", json!("C")),
        ("team", json!(TEAM_ID)),
        ("inviter", json!(user)),
        ("event_ts", json!(ts)),
    ] {
        event.insert(key.to_owned(), value);
    }
    standin.emit(&channel.id, event);
    Ok(Json(json!({ "channel": channel.id, "ts": ts })))
}

/// Another app's message, kept whole.
fn foreign(channel: &str, ts: String, mut event: Map<String, Value>) -> Message {
    let mut list = |key: &str| match event.remove(key) {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    };
    let (blocks, attachments) = (list("blocks"), list("attachments"));
    let mut text = |key: &str| match event.remove(key) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let content = Content {
        text: text("text").unwrap_or_default(),
        blocks,
        attachments,
    };
    let thread_ts = text("thread_ts");
    for key in ["type", "channel", "channel_type", "ts", "event_ts", "team"] {
        event.remove(key);
    }
    let mut message = Message::new(channel, ts, Author::OtherApp, content).in_thread(thread_ts);
    message.extra = event;
    message
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Press {
    user: String,
    channel: String,
    ts: String,
    action_id: Option<String>,
    block_id: Option<String>,
    /// What is written on the control, or on the option of a menu.
    text: Option<String>,
    /// Tells controls apart that are otherwise alike; it cannot make up a value.
    value: Option<String>,
    /// So many presses at once.
    times: Option<usize>,
    /// Says no in the confirm dialog: nothing is sent.
    #[serde(default)]
    dismiss: bool,
}

/// `POST /control/press`: presses a control (and confirms, where it asks) and waits for the acknowledgement.
pub(super) async fn press(State(standin): State<Arc<Standin>>, Json(given): Json<Press>) -> Reply {
    let (user, channel) = standin.read(|state| {
        Ok((
            user_id(&state.workspace, &given.user)?,
            channel_id(&state.workspace, &given.channel)?,
        ))
    })?;
    let wanted = Wanted {
        action_id: given.action_id,
        block_id: given.block_id,
        text: given.text,
        value: given.value,
    };
    let found = standin.find_control(&user, &channel, &given.ts, &wanted);
    let (message, control) = found.map_err(Mistake)?;
    let times = if given.dismiss {
        0
    } else {
        given.times.unwrap_or(1)
    };
    let presses = (0..times).map(|_| standin.press(&user, &message, &control));
    let presses: Vec<Value> = futures::future::join_all(presses)
        .await
        .iter()
        .map(pressed)
        .collect();
    Ok(Json(json!({ "confirm": control.confirm(), "presses": presses })))
}

fn pressed(pressed: &Pressed) -> Value {
    json!({
        "status": pressed.status, "body": pressed.body, "error": pressed.error,
        "response_url": pressed.response_url, "trigger_id": pressed.trigger_id,
    })
}

/// `POST /control/verify_url`
pub(super) async fn verify_url(State(standin): State<Arc<Standin>>) -> Reply {
    Ok(Json(standin.verify_url().await))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Disconnect {
    /// `warning`, `refresh_requested` or `link_disabled`.
    reason: String,
}

/// `POST /control/disconnect`: Slack ends the app's sockets.
pub(super) async fn disconnect(State(standin): State<Arc<Standin>>, Json(given): Json<Disconnect>) -> Reply {
    Ok(Json(json!({ "connections": standin.disconnect(&given.reason) })))
}
