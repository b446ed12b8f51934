//! `repositoryCredentials` are set on an ECR image: the wrong credentials are used.
//!
//! # What fails
//! With `repositoryCredentials` the puller logs in with the user name and password of a secret. ECR wants a token that
//! lives for twelve hours; the secret's password is none, or one that has expired.
//!
//! # What the pull says
//! "unauthorized", "no basic auth credentials", "Your authorization token has expired", or "pull access denied".
//!
//! # What proves it
//! The task definition, and a text in which ECR turns the credentials down.
//!
//! # What rules it out
//! No `repositoryCredentials` on the container.
//!
//! # What cannot be known
//! What is in the secret: its value is never read.
//!
//! # Remedies
//! A revision without them: the execution role pulls from ECR.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/private-auth.html>

use super::each;
use crate::case::Case;
use crate::case::attempts::Attempt;
use crate::case::fate::ImageCase;
use crate::evidence::short;
use crate::images::Registry;
use crate::judgement::{Finding, Judgement, Subject};
use crate::remedy::Risk;
use crate::stage::Stage;
use crate::stop_reason::StopClass;

/// ECR turning down credentials, or the secret that holds them not being had.
const SAYS: &[StopClass] = &[
    StopClass::AuthToken,
    StopClass::PrivateRegistryAuth,
    StopClass::AmbiguousDeniedOrMissing,
];

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    each(case, judge_image)
}

fn judge_image(case: &Case<'_>, image: &ImageCase<'_>) -> Judgement {
    let (Some(Registry::EcrPrivate { .. }), Some(definition)) = (image.registry(), case.definition) else {
        return Judgement::NotApplicable;
    };
    let set = image
        .containers
        .iter()
        .find_map(|container| Some((container, container.credentials_parameter.as_deref()?)));
    let Some((container, parameter)) = set else {
        return Judgement::NotApplicable;
    };
    let name = definition.name();
    let said = case.newest_saying(image.reference, SAYS);
    let finding = Finding::observed(
        Stage::Manifest,
        format!(
            "repositoryCredentials on the ECR image {}: secret {} is used in place of the role's token",
            image.reference,
            short(parameter)
        ),
    )
    .effect(case.effect(Some(image.reference), Stage::Manifest, SAYS))
    .facts(said.map(|attempt| attempt.fact.clone()))
    .facts([definition.fact(format!(
        "container {} of {name} has repositoryCredentials {parameter}",
        container.name
    ))])
    .remedies([case.revise(
        "remove_registry_credentials",
        "Remove repositoryCredentials",
        Risk::Medium,
        &format!("remove repositoryCredentials from container {}", container.name),
        None,
    )])
    .remedies(case.roll_back());
    let vague = case
        .attempts
        .newest_pull(Some(image.reference))
        .is_some_and(Attempt::is_vague);
    match said {
        Some(_) => Judgement::Confirmed(finding),
        None if vague => Judgement::Likely(finding),
        None => Judgement::Possible(finding),
    }
}
