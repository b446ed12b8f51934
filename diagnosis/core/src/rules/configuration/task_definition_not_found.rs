//! The service points at a task definition that does not exist.
//!
//! # What fails
//! The task definition that is to be started was deleted, or never was: a wrong revision number, another region.
//!
//! # What the pull says
//! Nothing: no task is started. "ClientException: Unable to describe task definition", "TaskDefinition not found".
//!
//! # What proves it
//! `ecs:DescribeTaskDefinition` answers that it cannot describe it, and the service names it.
//!
//! # What rules it out
//! The task definition, read.
//!
//! # What cannot be known
//! Whether it exists, where it may not be described.
//!
//! # Remedies
//! Set the service to a revision that exists.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/delete-task-definition-v2.html>

use super::removal_of;
use crate::case::Case;
use crate::case::definitions::missing_definition;
use crate::case::timeline;
use crate::evidence::short;
use crate::judgement::{Finding, Judgement, Subject};
use crate::remedy::{Remedy, Risk, manual};
use crate::stage::Stage;

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let Some(missing) = missing_definition(case.evidence) else {
        return case
            .definition
            .map(|definition| {
                let name = definition.name();
                let judgement = Judgement::RuledOut {
                    why: format!("{name} exists"),
                    facts: vec![definition.fact(format!("{name} exists"))],
                };
                (Subject::task_definition(&definition.value().arn), judgement)
            })
            .into_iter()
            .collect();
    };
    let name = short(missing.arn);
    let change = removal_of(case, missing.arn);
    let finding = Finding::observed(
        Stage::Service,
        format!(
            "task definition {name}, which service {} is set to, does not exist",
            missing.service.name
        ),
    )
    .effect(case.effect(None, Stage::Service, &[]))
    .facts([
        missing
            .absence
            .fact(format!("ECS knows no task definition {name}")),
        missing
            .service
            .fact(format!("service {} is set to {name}", missing.service.name)),
    ])
    .facts(change.map(|change| change.fact(timeline::sentence(change.value()))))
    .remedies(case.roll_back())
    .remedies([set(case, &missing.service.name, name)]);
    vec![(
        Subject::task_definition(missing.arn),
        Judgement::Confirmed(finding),
    )]
}

fn set(case: &Case<'_>, service: &str, missing: &str) -> Remedy {
    let family = missing.split(':').next().unwrap_or(missing);
    let cluster = &case.evidence.target.cluster;
    let cli = format!(
        "aws ecs list-task-definitions --family-prefix {family} --sort DESC\n\
         aws ecs update-service --cluster {cluster} --service {service} --task-definition {family}:…"
    );
    let terraform = format!(
        "resource \"aws_ecs_service\" \"{service}\" {{\n  # …\n  task_definition = aws_ecs_task_definition.….arn\n}}"
    );
    manual(
        "set_task_definition",
        "Set the service to a revision that exists",
        Risk::Low,
        cli,
        Some(terraform),
    )
}
