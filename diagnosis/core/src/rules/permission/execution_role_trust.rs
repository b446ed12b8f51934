//! ECS may not assume the execution role.
//!
//! # What fails
//! The role exists, and its trust policy does not let `ecs-tasks.amazonaws.com` assume it for this account, region and task.
//! Trusting `ecs.amazonaws.com` or `ec2.amazonaws.com` instead is the usual mistake; a condition on `aws:SourceArn` with
//! another region is the next.
//!
//! # What the pull says
//! "ECS was unable to assume the role '…' that was provided for this task. Please verify that the role being passed has the
//! proper trust relationship and permissions and that your IAM user has permissions to pass this role".
//!
//! # What proves it
//! The trust policy, evaluated for the service principal, `sts:AssumeRole`, `aws:SourceAccount` and every form that
//! `aws:SourceArn` may have: nothing in it allows, or something denies.
//!
//! # What rules it out
//! A trust policy that lets ECS in. Lists of principals and actions, wildcards, and the wildcard form of `aws:SourceArn` count.
//!
//! # What cannot be known
//! Whether a condition on a narrower `aws:SourceArn` is met: AWS does not document what ECS gives. Resource control policies
//! on STS, which refuse in the same words.
//!
//! # Remedies
//! The trust policy with a statement for `ecs-tasks.amazonaws.com`, or with its condition corrected; none where a statement
//! denies. Changes take seconds to minutes to take effect.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>

use serde_json::json;

use super::execution_role_not_found::{SAYS, said};
use super::principals;
use crate::access::{Decision, UnmetCondition};
use crate::case::Case;
use crate::case::role::{ECS_TASKS, RoleCase, RoleState};
use crate::case::timeline;
use crate::evidence::role::Role;
use crate::evidence::short;
use crate::judgement::{Finding, Judgement, Subject};
use crate::names;
use crate::observed::{Fact, Missing, Present};
use crate::remedy::{Remedy, Risk, manual};
use crate::stage::Stage;

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let Some(role) = &case.execution_role else {
        return Vec::new();
    };
    let name = short(role.arn);
    let said = said(case, role.arn);
    let likely = |fact: Fact, missing: &[Missing]| {
        Judgement::Likely(
            Finding::observed(
                Stage::Role,
                format!("ECS may not assume execution role {name}, says the failure"),
            )
            .facts([fact])
            .missing(missing.iter().cloned()),
        )
    };
    let judgement = match &role.state {
        RoleState::Gone(_) | RoleState::OtherPath(_) => Judgement::NotApplicable,
        RoleState::Distrusts(seen, decision) => confirmed(case, role, *seen, decision, said),
        RoleState::Trusts(seen) => match said {
            Some(fact) => changed(case, role, *seen, fact),
            None => Judgement::RuledOut {
                why: format!("role {name} trusts {ECS_TASKS}"),
                facts: vec![quoted(*seen)],
            },
        },
        RoleState::Depends(seen, missing) => match said {
            Some(fact) => likely(fact, missing).with_facts([quoted(*seen)]),
            None => Judgement::Unknown {
                missing: missing.clone(),
            },
        },
        RoleState::Unread(missing) => match said {
            Some(fact) => likely(fact, missing),
            None => Judgement::Unknown {
                missing: missing.clone(),
            },
        },
    };
    vec![(Subject::role(role.arn), judgement)]
}

fn quoted(role: Present<'_, Role>) -> Fact {
    role.fact(format!("trust policy of role {}: {}", role.name, role.trust))
}

fn confirmed(
    case: &Case<'_>,
    role: &RoleCase<'_>,
    seen: Present<'_, Role>,
    decision: &Decision,
    said: Option<Fact>,
) -> Judgement {
    let name = short(role.arn);
    let trusted: Vec<&str> = principals::of_kind(&seen.trust, "Service").collect();
    let why = match (&decision.decided_by, decision.unmet.first(), trusted.as_slice()) {
        (Some(statement), _, _) => format!("{statement} denies it"),
        (None, Some(unmet), _) => format!(
            "its trust policy asks for {} {} {}",
            unmet.key,
            unmet.operator,
            unmet.wanted.join(" or ")
        ),
        (None, None, []) => format!("its trust policy does not name {ECS_TASKS}"),
        (None, None, others) => format!("it trusts {}, not {ECS_TASKS}", others.join(", ")),
    };
    let suspect = timeline::suspect(case, &[role.arn]);
    Judgement::Confirmed(
        Finding::observed(
            Stage::Role,
            format!("ECS may not assume execution role {name}: {why}"),
        )
        .effect(case.effect(None, Stage::Role, SAYS))
        .facts(said)
        .facts([quoted(seen)])
        .facts(suspect.map(|change| change.fact(timeline::sentence(change.value()))))
        .remedies(remedy(case, role.arn, decision)),
    )
}

/// What would let ECS in. Nothing that is added helps against a Deny.
fn remedy(case: &Case<'_>, arn: &str, decision: &Decision) -> Option<Remedy> {
    if decision.decided_by.is_some() {
        return None;
    }
    Some(match decision.unmet.first() {
        Some(unmet) => correct(case, arn, unmet),
        None => trust(arn),
    })
}

/// It could not be assumed then and can be now.
fn changed(case: &Case<'_>, role: &RoleCase<'_>, seen: Present<'_, Role>, said: Fact) -> Judgement {
    let name = short(role.arn);
    let after = case.failed_at();
    let change = timeline::changes_of(case, &[role.arn])
        .into_iter()
        .find(|change| {
            let trusts = matches!(change.name.as_str(), "UpdateAssumeRolePolicy" | "CreateRole");
            trusts && after.is_none_or(|after| change.value().at >= after)
        });
    match change {
        Some(change) => {
            let actor = change.actor.as_deref().unwrap_or("somebody");
            let at = names::clock(change.at);
            Judgement::Likely(
                Finding::observed(
                    Stage::Role,
                    format!(
                        "ECS could not assume execution role {name} then; {actor} called {} at {at} and it may now",
                        change.name
                    ),
                )
                .facts([said, quoted(seen), change.fact(timeline::sentence(change.value()))])
                .remedies(case.deploy_again(Risk::Low)),
            )
        }
        None => Judgement::Possible(
            Finding::observed(
                Stage::Role,
                format!("ECS could not assume execution role {name} then; its trust policy lets it now"),
            )
            .facts([said, quoted(seen)])
            .missing([Missing::unknowable(
                "what refused sts:AssumeRole when the task failed",
                "no change since is recorded; a resource control policy on STS refuses in the same words and is not read",
            )]),
        ),
    }
}

/// A condition that ECS does not meet, made one that it does: without it the role would be open to other accounts' ECS.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html>
fn correct(case: &Case<'_>, arn: &str, unmet: &UnmetCondition) -> Remedy {
    let target = &case.evidence.target;
    let account = arn.split(':').nth(4).unwrap_or_default();
    let key = &unmet.key;
    let edit = match key.to_ascii_lowercase().as_str() {
        "aws:sourcearn" => format!(
            "have its condition ask for ArnLike {key} arn:{}:ecs:{}:{account}:*",
            target.partition, target.region
        ),
        "aws:sourceaccount" => format!("have its condition ask for {key} {account}"),
        _ => format!("remove its condition on {key}, or have it ask for what ECS gives"),
    };
    let edit = format!(
        "in statement {} for {ECS_TASKS}: {edit}",
        unmet.statement_index + 1
    );
    manual(
        "correct_trust_condition",
        "Correct the condition under which ECS may assume the role",
        Risk::Low,
        edited(arn, &edit),
        None,
    )
}

/// The commands that edit a trust policy.
fn edited(arn: &str, edit: &str) -> String {
    let name = short(arn);
    format!(
        "aws iam get-role --role-name {name} --query Role.AssumeRolePolicyDocument > trust.json\n\
         # {edit}\n\
         aws iam update-assume-role-policy --role-name {name} --policy-document file://trust.json"
    )
}

fn trust(arn: &str) -> Remedy {
    let statement =
        json!({ "Effect": "Allow", "Principal": { "Service": ECS_TASKS }, "Action": "sts:AssumeRole" });
    let cli = edited(arn, &format!("add the statement {statement}"));
    let terraform = format!(
        "data \"aws_iam_policy_document\" \"ecs_tasks\" {{\n  statement {{\n    actions = [\"sts:AssumeRole\"]\n    principals {{\n      type        = \"Service\"\n      identifiers = [\"{ECS_TASKS}\"]\n    }}\n  }}\n}}"
    );
    manual(
        "trust_ecs_tasks",
        "Let ECS assume the execution role",
        Risk::Low,
        cli,
        Some(terraform),
    )
}
