//! The registry refused the credentials it was given.
//!
//! # What fails
//! The task definition names a secret with credentials for the image's registry, the agent read it, and the registry does not
//! take them: a wrong password, an expired or revoked token, an account without access to that image.
//!
//! # What the pull says
//! "unauthorized: incorrect username or password", "401 Unauthorized", "denied: requested access to the resource is denied".
//!
//! # What proves it
//! The text: the secret was read (its own failures have other words), and the registry answered with a refusal. The
//! credentials themselves are never read, and the registry is not asked with them.
//!
//! # What rules it out
//! No `repositoryCredentials`; words about reading the secret.
//!
//! # What cannot be known
//! Whether the credentials are wrong, expired, or good and without access to this image.
//!
//! # Remedies
//! Put fresh credentials into the secret; a new task reads them.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/private-auth.html>

use super::registry_credentials::refused;
use super::registry_credentials_missing::SAYS;
use crate::case::Case;
use crate::case::secret::{SecretState, short_name};
use crate::judgement::{Finding, Judgement, Subject};
use crate::observed::Missing;
use crate::remedy::{Remedy, Risk, manual};
use crate::stage::Stage;

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    refused(case)
        .into_iter()
        .filter_map(|asked| {
            let secret = asked.secret?;
            let reference = asked.image.reference;
            let host = asked.host();
            let name = short_name(secret);
            let readable = case
                .secrets
                .iter()
                .find(|known| known.parameter == secret)
                .and_then(|known| match &known.state {
                    SecretState::Readable(facts) => Some(facts.clone()),
                    _ => None,
                });
            let summary = format!("registry {host} refused the credentials in secret {name} for {reference}");
            let finding = Finding::observed(Stage::Manifest, summary)
                .effect(case.effect(Some(reference), Stage::Manifest, SAYS))
                .facts([asked.attempt.fact.clone()])
                .facts(readable.into_iter().flatten())
                .remedies([replace(secret)]);
            let else_missing = Missing::unknowable(
                format!("whether {reference} exists"),
                "the registry does not tell those whom it does not let in",
            );
            Some(asked.judged(finding, else_missing))
        })
        .collect()
}

fn replace(secret: &str) -> Remedy {
    manual(
        "replace_credentials",
        "Put fresh credentials into the secret",
        Risk::Low,
        format!(
            "aws secretsmanager put-secret-value --secret-id {secret} --secret-string '{{\"username\":\"…\",\"password\":\"…\"}}'"
        ),
        None,
    )
}
