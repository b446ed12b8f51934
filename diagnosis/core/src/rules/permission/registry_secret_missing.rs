//! The registry's secret does not exist, is scheduled for deletion, or is not the documented JSON.
//!
//! # What fails
//! `repositoryCredentials` names a secret that cannot be used: it is not there, it is marked for deletion, it has no current
//! version, or its value is not `{"username": …, "password": …}`.
//!
//! # What the pull says
//! "… ResourceNotFoundException: Secrets Manager can't find the specified secret …", "… because it was marked for deletion",
//! "asm fetching authorization data: unable to unmarshal secret value, invalid schema", "AuthorizationData is malformed, empty
//! field".
//!
//! # What proves it
//! `secretsmanager:DescribeSecret`: there is no such secret, it has a deletion date, or none of its versions is current. What
//! the value looks like is told by the failure's text alone: the value is never read.
//!
//! # What rules it out
//! A secret with a current version, and a failure that proves that the registry was asked.
//!
//! # What cannot be known
//! What the secret's value is.
//!
//! # Remedies
//! Make or restore the secret, or put a value of the documented form into it.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/private-auth.html>

use super::registry_secret_unreadable::{SAYS, each, said};
use crate::case::Case;
use crate::case::secret::{SecretCase, SecretState, short_name};
use crate::judgement::{Finding, Judgement, Subject};
use crate::names;
use crate::observed::Fact;
use crate::remedy::{Remedy, Risk, manual};
use crate::stage::Stage;
use crate::stop_reason::SecretTrouble;

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    each(case, of_secret)
}

fn of_secret(case: &Case<'_>, secret: &SecretCase<'_>) -> Judgement {
    let name = short_name(secret.parameter);
    let spoken = said(case, &[SecretTrouble::Missing, SecretTrouble::Unsaid]);
    let confirmed = |summary: String, fact: Fact, remedy: Remedy| {
        Judgement::Confirmed(
            Finding::observed(Stage::Token, summary)
                .effect(case.effect(None, Stage::Token, SAYS))
                .facts(spoken.clone())
                .facts([fact])
                .remedies([remedy]),
        )
    };
    match &secret.state {
        SecretState::Gone(absence) => confirmed(
            format!("secret {name} with the registry's credentials does not exist"),
            absence.fact(format!("Secrets Manager knows no secret {name}")),
            make(secret.parameter),
        ),
        SecretState::Deleted(seen) => {
            let when = seen
                .deleted_at
                .map(|at| format!(" since {}", names::day_and_clock(at)));
            let when = when.unwrap_or_default();
            confirmed(
                format!("secret {name} with the registry's credentials is marked for deletion{when}"),
                seen.fact(format!("secret {name} is marked for deletion{when}")),
                restore(&seen.arn),
            )
        }
        SecretState::Empty(seen) => confirmed(
            format!("secret {name} with the registry's credentials has no current version"),
            seen.fact(format!("no version of secret {name} is AWSCURRENT")),
            fill(&seen.arn),
        ),
        SecretState::Refused(_) | SecretState::Readable(_) | SecretState::Unknown(_) => {
            by_text(case, secret, name)
        }
    }
}

/// What only the text tells: what the value looks like, and a secret that may not be described.
fn by_text(case: &Case<'_>, secret: &SecretCase<'_>, name: &str) -> Judgement {
    if let Some(fact) = said(case, &[SecretTrouble::Malformed]) {
        return Judgement::Likely(
            Finding::observed(
                Stage::Token,
                format!("the value of secret {name} is not the documented JSON with username and password"),
            )
            .facts([fact])
            .remedies([fill(secret.parameter)]),
        );
    }
    let missing = match &secret.state {
        SecretState::Unknown(missing) => missing.clone(),
        SecretState::Readable(facts) => {
            return Judgement::RuledOut {
                why: format!("secret {name} exists and has a current version"),
                facts: facts.clone(),
            };
        }
        _ => return Judgement::NotApplicable,
    };
    match said(case, &[SecretTrouble::Missing]) {
        Some(fact) => Judgement::Likely(
            Finding::observed(
                Stage::Token,
                format!("secret {name} with the registry's credentials does not exist, says the failure"),
            )
            .facts([fact])
            .missing(missing)
            .remedies([make(secret.parameter)]),
        ),
        None => Judgement::Unknown { missing },
    }
}

const VALUE: &str = "{\"username\":\"…\",\"password\":\"…\"}";

fn make(parameter: &str) -> Remedy {
    // An ARN ends in a hyphen and six characters that are no part of the name.
    let name = parameter.split_once(":secret:").map_or(parameter, |(_, name)| {
        name.rsplit_once('-')
            .filter(|(_, end)| end.len() == 6)
            .map_or(name, |(name, _)| name)
    });
    let mut remedy = manual(
        "create_secret",
        "Make the secret with the registry's credentials",
        Risk::Low,
        format!("aws secretsmanager create-secret --name {name} --secret-string '{VALUE}'"),
        Some(format!(
            "resource \"aws_secretsmanager_secret\" \"registry\" {{\n  name = \"{name}\"\n}}"
        )),
    );
    remedy
        .notes
        .push("Its ARN ends in six new characters: the task definition has to name the new one.".to_owned());
    remedy
}

fn restore(arn: &str) -> Remedy {
    manual(
        "restore_secret",
        "Restore the secret",
        Risk::Low,
        format!("aws secretsmanager restore-secret --secret-id {arn}"),
        None,
    )
}

fn fill(secret: &str) -> Remedy {
    manual(
        "put_secret_value",
        "Put the registry's user name and password into the secret",
        Risk::Low,
        format!("aws secretsmanager put-secret-value --secret-id {secret} --secret-string '{VALUE}'"),
        None,
    )
}
