//! Scanning, signing or admission policy blocks the image.
//!
//! # What fails
//! The pull is refused on purpose: a registry that hands out no vulnerable or unsigned images, or a Deny that a scanner
//! put on the repository. ECR itself blocks nothing: there it is always a policy that somebody wrote.
//!
//! # What the pull says
//! "prevented by policy: vulnerabilities", "image is quarantined", "is not signed", or an explicit deny of a
//! resource-based policy.
//!
//! # What proves it
//! The text; for ECR the statement of the repository policy that denies, and what the scan found.
//!
//! # What rules it out
//! A pull that failed for another reason the text names.
//!
//! # What cannot be known
//! What another registry's policy asks for.
//!
//! # Remedies
//! Back to the last revision that ran; an image without the findings. The guard itself is for its owner to change: no fix
//! is offered that takes it away.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html>

use serde_json::Value;

use super::each;
use crate::case::Case;
use crate::case::attempts::Attempt;
use crate::case::fate::ImageCase;
use crate::evidence::image::EcrEvidence;
use crate::judgement::{Finding, Judgement, Subject};
use crate::observed::{Fact, Missing};
use crate::stage::Stage;
use crate::stop_reason::StopClass;

/// Words by which a statement says that it guards against unscanned, vulnerable or unsigned images.
const GUARDS: &[&str] = &[
    "quarantin",
    "scan",
    "vulnerab",
    "unsigned",
    "signature",
    "signed",
    "cve",
    "inspector",
];

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    each(case, judge_image)
}

fn judge_image(case: &Case<'_>, image: &ImageCase<'_>) -> Judgement {
    let said = case.newest_saying(image.reference, &[StopClass::ScanOrQuarantine]);
    let refused = case.newest_saying(
        image.reference,
        &[
            StopClass::AccessDeniedResourcePolicy,
            StopClass::AmbiguousDeniedOrMissing,
        ],
    );
    let guard = image.ecr.and_then(guard);
    let Some(attempt) = said.or_else(|| refused.filter(|_| guard.is_some())) else {
        return Judgement::NotApplicable;
    };
    let by = guard
        .as_ref()
        .map(|(sid, _)| format!(" by statement {sid} of the repository policy"))
        .unwrap_or_default();
    let finding = Finding::observed(
        Stage::Manifest,
        format!("{} is blocked{by}: scanning or signing policy", image.reference),
    )
    .facts([attempt.fact.clone()])
    .facts(guard.as_ref().map(|(_, fact)| fact.clone()))
    .facts(image.ecr.and_then(findings))
    .missing(missing(image, guard.is_some()))
    .remedies(case.roll_back());
    judged(said, guard.is_some(), finding)
}

fn judged(said: Option<&Attempt<'_>>, guarded: bool, finding: Finding) -> Judgement {
    match (said, guarded) {
        (Some(_), true) => Judgement::Confirmed(finding),
        _ => Judgement::Likely(finding),
    }
}

/// The statement of the repository policy that denies, and says that it is a guard.
pub(in crate::rules) fn guard(ecr: &EcrEvidence) -> Option<(String, Fact)> {
    let policy = ecr.policy.seen()?;
    let statements = policy.value().get("Statement")?;
    let statements = match statements {
        Value::Array(statements) => statements.as_slice(),
        one => std::slice::from_ref(one),
    };
    let guard = statements.iter().find(|statement| {
        let text = statement.to_string().to_lowercase();
        statement.get("Effect").and_then(Value::as_str) == Some("Deny")
            && GUARDS.iter().any(|word| text.contains(word))
    })?;
    let sid = guard
        .get("Sid")
        .and_then(Value::as_str)
        .unwrap_or("without a Sid")
        .to_owned();
    let fact = policy.fact(format!(
        "policy of repository {} denies: {guard}",
        ecr.repository_name
    ));
    Some((sid, fact))
}

fn findings(ecr: &EcrEvidence) -> Option<Fact> {
    let scan = ecr.scan.seen()?;
    let counts: Vec<String> = scan
        .findings
        .iter()
        .map(|(severity, count)| format!("{count} {severity}"))
        .collect();
    let found = if counts.is_empty() {
        "no findings".to_owned()
    } else {
        counts.join(", ")
    };
    Some(scan.fact(format!("scan of the image is {}: {found}", scan.status)))
}

fn missing(image: &ImageCase<'_>, guarded: bool) -> Vec<Missing> {
    match image.ecr {
        Some(ecr) if !guarded => ecr
            .policy
            .missing(format!("policy of repository {}", ecr.repository_name))
            .into_iter()
            .collect(),
        Some(_) => Vec::new(),
        None => vec![Missing::unknowable(
            format!("the policy that blocks {}", image.reference),
            "only its registry knows it",
        )],
    }
}
