//! The calls.

use aws_config::SdkConfig;
use aws_sdk_ecs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ecs::operation::RequestId;
use collect::said;
use diagnosis::remedy::Action;

use super::change::Change;
use super::plan::Before;
use super::state::name;

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// Whether AWS took it.
    pub(super) result: Result<(), NotDone>,
    /// AWS's id of the request, where it answered.
    pub(super) request_id: Option<String>,
}

/// Why a call did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NotDone {
    /// AWS refused: nothing was changed.
    Refused(String),
    /// No answer came: it cannot be told.
    Unknown(String),
}

/// Makes a change.
pub(super) async fn make(config: &SdkConfig, change: Change<'_>) -> Answer {
    match change {
        Change::Apply(Action::GrantPull {
            role_arn,
            policy_name,
            document,
            ..
        }) => put_role_policy(config, name(role_arn), policy_name, &document.to_string()).await,
        Change::TakeBack(
            Action::GrantPull {
                role_arn,
                policy_name,
                ..
            },
            Before::RolePolicy { text: Some(text) },
        ) => put_role_policy(config, name(role_arn), policy_name, text).await,
        Change::TakeBack(
            Action::GrantPull {
                role_arn,
                policy_name,
                ..
            },
            Before::RolePolicy { text: None },
        ) => {
            let call = aws_sdk_iam::Client::new(config)
                .delete_role_policy()
                .role_name(name(role_arn))
                .policy_name(policy_name);
            answer(call.send().await)
        }
        Change::Apply(Action::RollBack {
            cluster_arn,
            service,
            to: revision,
            ..
        })
        | Change::TakeBack(
            Action::RollBack {
                cluster_arn, service, ..
            },
            Before::TaskDefinition { arn: revision },
        ) => {
            let call = aws_sdk_ecs::Client::new(config)
                .update_service()
                .cluster(cluster_arn)
                .service(service)
                .task_definition(revision);
            answer(call.send().await)
        }
        Change::Apply(Action::ForceNewDeployment {
            cluster_arn, service, ..
        }) => {
            let call = aws_sdk_ecs::Client::new(config)
                .update_service()
                .cluster(cluster_arn)
                .service(service)
                .force_new_deployment(true);
            answer(call.send().await)
        }
        Change::TakeBack(..) => Answer {
            result: Err(NotDone::Refused("this cannot be taken back".to_owned())),
            request_id: None,
        },
    }
}

async fn put_role_policy(config: &SdkConfig, role: &str, policy: &str, document: &str) -> Answer {
    let call = aws_sdk_iam::Client::new(config)
        .put_role_policy()
        .role_name(role)
        .policy_name(policy)
        .policy_document(document);
    answer(call.send().await)
}

/// An answer that says no is a refusal; no answer at all leaves it open.
fn answer<T, E>(answer: Result<T, SdkError<E>>) -> Answer
where
    T: RequestId,
    E: std::error::Error + ProvideErrorMetadata + 'static,
    SdkError<E>: RequestId,
{
    let request_id = match &answer {
        Ok(answer) => answer.request_id(),
        Err(error) => error.request_id(),
    };
    let request_id = request_id.map(str::to_owned);
    let result = answer.map(|_| ()).map_err(|error| match error {
        SdkError::ServiceError(error) if error.raw().status().is_client_error() => {
            NotDone::Refused(said(&error.into_err()))
        }
        SdkError::ConstructionFailure(_) => NotDone::Refused(said(&error)),
        _ => NotDone::Unknown(said(&error)),
    });
    Answer { result, request_id }
}
