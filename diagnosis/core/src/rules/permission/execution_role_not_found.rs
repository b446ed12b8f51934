//! The execution role named does not exist.
//!
//! # What fails
//! ECS assumes the execution role before anything is pulled. The role that the task definition names is not there: deleted,
//! never made, or made under another path.
//!
//! # What the pull says
//! "ECS was unable to assume the role 'arn:aws:iam::…:role/…' that was provided for this task. Please verify that the role
//! being passed has the proper trust relationship and permissions …", in a service event or from `RunTask`.
//!
//! # What proves it
//! IAM knows no role of that name in the role's account, or knows one of that name under another path, so that the ARN in the
//! task definition is nobody's.
//!
//! # What rules it out
//! The role, read.
//!
//! # What cannot be known
//! Whether the role exists, where it may not be read or belongs to another account.
//!
//! # Remedies
//! Make the role again, trusted by `ecs-tasks.amazonaws.com`, or name another one in a new revision; where one of that name
//! has another path, name it by its whole ARN. A role that is made again
//! has a new unique id: resource policies that named the old one do not mean it.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html>

use serde_json::json;

use crate::case::Case;
use crate::case::role::{ECS_TASKS, RoleState};
use crate::case::timeline;
use crate::evidence::short;
use crate::judgement::{Finding, Judgement, Subject};
use crate::remedy::{Remedy, Risk, manual};
use crate::stage::Stage;
use crate::stop_reason::StopClass;

pub(super) const SAYS: &[StopClass] = &[StopClass::AssumeRole];

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let Some(role) = &case.execution_role else {
        return Vec::new();
    };
    let subject = Subject::role(role.arn);
    let name = short(role.arn);
    let said = said(case, role.arn);
    let confirmed = |summary: String, fact, remedy| {
        let suspect = timeline::suspect(case, &[role.arn]);
        Judgement::Confirmed(
            Finding::observed(Stage::Role, summary)
                .effect(case.effect(None, Stage::Role, SAYS))
                .facts(said.clone())
                .facts([fact])
                .facts(suspect.map(|change| change.fact(timeline::sentence(change.value()))))
                .remedies(case.roll_back())
                .remedies([remedy]),
        )
    };
    let judgement = match &role.state {
        RoleState::Gone(absence) => confirmed(
            format!("execution role {name} does not exist"),
            absence.fact(format!("IAM knows no role {name}")),
            make(role.arn),
        ),
        RoleState::OtherPath(other) => confirmed(
            format!(
                "execution role {} does not exist; the role of that name is {}",
                role.arn, other.arn
            ),
            other.fact(format!("the role called {name} is {}", other.arn)),
            name_by_path(case, &other.arn),
        ),
        RoleState::Distrusts(seen, _) | RoleState::Trusts(seen) | RoleState::Depends(seen, _) => {
            Judgement::RuledOut {
                why: format!("role {name} exists"),
                facts: vec![seen.fact(format!("role {name} exists"))],
            }
        }
        RoleState::Unread(missing) => match said {
            Some(fact) => Judgement::Possible(
                Finding::observed(
                    Stage::Role,
                    format!("execution role {name} may not exist: ECS could not assume it"),
                )
                .facts([fact])
                .missing(missing.iter().cloned()),
            ),
            None => Judgement::Unknown {
                missing: missing.clone(),
            },
        },
    };
    vec![(subject, judgement)]
}

/// The text that says that this role could not be assumed, or does not say which.
pub(super) fn said(case: &Case<'_>, role: &str) -> Option<crate::observed::Fact> {
    let attempt = case.attempts.pulls().find(|attempt| {
        let named = attempt.reason.detail.resource.as_deref();
        attempt.reason.class == StopClass::AssumeRole && named.is_none_or(|named| short(named) == short(role))
    })?;
    Some(attempt.fact.clone())
}

/// The role that there is, under its whole ARN. Making one of that name again would be refused: a name is taken whatever
/// the path (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>).
fn name_by_path(case: &Case<'_>, arn: &str) -> Remedy {
    case.revise(
        "correct_execution_role",
        "Name the execution role by its whole ARN",
        Risk::Low,
        &format!("set executionRoleArn to {arn}"),
        Some(&format!(
            "resource \"aws_ecs_task_definition\" \"…\" {{\n  # …\n  execution_role_arn = \"{arn}\"\n}}"
        )),
    )
}

fn make(arn: &str) -> Remedy {
    let name = short(arn);
    let partition = arn.split(':').nth(1).unwrap_or("aws");
    let policy = format!("arn:{partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy");
    let trust = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": { "Service": ECS_TASKS }, "Action": "sts:AssumeRole" } ] });
    let path = arn
        .split_once(":role/")
        .and_then(|(_, path)| path.rsplit_once('/'))
        .map(|(path, _)| format!(" --path /{path}/"))
        .unwrap_or_default();
    let cli = format!(
        "aws iam create-role --role-name {name}{path} --assume-role-policy-document '{trust}'\n\
         aws iam attach-role-policy --role-name {name} --policy-arn {policy}"
    );
    let terraform = format!(
        "resource \"aws_iam_role\" \"ecs_task_execution\" {{\n  name               = \"{name}\"\n  assume_role_policy = jsonencode({trust})\n}}\n\nresource \"aws_iam_role_policy_attachment\" \"ecs_task_execution\" {{\n  role       = aws_iam_role.ecs_task_execution.name\n  policy_arn = \"{policy}\"\n}}"
    );
    manual(
        "create_execution_role",
        "Make the execution role again",
        Risk::Low,
        cli,
        Some(terraform),
    )
}
