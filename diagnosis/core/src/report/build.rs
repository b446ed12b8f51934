//! Putting the report together.

use super::ranking::{Ranked, ranked};
use super::{
    BlastRadius, Failure, Impact, Outcome, REPORT_VERSION, Report, ReportTarget, checks, headline, preflight,
};
use crate::case::Case;
use crate::case::attempts::Attempt;
use crate::case::situation::{Healthy, Situation, situation};
use crate::case::timeline::{Span, timeline};
use crate::catalogue::Family;
use crate::diagnose::Options;
use crate::evidence::{TargetKind, short};
use crate::judgement::{Confidence, Effect};

/// The report of a case.
pub(crate) fn build(case: &Case<'_>, options: &Options) -> Report {
    if let Some(ahead) = &case.evidence.preflight {
        return preflight::build(case, ahead, options);
    }
    let situation = situation(case);
    let outcome = outcome(&situation);
    let mut ranked = match outcome {
        Outcome::PullFailure | Outcome::Inconclusive => ranked(case, &options.without),
        Outcome::NoFailure if matches!(situation, Situation::Healthy(Healthy::RolledBack { .. })) => {
            ranked(case, &options.without)
        }
        Outcome::OtherFailure if matches!(situation, Situation::CannotStart) => {
            of_configuration(ranked(case, &options.without))
        }
        Outcome::NoFailure if matches!(situation, Situation::Healthy(Healthy::Recovered { .. })) => {
            of_the_past(ranked(case, &options.without))
        }
        Outcome::NoFailure
        | Outcome::OtherFailure
        | Outcome::TargetNotFound
        | Outcome::WouldPull
        | Outcome::WouldFail => Ranked::default(),
    };
    if outcome != Outcome::PullFailure && !matches!(situation, Situation::CannotStart) {
        // What runs is not to be touched, and what did not fail is not to be fixed.
        ranked.remedies.clear();
        for cause in &mut ranked.causes {
            cause.remedies.clear();
        }
    }
    let failures = failures(case);
    let explained = ranked
        .causes
        .iter()
        .any(|cause| cause.effect == Effect::Observed && cause.confidence != Confidence::Possible)
        // What is over needs no further search.
        || outcome != Outcome::PullFailure;
    let span = Span::of(case, options.window, explained);
    Report {
        schema_version: REPORT_VERSION,
        observed_at: case.evidence.observed_at,
        target: target(case),
        outcome,
        headline: headline::headline(case, &situation, &ranked.causes),
        impact: impact(case),
        failure: failures.first().cloned(),
        failures,
        checks: checks::checks(case, &ranked.causes, span),
        causes: ranked.causes,
        ruled_out: ranked.ruled_out,
        unknown: ranked.unknown,
        timeline: timeline(case, span),
        blast_radius: if outcome == Outcome::PullFailure {
            case.cohort.blast_radius(case.evidence, &case.attempts)
        } else {
            BlastRadius::default()
        },
        remedies: ranked.remedies,
        cost: options.cost,
    }
}

fn outcome(situation: &Situation<'_, '_>) -> Outcome {
    match situation {
        Situation::NotFound => Outcome::TargetNotFound,
        Situation::PullFailure => Outcome::PullFailure,
        Situation::OtherFailure(_) | Situation::CannotStart => Outcome::OtherFailure,
        Situation::Healthy(_) => Outcome::NoFailure,
        Situation::Inconclusive(_) => Outcome::Inconclusive,
    }
}

/// Of a failure that is over, only what explains it and is no guess is told.
fn of_the_past(mut ranked: Ranked) -> Ranked {
    let explains = |cause: &super::CauseReport| {
        cause.effect == Effect::Observed && cause.confidence != Confidence::Possible
    };
    ranked.causes.retain(explains);
    ranked.ruled_out.clear();
    ranked.unknown.clear();
    ranked
}

/// Where no task is started nothing is pulled: only what keeps tasks from being started is told.
fn of_configuration(mut ranked: Ranked) -> Ranked {
    ranked.keep(|cause| cause.family() == Family::Configuration);
    ranked
}

pub(super) fn target(case: &Case<'_>) -> ReportTarget {
    let target = &case.evidence.target;
    ReportTarget {
        account: target.account.clone(),
        region: target.region.clone(),
        cluster: target.cluster.clone(),
        service: target.service.clone(),
        task: target.task.clone(),
        task_definition: case
            .definition
            .map(|definition| definition.name())
            .or_else(|| target.task_definition.clone()),
    }
}

fn impact(case: &Case<'_>) -> Impact {
    let known = case
        .service()
        .filter(|_| case.evidence.target.kind != TargetKind::NotFound);
    let Some(service) = known else {
        return Impact::default();
    };
    let serving = service
        .deployments
        .iter()
        .filter(|deployment| deployment.running > 0)
        .max_by_key(|deployment| deployment.running)
        .map(|deployment| short(&deployment.task_definition).to_owned());
    Impact {
        running: Some(service.running),
        desired: Some(service.desired),
        serving_revision: serving,
        rollback_in_progress: case.rollback_in_progress(),
    }
}

/// All failures, one per container and class, newest first.
fn failures(case: &Case<'_>) -> Vec<Failure> {
    let pulls = case.attempts.all.iter().any(Attempt::is_pull);
    let mut failures: Vec<Failure> = Vec::new();
    for attempt in case
        .attempts
        .all
        .iter()
        .filter(|attempt| attempt.is_pull() == pulls)
    {
        let class = attempt.reason.class;
        let known = failures
            .iter_mut()
            .find(|failure| failure.class == class && failure.container.as_deref() == attempt.container);
        match known {
            Some(failure) => {
                failure.count += 1;
                failure.first_seen = failure.first_seen.min(attempt.at).or(attempt.at);
            }
            None => failures.push(Failure {
                class,
                message: attempt.text.clone(),
                image: attempt.image.clone(),
                container: attempt.container.map(str::to_owned),
                first_seen: attempt.at,
                last_seen: attempt.at,
                count: 1,
            }),
        }
    }
    failures
}
