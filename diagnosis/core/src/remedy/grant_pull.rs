//! Granting a role the pull actions it lacks.

use serde_json::{Value, json};

use super::{Action, Call, Mode, Remedy, Risk};
use crate::evidence::role::RoleEvidence;

/// Name of the inline policy this product writes, and removes on undo.
pub(super) const POLICY_NAME: &str = "ecs-pull-why-image-pull";

/// The smallest inline policy that lets `role` do `actions`: the token on `*`, as it has no resource
/// (<https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html>),
/// everything else on `repository_arn` alone.
///
/// `None` where `actions` is empty.
pub fn grant_pull(role: &RoleEvidence, actions: &[&str], repository_arn: &str) -> Option<Remedy> {
    let (token, pull): (Vec<&str>, Vec<&str>) = actions
        .iter()
        .copied()
        .partition(|action| *action == "ecr:GetAuthorizationToken");
    let mut statements = Vec::new();
    if !token.is_empty() {
        statements.push(json!({ "Effect": "Allow", "Action": token, "Resource": "*" }));
    }
    if !pull.is_empty() {
        statements.push(json!({ "Effect": "Allow", "Action": pull, "Resource": repository_arn }));
    }
    if statements.is_empty() {
        return None;
    }
    let name = role.name();
    let previous = role
        .inline
        .iter()
        .filter_map(|policy| policy.value())
        .find(|policy| policy.name == POLICY_NAME)
        .map(|policy| policy.document.clone());
    // What was granted before, for another repository, stays.
    let kept = match previous.as_ref().and_then(|document| document.get("Statement")) {
        Some(Value::Array(kept)) => kept.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    };
    statements.retain(|statement| !kept.contains(statement));
    let statements: Vec<Value> = kept.into_iter().chain(statements).collect();
    let document = json!({ "Version": "2012-10-17", "Statement": statements });
    let parameters = json!({ "RoleName": name, "PolicyName": POLICY_NAME, "PolicyDocument": document });
    Some(Remedy {
        id: "grant_pull".to_owned(),
        title: format!("Let {} pull", crate::names::at_most(name, 50)),
        risk: Risk::Low,
        mode: Mode::Automatic,
        calls: vec![Call {
            action: "iam:PutRolePolicy".to_owned(),
            resource: role.arn.clone(),
            parameters,
        }],
        before: Some(match &previous {
            Some(document) => format!("inline policy {POLICY_NAME}: {document}"),
            None => format!("no inline policy {POLICY_NAME}"),
        }),
        after: Some(format!("inline policy {POLICY_NAME}: {document}")),
        notes: vec!["Not touched: the role's other policies and its trust policy.".to_owned()],
        cli: format!(
            "aws iam put-role-policy --role-name {name} --policy-name {POLICY_NAME} --policy-document '{document}'"
        ),
        terraform: Some(format!(
            "resource \"aws_iam_role_policy\" \"ecs_image_pull\" {{\n  name   = \"{POLICY_NAME}\"\n  role   = \"{name}\"\n  policy = jsonencode({})\n}}",
            serde_json::to_string_pretty(&document).unwrap_or_default()
        )),
        action: Some(Action::GrantPull {
            role_arn: role.arn.clone(),
            policy_name: POLICY_NAME.to_owned(),
            document,
            previous,
        }),
    })
}
