//! The secret with a private registry's credentials may not be read by the role (or its key not used).
//!
//! # What fails
//! For an image with `repositoryCredentials` the agent first reads the secret that holds the registry's user name and
//! password, as the execution role. The role may not call `secretsmanager:GetSecretValue` on it. (A key of the secret's that
//! the role may not use is `kms_key_denied`.)
//!
//! # What the pull says
//! "ResourceInitializationError: unable to pull secrets or registry auth: … unable to retrieve secret from asm: …
//! AccessDeniedException …", or "CannotPullContainerAuthError: … private registry credentials …". The same words are used for
//! secrets of the application: the ARN tells.
//!
//! # What proves it
//! The role's policies, its boundary and the secret's own policy, evaluated for the secret's full ARN (with the six characters
//! that AWS adds to its name): they do not allow it.
//!
//! # What rules it out
//! Policies that allow it; a failure that proves that the registry was asked.
//!
//! # What cannot be known
//! Whether it is allowed, where one of the policies may not be read.
//!
//! # Remedies
//! An inline policy for `secretsmanager:GetSecretValue` on this secret alone.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/private-auth.html>

use serde_json::{Value, json};

use crate::access::{Effect as Decided, Layer};
use crate::case::Case;
use crate::case::secret::{GET_SECRET, Refused, SecretCase, SecretState, short_name};
use crate::evidence::short;
use crate::judgement::{Finding, Judgement, Subject, SubjectKind};
use crate::observed::{Fact, Missing};
use crate::remedy::{Remedy, Risk, manual};
use crate::stage::Stage;
use crate::stop_reason::{SecretTrouble, StopClass, secret_trouble};

/// The classes whose words speak of a registry's secret.
pub(super) const SAYS: &[StopClass] = &[StopClass::PrivateRegistryAuth];

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    each(case, of_secret)
}

/// Judges each secret with a registry's credentials.
pub(super) fn each(
    case: &Case<'_>,
    judge: impl Fn(&Case<'_>, &SecretCase<'_>) -> Judgement,
) -> Vec<(Subject, Judgement)> {
    let subject = |secret: &SecretCase<'_>| Subject::new(SubjectKind::Secret, secret.parameter);
    let secrets = case.secrets.iter();
    secrets
        .map(|secret| (subject(secret), judge(case, secret)))
        .collect()
}

fn of_secret(case: &Case<'_>, secret: &SecretCase<'_>) -> Judgement {
    let name = short_name(secret.parameter);
    let role = case
        .execution_role
        .as_ref()
        .map(|role| role.arn)
        .unwrap_or_default();
    let denied = said(case, &[SecretTrouble::Denied]);
    match &secret.state {
        SecretState::Gone(_) | SecretState::Deleted(_) | SecretState::Empty(_) => Judgement::NotApplicable,
        SecretState::Refused(refused) => confirmed(case, role, name, refused),
        SecretState::Readable(facts) => match denied {
            Some(fact) => Judgement::Possible(
                finding(format!(
                    "role {} could not read secret {name} then; it may now",
                    short(role)
                ))
                .facts([fact])
                .facts(facts.iter().cloned())
                .missing([Missing::unknowable(
                    format!("what refused secret {name} when the pull failed"),
                    "nothing that can be read refuses it now",
                )]),
            ),
            None => Judgement::RuledOut {
                why: format!("role {} may read secret {name}", short(role)),
                facts: facts.clone(),
            },
        },
        SecretState::Unknown(missing) => match denied {
            Some(fact) => Judgement::Likely(
                finding(format!(
                    "role {} may not read secret {name}, says the failure",
                    short(role)
                ))
                .facts([fact])
                .missing(missing.iter().cloned()),
            ),
            None => Judgement::Unknown {
                missing: missing.clone(),
            },
        },
    }
}

fn confirmed(case: &Case<'_>, role: &str, name: &str, refused: &Refused) -> Judgement {
    let decision = &refused.decision;
    let denied = decision
        .decided_by
        .as_ref()
        .filter(|_| decision.effect == Decided::ExplicitDeny);
    let who = denied.map_or_else(
        || {
            let layers: Vec<&str> = decision.blocking.iter().map(|layer| layer.words()).collect();
            format!("no {} allows it", layers.join(" and no "))
        },
        |statement| format!("{statement} denies it"),
    );
    let statement = json!({ "Effect": "Allow", "Action": GET_SECRET, "Resource": refused.secret });
    let remedy = (decision.blocking == [Layer::Identity])
        .then(|| put("allow_secret", "Let the role read the secret", role, &statement));
    Judgement::Confirmed(
        finding(format!(
            "role {} may not read secret {name} with the registry's credentials: {who}",
            short(role)
        ))
        .effect(case.effect(None, Stage::Token, SAYS))
        .facts(said(case, &[SecretTrouble::Denied, SecretTrouble::Unsaid]))
        .facts(refused.facts.iter().cloned())
        .remedies(remedy),
    )
}

fn finding(summary: String) -> Finding {
    Finding::observed(Stage::Token, summary)
}

/// The text that says this of a registry's secret.
pub(super) fn said(case: &Case<'_>, troubles: &[SecretTrouble]) -> Option<Fact> {
    let attempt = case.attempts.pulls().find(|attempt| {
        SAYS.contains(&attempt.reason.class)
            && secret_trouble(&attempt.text).is_some_and(|trouble| troubles.contains(&trouble))
    })?;
    Some(attempt.fact.clone())
}

/// An inline policy with one statement.
pub(super) fn put(id: &str, title: &str, role: &str, statement: &Value) -> Remedy {
    let name = short(role);
    let document = json!({ "Version": "2012-10-17", "Statement": [statement] });
    let cli = format!(
        "aws iam put-role-policy --role-name {name} --policy-name registry-credentials --policy-document '{document}'"
    );
    let terraform = format!(
        "resource \"aws_iam_role_policy\" \"registry_credentials\" {{\n  name   = \"registry-credentials\"\n  role   = \"{name}\"\n  policy = jsonencode({document})\n}}"
    );
    manual(id, title, Risk::Low, cli, Some(terraform))
}
