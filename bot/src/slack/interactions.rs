//! Presses of buttons.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use tracing::{debug, info, warn};

use super::render::Message;
use super::render::buttons::{Verb, split_value};
use super::surface::Surface;
use super::texts;
use crate::jobs::{Handle, NewJob};
use crate::work::{Place, Press, Work};

/// Two presses of one button within this time are one: a double click, or two people at once.
const DOUBLE: Duration = Duration::from_secs(5);

/// A press of a button, as Slack sends it. Fields that are not used are left out, fields that may be missing may be.
/// <https://docs.slack.dev/reference/interaction-payloads/block_actions-payload>
#[derive(Debug, Clone, Deserialize)]
struct BlockActions {
    user: Person,
    #[serde(default)]
    team: Option<Team>,
    container: Container,
    actions: Vec<Action>,
    #[serde(default)]
    response_url: Option<String>,
    #[serde(default)]
    trigger_id: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Person {
    id: String,
    #[serde(default)]
    team_id: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Team {
    id: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Container {
    message_ts: String,
    channel_id: String,
    #[serde(default)]
    thread_ts: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Action {
    action_id: String,
    #[serde(default)]
    value: Option<String>,
}

/// What became of a press.
#[derive(Debug)]
pub enum Answer {
    /// It is a job, or nothing of ours.
    Taken,
    /// It is lost; this is to be said to the person, at this address.
    Lost {
        /// Where only the person sees it.
        response_url: Option<String>,
        /// What to say.
        say: Box<Message>,
    },
    /// That is no interaction.
    Malformed,
}

/// Handles one interaction.
pub async fn handle(surface: &Surface, payload: &Value) -> Answer {
    match payload.get("type").and_then(Value::as_str) {
        Some("block_actions") => {}
        // Slack shows an error to the person unless other interactions are acknowledged too.
        Some(_) => return Answer::Taken,
        None => return Answer::Malformed,
    }
    let Ok(pressed) = BlockActions::deserialize(payload) else {
        // A button in something else than a message: not one of ours.
        debug!("block_actions without a message");
        return Answer::Taken;
    };
    let Some(press) = pressed.actions.first().and_then(|action| read(&pressed, action)) else {
        debug!("a button that is not ours");
        return Answer::Taken;
    };
    if is_double(surface, &press).await {
        info!(verb = press.verb.word(), "second press of a double one");
        return Answer::Taken;
    }
    let id = pressed.trigger_id.clone();
    let job = |reply| {
        let job = job(Press { reply, ..press });
        match id {
            Some(id) => job.once(format!("trigger:{id}")),
            None => job,
        }
    };
    match surface.accept(pressed.response_url.as_deref(), job).await {
        Ok(accepted) => {
            info!(job = %accepted.job(), "press accepted");
            Answer::Taken
        }
        Err(error) => {
            warn!(%error, "press not accepted");
            Answer::Lost {
                response_url: pressed.response_url,
                say: Box::new(texts::not_accepted(&error)),
            }
        }
    }
}

fn read(pressed: &BlockActions, action: &Action) -> Option<Press> {
    let verb = Verb::of(&action.action_id)?;
    let (handle, remedy) = split_value(action.value.as_deref()?);
    // Whatever has another form was not made by us.
    let handle: Handle = handle.parse().ok()?;
    let container = &pressed.container;
    Some(Press {
        verb,
        handle: handle.to_string(),
        remedy: remedy.map(str::to_owned),
        user: pressed.user.id.clone(),
        user_team: pressed.user.team_id.clone(),
        team: pressed.team.as_ref().map(|team| team.id.clone()),
        message: Place {
            channel: container.channel_id.clone(),
            ts: container.message_ts.clone(),
        },
        thread_ts: container
            .thread_ts
            .clone()
            .unwrap_or_else(|| container.message_ts.clone()),
        reply: None,
    })
}

fn job(press: Press) -> NewJob<Work> {
    if press.verb != Verb::Again {
        return NewJob::new(Work::Press(press));
    }
    let fold = format!("again:{}:{}", press.message.channel, press.handle);
    NewJob::new(Work::Again {
        handle: press.handle,
        user: press.user,
        reply: press.reply,
    })
    .fold(fold)
}

/// Whether this button was pressed a moment ago. What only one person sees is counted for each person; what decides
/// about an account is left to the one who decides, who must tell the second person that it was too late.
async fn is_double(surface: &Surface, press: &Press) -> bool {
    let by = match press.verb {
        Verb::Plan | Verb::Again => "",
        _ => press.user.as_str(),
    };
    let remedy = press.remedy.as_deref().unwrap_or_default();
    let id = format!("{}:{}:{remedy}:{by}", press.verb.word(), press.handle);
    let caller = uuid::Uuid::now_v7().to_string();
    matches!(surface.once.first("press", &id, &caller, DOUBLE).await, Ok(false))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const HANDLE: &str = "0123456789abcdef0123456789abcdef";

    fn payload(action: &Value) -> Value {
        json!({
            "type": "block_actions",
            "user": { "id": "U0ANA", "username": "ana", "team_id": "T0SHOP" },
            "api_app_id": "A1", "token": "x", "trigger_id": "1.2.3",
            "team": { "id": "T0SHOP", "domain": "shop" },
            "channel": { "id": "C0X", "name": "alerts" },
            "container": { "type": "message", "message_ts": "17.2", "channel_id": "C0X", "is_ephemeral": false, "thread_ts": "17.1" },
            "message": { "ts": "17.2", "thread_ts": "17.1", "text": "…" },
            "state": { "values": {} },
            "actions": [action],
            "response_url": "https://hooks.slack.com/actions/T/1/x",
        })
    }

    fn press(action: &Value) -> Option<Press> {
        let pressed = BlockActions::deserialize(&payload(action)).unwrap();
        read(&pressed, &pressed.actions[0])
    }

    #[test]
    fn a_press_is_read() {
        let action = json!({ "type": "button", "action_id": "plan.0", "block_id": "b", "value": format!("{HANDLE} roll_back"), "action_ts": "18.0" });
        let press = press(&action).unwrap();
        assert_eq!(
            press,
            Press {
                verb: Verb::Plan,
                handle: HANDLE.to_owned(),
                remedy: Some("roll_back".to_owned()),
                user: "U0ANA".to_owned(),
                user_team: Some("T0SHOP".to_owned()),
                team: Some("T0SHOP".to_owned()),
                message: Place {
                    channel: "C0X".to_owned(),
                    ts: "17.2".to_owned()
                },
                thread_ts: "17.1".to_owned(),
                reply: None,
            }
        );
    }

    #[test]
    fn what_is_not_ours_is_no_press() {
        for action in [
            json!({ "action_id": "explode.0", "value": HANDLE }),
            json!({ "action_id": "plan.0", "value": "*:job:1" }),
            json!({ "action_id": "plan.0", "value": "" }),
            json!({ "action_id": "plan.0" }),
        ] {
            assert_eq!(press(&action), None, "{action}");
        }
    }
}
