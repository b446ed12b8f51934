//! The report of a preflight: whether a task that has not been started would pull its images.
//!
//! `would_fail` is said where something is proved to be broken, for some place at least; `would_pull` where everything that
//! the pull takes was looked at and is in place; anything else is `inconclusive`, with what is missing.

use super::build::target;
use super::ranking::{Ranked, ranked};
use super::requirements::{Requirement, State, requirements};
use super::{
    BlastRadius, Check, CheckStatus, Impact, Outcome, REPORT_VERSION, Report, TimelineEntry, Unknown, checks,
    headline,
};
use crate::case::Case;
use crate::case::platform;
use crate::case::timeline::{Span, timeline};
use crate::catalogue::Cause;
use crate::diagnose::Options;
use crate::evidence::preflight::Preflight;
use crate::evidence::{TargetKind, short};
use crate::judgement::{Confidence, Effect, Subject};
use crate::network::Agreement;
use crate::observed::without_repeats;
use crate::remedy::Mode;

/// Causes that only a failure's words or its time tell of: what is said of them without one is about no pull.
const OF_A_FAILURE: [Cause; 4] = [
    Cause::TagMoved,
    Cause::PushedAfterFailure,
    Cause::PinnedDigestGone,
    Cause::SingleHostFault,
];

/// The report of a preflight.
pub(super) fn build(case: &Case<'_>, ahead: &Preflight, options: &Options) -> Report {
    let found = case.evidence.target.kind != TargetKind::NotFound;
    let (mut ranked, requirements) = if found {
        (judged(case, &options.without), requirements(case, ahead))
    } else {
        (Ranked::default(), Vec::new())
    };
    let outcome = if found {
        outcome(&ranked, &requirements)
    } else {
        Outcome::TargetNotFound
    };
    add_unknown(&mut ranked, &requirements);
    offer(&mut ranked, outcome);
    let span = Span::of(case, options.window, true);
    Report {
        schema_version: REPORT_VERSION,
        observed_at: case.evidence.observed_at,
        target: target(case),
        outcome,
        headline: said(case, outcome, &ranked, &requirements),
        // What runs is not touched by a task that is not started.
        impact: Impact::default(),
        failure: None,
        failures: Vec::new(),
        checks: checked(case, ahead, &ranked, span),
        causes: ranked.causes,
        ruled_out: ranked.ruled_out,
        unknown: ranked.unknown,
        timeline: if outcome == Outcome::WouldFail {
            changes(case, span)
        } else {
            Vec::new()
        },
        blast_radius: BlastRadius::default(),
        remedies: ranked.remedies,
        cost: options.cost,
    }
}

/// What the rules say of a task that has not failed.
fn judged(case: &Case<'_>, without: &[Cause]) -> Ranked {
    let mut ranked = ranked(case, without);
    ranked.keep(|cause| !OF_A_FAILURE.contains(&cause));
    // There is no failure that something else could come next to.
    if ranked.causes.iter().all(|cause| cause.effect != Effect::Observed) {
        for cause in &mut ranked.causes {
            cause.effect = Effect::Observed;
        }
        ranked
            .causes
            .sort_by_key(|cause| (cause.confidence, cause.stage, cause.cause));
    }
    ranked
}

fn outcome(ranked: &Ranked, requirements: &[Requirement]) -> Outcome {
    let confirmed = ranked
        .causes
        .iter()
        .any(|cause| cause.confidence == Confidence::Confirmed);
    let broken = requirements
        .iter()
        .any(|requirement| requirement.state == State::Broken);
    let met = !requirements.is_empty()
        && requirements
            .iter()
            .all(|requirement| requirement.state == State::Met);
    if confirmed || broken {
        Outcome::WouldFail
    } else if met && ranked.causes.is_empty() {
        Outcome::WouldPull
    } else {
        Outcome::Inconclusive
    }
}

/// What requirements leave open and no rule says to be unknown.
fn add_unknown(ranked: &mut Ranked, requirements: &[Requirement]) {
    for requirement in requirements {
        let State::Open(missing) = &requirement.state else {
            continue;
        };
        let (cause, subject) = (requirement.cause, &requirement.subject);
        let about = |of: Cause, other: &Subject| of == cause && other == subject;
        let told = ranked.causes.iter().any(|item| about(item.cause, &item.subject));
        if told {
            continue;
        }
        // A rule looks at one thing; what the pull takes of the same cause may hang on another.
        ranked.ruled_out.retain(|item| !about(item.cause, &item.subject));
        let known = ranked
            .unknown
            .iter_mut()
            .find(|item| about(item.cause, &item.subject));
        match known {
            Some(known) => {
                let all = known.missing.iter().chain(missing).cloned();
                known.missing = without_repeats(all);
            }
            None => ranked.unknown.push(Unknown {
                cause,
                subject: subject.clone(),
                missing: without_repeats(missing.iter().cloned()),
            }),
        }
    }
}

/// Who changed what that the pull depends on. The service's deployments are of tasks that were started.
fn changes(case: &Case<'_>, span: Span) -> Vec<TimelineEntry> {
    let mut entries = timeline(case, span);
    let of_service = case.evidence.service.source.call.as_str();
    entries.retain(|entry| entry.source != of_service);
    entries
}

/// A gate changes nothing: what would help is shown, for a person to do.
fn offer(ranked: &mut Ranked, outcome: Outcome) {
    if outcome != Outcome::WouldFail {
        ranked.remedies.clear();
        for cause in &mut ranked.causes {
            cause.remedies.clear();
        }
    }
    for remedy in &mut ranked.remedies {
        remedy.mode = Mode::Manual;
        remedy.action = None;
    }
}

/// `prod/payments:42`.
fn name(case: &Case<'_>) -> String {
    let target = &case.evidence.target;
    let definition = target.task_definition.as_deref();
    format!(
        "{}/{}",
        target.cluster,
        definition.unwrap_or_else(|| short(&target.asked))
    )
}

fn said(case: &Case<'_>, outcome: Outcome, ranked: &Ranked, requirements: &[Requirement]) -> String {
    let name = name(case);
    let images = match case.images.len() {
        0 | 1 => "its image".to_owned(),
        several => format!("its {several} images"),
    };
    match outcome {
        Outcome::TargetNotFound => not_found(case),
        Outcome::WouldPull => {
            let role = case.puller.role().map(|(arn, _)| short(arn)).unwrap_or_default();
            let exist = if case.images.len() > 1 {
                "they exist"
            } else {
                "it exists"
            };
            format!(
                "{name} would pull {images} from {}: {exist}, role {role} may pull, and every host can be reached",
                places(case)
            )
        }
        Outcome::WouldFail => {
            let cause = ranked
                .causes
                .iter()
                .find(|cause| cause.confidence == Confidence::Confirmed)
                .or_else(|| ranked.causes.first());
            match cause {
                Some(cause)
                    if matches!(
                        cause.cause,
                        Cause::TaskDefinitionInactive | Cause::EndpointMissingOther
                    ) =>
                {
                    format!("{name} would not start: {}", cause.summary)
                }
                Some(cause) => format!(
                    "{name} would not pull {images}{}: {}",
                    from_some(case, cause.stage, cause.cause),
                    cause.summary
                ),
                None => format!("{name} would not pull {images}"),
            }
        }
        _ => {
            let open = requirements
                .iter()
                .find_map(|requirement| match &requirement.state {
                    State::Open(missing) => missing.first(),
                    _ => None,
                });
            match (ranked.causes.first(), open) {
                (Some(cause), _) => format!(
                    "whether {name} would pull {images} cannot be told: possibly not, {}",
                    cause.summary
                ),
                (None, Some(missing)) => format!(
                    "whether {name} would pull {images} cannot be told: could not check {} ({})",
                    missing.what, missing.why
                ),
                (None, None) => format!("whether {name} would pull {images} cannot be told"),
            }
        }
    }
}

fn not_found(case: &Case<'_>) -> String {
    let evidence = case.evidence;
    let target = &evidence.target;
    if evidence.cluster.absent().is_some() {
        return headline::not_found(case);
    }
    if let Some(service) = &target.service
        && evidence.service.absent().is_some()
    {
        let what = format!("service {service} does not exist in cluster {}", target.cluster);
        return headline::did_you_mean(&what, service, evidence.service_names.items());
    }
    let asked = short(&target.asked);
    let ahead = evidence.preflight.as_ref();
    if let Some(newest) = ahead.and_then(|ahead| ahead.newest.value()) {
        return format!("task definition {asked} does not exist; the newest active revision is {newest}");
    }
    let family = asked.split(':').next().unwrap_or(asked);
    let account = target.account.as_deref().unwrap_or("this account");
    let what = format!(
        "task definition {asked} does not exist in {account}, {}",
        target.region
    );
    let families = ahead.map(|ahead| ahead.families.items()).unwrap_or_default();
    headline::did_you_mean(&what, family, families)
}

/// The subnets from which the task would pull.
fn subnets<'c>(case: &'c Case<'_>) -> Vec<&'c str> {
    let known = case.network.places.known.iter();
    without_repeats(known.map(|place| place.subnet.as_str()))
}

fn places(case: &Case<'_>) -> String {
    match subnets(case).as_slice() {
        several if several.len() > 3 => format!("each of {} subnets", several.len()),
        few => few.join(", "),
    }
}

/// ` from 1 of 2 subnets`, for what is broken from some and not from others.
fn from_some(case: &Case<'_>, stage: crate::Stage, cause: Cause) -> String {
    if cause.family() != crate::Family::Network {
        return String::new();
    }
    let of_stage = case
        .network
        .summary
        .iter()
        .find_map(|need| match &need.agreement {
            Agreement::Differs {
                broken,
                open,
                unknown,
            } if need.need.stage() == stage => {
                Some((broken.len(), broken.len() + open.len() + unknown.len()))
            }
            _ => None,
        });
    match of_stage {
        Some((broken, all)) if broken < all => format!(" from {broken} of {all} subnets"),
        _ => String::new(),
    }
}

/// The nine steps, as far as they arise where nothing has failed.
fn checked(case: &Case<'_>, ahead: &Preflight, ranked: &Ranked, span: Span) -> Vec<Check> {
    let mut all = checks::checks(case, &ranked.causes, span);
    for check in &mut all {
        let nothing = |why: &str| (CheckStatus::NotApplicable, why.to_owned());
        let (status, detail) = match check.step {
            2..=7 if case.evidence.target.kind == TargetKind::NotFound => {
                nothing("there is nothing to start")
            }
            4 => nothing("nothing has been started that could have logged a failure"),
            5 => with_platforms(case, check),
            6 => nothing("nothing has been started: other tasks are not looked at"),
            7 => (check.status, with_network(case, ahead, &check.detail)),
            8 => nothing("past pulls do not tell of the next one"),
            9 if case
                .evidence
                .changes
                .iter()
                .all(|changes| changes.value().is_none()) =>
            {
                nothing("changes are looked for only where a pull would fail")
            }
            _ => continue,
        };
        (check.status, check.detail) = (status, detail);
    }
    all
}

/// What the images are made for, or that this was not read.
fn with_platforms(case: &Case<'_>, check: &Check) -> (CheckStatus, String) {
    let mut said = vec![check.detail.clone()];
    let mut status = check.status;
    let wanted = platform::wanted(case);
    for image in &case.images {
        let (Some(ecr), Some(_)) = (image.ecr, image.found()) else {
            continue;
        };
        let name = &ecr.repository_name;
        let Some(platforms) = ecr.platforms.seen() else {
            said.push(format!("which platforms {name} is made for was not read"));
            continue;
        };
        let listed: Vec<String> = platforms.platforms.iter().map(ToString::to_string).collect();
        let made = format!(
            "{name} is made for {} (ECR records that this was read as a pull)",
            listed.join(", ")
        );
        said.push(match &wanted {
            Some((wanted, _))
                if !platforms.index
                    && !platforms
                        .platforms
                        .iter()
                        .any(|platform| platform::fits(platform, wanted)) =>
            {
                status = CheckStatus::Problem;
                format!("{made}: it would be pulled, and not start on {wanted}")
            }
            _ => made,
        });
    }
    (status, said.join("; "))
}

/// Where the network was taken from.
fn with_network(case: &Case<'_>, ahead: &Preflight, detail: &str) -> String {
    let service = case.service().map(|service| service.name.as_str());
    let family = case
        .definition
        .map(|definition| definition.value().family.clone())
        .unwrap_or_default();
    let on_instances = ahead.on_instances() == Some(true);
    let from = match (&ahead.network, service) {
        _ if on_instances && !case.evidence.instances.is_empty() => format!(
            "from {} of the cluster's {} active container instances, whose own network counts",
            case.evidence.instances.len(),
            ahead.container_instances.items().len()
        ),
        (Some(_), _) if !on_instances => "with the subnets and security groups that were given".to_owned(),
        (None, Some(service)) if ahead.found_service => {
            format!("with the network of service {service}, the only one of the cluster that runs {family}")
        }
        (None, Some(service)) => format!("with the network of service {service}"),
        _ => return detail.to_owned(),
    };
    format!("{detail}; {from}")
}
