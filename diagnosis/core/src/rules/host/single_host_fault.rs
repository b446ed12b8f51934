//! The same image and role pull fine on other hosts: stale credentials, clock, proxy or daemon of one instance.
//!
//! # What fails
//! An instance keeps registry credentials, a clock, proxy settings and a container runtime of its own. One of them is
//! wrong there, while every other instance pulls the same image.
//!
//! # What the pull says
//! Whatever the fault makes of it: an expired token, a certificate that is not valid yet, a connection refused, a
//! time-out.
//!
//! # What proves it
//! Nothing proves it: all failures on one instance and successes of the same revision on others, within the hour, make
//! it likely. A success may come from another instance's image cache: for a refusal it is possible only.
//!
//! # What rules it out
//! The same failure on a second instance; a way that is broken from this instance's subnet; words that blame the image,
//! its tag or the disk.
//!
//! # What cannot be known
//! What is wrong on the instance.
//!
//! # Remedies
//! The instance drained and replaced.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-instance-draining.html>

use super::agent_disconnected::drain;
use crate::case::Case;
use crate::case::attempts::{Attempt, brief};
use crate::case::cohort::Contrast;
use crate::evidence::short;
use crate::judgement::{Finding, Judgement, Subject};
use crate::observed::{Missing, Observed};
use crate::stage::Stage;
use crate::stop_reason::StopClass;

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let Some(Contrast { value, runs, failed }) = case.cohort.one_instance.as_ref() else {
        return Vec::new();
    };
    let Some(attempt) = case
        .attempts
        .newest_pull(None)
        .filter(|attempt| could_be(attempt))
    else {
        return Vec::new();
    };
    let broken = case
        .reaches
        .iter()
        .any(|reach| !reach.path.place.failed.is_empty() && reach.path.broken().is_some());
    if broken {
        return Vec::new();
    }
    let others = if *runs == 1 {
        "another instance runs"
    } else {
        "other instances run"
    };
    let summary = format!(
        "only container instance {} fails to pull, {failed} of {failed} failures: {others} the same image",
        brief(short(value))
    );
    let instance = case
        .evidence
        .instances
        .iter()
        .filter_map(Observed::value)
        .find(|instance| short(&instance.arn) == short(value));
    let finding = Finding::observed(attempt.reason.detail.phase.unwrap_or(Stage::Manifest), summary)
        .facts(case.attempts.pulls().take(3).map(|attempt| attempt.fact.clone()))
        .facts(case.cohort.elsewhere(value))
        .missing([Missing::unknowable(
            format!("what is wrong on container instance {}", brief(short(value))),
            "credentials, clock, proxy and daemon are on the instance",
        )])
        .remedies(instance.map(|instance| drain(case, &instance.arn)));
    let cached_elsewhere = matches!(
        attempt.reason.class,
        StopClass::AccessDeniedIdentity
            | StopClass::AccessDeniedResourcePolicy
            | StopClass::AmbiguousDeniedOrMissing
            | StopClass::PrivateRegistryAuth
    );
    let judgement = if cached_elsewhere {
        Judgement::Possible(finding)
    } else {
        Judgement::Likely(finding)
    };
    vec![(Subject::instance(value), judgement)]
}

/// Whether the words leave room for a fault of the host: an image that is not there fails on every host that has not
/// cached it, and a full disk is told as such.
fn could_be(attempt: &Attempt<'_>) -> bool {
    !matches!(
        attempt.reason.class,
        StopClass::RepositoryNotFound
            | StopClass::TagNotFound
            | StopClass::DigestNotFound
            | StopClass::InvalidReference
            | StopClass::PlatformMismatch
            | StopClass::ManifestUnsupported
            | StopClass::DiskFull
            | StopClass::RateLimitedDockerhub
            | StopClass::ThrottledEcr
            | StopClass::PullThroughCache
            | StopClass::ScanOrQuarantine
            | StopClass::AssumeRole
    )
}
