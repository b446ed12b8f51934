//! Setting the scene: the bot's address, people, channels, time, faults.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Mistake, Reply};
use crate::Standin;
use crate::workspace::{Channel, User, UserGroup};

/// Changes to what is known of the bot; what is left out stays.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Changes {
    url: Option<String>,
    signing_secret: Option<String>,
    bot_token: Option<String>,
    app_token: Option<String>,
    socket_mode: Option<bool>,
    scopes: Option<Vec<String>>,
    events: Option<Vec<String>>,
    commands: Option<Vec<String>>,
    /// Milliseconds before each repeated delivery of an event.
    retry_delays_ms: Option<Vec<u64>>,
}

/// `POST /control/bot`
pub(super) async fn bot(State(standin): State<Arc<Standin>>, Json(bot): Json<Changes>) -> Reply {
    fn set<T>(place: &mut T, value: Option<T>) {
        if let Some(value) = value {
            *place = value;
        }
    }
    standin.change(|state| {
        let settings = &mut state.settings;
        set(
            &mut settings.bot_url,
            bot.url.map(|url| url.trim_end_matches('/').to_owned()),
        );
        set(&mut settings.signing_secret, bot.signing_secret);
        set(&mut settings.bot_token, bot.bot_token);
        set(&mut settings.app_token, bot.app_token);
        set(&mut settings.socket_mode, bot.socket_mode);
        set(&mut settings.scopes, bot.scopes);
        set(&mut settings.events, bot.events);
        set(&mut settings.commands, bot.commands);
        let delays = bot
            .retry_delays_ms
            .map(|all| all.into_iter().map(Duration::from_millis).collect());
        set(&mut settings.retry_delays, delays);
    });
    Ok(Json(json!({ "connections": standin.sockets.count() })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewUser {
    name: String,
    real_name: Option<String>,
    title: Option<String>,
    /// Handles of user groups to join; new ones are made.
    #[serde(default)]
    groups: Vec<String>,
}

/// `POST /control/users`: a new person, or more groups for one who is there.
pub(super) async fn user(State(standin): State<Arc<Standin>>, Json(new): Json<NewUser>) -> Reply {
    standin.change(|state| {
        let number = state.workspace.next_number();
        let workspace = &mut state.workspace;
        let id = if let Some(user) = workspace.user(&new.name) {
            user.id.clone()
        } else {
            let id = format!("U0USER{number:05}");
            workspace.users.push(User {
                id: id.clone(),
                real_name: new.real_name.unwrap_or_else(|| new.name.clone()),
                name: new.name,
                title: new.title.unwrap_or_default(),
                is_bot: false,
            });
            id
        };
        let mut groups = Vec::new();
        for handle in new.groups {
            let handle = handle.trim_start_matches('@');
            if !workspace.usergroups.iter().any(|group| group.handle == handle) {
                let made = UserGroup {
                    id: format!("S0GROUP{number:03}{}", groups.len()),
                    handle: handle.to_owned(),
                    users: Vec::new(),
                };
                workspace.usergroups.push(made);
            }
            for group in workspace
                .usergroups
                .iter_mut()
                .filter(|group| group.handle == handle)
            {
                if !group.users.contains(&id) {
                    group.users.push(id.clone());
                }
                groups.push(json!({ "id": group.id, "handle": group.handle }));
            }
        }
        Ok(Json(json!({ "id": id, "groups": groups })))
    })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewChannel {
    name: String,
    #[serde(default)]
    bot_member: bool,
    #[serde(default)]
    is_private: bool,
}

/// `POST /control/channels`: a new channel, or another membership for one that is there.
pub(super) async fn channel(State(standin): State<Arc<Standin>>, Json(new): Json<NewChannel>) -> Reply {
    let name = new.name.trim_start_matches('#').to_owned();
    let id = standin.change(|state| {
        if let Some(channel) = state.workspace.channel_mut(&name) {
            channel.bot_member = new.bot_member;
            channel.is_private = new.is_private;
            return channel.id.clone();
        }
        let id = format!("C0CHAN{:05}", state.workspace.next_number());
        state.workspace.channels.push(Channel {
            id: id.clone(),
            name,
            bot_member: new.bot_member,
            is_private: new.is_private,
            direct_with: None,
        });
        id
    });
    Ok(Json(json!({ "id": id })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sample {
    name: String,
    channel: String,
    event: Value,
}

/// `POST /control/samples`: an entry of the page's "Post sample alarm" menu. The same name replaces it.
pub(super) async fn sample(State(standin): State<Arc<Standin>>, Json(sample): Json<Sample>) -> Reply {
    if !sample.event.is_object() {
        return Err(Mistake(
            "`event` must be a message event, a JSON object".to_owned(),
        ));
    }
    standin.change(|state| {
        let channel = super::channel_id(&state.workspace, &sample.channel)?;
        state
            .samples
            .retain(|held| held.get("name").and_then(Value::as_str) != Some(&sample.name));
        state
            .samples
            .push(json!({ "name": sample.name, "channel": channel, "event": sample.event }));
        Ok(Json(json!({ "samples": state.samples.len() })))
    })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Advance {
    ms: u64,
}

/// `POST /control/advance`
pub(super) async fn advance(State(standin): State<Arc<Standin>>, Json(advance): Json<Advance>) -> Reply {
    standin.clock.advance(Duration::from_millis(advance.ms));
    standin.change(|_| ());
    Ok(Json(json!({ "now": standin.clock.now().to_string() })))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RateLimit {
    /// A method, or `*`.
    method: String,
    times: u32,
    /// Seconds.
    retry_after: u64,
}

/// `POST /control/rate_limit`
pub(super) async fn rate_limit(State(standin): State<Arc<Standin>>, Json(limit): Json<RateLimit>) -> Reply {
    standin.change(|state| state.faults.limit(&limit.method, limit.times, limit.retry_after));
    Ok(Json(json!({})))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Latency {
    ms: u64,
    /// A method; every method when left out.
    method: Option<String>,
}

/// `POST /control/latency`
pub(super) async fn latency(State(standin): State<Arc<Standin>>, Json(latency): Json<Latency>) -> Reply {
    let method = latency.method.as_deref().unwrap_or("*");
    standin.change(|state| state.faults.delay(method, Duration::from_millis(latency.ms)));
    Ok(Json(json!({})))
}
