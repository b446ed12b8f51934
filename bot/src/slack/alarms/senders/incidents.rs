//! Incident tools: PagerDuty, Opsgenie, Splunk On-Call (VictorOps), incident.io, FireHydrant, Rootly, Better Stack.
//!
//! Their "service" is a service of their own catalogue.

use regex::Regex;

use super::{Family, Reported, first_state, is_named};
use crate::slack::alarms::AlarmState;
use crate::slack::alarms::pattern::patterns;
use crate::slack::alarms::view::View;

pub(super) const FAMILY: Family = Family {
    sender,
    state,
    labels_services: false,
};

patterns! {
    TRIGGERED = r"^\W*(?::[a-z_]+: )?(?i:(?:re-?)?triggered|new incident triggered|critical:|critical incident)";
    HANDLED = r"(?i)^\W*(?::[a-z_]+: )?(?:acknowledged|snoozed|reassigned|escalated|merged|assigned)\b|\b(?:acknowledged|snoozed|assigned|added a note to|commented on) (?:the )?(?:alert|incident)\b";
    RESOLVED = r"(?i)^\W*(?::[a-z_]+: )?(?:resolved|closed|recovered|recovery:|recovery incident)|\b(?:closed|resolved) (?:the )?(?:alert|incident)\b|(?:alert|incident) .{0,40}(?:was |has been |is )?(?:closed|resolved)\W*$";
    /// VictorOps names the state in its message type.
    CRITICAL = r"(?i)\b(?:message_type|entity_state|state)\s*[=:]\s*(?:critical|warning|firing|triggered)\b";
    RECOVERY = r"(?i)\b(?:message_type|entity_state|state|status)\s*[=:]\s*(?:recovery|ok|resolved|recovered|closed)\b";
}

fn sender(view: &View) -> Option<&'static str> {
    let linked = |host: &str| view.links.iter().any(|link| link.contains(host));
    [
        ("pagerduty", "pagerduty.com", "PagerDuty"),
        ("opsgenie", "opsg.in", "Opsgenie"),
        ("victorops", "victorops.com", "Splunk On-Call"),
        ("splunk on-call", "victorops.com", "Splunk On-Call"),
        ("incident.io", "incident.io", "incident.io"),
        ("firehydrant", "firehydrant.io", "FireHydrant"),
        ("rootly", "rootly.com", "Rootly"),
        ("better stack", "betterstack.com", "Better Stack"),
        ("squadcast", "squadcast.com", "Squadcast"),
        ("xmatters", "xmatters.com", "xMatters"),
    ]
    .into_iter()
    .find_map(|(name, host, sender)| (is_named(view, name) || linked(host)).then_some(sender))
}

fn state(view: &View) -> Reported {
    let heads = first_state(
        view,
        &[
            (&HANDLED, Reported::Handled),
            (&RESOLVED, Reported::State(AlarmState::Ok)),
            (&TRIGGERED, Reported::State(AlarmState::Alarm)),
        ],
    );
    if heads != Reported::Nothing {
        return heads;
    }
    let line = |pattern: &Regex| view.lines.iter().any(|line| pattern.is_match(line));
    if line(&RECOVERY) {
        return Reported::State(AlarmState::Ok);
    }
    if line(&CRITICAL) {
        Reported::State(AlarmState::Alarm)
    } else {
        Reported::Nothing
    }
}
