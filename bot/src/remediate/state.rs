//! AWS as it is, read again.

use aws_config::SdkConfig;
use aws_sdk_ecs::error::ProvideErrorMetadata;
use aws_sdk_ecs::operation::describe_services::{DescribeServicesError, DescribeServicesOutput};
use aws_sdk_iam::operation::get_role::GetRoleError;
use aws_sdk_iam::operation::get_role_policy::GetRolePolicyError;
use collect::said;
use diagnosis::remedy::Action;
use percent_encoding::percent_decode_str;

use super::plan::Before;

/// What a remedy changes, as it is now.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Current {
    /// The role's inline policy of the plan's name: its text, or none.
    RolePolicy(Option<String>),
    /// The service.
    Service {
        /// ARN of its task definition.
        task_definition: String,
        /// Id of its primary deployment.
        deployment: String,
    },
}

/// Why the state could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unread {
    /// What is to be changed is no longer there.
    Gone(String),
    /// The bot may not look.
    Denied(String),
    /// Another try may help.
    Passing(String),
}

impl std::fmt::Display for Unread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Gone(why) | Self::Denied(why) | Self::Passing(why) => f.write_str(why),
        }
    }
}

impl Unread {
    fn of<E: std::error::Error + ProvideErrorMetadata>(error: &E) -> Self {
        match error.code() {
            Some("AccessDenied" | "AccessDeniedException" | "UnauthorizedException") => {
                Self::Denied(said(error))
            }
            _ => Self::Passing(said(error)),
        }
    }
}

/// Reads what `action` would change.
///
/// # Errors
/// [`Unread`].
pub(super) async fn read(config: &SdkConfig, action: &Action) -> Result<Current, Unread> {
    match action {
        Action::GrantPull {
            role_arn,
            policy_name,
            ..
        } => role_policy(config, name(role_arn), policy_name)
            .await
            .map(Current::RolePolicy),
        Action::RollBack {
            cluster_arn, service, ..
        }
        | Action::ForceNewDeployment {
            cluster_arn, service, ..
        } => {
            let answer = aws_sdk_ecs::Client::new(config)
                .describe_services()
                .cluster(cluster_arn)
                .services(service)
                .send()
                .await
                .map_err(|error| match error.as_service_error() {
                    Some(DescribeServicesError::ClusterNotFoundException(_)) => {
                        Unread::Gone(format!("cluster {} no longer exists", name(cluster_arn)))
                    }
                    _ => Unread::of(&error),
                })?;
            let gone = || Unread::Gone(format!("service {service} no longer exists"));
            let service_now = match answer.services().first() {
                Some(found) if found.status() == Some("INACTIVE") => return Err(gone()),
                Some(found) => found,
                None if missing(&answer) => return Err(gone()),
                None => {
                    return Err(Unread::Passing(format!(
                        "ECS did not answer for service {service}"
                    )));
                }
            };
            let primary = service_now
                .deployments()
                .iter()
                .find(|deployment| deployment.status() == Some("PRIMARY"));
            Ok(Current::Service {
                task_definition: service_now.task_definition().unwrap_or_default().to_owned(),
                deployment: primary
                    .and_then(aws_sdk_ecs::types::Deployment::id)
                    .unwrap_or_default()
                    .to_owned(),
            })
        }
    }
}

/// Whether ECS says that there is no such service:
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html>
fn missing(answer: &DescribeServicesOutput) -> bool {
    answer
        .failures()
        .iter()
        .any(|failure| failure.reason() == Some("MISSING"))
}

/// The text of a role's inline policy, byte for byte as IAM keeps it; `None` where the role has none of that name.
async fn role_policy(config: &SdkConfig, role: &str, policy: &str) -> Result<Option<String>, Unread> {
    let iam = aws_sdk_iam::Client::new(config);
    let answer = iam
        .get_role_policy()
        .role_name(role)
        .policy_name(policy)
        .send()
        .await;
    match answer {
        // IAM answers with the document percent-encoded:
        // <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html>
        Ok(answer) => percent_decode_str(answer.policy_document())
            .decode_utf8()
            .map(|text| Some(text.into_owned()))
            .map_err(|_| Unread::Denied(format!("policy {policy} of role {role} is no UTF-8"))),
        // The same error says that the policy, and that the role, is not there.
        Err(error)
            if error
                .as_service_error()
                .is_some_and(GetRolePolicyError::is_no_such_entity_exception) =>
        {
            match iam.get_role().role_name(role).send().await {
                Ok(_) => Ok(None),
                Err(error)
                    if error
                        .as_service_error()
                        .is_some_and(GetRoleError::is_no_such_entity_exception) =>
                {
                    Err(Unread::Gone(format!("role {role} no longer exists")))
                }
                Err(error) => Err(Unread::of(&error)),
            }
        }
        Err(error) => Err(Unread::of(&error)),
    }
}

/// What to take back to, once the action is applied; `None` where it cannot be taken back.
pub(super) fn before(action: &Action, current: &Current) -> Option<Before> {
    match (action, current) {
        (Action::GrantPull { .. }, Current::RolePolicy(text)) => {
            Some(Before::RolePolicy { text: text.clone() })
        }
        (Action::RollBack { .. }, Current::Service { task_definition, .. }) => Some(Before::TaskDefinition {
            arn: task_definition.clone(),
        }),
        _ => None,
    }
}

/// The last part of an ARN.
pub(super) fn name(arn: &str) -> &str {
    diagnosis::evidence::short(arn)
}
