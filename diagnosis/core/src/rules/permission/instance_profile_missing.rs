//! The EC2 instance that must pull has no instance profile, or its credentials cannot be had.
//!
//! # What fails
//! On EC2 capacity, where no execution role pulls, the agent pulls with the role of its instance. The instance has no profile,
//! the profile holds no role, or the agent cannot get at the role's credentials.
//!
//! # What the pull says
//! "NoCredentialProviders: no valid providers in chain", "no EC2 IMDS role found", "no basic auth credentials".
//!
//! # What proves it
//! `ec2:DescribeInstances` names no instance profile for the instance, or `iam:GetInstanceProfile` shows none, or one without
//! a role.
//!
//! # What rules it out
//! An instance profile with a role; an execution role that pulls.
//!
//! # What cannot be known
//! Whether the agent reaches the instance's metadata service: hop limits and firewalls on the host show in no API.
//!
//! # Remedies
//! Give the instance a profile with `AmazonEC2ContainerServiceforEC2Role`, and restart the agent; or an execution role in the
//! task definition.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/instance_IAM_role.html>

use crate::case::Case;
use crate::case::puller::Puller;
use crate::images::Registry;
use crate::judgement::{Finding, Judgement, Subject, SubjectKind};
use crate::observed::{Fact, Missing};
use crate::remedy::{Remedy, Risk, manual};
use crate::stage::Stage;
use crate::stop_reason::{OwnCredentials, StopClass, own_credentials};

const SAYS: &[StopClass] = &[StopClass::AuthToken];

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let needs_ecr = case
        .images
        .iter()
        .any(|image| matches!(image.registry(), Some(Registry::EcrPrivate { .. })));
    if !needs_ecr {
        return Vec::new();
    }
    let said = said(case);
    let of_instance = |id: &str| Subject::new(SubjectKind::Instance, id);
    match &case.puller {
        Puller::NoInstanceProfile { instance, fact } => {
            let judgement = Judgement::Confirmed(
                Finding::observed(Stage::Token, format!("{}, and it has to pull", fact.statement()))
                    .effect(case.effect(None, Stage::Token, SAYS))
                    .facts(said)
                    .facts([fact.clone()])
                    .remedies([associate(instance)]),
            );
            vec![(of_instance(instance), judgement)]
        }
        Puller::InstanceRole { fact, .. } => {
            let instance = case
                .evidence
                .instances
                .iter()
                .find_map(|instance| instance.value()?.instance_id.as_deref())
                .unwrap_or("the container instance");
            let judgement = match said {
                Some(text) => Judgement::Possible(
                    Finding::observed(
                        Stage::Token,
                        format!("the agent on {instance} cannot get the credentials of its instance's role"),
                    )
                    .facts([text, fact.clone()])
                    .missing([Missing::unknowable(
                        format!("whether the agent on {instance} reaches the instance metadata service"),
                        "no API shows that: look at the host",
                    )]),
                ),
                None => Judgement::RuledOut {
                    why: format!("{instance} has an instance profile with a role"),
                    facts: vec![fact.clone()],
                },
            };
            vec![(of_instance(instance), judgement)]
        }
        Puller::ExecutionRole { .. } | Puller::NoExecutionRole { .. } | Puller::Unknown(_) => Vec::new(),
    }
}

/// The text that says that the puller had no credentials of its own.
fn said(case: &Case<'_>) -> Option<Fact> {
    let attempt = case.attempts.pulls().find(|attempt| {
        SAYS.contains(&attempt.reason.class) && own_credentials(&attempt.text) == Some(OwnCredentials::None)
    })?;
    Some(attempt.fact.clone())
}

fn associate(instance: &str) -> Remedy {
    let cli = format!(
        "aws ec2 associate-iam-instance-profile --instance-id {instance} --iam-instance-profile Name=ecsInstanceRole\n\
         # on the instance: restart the agent\n\
         sudo systemctl restart ecs"
    );
    let terraform = "resource \"aws_launch_template\" \"…\" {\n  # …\n  iam_instance_profile {\n    name = aws_iam_instance_profile.ecs_instance.name\n  }\n}";
    manual(
        "associate_instance_profile",
        "Give the instance a profile with an ECS role",
        Risk::Medium,
        cli,
        Some(terraform.to_owned()),
    )
}
