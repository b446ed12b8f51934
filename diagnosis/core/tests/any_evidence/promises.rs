//! What every report promises, whatever it is a report of.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use diagnosis::judgement::Confidence;
use diagnosis::report::{Evidence, Outcome};
use diagnosis::{Report, Subject};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::Value;

use crate::mutation::observations;

static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let schema: Value = serde_json::from_str(include_str!("../../../report.schema.json")).unwrap();
    jsonschema::validator_for(&schema).unwrap()
});

/// Gives every observation a moment of its own, by which what is cited can be found again.
pub(crate) fn number(document: &mut Value) {
    let mut taken = BTreeSet::new();
    for place in observations(document) {
        let at = &mut document.pointer_mut(&place).unwrap()["at"];
        let mut moment: Timestamp = at.as_str().unwrap().parse().unwrap();
        while !taken.insert(moment) {
            let step = SignedDuration::from_nanos(1);
            moment = moment.checked_add(step).unwrap_or(Timestamp::UNIX_EPOCH);
        }
        *at = moment.to_string().into();
    }
}

/// Whether each observation, by its moment, is of something there or not there.
fn proofs(document: &Value) -> BTreeMap<Timestamp, (String, bool)> {
    let mut proofs = BTreeMap::new();
    for place in observations(document) {
        let observation = document.pointer(&place).unwrap();
        let outcome = &observation["outcome"];
        let proves = outcome == "absent" || outcome.get("present").is_some();
        let call = observation["source"]["call"].as_str().unwrap().to_owned();
        proofs.insert(
            observation["at"].as_str().unwrap().parse().unwrap(),
            (call, proves),
        );
    }
    proofs
}

pub(crate) fn kept(report: &Report, document: &Value) -> Result<(), TestCaseError> {
    let json = serde_json::to_value(report).unwrap();
    prop_assert!(SCHEMA.is_valid(&json), "{:?}", SCHEMA.iter_errors(&json).next());
    prop_assert_eq!(&serde_json::from_value::<Report>(json).unwrap(), report);
    rest_on_what_was_seen(report, document)?;
    are_in_order(report)?;
    remedies(report)?;
    failures(report)?;
    prop_assert!(!report.headline.trim().is_empty());
    let steps: Vec<u8> = report.checks.iter().map(|check| check.step).collect();
    prop_assert_eq!(steps, (1..=9).collect::<Vec<u8>>());
    prop_assert!(report.checks.iter().all(|check| !check.detail.trim().is_empty()));
    let moments: Vec<Timestamp> = report.timeline.iter().map(|entry| entry.at).collect();
    prop_assert!(moments.is_sorted(), "{:?}", report.timeline);
    Ok(())
}

/// Nothing is confirmed or ruled out but by what was there, or was not there.
fn rest_on_what_was_seen(report: &Report, document: &Value) -> Result<(), TestCaseError> {
    let proofs = proofs(document);
    let mut cited: Vec<(&str, &Evidence)> = Vec::new();
    for cause in &report.causes {
        let needed = matches!(cause.confidence, Confidence::Confirmed | Confidence::Likely);
        prop_assert!(
            !needed || !cause.evidence.is_empty(),
            "{} rests on nothing",
            cause.cause.code()
        );
        prop_assert!(!cause.summary.trim().is_empty());
        cited.extend(cause.evidence.iter().map(|item| (cause.cause.code(), item)));
    }
    for item in &report.ruled_out {
        prop_assert!(
            !item.evidence.is_empty(),
            "{} is ruled out by nothing",
            item.cause.code()
        );
        prop_assert!(!item.why.trim().is_empty());
        cited.extend(item.evidence.iter().map(|evidence| (item.cause.code(), evidence)));
    }
    for (cause, item) in cited {
        let proof = proofs.get(&item.observed_at);
        prop_assert_eq!(
            proof,
            Some(&(item.call.clone(), true)),
            "{} cites {:?}",
            cause,
            item
        );
    }
    for unknown in &report.unknown {
        prop_assert!(
            !unknown.missing.is_empty(),
            "{} is unknown for no reason",
            unknown.cause.code()
        );
    }
    Ok(())
}

/// Observed, next, since; then the surest; then as a pull meets them; then the catalogue's order; nothing twice.
fn are_in_order(report: &Report) -> Result<(), TestCaseError> {
    let order =
        |cause: &diagnosis::report::CauseReport| (cause.effect, cause.confidence, cause.stage, cause.cause);
    prop_assert!(report.causes.is_sorted_by_key(order));
    let of_causes = report.causes.iter().map(|item| (item.cause, &item.subject));
    let of_ruled_out = report.ruled_out.iter().map(|item| (item.cause, &item.subject));
    let of_unknown = report.unknown.iter().map(|item| (item.cause, &item.subject));
    let mut seen = BTreeSet::<(diagnosis::Cause, &Subject)>::new();
    for item in of_causes.chain(of_ruled_out).chain(of_unknown) {
        prop_assert!(seen.insert(item), "{item:?} is judged twice");
    }
    Ok(())
}

/// Each remedy removes a cause, each cause's remedies are there, and a button can show them.
fn remedies(report: &Report) -> Result<(), TestCaseError> {
    let offered: Vec<&str> = report.remedies.iter().map(|remedy| remedy.id.as_str()).collect();
    let ids: BTreeSet<&str> = offered.iter().copied().collect();
    prop_assert_eq!(ids.len(), offered.len(), "{:?}", offered);
    let wanted: BTreeSet<&str> = report
        .causes
        .iter()
        .flat_map(|cause| cause.remedies.iter().map(String::as_str))
        .collect();
    prop_assert_eq!(ids, wanted);
    for remedy in &report.remedies {
        let length = remedy.title.chars().count();
        prop_assert!((1..=75).contains(&length), "{:?}", remedy.title);
    }
    Ok(())
}

fn failures(report: &Report) -> Result<(), TestCaseError> {
    prop_assert_eq!(report.failure.as_ref(), report.failures.first());
    prop_assert!(
        report.outcome != Outcome::PullFailure || report.failure.is_some(),
        "{}",
        report.headline
    );
    let mut seen = BTreeSet::new();
    for failure in &report.failures {
        prop_assert!(failure.count >= 1);
        prop_assert!(
            seen.insert((failure.class, failure.container.as_deref())),
            "{failure:?} twice"
        );
        if let (Some(first), Some(last)) = (failure.first_seen, failure.last_seen) {
            prop_assert!(first <= last, "{failure:?}");
        }
    }
    Ok(())
}
