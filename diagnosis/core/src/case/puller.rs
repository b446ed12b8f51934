//! Who pulls.
//!
//! On Fargate the execution role does. On EC2 capacity the container agent does, with the execution role where the task
//! definition's `requiresAttributes` hold `ecs.capability.execution-role-ecr-pull`, else with the instance's role.
//! The task role never pulls.
//! Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html>.

use super::attempts::Attempts;
use crate::evidence::Evidence;
use crate::evidence::ecs::TaskDefinition;
use crate::evidence::role::RoleEvidence;
use crate::observed::{Fact, Missing, Observed, Present};

/// The attribute that says that the agent pulls with the execution role.
const EXECUTION_ROLE_PULLS: &str = "ecs.capability.execution-role-ecr-pull";

/// Who pulls, and how that is known.
#[derive(Debug)]
pub enum Puller<'e> {
    /// The execution role.
    ExecutionRole {
        /// Its ARN.
        arn: &'e str,
        /// What was seen of it.
        role: Option<&'e RoleEvidence>,
        /// How it is known.
        fact: Fact,
    },
    /// The role of the container instance.
    InstanceRole {
        /// Its ARN.
        arn: &'e str,
        /// What was seen of it.
        role: Option<&'e RoleEvidence>,
        /// How it is known.
        fact: Fact,
    },
    /// Fargate pulls, and the task definition names no execution role.
    NoExecutionRole {
        /// How it is known.
        fact: Fact,
    },
    /// An instance pulls, and it has no role to pull with: no instance profile, or none with a role in it.
    NoInstanceProfile {
        /// Id of the instance.
        instance: &'e str,
        /// How it is known.
        fact: Fact,
    },
    /// It could not be told.
    Unknown(Vec<Missing>),
}

impl<'e> Puller<'e> {
    /// ARN and evidence of the role that pulls.
    pub fn role(&self) -> Option<(&'e str, Option<&'e RoleEvidence>)> {
        match self {
            Self::ExecutionRole { arn, role, .. } | Self::InstanceRole { arn, role, .. } => {
                Some((arn, *role))
            }
            Self::NoExecutionRole { .. } | Self::NoInstanceProfile { .. } | Self::Unknown(_) => None,
        }
    }

    /// How it is known who pulls.
    pub fn fact(&self) -> Option<&Fact> {
        match self {
            Self::ExecutionRole { fact, .. }
            | Self::InstanceRole { fact, .. }
            | Self::NoExecutionRole { fact }
            | Self::NoInstanceProfile { fact, .. } => Some(fact),
            Self::Unknown(_) => None,
        }
    }
}

pub(super) fn puller<'e>(
    evidence: &'e Evidence,
    attempts: &Attempts<'e>,
    definition: Option<Present<'e, TaskDefinition>>,
) -> Puller<'e> {
    let overridden = evidence.tasks.seen().and_then(|tasks| {
        let failed = attempts.all.first()?.task?;
        tasks
            .each()
            .find(|task| task.arn == failed.arn && task.execution_role_override.is_some())
    });
    if let Some(task) = overridden
        && let Some(arn) = task.value().execution_role_override.as_deref()
    {
        let fact = task.fact(format!("task overrides the execution role with {arn}"));
        return Puller::ExecutionRole {
            arn,
            role: evidence.role(arn),
            fact,
        };
    }
    let Some(definition) = definition else {
        let missing = evidence
            .task_definitions
            .first()
            .and_then(|item| item.missing("the task definition"))
            .unwrap_or_else(|| Missing::unknowable("the task definition", "no task definition was found"));
        return Puller::Unknown(vec![missing]);
    };
    let value = definition.value();
    let name = value.name();
    let host_pulls = host_pulls(evidence, attempts, value);
    let role_pulls = value
        .requires_attributes
        .iter()
        .any(|attribute| attribute == EXECUTION_ROLE_PULLS);
    match (value.execution_role.as_deref(), host_pulls) {
        (Some(arn), Some(true)) if !role_pulls => instance_role(evidence).unwrap_or_else(|| {
            Puller::Unknown(vec![Missing::unknowable(
                "the container instance's role",
                format!(
                    "{name} does not pull with its execution role {}, and no instance was read",
                    crate::evidence::short(arn)
                ),
            )])
        }),
        (Some(arn), _) => {
            let fact = definition.fact(format!(
                "{name} pulls with execution role {}",
                crate::evidence::short(arn)
            ));
            Puller::ExecutionRole {
                arn,
                role: evidence.role(arn),
                fact,
            }
        }
        (None, Some(true)) => instance_role(evidence).unwrap_or_else(|| {
            let missing = evidence
                .instances
                .iter()
                .find_map(|instance| instance.missing("the container instance"));
            Puller::Unknown(vec![missing.unwrap_or_else(|| {
                Missing::unknowable(
                    "the container instance's role",
                    "no container instance of these tasks was found",
                )
            })])
        }),
        (None, Some(false)) => Puller::NoExecutionRole {
            fact: definition.fact(format!("{name} names no execution role")),
        },
        (None, None) => Puller::Unknown(vec![Missing::unknowable(
            "where the task runs",
            format!("neither the task nor the service says whether {name} runs on Fargate or on EC2"),
        )]),
    }
}

/// Whether a container instance pulls rather than Fargate; `None` where nothing says.
fn host_pulls(evidence: &Evidence, attempts: &Attempts<'_>, definition: &TaskDefinition) -> Option<bool> {
    if let Some(ahead) = &evidence.preflight {
        return Some(ahead.launch_type.as_deref()? == "EC2");
    }
    let task = attempts.all.first().and_then(|attempt| attempt.task);
    let service = evidence.service.value();
    let launch = task
        .and_then(|task| task.launch_type.as_deref())
        .or_else(|| service.and_then(|service| service.launch_type.as_deref()));
    let provider = task
        .and_then(|task| task.capacity_provider.as_deref())
        .or_else(|| {
            service
                .and_then(|service| service.capacity_providers.first())
                .map(String::as_str)
        });
    match (launch, provider) {
        // ECS Anywhere and Managed Instances need an execution role for ECR, as Fargate does.
        (Some("FARGATE" | "EXTERNAL" | "MANAGED_INSTANCES"), _) => Some(false),
        (Some("EC2"), _) => Some(true),
        (_, Some(provider)) => Some(!provider.starts_with("FARGATE")),
        _ => match definition.requires_compatibilities.as_slice() {
            [only] => Some(only == "EC2"),
            _ => None,
        },
    }
}

/// The role of the first instance that tells it, the failed task's first.
fn instance_role(evidence: &Evidence) -> Option<Puller<'_>> {
    let seen = evidence.instances.iter().filter_map(Observed::seen);
    let mut unread = None;
    for instance in seen {
        let Some(ec2) = instance.value().ec2.seen() else {
            continue;
        };
        let id = ec2.value().id.as_str();
        if let Some(arn) = ec2.value().role.as_deref() {
            let fact = ec2.fact(format!(
                "instance {id} pulls with its role {}",
                crate::evidence::short(arn)
            ));
            return Some(Puller::InstanceRole {
                arn,
                role: evidence.role(arn),
                fact,
            });
        }
        let Some(profile) = ec2.value().instance_profile.as_deref() else {
            return Some(Puller::NoInstanceProfile {
                instance: id,
                fact: ec2.fact(format!("instance {id} has no instance profile")),
            });
        };
        let profile = crate::evidence::short(profile);
        let role = &instance.value().profile_role;
        if let Some(absence) = role.absent() {
            return Some(Puller::NoInstanceProfile {
                instance: id,
                fact: absence.fact(format!(
                    "instance profile {profile} of {id} is gone or holds no role"
                )),
            });
        }
        unread = unread.or_else(|| role.missing(format!("role in instance profile {profile}")));
    }
    unread.map(|missing| Puller::Unknown(vec![missing]))
}
