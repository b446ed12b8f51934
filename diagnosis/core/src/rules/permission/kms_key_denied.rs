//! The key that encrypts the repository (or the registry secret) may not be used.
//!
//! # What fails
//! The key works, and whoever needs it may not use it. For a repository that is ECR itself, by grants that it made on the key;
//! the role that pulls needs no permission for it. For a secret it is the execution role, which needs `kms:Decrypt`.
//!
//! # What the pull says
//! "… AccessDeniedException: The ciphertext refers to a customer master key that does not exist, does not exist in this region,
//! or you are not allowed to access", "Access to KMS is not allowed", "KmsError".
//!
//! # What proves it
//! For a secret: the role's policies and the key's policy, which together do not allow `kms:Decrypt` through Secrets Manager.
//! For a repository: the text; that the key has no grant for ECR left makes it likelier.
//!
//! # What rules it out
//! A key that AWS manages; policies that allow it. `kms:Decrypt` in the execution role does nothing for a repository.
//!
//! # What cannot be known
//! The policy of a key of another account; whether a condition on the encryption context is met where it is another one.
//!
//! # Remedies
//! For a secret: `kms:Decrypt` on the key for the role, in its policies and, for another account's key, in the key's policy.
//! A lost grant of ECR's cannot be made again: push the image to a new repository.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html>,
//! <https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html>

use serde_json::json;

use super::keys::{Use, uses};
use crate::access::{Decision, Layer};
use crate::case::Case;
use crate::case::key::KeyState;
use crate::evidence::short;
use crate::judgement::{Finding, Judgement, Subject, SubjectKind};
use crate::observed::Missing;
use crate::remedy::Remedy;
use crate::stage::Stage;
use crate::stop_reason::{StopClass, secret_trouble};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let uses = uses(case);
    if uses.is_empty() {
        return said_only(case).into_iter().collect();
    }
    uses.iter().map(|used| of_use(case, used)).collect()
}

fn of_use(case: &Case<'_>, used: &Use<'_, '_>) -> (Subject, Judgement) {
    let subject = Subject::new(SubjectKind::Key, used.name);
    let name = short(used.name);
    let finding = |summary: String| {
        Finding::observed(used.stage, summary)
            .effect(used.effect(case))
            .facts(used.said.clone())
    };
    let judgement = match used.state {
        KeyState::Refused(decision, facts) => {
            let role = case.execution_role.as_ref().map(|role| role.arn).unwrap_or_default();
            let who = by_whom(decision);
            Judgement::Confirmed(
                finding(format!(
                    "role {} may not use key {name}, which encrypts {}: {who}",
                    short(role),
                    used.what
                ))
                .facts(facts.iter().cloned())
                .remedies(allow(role, used.name, decision)),
            )
        }
        KeyState::NoGrant(fact) => Judgement::Likely(
            finding(format!(
                "ECR has lost its grant for key {name}, which encrypts {}; a permission of the role would not help",
                used.what
            ))
            .facts([fact.clone()])
            .facts(used.encrypts.clone()),
        ),
        KeyState::Gone(_) | KeyState::Unusable(_) => Judgement::NotApplicable,
        KeyState::Usable(facts) => match &used.said {
            Some(_) => Judgement::Possible(
                finding(format!(
                    "key {name}, which encrypts {}, could not be used then; nothing that can be read refuses it now",
                    used.what
                ))
                .facts(facts.iter().cloned())
                .missing([unread(name)]),
            ),
            None => Judgement::RuledOut {
                why: format!("key {name} may be used for {}", used.what),
                facts: facts.clone(),
            },
        },
        KeyState::Unknown(missing) => match &used.said {
            Some(_) => Judgement::Likely(
                finding(format!(
                    "key {name}, which encrypts {}, may not be used, says the failure",
                    used.what
                ))
                .missing(missing.iter().cloned()),
            ),
            None => Judgement::Unknown {
                missing: missing.clone(),
            },
        },
    };
    (subject, judgement)
}

/// The text speaks of a key, and none is known.
fn said_only(case: &Case<'_>) -> Option<(Subject, Judgement)> {
    let attempt = case.said(&[StopClass::KmsDenied])?;
    let stage = attempt
        .reason
        .detail
        .phase
        .unwrap_or(if secret_trouble(&attempt.text).is_some() {
            Stage::Token
        } else {
            Stage::Layers
        });
    let image = attempt.image.clone().unwrap_or_default();
    let missing: Vec<Missing> = case
        .images
        .iter()
        .filter_map(|image| {
            let ecr = image.ecr?;
            ecr.repository
                .missing(format!("repository {}", ecr.repository_name))
        })
        .collect();
    let finding = Finding::observed(stage, "a KMS key may not be used, says the failure")
        .facts([attempt.fact.clone()])
        .missing(missing);
    Some((Subject::image(image), Judgement::Likely(finding)))
}

fn unread(name: &str) -> Missing {
    Missing::unknowable(
        format!("what refused key {name} when the pull failed"),
        "changes of its policy and grants since are not known",
    )
}

/// Which layer refuses, for a sentence.
fn by_whom(decision: &Decision) -> String {
    if let Some(statement) = &decision.decided_by {
        return format!("{statement} denies it");
    }
    let layers: Vec<&str> = decision
        .blocking
        .iter()
        .map(|layer| match layer {
            Layer::Resource => "key policy",
            layer => layer.words(),
        })
        .collect();
    format!("no {} allows kms:Decrypt", layers.join(" and no "))
}

/// `kms:Decrypt` for the role, where its own policies are all that lack it.
fn allow(role: &str, key: &str, decision: &Decision) -> Option<Remedy> {
    if decision.blocking != [Layer::Identity] {
        return None;
    }
    let statement = json!({ "Effect": "Allow", "Action": "kms:Decrypt", "Resource": key });
    Some(super::registry_secret_unreadable::put(
        "allow_key",
        "Let the role use the secret's key",
        role,
        &statement,
    ))
}
