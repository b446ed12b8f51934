//! The key that encrypts the repository (or the registry secret) is disabled, pending deletion or gone.
//!
//! # What fails
//! A KMS key encrypts the repository, or the secret with a registry's credentials. While it is disabled, about to be deleted
//! or gone, nothing that it encrypts can be read, whoever asks.
//!
//! # What the pull says
//! "… KMS.DisabledException …", "… KMSInvalidStateException …", "KmsError", a 403 on layers; for a secret "Access to KMS is not
//! allowed".
//!
//! # What proves it
//! `kms:DescribeKey`: the key's state is none in which it decrypts, or there is no such key.
//!
//! # What rules it out
//! A key that is `Enabled`; a repository without a key of its own.
//!
//! # What cannot be known
//! The state of a key that may not be described, or of another account.
//!
//! # Remedies
//! Enable the key; for one that is to be deleted, cancel that first. What a deleted key encrypted is lost: push the image to
//! another repository.
//!
//! # References
//! <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>,
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html>

use super::keys::{Use, uses};
use crate::case::Case;
use crate::case::key::KeyState;
use crate::case::timeline;
use crate::evidence::short;
use crate::judgement::{Finding, Judgement, Subject, SubjectKind};
use crate::names;
use crate::observed::Fact;
use crate::remedy::{Remedy, Risk, manual};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    uses(case).into_iter().map(|used| of_use(case, &used)).collect()
}

fn of_use(case: &Case<'_>, used: &Use<'_, '_>) -> (Subject, Judgement) {
    let subject = Subject::new(SubjectKind::Key, used.name);
    let name = short(used.name);
    let broken = |how: String, fact: Fact, remedies: Vec<Remedy>| {
        let suspect = timeline::suspect(case, &[used.name]);
        Judgement::Confirmed(
            Finding::observed(
                used.stage,
                format!("key {name}, which encrypts {}, {how}", used.what),
            )
            .effect(used.effect(case))
            .facts(used.said.clone())
            .facts([fact])
            .facts(used.encrypts.clone())
            .facts(suspect.map(|change| change.fact(timeline::sentence(change.value()))))
            .remedies(remedies),
        )
    };
    let judgement = match used.state {
        KeyState::Gone(absence) => broken(
            "does not exist".to_owned(),
            absence.fact(format!("KMS knows no key {name}")),
            Vec::new(),
        ),
        KeyState::Unusable(key) => {
            let when = key
                .deletion_at
                .map(|at| format!(", to be deleted {}", names::day_and_clock(at)));
            broken(
                format!("is {}{}", key.state, when.unwrap_or_default()),
                key.fact(format!("key {name} is {}", key.state)),
                enable(&key.arn, &key.state).into_iter().collect(),
            )
        }
        KeyState::Refused(_, facts) | KeyState::Usable(facts) => Judgement::RuledOut {
            why: format!("key {name} works"),
            facts: facts.clone(),
        },
        KeyState::NoGrant(_) => Judgement::NotApplicable,
        KeyState::Unknown(missing) => Judgement::Unknown {
            missing: missing.clone(),
        },
    };
    (subject, judgement)
}

fn enable(arn: &str, state: &str) -> Option<Remedy> {
    let cancel = match state {
        "Disabled" => "",
        "PendingDeletion" => &format!("aws kms cancel-key-deletion --key-id {arn}\n"),
        _ => return None,
    };
    let cli = format!("{cancel}aws kms enable-key --key-id {arn}");
    let terraform = "resource \"aws_kms_key\" \"…\" {\n  # …\n  is_enabled = true\n}";
    let mut remedy = manual(
        "enable_key",
        "Enable the key again",
        Risk::Medium,
        cli,
        Some(terraform.to_owned()),
    );
    remedy
        .notes
        .push("Everything that the key encrypts can be read again.".to_owned());
    Some(remedy)
}
