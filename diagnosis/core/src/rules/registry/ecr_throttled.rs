//! ECR throttles the account's pulls.
//!
//! # What fails
//! Requests to ECR are limited per account and region. Many tasks that start at once, each with several images, go beyond
//! the limit.
//!
//! # What the pull says
//! "ThrottlingException: Rate exceeded", or "toomanyrequests: Rate exceeded" from an ECR host. Docker Hub uses the word
//! "toomanyrequests" as well: the host tells them apart.
//!
//! # What proves it
//! The text alone: the counter is ECR's.
//!
//! # What rules it out
//! A host that is not a private ECR registry.
//!
//! # What cannot be known
//! How far over the limit the account was.
//!
//! # Remedies
//! Another attempt with fewer tasks at a time; a higher quota.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/common-errors-docker.html>,
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html>

use crate::case::Case;
use crate::case::attempts::Attempt;
use crate::images::{ImageReference, Registry};
use crate::judgement::{Finding, Judgement, Subject, SubjectKind};
use crate::observed::{Fact, Missing, Observed, Present};
use crate::remedy::{Remedy, Risk, manual};
use crate::stage::Stage;
use crate::stop_reason::StopClass;

const SAYS: &[StopClass] = &[StopClass::ThrottledEcr];

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let Some(attempt) = case.said(SAYS) else {
        return Vec::new();
    };
    let public = |host: &str| Registry::of_host(host) == Registry::EcrPublic;
    if attempt.reason.registry_host.as_deref().is_some_and(public) {
        return Vec::new();
    }
    let Some((subject, region)) = throttled(case, attempt) else {
        return Vec::new();
    };
    let stage = attempt.reason.detail.phase.unwrap_or(Stage::Manifest);
    let alike = case
        .attempts
        .pulls()
        .filter(|other| SAYS.contains(&other.reason.class))
        .count();
    let finding = Finding::observed(
        stage,
        format!("ECR in {region} throttles the account's pulls: {alike} attempts were refused"),
    )
    .facts([attempt.fact.clone()])
    .facts(pulls(case))
    .missing([Missing::unknowable(
        "how far over the quota the account was",
        "ECR does not tell its counters",
    )])
    .remedies(case.deploy_again(Risk::Low))
    .remedies([quota(&region)]);
    vec![(subject, Judgement::Likely(finding))]
}

/// What was throttled: the image that the text is about, else the registry of the task's first ECR image.
fn throttled(case: &Case<'_>, attempt: &Attempt<'_>) -> Option<(Subject, String)> {
    let region_of = |reference: &str| {
        let registry = ImageReference::parse(reference).ok()?.registry;
        registry.ecr_region().map(str::to_owned)
    };
    if let Some(reference) = &attempt.image {
        return Some((Subject::image(reference), region_of(reference)?));
    }
    case.images.iter().find_map(|image| {
        let host = image.parsed.as_ref().ok()?.host.clone();
        Some((
            Subject::new(SubjectKind::Registry, host),
            region_of(image.reference)?,
        ))
    })
}

fn pulls(case: &Case<'_>) -> Vec<Fact> {
    let counts = case.evidence.pull_counts.iter().filter_map(Observed::seen);
    let fact = |count: Present<'_, crate::evidence::image::PullCount>| {
        let busiest = count.points.iter().map(|point| point.pulls).fold(0.0, f64::max);
        (busiest > 0.0).then(|| {
            count.fact(format!(
                "repository {}: at most {busiest:.0} pulls in a period",
                count.repository
            ))
        })
    };
    counts.filter_map(fact).collect()
}

fn quota(region: &str) -> Remedy {
    manual(
        "raise_quota",
        "Ask for a higher quota",
        Risk::Low,
        format!(
            "aws service-quotas list-service-quotas --service-code ecr --region {region} --query \"Quotas[?contains(QuotaName, 'Rate of')]\"\n\
             aws service-quotas request-service-quota-increase --service-code ecr --region {region} --quota-code CODE --desired-value NUMBER"
        ),
        None,
    )
}
