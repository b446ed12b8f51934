//! A private third-party image and no repositoryCredentials.
//!
//! # What fails
//! The image is in a registry outside ECR that wants to know who asks, and the task definition names no secret with
//! credentials for it (`repositoryCredentials`): the pull is anonymous.
//!
//! # What the pull says
//! "unauthorized: authentication required", "no basic auth credentials", "pull access denied for …, repository does not exist
//! or may require 'docker login'", "denied: requested access to the resource is denied".
//!
//! # What proves it
//! The task definition has no `repositoryCredentials` for the container, and the registry's answer asks for authentication.
//! Where the registry will not say whether the image is missing or private, it stays possible only.
//!
//! # What rules it out
//! `repositoryCredentials` in the container definition.
//!
//! # What cannot be known
//! Whether the image exists there: a registry hides private images from strangers. On EC2 capacity, whether the agent has
//! credentials of its own (`ECS_ENGINE_AUTH_DATA`).
//!
//! # Remedies
//! A secret with user name and password, named in a new revision; or a copy of the image in ECR.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/private-auth.html>

use super::registry_credentials::refused;
use crate::case::Case;
use crate::judgement::{Finding, Judgement, Subject};
use crate::observed::Missing;
use crate::remedy::{Remedy, Risk};
use crate::stage::Stage;
use crate::stop_reason::StopClass;

pub(super) const SAYS: &[StopClass] = &[
    StopClass::PrivateRegistryAuth,
    StopClass::AmbiguousDeniedOrMissing,
];

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let Some(definition) = case.definition else {
        return Vec::new();
    };
    let name = definition.name();
    refused(case)
        .into_iter()
        .filter(|asked| asked.secret.is_none())
        .map(|asked| {
            let reference = asked.image.reference;
            let host = asked.host();
            let containers: Vec<&str> = asked
                .image
                .containers
                .iter()
                .map(|container| container.name.as_str())
                .collect();
            let fact = definition.fact(format!(
                "{name} names no repositoryCredentials for container {}",
                containers.join(", ")
            ));
            let summary = if asked.plainly {
                format!("registry {host} wants credentials for {reference}, and {name} names none")
            } else {
                format!("registry {host} may want credentials for {reference}, and {name} names none")
            };
            let finding = Finding::observed(Stage::Manifest, summary)
                .effect(case.effect(Some(reference), Stage::Manifest, SAYS))
                .facts([asked.attempt.fact.clone(), fact])
                .remedies([add_credentials(case)]);
            let else_missing = Missing::unknowable(
                format!("whether {reference} is private or does not exist"),
                "the registry does not tell strangers",
            );
            asked.judged(finding, else_missing)
        })
        .collect()
}

/// A secret with the registry's user name and password, named in a new revision.
pub(in crate::rules) fn add_credentials(case: &Case<'_>) -> Remedy {
    let mut remedy = case.revise(
        "add_repository_credentials",
        "Name a secret with the registry's credentials",
        Risk::Low,
        "add repositoryCredentials { credentialsParameter: ARN of the secret } to the container",
        Some(
            "container_definitions = jsonencode([{\n  # …\n  repositoryCredentials = { credentialsParameter = aws_secretsmanager_secret.registry.arn }\n}])",
        ),
    );
    remedy
        .notes
        .push("The execution role must be allowed secretsmanager:GetSecretValue on the secret.".to_owned());
    remedy
}
