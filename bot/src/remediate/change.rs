//! A change of AWS: what a plan does, or taking it back.

use diagnosis::remedy::{Action, Call};
use serde_json::{Value, json};

use super::plan::{Before, Plan};
use super::state::{Current, name};

/// A change of AWS. Applying and taking back are one thing with two directions, so that both are checked, recorded and
/// carried out in the same way.
#[derive(Debug, Clone, Copy)]
pub(super) enum Change<'a> {
    /// What the plan does.
    Apply(&'a Action),
    /// What the plan did is taken back to what was there before.
    TakeBack(&'a Action, &'a Before),
}

/// How AWS stands to a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is still to be made.
    ToDo,
    /// It is made.
    Done,
    /// Somebody made another one: what differs.
    Otherwise(String),
}

impl<'a> Change<'a> {
    /// What it is about.
    pub(super) fn action(self) -> &'a Action {
        match self {
            Self::Apply(action) | Self::TakeBack(action, _) => action,
        }
    }

    /// The fields under which a job keeps how far it is.
    pub(super) fn step(self) -> &'static str {
        match self {
            Self::Apply(_) => "applied",
            Self::TakeBack(..) => "undo",
        }
    }

    /// Exactly the calls it takes; none where it cannot be made.
    pub(super) fn calls(self, plan: &Plan) -> Vec<Call> {
        match self {
            Self::Apply(_) => plan.remedy.calls.clone(),
            Self::TakeBack(action, before) => back(action, before).into_iter().collect(),
        }
    }

    /// How AWS stands to it.
    pub(super) fn standing(self, current: &Current) -> Standing {
        match self {
            Self::Apply(action) => applying(action, current),
            Self::TakeBack(_, before) if is_back(before, current) => Standing::Done,
            // Only what we wrote is taken back.
            Self::TakeBack(action, _) => match applying(action, current) {
                Standing::Done => Standing::ToDo,
                Standing::ToDo => Standing::Otherwise("what was applied is no longer there".to_owned()),
                otherwise @ Standing::Otherwise(_) => otherwise,
            },
        }
    }

    /// Why a press changes nothing where the change is made already.
    pub(super) fn made_already(self) -> &'static str {
        match self {
            Self::Apply(Action::GrantPull { .. }) => {
                "the role's policy already says what the plan would write"
            }
            Self::Apply(Action::RollBack { .. }) => "the service is already set to that revision",
            Self::Apply(Action::ForceNewDeployment { .. }) => "the service was deployed again since",
            Self::TakeBack(..) => "it is taken back already",
        }
    }
}

fn applying(action: &Action, current: &Current) -> Standing {
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
                Standing::ToDo
            } else if now.as_ref() == Some(document) {
                Standing::Done
            } else if now.is_some() {
                Standing::Otherwise(format!("inline policy {policy_name} is another one now"))
            } else {
                Standing::Otherwise(format!("inline policy {policy_name} is gone"))
            }
        }
        (Action::RollBack { from, to, .. }, Current::Service { task_definition, .. }) => {
            if task_definition == from {
                Standing::ToDo
            } else if task_definition == to {
                Standing::Done
            } else {
                set_to(task_definition)
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
                set_to(task_definition)
            } else if deployment == old {
                Standing::ToDo
            } else {
                Standing::Done
            }
        }
        _ => Standing::Otherwise("the plan and what was read do not fit".to_owned()),
    }
}

fn set_to(task_definition: &str) -> Standing {
    Standing::Otherwise(format!("the service is set to {} now", name(task_definition)))
}

/// Whether what was there before is there again, byte for byte.
fn is_back(before: &Before, current: &Current) -> bool {
    match (before, current) {
        (Before::RolePolicy { text }, Current::RolePolicy(now)) => text == now,
        (Before::TaskDefinition { arn }, Current::Service { task_definition, .. }) => arn == task_definition,
        _ => false,
    }
}

/// The call that takes an action back.
fn back(action: &Action, before: &Before) -> Option<Call> {
    let call = |name: &str, resource: &str, parameters| {
        Some(Call {
            action: name.to_owned(),
            resource: resource.to_owned(),
            parameters,
        })
    };
    match (action, before) {
        (
            Action::GrantPull {
                role_arn,
                policy_name,
                ..
            },
            Before::RolePolicy { text: Some(text) },
        ) => call(
            "iam:PutRolePolicy",
            role_arn,
            json!({ "RoleName": name(role_arn), "PolicyName": policy_name, "PolicyDocument": text }),
        ),
        (
            Action::GrantPull {
                role_arn,
                policy_name,
                ..
            },
            Before::RolePolicy { text: None },
        ) => call(
            "iam:DeleteRolePolicy",
            role_arn,
            json!({ "RoleName": name(role_arn), "PolicyName": policy_name }),
        ),
        (
            Action::RollBack {
                cluster_arn,
                service,
                service_arn,
                ..
            },
            Before::TaskDefinition { arn },
        ) => call(
            "ecs:UpdateService",
            service_arn,
            json!({ "cluster": cluster_arn, "service": service, "taskDefinition": arn }),
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(previous: Option<Value>) -> Action {
        Action::GrantPull {
            role_arn: "arn:aws:iam::111122223333:role/puller".to_owned(),
            policy_name: "pull".to_owned(),
            document: json!({ "new": true }),
            previous,
        }
    }

    fn roll_back() -> Action {
        Action::RollBack {
            cluster_arn: "c".to_owned(),
            service: "s".to_owned(),
            service_arn: "a".to_owned(),
            from: "f:2".to_owned(),
            to: "f:1".to_owned(),
        }
    }

    fn deploy_again() -> Action {
        Action::ForceNewDeployment {
            cluster_arn: "c".to_owned(),
            service: "s".to_owned(),
            service_arn: "a".to_owned(),
            task_definition: "f:2".to_owned(),
            deployment: "d1".to_owned(),
        }
    }

    fn policy(text: Option<&str>) -> Current {
        Current::RolePolicy(text.map(str::to_owned))
    }

    fn service(task_definition: &str, deployment: &str) -> Current {
        Current::Service {
            task_definition: task_definition.to_owned(),
            deployment: deployment.to_owned(),
        }
    }

    fn otherwise(what: &str) -> Standing {
        Standing::Otherwise(what.to_owned())
    }

    #[test]
    fn a_plan_is_applied_to_what_the_diagnosis_saw_and_to_nothing_else() {
        for (action, current, standing) in [
            (grant(None), policy(None), Standing::ToDo),
            (grant(None), policy(Some(r#"{ "new" : true }"#)), Standing::Done),
            (
                grant(None),
                policy(Some(r#"{"other":1}"#)),
                otherwise("inline policy pull is another one now"),
            ),
            (
                grant(None),
                policy(Some("not json")),
                otherwise("inline policy pull is another one now"),
            ),
            (
                grant(Some(json!({ "old": 1 }))),
                policy(Some(r#"{"old":1}"#)),
                Standing::ToDo,
            ),
            (
                grant(Some(json!({ "old": 1 }))),
                policy(None),
                otherwise("inline policy pull is gone"),
            ),
            (
                grant(None),
                service("f:2", "d1"),
                otherwise("the plan and what was read do not fit"),
            ),
            (roll_back(), service("f:2", "d1"), Standing::ToDo),
            (roll_back(), service("f:1", "d2"), Standing::Done),
            (
                roll_back(),
                service("f:3", "d3"),
                otherwise("the service is set to f:3 now"),
            ),
            (deploy_again(), service("f:2", "d1"), Standing::ToDo),
            (deploy_again(), service("f:2", "d2"), Standing::Done),
            (
                deploy_again(),
                service("f:3", "d2"),
                otherwise("the service is set to f:3 now"),
            ),
        ] {
            assert_eq!(
                Change::Apply(&action).standing(&current),
                standing,
                "{action:?} {current:?}"
            );
        }
    }

    #[test]
    fn only_what_was_applied_is_taken_back() {
        let text = |text: &str| Before::RolePolicy {
            text: Some(text.to_owned()),
        };
        let none = || Before::RolePolicy { text: None };
        let revision = || Before::TaskDefinition {
            arn: "f:2".to_owned(),
        };
        let new = r#"{"new":true}"#;
        for (action, before, current, standing) in [
            (grant(None), none(), policy(Some(new)), Standing::ToDo),
            (grant(None), none(), policy(None), Standing::Done),
            (
                grant(None),
                none(),
                policy(Some("{}")),
                otherwise("inline policy pull is another one now"),
            ),
            (
                grant(Some(json!({ "old": 1 }))),
                text(r#"{ "old": 1 }"#),
                policy(Some(r#"{ "old": 1 }"#)),
                Standing::Done,
            ),
            // Somebody else wrote the same policy in other bytes: not ours to touch.
            (
                grant(Some(json!({ "old": 1 }))),
                text(r#"{ "old": 1 }"#),
                policy(Some(r#"{"old":1}"#)),
                otherwise("what was applied is no longer there"),
            ),
            (roll_back(), revision(), service("f:1", "d2"), Standing::ToDo),
            (roll_back(), revision(), service("f:2", "d3"), Standing::Done),
            (
                roll_back(),
                revision(),
                service("f:3", "d3"),
                otherwise("the service is set to f:3 now"),
            ),
        ] {
            assert_eq!(
                Change::TakeBack(&action, &before).standing(&current),
                standing,
                "{action:?} {before:?} {current:?}"
            );
        }
    }

    #[test]
    fn what_cannot_be_taken_back_has_no_calls() {
        let before = Before::TaskDefinition {
            arn: "f:2".to_owned(),
        };
        assert_eq!(back(&deploy_again(), &before), None);
        assert_eq!(back(&grant(None), &before), None);
    }
}
