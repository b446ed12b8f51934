//! Alarm messages: what others post into a channel when ECS cannot pull an image.
//!
//! Every sender writes the same few things into different places of a message, so a message is flattened first ([`view`]); then the
//! sender says the state, the place is read out of whatever carries it, and the words decide whether it is a report at all.

mod evidence;
mod mrkdwn;
mod pattern;
mod place;
mod reason;
mod regions;
mod senders;
mod view;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use evidence::Verdict;
use place::Place;
use senders::{Reported, Sender};
use view::View;

/// The state of an alarm, in CloudWatch's words: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AlarmState {
    /// It fires.
    #[serde(rename = "ALARM")]
    Alarm,
    /// It does not, or no longer.
    #[serde(rename = "OK")]
    Ok,
    /// There is no data to tell.
    #[serde(rename = "INSUFFICIENT_DATA")]
    InsufficientData,
}

/// What an alarm message says. Every field but `candidate` is null where the message does not say it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Alarm {
    /// True where the message reports, for the first time and from a machine, that ECS could not pull an image or start tasks.
    pub candidate: bool,
    /// Who sent it: a product's name, else the name that the message carries.
    pub sender: Option<String>,
    /// The alarm's state; ECS events have none.
    pub state: Option<AlarmState>,
    /// The account, twelve digits.
    pub account: Option<String>,
    /// The region's id.
    pub region: Option<String>,
    /// The cluster's name.
    pub cluster: Option<String>,
    /// The service's name.
    pub service: Option<String>,
    /// The task's ARN or id, as posted.
    pub task: Option<String>,
    /// The task definition's ARN or `family:revision`, as posted.
    pub task_definition: Option<String>,
    /// The stopped reason, where it is a failed pull. It may hold credentials: redact it before it goes anywhere.
    pub reason: Option<String>,
    /// Why this is no candidate, for debug logs.
    #[serde(skip)]
    why_not: Option<&'static str>,
}

/// What an alarm leaves out that a diagnosis needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Which cluster.
    Cluster,
    /// Which task, service or task definition in that cluster.
    Task,
}

impl Alarm {
    /// Why the message is no candidate; `None` for candidates.
    pub fn why_not(&self) -> Option<&'static str> {
        self.why_not
    }

    /// The first thing that a diagnosis needs and the message does not say; `None` where it can be made.
    pub fn is_missing(&self) -> Option<Missing> {
        if self.cluster.is_none() {
            return Some(Missing::Cluster);
        }
        let names_target = self.task.is_some() || self.service.is_some() || self.task_definition.is_some();
        (!names_target).then_some(Missing::Task)
    }

    fn not(why: &'static str) -> Self {
        Self {
            why_not: Some(why),
            ..Self::default()
        }
    }
}

/// Reads a Slack message event as the Events API delivers it, or a bare EventBridge event. Any JSON has an answer.
///
/// The caller leaves out messages of its own bot id; this function only knows the bot by its name.
pub fn parse_alarm(event: &Value) -> Alarm {
    if let Some(why) = not_a_machines_message(event) {
        return Alarm::not(why);
    }
    let view = View::new(event);
    let Sender {
        name,
        reported,
        labels_services,
    } = senders::recognise(&view);
    let Place {
        account,
        region,
        cluster,
        service,
        task,
        task_definition,
    } = place::place(&view, labels_services);
    let reason = reason::reason(&view);
    let why_not = why_not(event, &view, reported, reason.as_deref());
    Alarm {
        candidate: why_not.is_none(),
        sender: name,
        state: match reported {
            Reported::State(state) => Some(state),
            Reported::Handled | Reported::Nothing => None,
        },
        account,
        region,
        cluster,
        service,
        task,
        task_definition,
        reason,
        why_not,
    }
}

/// Edits, deletions, channel news and people: nothing in them is read.
fn not_a_machines_message(event: &Value) -> Option<&'static str> {
    let string = |key: &str| event.get(key).and_then(Value::as_str);
    if event.get("detail-type").is_some() {
        return None;
    }
    if !event.is_object() {
        return Some("it is no message event");
    }
    match string("subtype") {
        None | Some("bot_message") => {}
        // Slack's mail app posts as Slackbot; everybody else who posts a file is a person.
        Some("file_share") if string("user") == Some("USLACKBOT") => return None,
        Some("file_share") => return Some("a person posted a file"),
        Some(_) => return Some("it is an edit, a deletion or news of the channel"),
    }
    let is_machine = string("subtype") == Some("bot_message")
        || string("bot_id").is_some()
        || event.get("bot_profile").is_some_and(Value::is_object);
    if !is_machine || string("client_msg_id").is_some() {
        return Some("a person wrote it");
    }
    None
}

/// Why a machine's message is no candidate.
fn why_not(event: &Value, view: &View, reported: Reported, reason: Option<&str>) -> Option<&'static str> {
    let string = |key: &str| event.get(key).and_then(Value::as_str);
    if string("thread_ts").is_some_and(|thread| string("ts") != Some(thread)) {
        return Some("it continues a thread");
    }
    if view
        .names
        .iter()
        .any(|name| name.trim().eq_ignore_ascii_case("ecs-pull-why"))
    {
        return Some("it is the bot's own");
    }
    match reported {
        Reported::State(AlarmState::Ok) => return Some("the alarm has recovered"),
        Reported::State(AlarmState::InsufficientData) => return Some("the alarm has no data"),
        Reported::Handled => return Some("somebody handles the alarm"),
        Reported::State(AlarmState::Alarm) | Reported::Nothing => {}
    }
    match evidence::judge(view, reason) {
        Verdict::Report => None,
        Verdict::Not(why) => Some(why),
    }
}
