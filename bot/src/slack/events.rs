//! Events: messages in alarm channels.

use serde_json::Value;
use tracing::{debug, info, warn};

use super::alarms::{self, Alarm, parse_alarm};
use super::surface::Surface;
use crate::jobs::NewJob;
use crate::work::{Ask, Lacking, Origin, Place, Work};

/// What Slack is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The challenge, back. <https://docs.slack.dev/reference/events/url_verification>
    Challenge(String),
    /// It has arrived.
    Taken,
    /// It could not be kept: deliver it again, which Slack does at once, after one minute and after five.
    /// <https://docs.slack.dev/apis/events-api/#retries>
    Again,
    /// That is no event.
    Malformed,
}

/// Handles one delivery.
pub async fn handle(surface: &Surface, delivery: &Value) -> Answer {
    match text(delivery, "type") {
        Some("url_verification") => match text(delivery, "challenge") {
            Some(challenge) => Answer::Challenge(challenge.to_owned()),
            None => Answer::Malformed,
        },
        Some("event_callback") => match delivery.get("event").filter(|event| event.is_object()) {
            Some(event) => message(surface, delivery, event).await,
            None => Answer::Malformed,
        },
        Some(other) => {
            warn!(kind = other, "delivery of another kind");
            Answer::Taken
        }
        None => Answer::Malformed,
    }
}

async fn message(surface: &Surface, delivery: &Value, event: &Value) -> Answer {
    let (Some("message"), Some(channel), Some(ts)) =
        (text(event, "type"), text(event, "channel"), text(event, "ts"))
    else {
        return Answer::Taken;
    };
    if !surface.settings.slack.alarm_channels.contains(channel) || is_ours(delivery, event) {
        return Answer::Taken;
    }
    let alarm = parse_alarm(event);
    if !alarm.candidate {
        debug!(why = alarm.why_not(), "message is no alarm about a pull");
        return Answer::Taken;
    }
    let place = Place {
        channel: channel.to_owned(),
        ts: ts.to_owned(),
    };
    let sender = alarm.sender.clone();
    let job = job(alarm, place);
    let once = text(delivery, "event_id").map_or_else(|| format!("{channel}:{ts}"), str::to_owned);
    match surface.accept(None, |_| job.once(format!("event:{once}"))).await {
        Ok(accepted) => {
            info!(job = %accepted.job(), ?sender, "alarm accepted");
            Answer::Taken
        }
        Err(error) => {
            warn!(%error, "alarm not accepted");
            Answer::Again
        }
    }
}

fn job(alarm: Alarm, message: Place) -> NewJob<Work> {
    let lacking = alarm.is_missing().map(|missing| match missing {
        alarms::Missing::Cluster => Lacking::Cluster,
        alarms::Missing::Task => Lacking::Task,
    });
    if let Some(lacking) = lacking {
        return NewJob::new(Work::Incomplete { message, lacking });
    }
    let ask = Ask {
        cluster: alarm.cluster,
        // The service outlives its tasks: AWS forgets a stopped task after an hour.
        task: alarm
            .service
            .or(alarm.task)
            .or(alarm.task_definition)
            .unwrap_or_default(),
        region: alarm.region,
        account: alarm.account,
        window_seconds: None,
        preflight: None,
    };
    let fold = format!("{}:{}", message.channel, ask.fingerprint());
    NewJob::new(Work::Diagnose {
        ask,
        origin: Origin::Alarm { message },
        fresh: false,
    })
    .fold(fold)
}

/// Whether the app itself said it: its own answers quote the errors that alarms are known by.
fn is_ours(delivery: &Value, event: &Value) -> bool {
    let app = text(event, "app_id").or_else(|| event.get("bot_profile").and_then(|bot| text(bot, "app_id")));
    app.is_some() && app == text(delivery, "api_app_id")
}

fn text<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field).and_then(Value::as_str)
}
