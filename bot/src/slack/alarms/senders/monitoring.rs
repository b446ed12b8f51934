//! Monitoring systems: Grafana, Alertmanager, Datadog, New Relic, Zabbix, Azure Monitor, Google Cloud Monitoring, Sumo Logic, Splunk,
//! Elastic, Sentry.

use regex::Regex;

use super::{Family, Reported, first_state, is_named};
use crate::slack::alarms::AlarmState;
use crate::slack::alarms::pattern::patterns;
use crate::slack::alarms::view::View;

pub(super) const FAMILY: Family = Family {
    sender,
    state,
    labels_services: true,
};

patterns! {
    /// `[FIRING:1, RESOLVED:1]` still fires.
    FIRING = r"^\W*(?::[a-z_]+: )?\[?(?:FIRING|Alerting)\b|^\W*(?i:firing|alert firing|alert fired)\b|\b(?i:sev\d|alert) .{0,12}(?:Fired|FIRED|firing)\b|\bFired\b";
    RESOLVED = r"^\W*(?::[a-z_]+: )?\[(?:RESOLVED|OK|Ok)\b|^\W*(?i:alert (?:resolved|recovered|closed)|resolved)\b|\bsev\d\W+(?i:resolved)\b";
    NO_DATA = r"^\W*(?::[a-z_]+: )?\[?(?i:no ?data)\b|^\[(?i:nodata)";
    /// Datadog's words, which stand before the monitor's name.
    TRIGGERED = r"^\W*(?::[a-z_]+: )?(?:Re-)?(?:Triggered|Warn|Alert|Error)\b(?: on .{1,80})?:|^\W*(?:Re-)?(?:Triggered|Warn)\b";
    RECOVERED = r"^\W*(?::[a-z_]+: )?(?:Recovered|Resolved|Recovery|OK)\b(?: on .{1,80})?:|^\W*Recovered\b";
    /// New Relic, workflows and legacy.
    ACTIVATED = r"(?i)\bissue is (?:activated|created)\b|\bincident #\d+\W+open";
    CLOSED = r"(?i)\bissue is closed\b|\bincident #\d+\W+closed";
    ACKNOWLEDGED = r"(?i)\bissue is acknowledged\b|\bincident #\d+\W+acknowledged";
    /// Zabbix.
    PROBLEM = r"^\W*(?::[a-z_]+: )?(?:Problem|PROBLEM)\b(?: started|:)";
    SOLVED = r"^\W*(?::[a-z_]+: )?(?:Resolved in|Resolved|RESOLVED|OK)\b[^:\n]{0,30}:";
    /// Sumo Logic and others that hold the severity in a field.
    CRITICAL = r"(?i)^\W*(?:alert |trigger |monitor )?(?:status|state|trigger type|triggertype|severity)\W+(?:critical|warning|firing|triggered|alerting)\W*$";
    NORMAL = r"(?i)^\W*(?:alert |trigger |monitor )?(?:status|state|trigger type|triggertype)\W+(?:resolved\w*|normal|recovered|ok)\W*$";
}

fn sender(view: &View) -> Option<&'static str> {
    let linked = |host: &str| view.links.iter().any(|link| link.contains(host));
    let says = |start: &str| view.lines.iter().any(|line| line.trim_start().starts_with(start));
    [
        (is_named(view, "grafana") || says("Grafana v"), "Grafana"),
        (
            is_named(view, "alertmanager") || linked("/#/alerts?receiver="),
            "Prometheus Alertmanager",
        ),
        (is_named(view, "datadog") || linked("app.datadoghq."), "Datadog"),
        (is_named(view, "new relic") || linked("newrelic.com"), "New Relic"),
        (is_named(view, "zabbix"), "Zabbix"),
        (is_named(view, "sentry") || linked("sentry.io"), "Sentry"),
        (is_named(view, "sumo logic"), "Sumo Logic"),
        (is_named(view, "splunk") && !is_named(view, "on-call"), "Splunk"),
        (is_named(view, "watcher") || is_named(view, "elastic"), "Elastic"),
        (is_named(view, "azure"), "Azure Monitor"),
        (linked("console.cloud.google.com"), "Google Cloud Monitoring"),
        (is_named(view, "checkly"), "Checkly"),
        (is_named(view, "honeycomb"), "Honeycomb"),
        (is_named(view, "dynatrace"), "Dynatrace"),
    ]
    .into_iter()
    .find_map(|(is_it, name)| is_it.then_some(name))
}

fn state(view: &View) -> Reported {
    let alarm = Reported::State(AlarmState::Alarm);
    let ok = Reported::State(AlarmState::Ok);
    let heads = first_state(
        view,
        &[
            (&FIRING, alarm),
            (&RESOLVED, ok),
            (&NO_DATA, Reported::State(AlarmState::InsufficientData)),
            (&ACKNOWLEDGED, Reported::Handled),
            (&CLOSED, ok),
            (&ACTIVATED, alarm),
            (&TRIGGERED, alarm),
            (&RECOVERED, ok),
            (&PROBLEM, alarm),
            (&SOLVED, ok),
        ],
    );
    if heads != Reported::Nothing {
        return heads;
    }
    let line = |pattern: &Regex| view.lines.iter().any(|line| pattern.is_match(line));
    if line(&NORMAL) {
        return ok;
    }
    if line(&CRITICAL) { alarm } else { Reported::Nothing }
}
