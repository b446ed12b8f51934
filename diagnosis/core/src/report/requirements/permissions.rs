//! Of who pulls: a role that ECS may become, and that every layer of AWS's evaluation lets pull; keys and credentials.

use super::{Requirement, State};
use crate::access::Effect;
use crate::case::Case;
use crate::case::key::KeyState;
use crate::case::layers::StoreAccess;
use crate::case::permission::{By, GET_TOKEN, Permission, Standing};
use crate::case::puller::Puller;
use crate::case::role::RoleState;
use crate::case::secret::SecretState;
use crate::catalogue::Cause;
use crate::evidence::preflight::Preflight;
use crate::evidence::short;
use crate::images::Registry;
use crate::judgement::{Subject, SubjectKind};
use crate::observed::{Missing, Observed};

/// The execution role, which ECS becomes before anything is pulled, where one is named.
pub(super) fn role(case: &Case<'_>) -> Option<Requirement> {
    let role = case.execution_role.as_ref()?;
    let (cause, state) = match &role.state {
        RoleState::Gone(_) | RoleState::OtherPath(_) => (Cause::ExecutionRoleNotFound, State::Broken),
        RoleState::Distrusts(..) => (Cause::ExecutionRoleTrust, State::Broken),
        RoleState::Trusts(_) => (Cause::ExecutionRoleTrust, State::Met),
        RoleState::Depends(_, missing) | RoleState::Unread(missing) => {
            let state = State::open(missing.iter().cloned(), || {
                Missing::unknowable(
                    format!("whether ECS may assume role {}", short(role.arn)),
                    "its trust policy was not read",
                )
            });
            (Cause::ExecutionRoleTrust, state)
        }
    };
    Some(Requirement {
        cause,
        subject: Subject::role(role.arn),
        state,
    })
}

pub(super) fn permissions(case: &Case<'_>, ahead: &Preflight) -> Vec<Requirement> {
    let mut all = Vec::new();
    if case
        .images
        .iter()
        .any(|image| matches!(image.registry(), Some(Registry::EcrPrivate { .. })))
    {
        all.extend(of_puller(case, ahead));
    }
    all.extend(case.secrets.iter().flat_map(|secret| {
        let mut of_secret = vec![credentials(secret.parameter, &secret.state)];
        of_secret.extend(secret.key.as_ref().map(|(name, state)| key(name, state, None)));
        of_secret
    }));
    all.extend(case.repository_keys.iter().map(|used| {
        let grants = case
            .evidence
            .key(used.name)
            .filter(|read| read.key.value().is_some_and(|key| key.manager != "AWS"))
            .and_then(|read| {
                read.grants
                    .incomplete(&format!("grants of key {}", short(used.name)))
            });
        key(used.name, &used.state, grants)
    }));
    // Which key encrypts a repository stands in its description.
    all.extend(case.images.iter().filter_map(|image| {
        let ecr = image.ecr.filter(|_| image.found().is_some())?;
        let missing = ecr
            .repository
            .missing(format!("encryption of repository {}", ecr.repository_name))?;
        Some(Requirement {
            cause: Cause::KmsKeyUnusable,
            subject: Subject::image(image.reference),
            state: State::Open(vec![missing]),
        })
    }));
    all.extend(case.layer_stores.iter().map(|store| {
        let state = match &store.access {
            StoreAccess::Open(_) => State::Met,
            StoreAccess::Refused { certain: true, .. } => State::Broken,
            StoreAccess::Refused { .. } => State::Open(vec![Missing::unknowable(
                format!("whether the S3 endpoint's policy lets {} be read", store.resource),
                "it names accounts or organizations that may be AWS's own",
            )]),
            StoreAccess::Unknown(_, missing) => State::open(missing.iter().cloned(), || {
                Missing::unknowable(
                    format!("whether {} may be read", store.resource),
                    "the S3 endpoint's policy cannot be told",
                )
            }),
        };
        Requirement {
            cause: Cause::EndpointPolicyDeniesS3,
            subject: Subject::new(SubjectKind::Registry, store.region.clone()),
            state,
        }
    }));
    all
}

/// Who pulls, and whether they may.
fn of_puller(case: &Case<'_>, ahead: &Preflight) -> Vec<Requirement> {
    let definition = case
        .definition
        .map(|definition| definition.value().arn.clone())
        .unwrap_or_default();
    let of = |cause, state| {
        vec![Requirement {
            cause,
            subject: Subject::task_definition(&definition),
            state,
        }]
    };
    let Some((arn, read)) = case.puller.role() else {
        return match &case.puller {
            Puller::Unknown(missing) => {
                let state = State::open(missing.iter().cloned(), || {
                    Missing::unknowable("which role pulls", "nothing that was read tells")
                });
                of(Cause::ExecutionRoleMissing, state)
            }
            Puller::NoInstanceProfile { .. } => of(Cause::InstanceProfileMissing, State::Broken),
            _ => of(Cause::ExecutionRoleMissing, State::Broken),
        };
    };
    let mut all: Vec<Requirement> = case
        .permissions
        .each
        .iter()
        .map(|permission| Requirement {
            cause: match (&case.puller, permission.action) {
                (Puller::InstanceRole { .. }, _) => Cause::InstanceRoleDenied,
                (_, GET_TOKEN) => Cause::AuthTokenDenied,
                _ => Cause::PullActionsDenied,
            },
            subject: Subject::role(arn),
            state: allowed(permission),
        })
        .collect();
    if all.is_empty() {
        let gone = read.is_some_and(crate::evidence::role::RoleEvidence::is_gone);
        let state = State::open(case.permissions.missing.iter().cloned(), || {
            let why = if gone {
                "it was not found"
            } else {
                "it was not read"
            };
            Missing::unknowable(format!("policies of role {}", short(arn)), why)
        });
        all.push(Requirement {
            cause: Cause::PullActionsDenied,
            subject: Subject::role(arn),
            state,
        });
        return all;
    }
    all.push(Requirement {
        cause: Cause::OrganizationPolicyDenies,
        subject: Subject::role(arn),
        state: organization(case),
    });
    if ahead.on_instances() == Some(true) && matches!(case.puller, Puller::InstanceRole { .. }) {
        all.extend(other_instances(case, arn));
    }
    all
}

/// What the decision over everything that was read leaves open.
fn allowed(permission: &Permission<'_>) -> State {
    let open = |ways: &[By]| {
        ways.iter()
            .flat_map(|by| match permission.standing(*by) {
                Standing::Open(missing) => missing,
                _ => Vec::new(),
            })
            .collect::<Vec<Missing>>()
    };
    match permission.decision.effect {
        // The decision leaves out a registry's policy, and an endpoint's, that was not read.
        Effect::Allowed => State::unless(open(&[By::Registry, By::Endpoint])),
        Effect::ImplicitDeny | Effect::ExplicitDeny => State::Broken,
        Effect::Unknown => State::open(
            open(&[
                By::OwnDeny,
                By::OwnSilence,
                By::Boundary,
                By::RepositoryDeny,
                By::RepositorySilence,
                By::Registry,
                By::Endpoint,
            ]),
            || {
                Missing::unknowable(
                    format!(
                        "whether the role may {} on {}",
                        permission.action, permission.resource
                    ),
                    "it hangs on conditions or policies that cannot be told now",
                )
            },
        ),
    }
}

/// What the organization lets the role do: by its policies, which the decision holds where they were read; else by IAM's
/// simulation, which takes them into account
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html>).
fn organization(case: &Case<'_>) -> State {
    let evidence = case.evidence;
    if evidence.organization.seen().is_some() || evidence.organization.absent().is_some() {
        return State::Met;
    }
    let unread = evidence
        .organization
        .missing("service control policies of the organization");
    let Some(simulation) = evidence.simulation.seen() else {
        return State::open(
            unread
                .into_iter()
                .chain(evidence.simulation.missing("IAM's simulation of the pull")),
            || {
                Missing::unknowable(
                    "service control policies of the organization",
                    "they were not read",
                )
            },
        );
    };
    let witnessed = case.permissions.each.iter().all(|permission| {
        simulation.answers.iter().any(|answer| {
            answer.action == permission.action
                && answer.resource == permission.resource
                && answer.decision == "allowed"
                && answer.allowed_by_organization != Some(false)
        })
    });
    if witnessed {
        State::Met
    } else {
        State::open(unread, || {
            Missing::unknowable(
                "service control policies of the organization",
                "IAM's simulation does not allow the pull",
            )
        })
    }
}

/// Instances that pull with another role than the one that was evaluated.
fn other_instances(case: &Case<'_>, arn: &str) -> Vec<Requirement> {
    let seen = case.evidence.instances.iter().filter_map(Observed::value);
    seen.filter_map(|instance| {
        let role = instance.ec2.value().and_then(|ec2| ec2.role.as_deref());
        let missing = match role {
            Some(role) if role == arn => return None,
            Some(role) => Missing::unknowable(
                format!("policies of role {}", short(role)),
                format!("of the instances' roles only {} was looked into", short(arn)),
            ),
            None => instance
                .profile_role
                .missing(format!("role of container instance {}", short(&instance.arn)))
                .unwrap_or_else(|| {
                    Missing::unknowable(
                        format!("role of container instance {}", short(&instance.arn)),
                        "none was found",
                    )
                }),
        };
        Some(Requirement {
            cause: Cause::InstanceRoleDenied,
            subject: Subject::instance(&instance.arn),
            state: State::Open(vec![missing]),
        })
    })
    .collect()
}

/// The secret with a registry's credentials.
fn credentials(parameter: &str, state: &SecretState<'_>) -> Requirement {
    let (cause, state) = match state {
        SecretState::Gone(_) | SecretState::Deleted(_) | SecretState::Empty(_) => {
            (Cause::RegistrySecretMissing, State::Broken)
        }
        SecretState::Refused(_) => (Cause::RegistrySecretUnreadable, State::Broken),
        SecretState::Readable(_) => (Cause::RegistrySecretUnreadable, State::Met),
        SecretState::Unknown(missing) => {
            let state = State::open(missing.iter().cloned(), || {
                Missing::unknowable(format!("secret {parameter}"), "it was not looked at")
            });
            (Cause::RegistrySecretUnreadable, state)
        }
    };
    Requirement {
        cause,
        subject: Subject::new(SubjectKind::Secret, parameter),
        state,
    }
}

/// A key; `grants` are those of a repository's that were not read.
fn key(name: &str, state: &KeyState<'_>, grants: Option<Missing>) -> Requirement {
    let (cause, state) = match state {
        KeyState::Gone(_) | KeyState::Unusable(_) => (Cause::KmsKeyUnusable, State::Broken),
        KeyState::Refused(..) => (Cause::KmsKeyDenied, State::Broken),
        // The grant of one that was made otherwise may have another form: suspected, not proved.
        KeyState::NoGrant(fact) => {
            let missing = Missing::unknowable(
                format!("by which grant ECR uses key {}", short(name)),
                fact.statement().to_owned(),
            );
            (Cause::KmsKeyDenied, State::Open(vec![missing]))
        }
        KeyState::Usable(_) => (Cause::KmsKeyDenied, State::unless(grants)),
        KeyState::Unknown(missing) => {
            let state = State::open(missing.iter().cloned(), || {
                Missing::unknowable(format!("key {}", short(name)), "it was not looked at")
            });
            (Cause::KmsKeyUnusable, state)
        }
    };
    Requirement {
        cause,
        subject: Subject::new(SubjectKind::Key, name),
        state,
    }
}
