//! The container instance's agent is disconnected or outdated.
//!
//! # What fails
//! ECS tells an instance what to pull through its agent. While that is disconnected, tasks placed on the instance stay
//! `PENDING`: nothing is pulled and nothing fails. An agent whose update failed stays at its old version.
//!
//! # What the pull says
//! Nothing. A service event may say "The closest matching container-instance … encountered error 'AGENT'".
//!
//! # What proves it
//! `agentConnected` is false on the instance of a task that does not run.
//!
//! # What rules it out
//! The agent is connected; a failure that proves that the pull began.
//!
//! # What cannot be known
//! Why it is disconnected: that is on the instance, or on its way to ECS's own endpoints (`ecs`, `ecs-agent`,
//! `ecs-telemetry`).
//!
//! # Remedies
//! The agent restarted on the instance; else the instance drained and replaced.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-versions.html>,
//! <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerInstance.html>

use crate::case::Case;
use crate::evidence::ecs::ContainerInstance;
use crate::evidence::short;
use crate::judgement::{Effect, Finding, Judgement, Subject};
use crate::observed::{Observed, Present};
use crate::remedy::{Remedy, Risk, manual};
use crate::stage::Stage;

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let waiting: Vec<&str> = case
        .evidence
        .tasks
        .items()
        .iter()
        .filter(|task| !task.is_running())
        .filter_map(|task| task.container_instance.as_deref())
        .collect();
    case.evidence
        .instances
        .iter()
        .filter(|instance| {
            waiting
                .iter()
                .any(|arn| short(arn) == short(&instance.source.resource))
        })
        .filter_map(|instance| judgement(case, instance))
        .collect()
}

fn judgement(case: &Case<'_>, observed: &Observed<ContainerInstance>) -> Option<(Subject, Judgement)> {
    let Some(instance) = observed.seen() else {
        let missing = observed.missing("whether the container instance's agent is connected")?;
        let subject = Subject::instance(&observed.source.resource);
        return Some((
            subject,
            Judgement::Unknown {
                missing: vec![missing],
            },
        ));
    };
    let subject = Subject::instance(&instance.arn);
    let id = instance.instance_id.as_deref().unwrap_or(short(&instance.arn));
    if instance.agent_connected {
        let why = format!("the agent of {id} is connected");
        let facts = vec![instance.fact(why.clone())];
        return Some((subject, Judgement::RuledOut { why, facts }));
    }
    let version = instance
        .agent_version
        .as_deref()
        .map(|version| format!(" (version {version})"));
    let summary = format!(
        "the ECS agent of container instance {id} is disconnected{}: tasks placed there do not start",
        version.unwrap_or_default()
    );
    let finding = Finding::observed(Stage::Role, summary)
        .effect(effect(case, instance))
        .facts([instance.fact(format!(
            "agentConnected of {id} is false, its status {}",
            instance.status
        ))])
        .remedies([drain(case, &instance.arn)]);
    Some((subject, Judgement::Confirmed(finding)))
}

/// A pull that failed was begun by an agent that was connected then.
fn effect(case: &Case<'_>, instance: Present<'_, ContainerInstance>) -> Effect {
    let began = case.attempts.pulls().any(|attempt| {
        let on = attempt.task.and_then(|task| task.container_instance.as_deref());
        on.is_some_and(|arn| short(arn) == short(&instance.arn))
    });
    if began { Effect::Since } else { Effect::Observed }
}

/// No more tasks on this instance, and those that are there moved.
pub(super) fn drain(case: &Case<'_>, instance: &str) -> Remedy {
    let cluster = &case.evidence.target.cluster;
    let mut remedy = manual(
        "drain_instance",
        "Drain the container instance",
        Risk::Medium,
        format!(
            "aws ecs update-container-instances-state --cluster {cluster} --container-instances {instance} --status DRAINING"
        ),
        None,
    );
    remedy
        .notes
        .push("Its tasks move to other instances; taken back with --status ACTIVE.".to_owned());
    remedy
}
