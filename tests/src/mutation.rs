//! What must not change when evidence is taken away.
//!
//! Each observation of a saved diagnosis is turned into `Denied`, into `Failed` and, if it is a list, into an incomplete
//! one. None of that may make a cause confirmed that was not, nor rule one out without citing what was seen, nor make a
//! preflight promise a pull.

use std::collections::BTreeSet;

use anyhow::Context;
use diagnosis::judgement::Confidence;
use diagnosis::report::Outcome;
use diagnosis::{Cause, Options, Report, SavedDiagnosis, diagnose};
use serde_json::{Value, json};

use crate::expectation::Expectation;

/// Everything that a saved diagnosis concludes too much from once part of its evidence is gone.
///
/// # Errors
/// Where the saved diagnosis cannot be read.
pub fn overreach(saved: &str) -> anyhow::Result<Vec<String>> {
    let document: Value = serde_json::from_str(saved)?;
    let whole = report(&document)?;
    let confirmed = confirmed(&whole);
    let mut places = Vec::new();
    observations(
        document.get("evidence").context("no evidence")?,
        "/evidence",
        &mut places,
    );
    let mut overreach = Vec::new();
    for place in places {
        for (what, change) in CHANGES {
            let mut changed = document.clone();
            let Some(observation) = changed.pointer_mut(&place) else {
                continue;
            };
            if !change(observation) {
                continue;
            }
            let less = report(&changed).with_context(|| format!("{place} {what}"))?;
            for cause in self::confirmed(&less).difference(&confirmed) {
                overreach.push(format!("{cause} is confirmed once {place} is {what}"));
            }
            if less.outcome == Outcome::WouldPull && whole.outcome != Outcome::WouldPull {
                overreach.push(format!("the pull is promised once {place} is {what}"));
            }
            for item in less.ruled_out.iter().filter(|item| item.evidence.is_empty()) {
                overreach.push(format!(
                    "{} is ruled out without ground once {place} is {what}",
                    item.cause.code()
                ));
            }
        }
    }
    Ok(overreach)
}

/// The expected causes whose rules change nothing: switched off, all that is expected still holds.
///
/// # Errors
/// Where the saved diagnosis cannot be read.
pub fn idle(saved: &str, expected: &Expectation) -> anyhow::Result<Vec<&'static str>> {
    let SavedDiagnosis { evidence, options } = serde_json::from_str(saved)?;
    let causes = expected
        .causes
        .iter()
        .filter_map(|expected| Cause::ALL.iter().find(|cause| cause.code() == expected.cause));
    let idle = causes.filter(|cause| {
        let options = Options {
            without: vec![**cause],
            ..options.clone()
        };
        expected.differences(&diagnose(&evidence, &options)).is_empty()
    });
    Ok(idle.map(|cause| cause.code()).collect())
}

/// The places of the observations of a saved preflight without which it promises the pull all the same.
///
/// # Errors
/// Where the saved preflight cannot be read.
pub fn unneeded_for_promise(saved: &str) -> anyhow::Result<Vec<String>> {
    let document: Value = serde_json::from_str(saved)?;
    let mut places = Vec::new();
    observations(
        document.get("evidence").context("no evidence")?,
        "/evidence",
        &mut places,
    );
    let mut unneeded = Vec::new();
    for place in places {
        let mut changed = document.clone();
        let taken = changed.pointer_mut(&place).is_some_and(deny);
        if taken && report(&changed)?.outcome == Outcome::WouldPull {
            unneeded.push(place);
        }
    }
    Ok(unneeded)
}

type Change = fn(&mut Value) -> bool;

const CHANGES: [(&str, Change); 3] = [("denied", deny), ("failed", fail), ("incomplete", cut)];

fn deny(observation: &mut Value) -> bool {
    set(
        observation,
        json!({ "denied": { "action": "service:Action", "principal": null } }),
    )
}

fn fail(observation: &mut Value) -> bool {
    set(observation, json!({ "failed": { "error": "no answer" } }))
}

fn cut(observation: &mut Value) -> bool {
    match observation.pointer_mut("/outcome/present/complete") {
        Some(complete) if complete.as_bool() == Some(true) => {
            *complete = Value::Bool(false);
            true
        }
        _ => false,
    }
}

fn set(observation: &mut Value, outcome: Value) -> bool {
    observation.get_mut("outcome").map(|old| *old = outcome).is_some()
}

fn report(document: &Value) -> anyhow::Result<Report> {
    let saved: SavedDiagnosis = serde_json::from_value(document.clone())?;
    Ok(diagnose(&saved.evidence, &saved.options))
}

fn confirmed(report: &Report) -> BTreeSet<&'static str> {
    let causes = report
        .causes
        .iter()
        .filter(|cause| cause.confidence == Confidence::Confirmed);
    causes.map(|cause| cause.cause.code()).collect()
}

/// The places of all observations: objects that have a source, a time and an outcome.
fn observations(value: &Value, place: &str, places: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            if object.contains_key("outcome") && object.contains_key("source") && object.contains_key("at") {
                places.push(place.to_owned());
            }
            for (key, value) in object {
                observations(
                    value,
                    &format!("{place}/{}", key.replace('~', "~0").replace('/', "~1")),
                    places,
                );
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                observations(value, &format!("{place}/{index}"), places);
            }
        }
        _ => {}
    }
}
