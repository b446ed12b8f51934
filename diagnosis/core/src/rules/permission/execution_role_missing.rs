//! The pull needs an execution role and the task definition names none.
//!
//! # What fails
//! Fargate pulls from a private ECR repository, or with `repositoryCredentials`, as the task's execution role. Without
//! one there is nobody to pull as.
//!
//! # What the pull says
//! Registration or `RunTask` usually refuses first: "Fargate requires task definition to have execution role ARN to
//! support ECR images". A task that got further stops with "unable to retrieve ecr registry auth" or "no basic auth
//! credentials".
//!
//! # What proves it
//! `executionRoleArn` is absent from the task definition, no task override sets one, the task does not run on EC2
//! capacity, and an image is in private ECR or has `repositoryCredentials`.
//!
//! # What rules it out
//! An execution role in the definition or in the task's overrides; EC2 capacity, where the instance's role pulls.
//!
//! # What cannot be known
//! Nothing, once the task definition is read.
//!
//! # Remedies
//! Register a revision with `executionRoleArn` and update the service. The task role does not help: it never pulls.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html>

use crate::case::Case;
use crate::case::puller::Puller;
use crate::images::Registry;
use crate::judgement::{Finding, Judgement, Subject};
use crate::remedy::{Remedy, Risk};
use crate::stage::Stage;
use crate::stop_reason::StopClass;

/// A revision never changes: what it lacks now it lacked when the pull failed, so that these words only add to it.
const SAYS: &[StopClass] = &[
    StopClass::AuthToken,
    StopClass::AssumeRole,
    StopClass::PrivateRegistryAuth,
    StopClass::AmbiguousDeniedOrMissing,
];

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let Some(definition) = case.definition else {
        return Vec::new();
    };
    let name = definition.name();
    let subject = Subject::task_definition(&definition.value().arn);
    let judgement = match &case.puller {
        Puller::NoExecutionRole { fact } => match needs_role(case) {
            Some(need) => {
                let stage = Stage::Role;
                let instead = definition.task_role.as_deref().map(|role| {
                    definition.fact(format!(
                        "{name} names a task role, {}, which never pulls",
                        crate::evidence::short(role)
                    ))
                });
                let said = case.said(SAYS).map(|attempt| attempt.fact.clone());
                Judgement::Confirmed(
                    Finding::observed(stage, format!("{name} names no execution role, and {need}"))
                        .facts([fact.clone()])
                        .facts(instead)
                        .facts(said)
                        .remedies(case.roll_back())
                        .remedies([add_role(case)]),
                )
            }
            None => Judgement::NotApplicable,
        },
        Puller::ExecutionRole { fact, .. } => Judgement::RuledOut {
            why: fact.statement().to_owned(),
            facts: vec![fact.clone()],
        },
        Puller::InstanceRole { .. } | Puller::NoInstanceProfile { .. } => Judgement::NotApplicable,
        Puller::Unknown(missing) => Judgement::Unknown {
            missing: missing.clone(),
        },
    };
    vec![(subject, judgement)]
}

/// Why an execution role is needed, if it is.
fn needs_role(case: &Case<'_>) -> Option<String> {
    case.images.iter().find_map(|image| {
        let secret = image
            .containers
            .iter()
            .find_map(|container| container.credentials_parameter.as_ref());
        match image.registry() {
            _ if secret.is_some() => Some(format!("the credentials for {} are in a secret", image.reference)),
            Some(Registry::EcrPrivate { .. }) => Some(format!("{} is in private ECR", image.reference)),
            _ => None,
        }
    })
}

fn add_role(case: &Case<'_>) -> Remedy {
    let terraform = "resource \"aws_ecs_task_definition\" \"…\" {\n  # …\n  execution_role_arn = aws_iam_role.ecs_task_execution.arn\n}";
    case.revise(
        "add_execution_role",
        "Add an execution role",
        Risk::Low,
        "add executionRoleArn: a role that trusts ecs-tasks.amazonaws.com and may pull, such as ecsTaskExecutionRole",
        Some(terraform),
    )
}
