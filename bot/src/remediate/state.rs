//! AWS as it is, set against AWS as the diagnosis saw it.

use aws_config::SdkConfig;
use aws_sdk_iam::operation::get_role_policy::GetRolePolicyError;
use collect::said;
use diagnosis::remedy::Action;
use percent_encoding::percent_decode_str;
use serde_json::Value;

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

/// How AWS stands to a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// As the diagnosis saw it.
    Before,
    /// As the plan leaves it.
    After,
    /// Neither: what differs.
    Otherwise(String),
}

/// Reads what `action` would change.
///
/// # Errors
/// What AWS said, for a person.
pub(super) async fn read(config: &SdkConfig, action: &Action) -> Result<Current, String> {
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
                .map_err(|error| said(&error))?;
            let service_now = answer
                .services()
                .first()
                .filter(|service| service.status() != Some("INACTIVE"))
                .ok_or_else(|| format!("service {service} no longer exists"))?;
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

/// The text of a role's inline policy, byte for byte as IAM keeps it; `None` where there is none.
pub(super) async fn role_policy(
    config: &SdkConfig,
    role: &str,
    policy: &str,
) -> Result<Option<String>, String> {
    let answer = aws_sdk_iam::Client::new(config)
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
            .map_err(|_| format!("policy {policy} of role {role} is no UTF-8")),
        Err(error)
            if error
                .as_service_error()
                .is_some_and(GetRolePolicyError::is_no_such_entity_exception) =>
        {
            Ok(None)
        }
        Err(error) => Err(said(&error)),
    }
}

/// How AWS stands to the plan's action.
pub(super) fn standing(action: &Action, current: &Current) -> Standing {
    match (action, current) {
        (
            Action::GrantPull {
                policy_name,
                document,
                previous,
                ..
            },
            Current::RolePolicy(text),
        ) => {
            let now = text
                .as_deref()
                .map(|text| serde_json::from_str::<Value>(text).unwrap_or(Value::Null));
            if now.as_ref() == previous.as_ref() {
                Standing::Before
            } else if now.as_ref() == Some(document) {
                Standing::After
            } else if now.is_some() {
                Standing::Otherwise(format!("inline policy {policy_name} is another one now"))
            } else {
                Standing::Otherwise(format!("inline policy {policy_name} is gone"))
            }
        }
        (Action::RollBack { from, to, .. }, Current::Service { task_definition, .. }) => {
            if task_definition == from {
                Standing::Before
            } else if task_definition == to {
                Standing::After
            } else {
                Standing::Otherwise(format!("the service is set to {} now", name(task_definition)))
            }
        }
        (
            Action::ForceNewDeployment {
                task_definition: seen,
                deployment: old,
                ..
            },
            Current::Service {
                task_definition,
                deployment,
            },
        ) => {
            if task_definition != seen {
                Standing::Otherwise(format!("the service is set to {} now", name(task_definition)))
            } else if deployment == old {
                Standing::Before
            } else {
                Standing::After
            }
        }
        _ => Standing::Otherwise("the plan and what was read do not fit".to_owned()),
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn grant(previous: Option<Value>) -> Action {
        Action::GrantPull {
            role_arn: "arn:aws:iam::111122223333:role/puller".to_owned(),
            policy_name: "pull".to_owned(),
            document: json!({ "new": true }),
            previous,
        }
    }

    #[test]
    fn a_policy_is_before_after_or_otherwise() {
        let current = |text: Option<&str>| Current::RolePolicy(text.map(str::to_owned));
        let otherwise = |standing: &Standing| matches!(standing, Standing::Otherwise(_));
        assert_eq!(standing(&grant(None), &current(None)), Standing::Before);
        assert_eq!(
            standing(&grant(None), &current(Some(r#"{ "new" : true }"#))),
            Standing::After
        );
        assert!(otherwise(&standing(
            &grant(None),
            &current(Some(r#"{"other":1}"#))
        )));
        assert_eq!(
            standing(&grant(Some(json!({"old": 1}))), &current(Some(r#"{"old":1}"#))),
            Standing::Before
        );
        assert!(otherwise(&standing(
            &grant(Some(json!({"old": 1}))),
            &current(None)
        )));
        assert!(otherwise(&standing(&grant(None), &current(Some("not json")))));
    }

    #[test]
    fn a_service_is_before_after_or_otherwise() {
        let text = |text: &str| text.to_owned();
        let roll = Action::RollBack {
            cluster_arn: text("c"),
            service: text("s"),
            service_arn: text("a"),
            from: text("f:2"),
            to: text("f:1"),
        };
        let now = |task_definition: &str, deployment: &str| Current::Service {
            task_definition: text(task_definition),
            deployment: text(deployment),
        };
        assert_eq!(standing(&roll, &now("f:2", "d1")), Standing::Before);
        assert_eq!(standing(&roll, &now("f:1", "d2")), Standing::After);
        assert!(matches!(
            standing(&roll, &now("f:3", "d3")),
            Standing::Otherwise(_)
        ));
        let force = Action::ForceNewDeployment {
            cluster_arn: text("c"),
            service: text("s"),
            service_arn: text("a"),
            task_definition: text("f:2"),
            deployment: text("d1"),
        };
        assert_eq!(standing(&force, &now("f:2", "d1")), Standing::Before);
        assert_eq!(standing(&force, &now("f:2", "d2")), Standing::After);
        assert!(matches!(
            standing(&force, &now("f:3", "d2")),
            Standing::Otherwise(_)
        ));
    }
}
