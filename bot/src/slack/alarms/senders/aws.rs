//! CloudWatch alarms: Amazon Q Developer in chat applications (formerly AWS Chatbot), mails by SNS, and the usual SNS forwarders.

use regex::Regex;

use super::{Family, Reported, is_named};
use crate::slack::alarms::AlarmState;
use crate::slack::alarms::pattern::patterns;
use crate::slack::alarms::view::View;

pub(super) const FAMILY: Family = Family {
    sender,
    state: alarm_state,
    labels_services: true,
};

patterns! {
    /// The subject that SNS gives an alarm: `ALARM: "name" in EU (Ireland)`.
    SUBJECT = r#"(?:^|[^A-Za-z_])(ALARM|OK|INSUFFICIENT_DATA): ""#;
    /// "NAME state is now ALARM", "has entered the ALARM state".
    SENTENCE = r"(?:state is now|entered the|is in|changed to|state:) (ALARM|OK|INSUFFICIENT_DATA)\b";
    /// Fields and JSON members that hold the state alone.
    FIELD = r"^\W*(?:(?:current|new|alarm)[ _]?state|newstatevalue|alarmstate|state\.value|state|status|state change):? .*?\b(ALARM|OK|INSUFFICIENT_DATA|INSUFFICIENT DATA)\W*$|^(?i:(?:current|new|alarm) ?state(?:value)?|state\.value|state|status|state change): (?:.*(?:→|->)\s*)?(ALARM|OK|INSUFFICIENT_DATA)\W*$";
    /// The chat bot's title says the state by emoji and colour only.
    TITLE = r"CloudWatch Alarm \|";
}
fn sender(view: &View) -> Option<&'static str> {
    let has_field = |name: &str| view.lines.iter().any(|line| line.starts_with(name));
    if is_named(view, "amazon q") {
        return Some("Amazon Q Developer in chat applications");
    }
    if is_named(view, "aws chatbot") {
        return Some("AWS Chatbot");
    }
    if has_field("Alarm Name:") && has_field("Current State:") {
        return Some("terraform-aws-notify-slack");
    }
    if is_named(view, "aws cloudwatch alarm (") {
        return Some("aws-to-slack");
    }
    if view.heads.iter().any(|head| SUBJECT.is_match(head)) {
        return Some("Amazon SNS");
    }
    None
}

/// The state of a CloudWatch alarm, however it was forwarded.
pub(super) fn alarm_state(view: &View) -> Reported {
    let subject = view
        .heads
        .iter()
        .find_map(|head| word(&SUBJECT, head).or_else(|| word(&SENTENCE, head)));
    let field = || view.lines.iter().find_map(|line| word(&FIELD, line));
    if let Some(state) = subject.or_else(field) {
        return Reported::State(state);
    }
    let title = view.heads.iter().find(|head| TITLE.is_match(head));
    match title {
        Some(title) => {
            let no_data = || {
                view.lines
                    .iter()
                    .any(|line| line.starts_with("Insufficient Data:"))
                    .then_some(AlarmState::InsufficientData)
            };
            emoji(title)
                .or_else(no_data)
                .or_else(|| colour(view))
                .map_or(Reported::Nothing, Reported::State)
        }
        None => view
            .lines
            .iter()
            .find_map(|line| word(&SENTENCE, line))
            .map_or(Reported::Nothing, Reported::State),
    }
}

fn word(pattern: &Regex, text: &str) -> Option<AlarmState> {
    let found = pattern.captures(text)?;
    match found.iter().skip(1).flatten().next()?.as_str() {
        "ALARM" => Some(AlarmState::Alarm),
        "OK" => Some(AlarmState::Ok),
        _ => Some(AlarmState::InsufficientData),
    }
}

fn emoji(title: &str) -> Option<AlarmState> {
    let has = |marks: &[&str]| marks.iter().any(|mark| title.contains(mark));
    if has(&[
        ":rotating_light:",
        ":red_circle:",
        ":x:",
        ":alert:",
        "\u{1f6a8}",
        "\u{1f534}",
    ]) {
        return Some(AlarmState::Alarm);
    }
    if has(&[
        ":white_check_mark:",
        ":large_green_circle:",
        ":heavy_check_mark:",
        ":green_circle:",
        "\u{2705}",
        "\u{1f7e2}",
    ]) {
        return Some(AlarmState::Ok);
    }
    if has(&[
        ":grey_question:",
        ":question:",
        ":white_circle:",
        ":warning:",
        "\u{2754}",
        "\u{2753}",
    ]) {
        return Some(AlarmState::InsufficientData);
    }
    None
}

fn colour(view: &View) -> Option<AlarmState> {
    view.colours.iter().find_map(|colour| match colour.as_str() {
        "d13212" | "a30200" | "d00000" | "ff0000" | "danger" | "d92911" => Some(AlarmState::Alarm),
        "2eb886" | "36a64f" | "1d8102" | "00ff00" | "good" => Some(AlarmState::Ok),
        "879596" | "687078" | "aaaaaa" | "daa038" | "warning" => Some(AlarmState::InsufficientData),
        _ => None,
    })
}
