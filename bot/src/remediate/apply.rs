//! The calls.

use aws_config::SdkConfig;
use aws_sdk_ecs::error::{ProvideErrorMetadata, SdkError};
use collect::said;
use diagnosis::remedy::Action;

use super::plan::{Before, Plan};
use super::state::name;

/// Why a call did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NotDone {
    /// AWS refused: nothing was changed.
    Refused(String),
    /// No answer came: it cannot be told.
    Unknown(String),
}

/// Makes the calls of an action.
///
/// # Errors
/// [`NotDone`].
pub(super) async fn apply(config: &SdkConfig, action: &Action) -> Result<(), NotDone> {
    match action {
        Action::GrantPull {
            role_arn,
            policy_name,
            document,
            ..
        } => put_role_policy(config, name(role_arn), policy_name, &document.to_string()).await,
        Action::RollBack {
            cluster_arn,
            service,
            to,
            ..
        } => {
            let call = aws_sdk_ecs::Client::new(config)
                .update_service()
                .cluster(cluster_arn)
                .service(service)
                .task_definition(to);
            done(call.send().await)
        }
        Action::ForceNewDeployment {
            cluster_arn, service, ..
        } => {
            let call = aws_sdk_ecs::Client::new(config)
                .update_service()
                .cluster(cluster_arn)
                .service(service)
                .force_new_deployment(true);
            done(call.send().await)
        }
    }
}

/// Makes the calls that take an action back.
///
/// # Errors
/// [`NotDone`].
pub(super) async fn take_back(config: &SdkConfig, plan: &Plan, before: &Before) -> Result<(), NotDone> {
    match (plan.action(), before) {
        (
            Some(Action::GrantPull {
                role_arn,
                policy_name,
                ..
            }),
            Before::RolePolicy { text: Some(text) },
        ) => put_role_policy(config, name(role_arn), policy_name, text).await,
        (
            Some(Action::GrantPull {
                role_arn,
                policy_name,
                ..
            }),
            Before::RolePolicy { text: None },
        ) => {
            let call = aws_sdk_iam::Client::new(config)
                .delete_role_policy()
                .role_name(name(role_arn))
                .policy_name(policy_name);
            done(call.send().await)
        }
        (
            Some(Action::RollBack {
                cluster_arn, service, ..
            }),
            Before::TaskDefinition { arn },
        ) => {
            let call = aws_sdk_ecs::Client::new(config)
                .update_service()
                .cluster(cluster_arn)
                .service(service)
                .task_definition(arn);
            done(call.send().await)
        }
        _ => Err(NotDone::Refused("this cannot be taken back".to_owned())),
    }
}

async fn put_role_policy(
    config: &SdkConfig,
    role: &str,
    policy: &str,
    document: &str,
) -> Result<(), NotDone> {
    let call = aws_sdk_iam::Client::new(config)
        .put_role_policy()
        .role_name(role)
        .policy_name(policy)
        .policy_document(document);
    done(call.send().await)
}

/// An answer that says no is a refusal; no answer at all leaves it open.
fn done<T, E>(answer: Result<T, SdkError<E>>) -> Result<(), NotDone>
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    match answer {
        Ok(_) => Ok(()),
        Err(SdkError::ServiceError(error)) if error.raw().status().is_client_error() => {
            Err(NotDone::Refused(said(&error.into_err())))
        }
        Err(error @ SdkError::ConstructionFailure(_)) => Err(NotDone::Refused(said(&error))),
        Err(error) => Err(NotDone::Unknown(said(&error))),
    }
}
