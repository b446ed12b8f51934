//! What the families of senders mean by their titles: who they are, and which state an alarm is in.
//!
//! A state is never read from a reason: "for OK -> ALARM transition" stands in the reason of an alarm that fires.

mod aws;
mod delivery;
mod ecs_events;
mod incidents;
mod monitoring;

use super::AlarmState;
use super::view::View;

/// A family of senders.
pub(super) struct Family {
    /// The sender's name, where the message is one of this family's.
    pub(super) sender: fn(&View) -> Option<&'static str>,
    /// The state that it reports.
    pub(super) state: fn(&View) -> Reported,
    /// False where the label "Service" names something that is no ECS service.
    pub(super) labels_services: bool,
}

/// What a message says about an alarm's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reported {
    /// The state, in the sender's own words.
    State(AlarmState),
    /// An alarm that somebody acknowledged, snoozed or commented on: no news.
    Handled,
    /// Nothing.
    Nothing,
}

/// The families, the most certain marks first.
const FAMILIES: [Family; 5] = [
    incidents::FAMILY,
    monitoring::FAMILY,
    ecs_events::FAMILY,
    delivery::FAMILY,
    aws::FAMILY,
];

/// What a message says about its sender and state.
#[derive(Debug)]
pub(super) struct Sender {
    pub(super) name: Option<String>,
    pub(super) reported: Reported,
    pub(super) labels_services: bool,
}

/// Recognises the sender. An unknown one is read by what all of them write.
pub(super) fn recognise(view: &View) -> Sender {
    let known = FAMILIES
        .iter()
        .find_map(|family| (family.sender)(view).map(|name| (family, name)));
    if let Some((family, name)) = known {
        let reported = match (family.state)(view) {
            Reported::Nothing => aws::alarm_state(view),
            reported => reported,
        };
        return Sender {
            name: Some(name.to_owned()),
            reported,
            labels_services: family.labels_services,
        };
    }
    let reported = FAMILIES
        .iter()
        .map(|family| (family.state)(view))
        .find(|reported| *reported != Reported::Nothing);
    Sender {
        name: view.names.first().cloned(),
        reported: reported.unwrap_or(Reported::Nothing),
        labels_services: true,
    }
}

/// True where a name of the sender holds the word.
fn is_named(view: &View, word: &str) -> bool {
    view.names
        .iter()
        .any(|name| name.to_ascii_lowercase().contains(word))
}

/// The first head that matches decides.
fn first_state(view: &View, patterns: &[(&regex::Regex, Reported)]) -> Reported {
    view.heads
        .iter()
        .find_map(|head| {
            patterns
                .iter()
                .find(|(pattern, _)| pattern.is_match(head))
                .map(|(_, reported)| *reported)
        })
        .unwrap_or(Reported::Nothing)
}
