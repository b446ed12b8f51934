//! Judging the case by every rule, and putting what they say in order.

use std::collections::BTreeMap;

use super::{CauseReport, Evidence, RuledOut, Unknown, links};
use crate::case::Case;
use crate::case::cohort::Apart;
use crate::catalogue::Cause;
use crate::judgement::{Confidence, Effect, Finding, Judgement, Subject};
use crate::names;
use crate::observed::{Fact, without_repeats};
use crate::remedy::Remedy;
use crate::rules::RULES;

/// How long a remedy's title may be: it stands on a button
/// (<https://docs.slack.dev/reference/block-kit/block-elements/button-element>).
const TITLE: usize = 75;

/// What all rules together say.
#[derive(Debug, Default)]
pub(super) struct Ranked {
    pub(super) causes: Vec<CauseReport>,
    pub(super) ruled_out: Vec<RuledOut>,
    pub(super) unknown: Vec<Unknown>,
    pub(super) remedies: Vec<Remedy>,
}

impl Ranked {
    /// Keeps what is said of these causes only, and what would remove them.
    pub(super) fn keep(&mut self, kept: impl Fn(Cause) -> bool) {
        self.causes.retain(|cause| kept(cause.cause));
        self.ruled_out.retain(|item| kept(item.cause));
        self.unknown.retain(|item| kept(item.cause));
        let causes = &self.causes;
        self.remedies
            .retain(|remedy| causes.iter().any(|cause| cause.remedies.contains(&remedy.id)));
    }
}

/// Judges the case by every rule but those `without`. Each (cause, subject) appears once; of several judgements the first
/// counts.
pub(super) fn ranked(case: &Case<'_>, without: &[Cause]) -> Ranked {
    let partition = &case.evidence.target.partition;
    let mut ranked = Ranked::default();
    let mut remedies = BTreeMap::new();
    for rule in RULES.iter().filter(|rule| !without.contains(&rule.cause)) {
        let mut seen: Vec<Subject> = Vec::new();
        for (subject, judgement) in rule.judge(case) {
            if seen.contains(&subject) {
                continue;
            }
            seen.push(subject.clone());
            let (confidence, finding) = match judgement {
                Judgement::NotApplicable => continue,
                Judgement::RuledOut { why, facts } => {
                    let evidence = facts.iter().map(|fact| cited(fact, partition)).collect();
                    ranked.ruled_out.push(RuledOut {
                        cause: rule.cause,
                        subject,
                        why,
                        evidence,
                    });
                    continue;
                }
                Judgement::Unknown { missing } => {
                    // Where nothing is missing, nothing could settle it: that is no question to leave open.
                    if !missing.is_empty() && could_explain(case, rule.cause) {
                        ranked.unknown.push(Unknown {
                            cause: rule.cause,
                            subject,
                            missing: without_repeats(missing),
                        });
                    }
                    continue;
                }
                Judgement::Confirmed(finding) => (Confidence::Confirmed, finding),
                Judgement::Likely(finding) => (Confidence::Likely, finding),
                Judgement::Possible(finding) => (Confidence::Possible, finding),
            };
            let confidence = shifted(case, rule.cause, confidence);
            let ids = finding.remedies.iter().map(|remedy| remedy.id.clone()).collect();
            for remedy in &finding.remedies {
                remedies.entry(remedy.id.clone()).or_insert_with(|| Remedy {
                    title: names::at_most(&remedy.title, TITLE),
                    ..remedy.clone()
                });
            }
            ranked
                .causes
                .push(cause(rule.cause, subject, confidence, finding, ids, partition));
        }
    }
    // Observed, next, since; then the surest; then as a pull meets them; then the catalogue's order. The sort is stable:
    // of one cause, subjects stay in the order in which the rule met them.
    ranked
        .causes
        .sort_by_key(|cause| (cause.effect, cause.confidence, cause.stage, cause.cause));
    // A guess is not acted on beside a proof.
    let is_proved =
        |cause: &CauseReport| cause.effect == Effect::Observed && cause.confidence == Confidence::Confirmed;
    if ranked.causes.iter().any(is_proved) {
        let guesses = ranked
            .causes
            .iter_mut()
            .filter(|cause| cause.confidence == Confidence::Possible);
        guesses.for_each(|cause| cause.remedies.clear());
    }
    let order = ranked
        .causes
        .iter()
        .flat_map(|cause| cause.remedies.iter().cloned());
    ranked.remedies = without_repeats(order)
        .iter()
        .filter_map(|id| remedies.remove(id))
        .collect();
    ranked
}

fn cause(
    cause: Cause,
    subject: Subject,
    confidence: Confidence,
    finding: Finding,
    remedies: Vec<String>,
    partition: &str,
) -> CauseReport {
    let facts = without_repeats(finding.facts);
    CauseReport {
        cause,
        subject,
        stage: finding.stage,
        effect: finding.effect,
        confidence,
        summary: finding.summary,
        evidence: facts.iter().map(|fact| cited(fact, partition)).collect(),
        missing: without_repeats(finding.missing),
        remedies: without_repeats(remedies),
    }
}

/// What sets failures apart from the tasks that run makes a possible cause of its family likely; so does everything that
/// fails alike, of a disturbance of AWS, where the way out is known to be open.
fn shifted(case: &Case<'_>, cause: Cause, confidence: Confidence) -> Confidence {
    match &case.cohort.apart {
        Apart::By(what, _) if confidence == Confidence::Possible && what.speaks_for(cause.family()) => {
            Confidence::Likely
        }
        Apart::Everything { .. }
            if confidence == Confidence::Possible
                && cause == Cause::AwsServiceEvent
                && case
                    .reaches
                    .iter()
                    .all(|reach| reach.path.outcome == crate::network::PathOutcome::Open) =>
        {
            Confidence::Likely
        }
        _ => confidence,
    }
}

/// Whether a cause could explain the stage that the failure proves was reached.
fn could_explain(case: &Case<'_>, cause: Cause) -> bool {
    match (cause.stage(), case.reached(None)) {
        (Some(stage), Some((_, reached))) => stage == reached,
        _ => true,
    }
}

fn cited(fact: &Fact, partition: &str) -> Evidence {
    Evidence {
        fact: fact.statement().to_owned(),
        source: fact.source().resource.clone(),
        call: fact.source().call.clone(),
        observed_at: fact.at(),
        link: links::console(partition, fact.source()),
    }
}
