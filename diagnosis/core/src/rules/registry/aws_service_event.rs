//! AWS reports an event for ECS, ECR, S3 or the zone in this region.
//!
//! # What fails
//! A service that a pull goes through is disturbed: time-outs, server errors and throttling without a change of one's own,
//! in many services at once.
//!
//! # What the pull says
//! Nothing of it: time-outs, "500 Internal Server Error", "Rate exceeded", or no reason at all.
//!
//! # What proves it
//! `health:DescribeEvents`: an issue of one of these services in the region, at the time of the failure.
//!
//! # What rules it out
//! AWS Health reports no such issue.
//!
//! # What cannot be known
//! Whether there is one, where the account's support plan does not include AWS Health's API: the public status page tells.
//! Failures across images, roles and subnets at once make it possible.
//!
//! # Remedies
//! Waiting; another attempt once the event is closed.
//!
//! # References
//! <https://docs.aws.amazon.com/health/latest/APIReference/API_DescribeEvents.html>, <https://health.aws.amazon.com/health/status>

use std::collections::BTreeSet;

use crate::case::Case;
use crate::case::attempts::Attempt;
use crate::evidence::logs::HealthEvent;
use crate::judgement::{Finding, Judgement, Subject, SubjectKind};
use crate::names;
use crate::remedy::Risk;
use crate::stage::Stage;
use crate::stop_reason::StopClass;

/// Services that a pull goes through, as AWS Health names them.
const SERVICES: &[&str] = &[
    "ECS",
    "ECR",
    "FARGATE",
    "S3",
    "EC2",
    "VPC",
    "NATGATEWAY",
    "VPCE_PRIVATELINK",
    "IAM",
    "STS",
];

/// What a disturbed service may make a pull say.
const SAYS: &[StopClass] = &[
    StopClass::NetworkTimeoutEcrApi,
    StopClass::NetworkTimeoutRegistry,
    StopClass::NetworkTimeoutS3Layers,
    StopClass::ConnectionRefusedOrReset,
    StopClass::DnsFailure,
    StopClass::ThrottledEcr,
    StopClass::RegistryUnavailable5xx,
    StopClass::PullTimeoutLargeImage,
    StopClass::OtherPull,
];

/// How long before the failure an event may have ended.
const SHORTLY: jiff::SignedDuration = jiff::SignedDuration::from_mins(15);

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let Some(attempt) = case.said(SAYS) else {
        return Vec::new();
    };
    let region = &case.evidence.target.region;
    let about = |service: &str| Subject::new(SubjectKind::Service, format!("{service} in {region}"));
    let stage = attempt.reason.detail.phase.unwrap_or(Stage::TokenNetwork);
    let Some(events) = case.evidence.health.seen() else {
        return vec![(about("AWS"), without_health(case, attempt, stage))];
    };
    let mut judged: Vec<(Subject, Judgement)> = Vec::new();
    for event in events
        .each()
        .filter(|event| concerns(case, event.value(), attempt))
    {
        let since = event
            .from
            .map(|at| format!(" since {}", names::day_and_clock(at)))
            .unwrap_or_default();
        let what = format!(
            "AWS reports {} {}{since}, {}",
            event.type_code, event.region, event.status
        );
        judged.push((
            about(&event.service),
            Judgement::Likely(
                Finding::observed(
                    stage,
                    format!(
                        "AWS reports an issue of {} in {}{since} ({})",
                        event.service, event.region, event.status
                    ),
                )
                .facts([attempt.fact.clone(), event.fact(what)])
                .remedies(case.deploy_again(Risk::Low).filter(|_| event.status == "closed")),
            ),
        ));
    }
    if judged.is_empty() {
        let judgement = match events.none(|event| concerns(case, event, attempt)) {
            Some(absence) => Judgement::RuledOut {
                why: "AWS reports no issue of the services a pull uses".to_owned(),
                facts: vec![absence.fact(format!("no issue in {region} at the time of the failure"))],
            },
            None => Judgement::Unknown {
                missing: case
                    .evidence
                    .health
                    .incomplete("events of AWS Health")
                    .into_iter()
                    .collect(),
            },
        };
        judged.push((about("AWS"), judgement));
    }
    judged
}

/// Whether an event is an issue of a service a pull uses, in a region the pull used, at the time of the failure.
fn concerns(case: &Case<'_>, event: &HealthEvent, attempt: &Attempt<'_>) -> bool {
    let here = event.region == case.evidence.target.region
        || event.region == "global"
        || case.images.iter().any(|image| {
            image.registry().and_then(crate::images::Registry::ecr_region) == Some(event.region.as_str())
        });
    let issue = event.type_code.contains("ISSUE") || event.type_code.contains("INCIDENT");
    let then = attempt.at.is_none_or(|at| {
        event.from.is_none_or(|from| from <= at)
            && event
                .to
                .is_none_or(|to| to >= at || at.duration_since(to) <= SHORTLY)
    });
    here && issue && then && event.status != "upcoming" && SERVICES.contains(&event.service.as_str())
}

/// Without AWS Health: failures across images, roles and subnets at once.
fn without_health(case: &Case<'_>, attempt: &Attempt<'_>, stage: Stage) -> Judgement {
    let missing = case.evidence.health.missing("events of AWS Health");
    let alike: Vec<&Attempt<'_>> = case
        .attempts
        .pulls()
        .chain(&case.cohort.failing)
        .filter(|other| SAYS.contains(&other.reason.class))
        .collect();
    let of = |pick: &dyn Fn(&Attempt<'_>) -> Option<String>| {
        alike
            .iter()
            .filter_map(|attempt| pick(attempt))
            .collect::<BTreeSet<_>>()
            .len()
    };
    let images = of(&|attempt| attempt.image.clone());
    let definitions = of(&|attempt| attempt.definition.map(str::to_owned));
    let subnets = of(&|attempt| attempt.task?.subnet.clone());
    let everywhere = images > 1 && definitions > 1 && subnets > 1;
    // ECR's own server error is AWS's word for it.
    let own_error = attempt.reason.class == StopClass::RegistryUnavailable5xx
        && case.images.iter().any(|image| {
            image
                .registry()
                .is_some_and(|registry| registry.ecr_region().is_some())
        });
    if !everywhere && !own_error {
        return Judgement::Unknown {
            missing: missing.into_iter().collect(),
        };
    }
    let summary = if everywhere {
        format!(
            "a disturbance of an AWS service, as {definitions} task definitions fail alike, with {images} images in {subnets} subnets"
        )
    } else {
        "a disturbance of ECR, which answers with a server error".to_owned()
    };
    Judgement::Possible(
        Finding::observed(stage, summary)
            .facts([attempt.fact.clone()])
            .facts(alike.iter().skip(1).take(3).map(|other| other.fact.clone()))
            .missing(missing)
            .remedies(case.deploy_again(Risk::Low)),
    )
}
