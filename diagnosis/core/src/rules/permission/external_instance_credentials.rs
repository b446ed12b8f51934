//! An ECS Anywhere instance whose credentials or registration are no longer valid.
//!
//! # What fails
//! A machine outside AWS (launch type `EXTERNAL`) works with credentials that Systems Manager hands out for its registration
//! as `mi-…`. Once that registration or its role is gone, the agent can neither keep its connection to ECS nor get at
//! credentials to pull with.
//!
//! # What the pull says
//! "ExpiredTokenException", "UnrecognizedClientException: The security token included in the request is invalid",
//! "NoCredentialProviders".
//!
//! # What proves it
//! Nothing that ECS shows proves it. The text makes it likely; that the agent is disconnected speaks for it.
//!
//! # What rules it out
//! An agent that is connected, and a failure that does not speak of credentials; another launch type.
//!
//! # What cannot be known
//! The state of the registration in Systems Manager, which is not read, and the host itself.
//!
//! # Remedies
//! Register the machine again with a new activation.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-anywhere.html>

use crate::case::Case;
use crate::case::attempts::Attempt;
use crate::evidence::ecs::ContainerInstance;
use crate::evidence::short;
use crate::judgement::{Finding, Judgement, Subject, SubjectKind};
use crate::observed::{Fact, Missing, Observed, Present};
use crate::remedy::{Remedy, Risk, manual};
use crate::stage::Stage;
use crate::stop_reason::{StopClass, own_credentials};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    if !is_external(case) {
        return Vec::new();
    }
    let said = said(case);
    case.evidence
        .instances
        .iter()
        .filter_map(|instance| of_instance(case, instance, said.as_ref()))
        .collect()
}

fn of_instance(
    case: &Case<'_>,
    instance: &Observed<ContainerInstance>,
    said: Option<&Fact>,
) -> Option<(Subject, Judgement)> {
    let Some(seen) = instance.seen() else {
        let id = short(&instance.source.resource);
        let missing = instance.missing(format!("container instance {id}"))?;
        let judgement = match said {
            Some(fact) => Judgement::Likely(finding(id).facts([fact.clone()]).missing([missing])),
            None => Judgement::Unknown {
                missing: vec![missing],
            },
        };
        return Some((Subject::new(SubjectKind::Instance, id), judgement));
    };
    let id = seen
        .value()
        .instance_id
        .as_deref()
        .unwrap_or_else(|| short(&seen.value().arn));
    let connection = connection(seen, id);
    let vague = case.attempts.newest_pull(None).is_some_and(Attempt::is_vague);
    let judgement = match said {
        Some(fact) => Judgement::Likely(
            finding(id)
                .facts([fact.clone(), connection])
                .missing([registration(id)])
                .remedies([register()]),
        ),
        None if seen.agent_connected => Judgement::RuledOut {
            why: format!("the agent on {id} is connected, and the failure does not speak of its credentials"),
            facts: vec![connection],
        },
        None if vague => Judgement::Possible(finding(id).facts([connection]).missing([registration(id)])),
        None => Judgement::NotApplicable,
    };
    Some((Subject::new(SubjectKind::Instance, id), judgement))
}

fn connection(instance: Present<'_, ContainerInstance>, id: &str) -> Fact {
    let state = if instance.agent_connected { "is" } else { "is not" };
    instance.fact(format!("the agent on {id} {state} connected to ECS"))
}

fn finding(id: &str) -> Finding {
    Finding::observed(
        Stage::Token,
        format!("the credentials or the registration of external instance {id} are no longer valid"),
    )
}

fn registration(id: &str) -> Missing {
    Missing::unknowable(
        format!("registration of {id} in Systems Manager"),
        "it is not read: aws ssm describe-instance-information tells",
    )
}

/// Whether the task runs on a machine outside AWS.
fn is_external(case: &Case<'_>) -> bool {
    let task = case.attempts.all.first().and_then(|attempt| attempt.task);
    let launch = task
        .and_then(|task| task.launch_type.as_deref())
        .or_else(|| case.service()?.launch_type.as_deref());
    launch == Some("EXTERNAL")
}

/// The text that says that the puller's own credentials are missing or no good.
fn said(case: &Case<'_>) -> Option<Fact> {
    let attempt = case.attempts.pulls().find(|attempt| {
        attempt.reason.class == StopClass::AuthToken && own_credentials(&attempt.text).is_some()
    })?;
    Some(attempt.fact.clone())
}

fn register() -> Remedy {
    let cli = "aws ssm create-activation --iam-role ecsAnywhereRole\n\
               # on the machine, with the activation's id and code:\n\
               sudo bash ecs-anywhere-install.sh --cluster … --activation-id … --activation-code … --region …";
    manual(
        "register_external_instance",
        "Register the machine again",
        Risk::Medium,
        cli.to_owned(),
        None,
    )
}
