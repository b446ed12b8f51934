//! The task definition was deregistered or deleted.
//!
//! # What fails
//! ECS starts no new task from an `INACTIVE` revision for `RunTask`, a schedule, a new service or an update. A service that
//! uses the revision already is not affected: it goes on, and scales.
//!
//! # What the pull says
//! Nothing: no task is started. "ClientException: TaskDefinition is inactive", "InvalidParameterException: TaskDefinition is
//! inactive" in an event or from the caller.
//!
//! # What proves it
//! The revision's status is `INACTIVE` or `DELETE_IN_PROGRESS`, and an event says that it was refused for that; or no service
//! runs it, so that the next task has to be started from it.
//!
//! # What rules it out
//! A revision that is `ACTIVE`.
//!
//! # What cannot be known
//! What a caller outside (a schedule, a pipeline) was told.
//!
//! # Remedies
//! Go back to a revision that is active, or register this one again: a revision cannot be made active again.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-definition-state.html>,
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deregister-task-definition-v2.html>

use super::removal_of;
use crate::case::Case;
use crate::case::definitions::inactive_said;
use crate::case::timeline;
use crate::judgement::{Effect, Finding, Judgement, Subject};
use crate::remedy::{Remedy, Risk};
use crate::stage::Stage;

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let Some(definition) = case.definition else {
        return Vec::new();
    };
    let name = definition.name();
    let subject = Subject::task_definition(&definition.value().arn);
    let fact = definition.fact(format!("{name} is {}", definition.status));
    if definition.status == "ACTIVE" {
        let judgement = Judgement::RuledOut {
            why: format!("{name} is active"),
            facts: vec![fact],
        };
        return vec![(subject, judgement)];
    }
    let said = inactive_said(case.evidence);
    let started = case.attempts.newest_pull(None).is_some();
    let change = removal_of(case, &definition.value().arn);
    let finding = Finding::observed(
        Stage::Service,
        format!(
            "task definition {name} is {}: no new task can be started from it",
            definition.status
        ),
    )
    // A task that got as far as pulling was started from it when it still was active.
    .effect(if started { Effect::Since } else { Effect::Observed })
    .facts(said.clone())
    .facts([fact])
    .facts(change.map(|change| change.fact(timeline::sentence(change.value()))))
    .remedies(case.roll_back())
    .remedies([again(case)]);
    // What is to be started from it is started anew, whatever the service goes on with.
    let of_service = case.evidence.preflight.is_none()
        && (case.service().is_some() || case.evidence.target.service.is_some());
    let judgement = match (said, of_service) {
        (Some(_), _) | (None, false) => Judgement::Confirmed(finding),
        // The service goes on with what it has.
        (None, true) if started => Judgement::NotApplicable,
        (None, true) => Judgement::Possible(finding),
    };
    vec![(subject, judgement)]
}

fn again(case: &Case<'_>) -> Remedy {
    case.revise(
        "register_again",
        "Register the definition again",
        Risk::Low,
        "nothing to change",
        None,
    )
}
