//! `check-access`: the evaluator behind one line of JSON.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use super::decision::Effect;
use super::document::PolicyDocument;
use super::evaluation::{Decision, decide};
use super::json_shape::PolicyDocumentError;
use super::policies::{NamedPolicy, Policies, PolicyKind};
use super::principal::{Principal, PrincipalError};
use super::request::Request;

/// One line of input.
#[derive(Debug, Deserialize)]
struct CheckInput {
    principal_arn: String,
    action: String,
    resource_arn: String,
    #[serde(default)]
    identity_policies: Vec<Value>,
    #[serde(default)]
    permissions_boundary: Option<Value>,
    #[serde(default)]
    resource_policy: Option<Value>,
    #[serde(default)]
    scps: Vec<Value>,
    #[serde(default)]
    endpoint_policy: Option<Value>,
    #[serde(default)]
    context: IndexMap<String, ContextValues>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum ContextValues {
    Many(Vec<ContextValue>),
    One(ContextValue),
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum ContextValue {
    Text(String),
    Number(serde_json::Number),
    Flag(bool),
}

/// One line of output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CheckOutput {
    /// What becomes of the request.
    pub decision: Effect,
    /// Which statement decided, or which layer failed to allow; null while unknown.
    pub decided_by: Option<String>,
    /// The condition keys whose values would change an unknown decision.
    pub missing_context: Vec<String>,
}

/// Why a line could not be answered.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CheckError {
    /// The line is not the JSON object that `check-access` takes.
    #[error("not a check-access object: {0}")]
    Input(#[source] serde_json::Error),
    /// The principal is none.
    #[error("`principal_arn`: {0}")]
    Principal(#[source] PrincipalError),
    /// A policy is none.
    #[error("{policy}: {source}")]
    Policy {
        /// Which one.
        policy: String,
        /// What is wrong with it.
        source: PolicyDocumentError,
    },
}

/// Answers one line of `check-access`.
///
/// # Errors
///
/// When the line is not the JSON object that `check-access` takes, or one of its policies is malformed.
pub fn check_line(line: &str) -> Result<CheckOutput, CheckError> {
    let input: CheckInput = serde_json::from_str(line).map_err(CheckError::Input)?;
    let identity = numbered("identity policy", PolicyKind::Inline, &input.identity_policies)?;
    let scps = numbered("service control policy", PolicyKind::ServiceControl, &input.scps)?;
    let boundary = optional(
        "permissions boundary",
        PolicyKind::PermissionsBoundary,
        input.permissions_boundary.as_ref(),
    )?;
    let resource = optional(
        "resource policy",
        PolicyKind::Resource,
        input.resource_policy.as_ref(),
    )?;
    let endpoint = optional(
        "VPC endpoint policy",
        PolicyKind::Endpoint,
        input.endpoint_policy.as_ref(),
    )?;
    let request = Request {
        principal: Principal::parse(&input.principal_arn).map_err(CheckError::Principal)?,
        action: input.action,
        resource: input.resource_arn,
        context: input
            .context
            .into_iter()
            .map(|(key, values)| (key, values.into_texts()))
            .collect(),
    };
    // One flat list stands for one level.
    let levels = if scps.is_empty() { Vec::new() } else { vec![scps] };
    let decision = decide(
        &request,
        &Policies {
            identity: &identity,
            boundary: boundary.as_ref(),
            resource: resource.as_ref(),
            registry: None,
            scps: &levels,
            endpoint: endpoint.as_ref(),
            unread: &[],
        },
    );
    Ok(decision.into())
}

impl From<Decision> for CheckOutput {
    fn from(decision: Decision) -> Self {
        let decided_by = (decision.effect != Effect::Unknown).then_some(decision.reason);
        Self {
            decision: decision.effect,
            decided_by,
            missing_context: decision.missing_context,
        }
    }
}

impl ContextValues {
    fn into_texts(self) -> Vec<String> {
        let values = match self {
            Self::Many(values) => values,
            Self::One(value) => vec![value],
        };
        let text = |value| match value {
            ContextValue::Text(text) => text,
            ContextValue::Number(number) => number.to_string(),
            ContextValue::Flag(flag) => flag.to_string(),
        };
        values.into_iter().map(text).collect()
    }
}

fn numbered(name: &str, kind: PolicyKind, documents: &[Value]) -> Result<Vec<NamedPolicy>, CheckError> {
    let number = documents.iter().enumerate();
    number
        .map(|(index, document)| named(&format!("{name} {}", index + 1), kind, document))
        .collect()
}

fn optional(
    name: &str,
    kind: PolicyKind,
    document: Option<&Value>,
) -> Result<Option<NamedPolicy>, CheckError> {
    document.map(|document| named(name, kind, document)).transpose()
}

fn named(name: &str, kind: PolicyKind, document: &Value) -> Result<NamedPolicy, CheckError> {
    let document = PolicyDocument::parse(document).map_err(|source| CheckError::Policy {
        policy: name.to_owned(),
        source,
    })?;
    Ok(NamedPolicy {
        name: name.to_owned(),
        kind,
        document,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::check_line;

    fn line(statements: &serde_json::Value, context: &serde_json::Value) -> String {
        json!({
            "principal_arn": "arn:aws:iam::210987654321:role/pull",
            "action": "ecr:GetAuthorizationToken",
            "resource_arn": "*",
            "identity_policies": [{"Version": "2012-10-17", "Statement": statements}],
            "permissions_boundary": null, "resource_policy": null, "scps": [], "endpoint_policy": null,
            "context": context,
        })
        .to_string()
    }

    fn answer(line: &str) -> String {
        match check_line(line) {
            Ok(output) => serde_json::to_string(&output).unwrap(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn every_field_is_there() {
        let allow = json!([{"Sid": "Token", "Effect": "Allow", "Action": "ecr:*", "Resource": "*"}]);
        insta::assert_snapshot!(
            answer(&line(&allow, &json!({}))),
            @r#"{"decision":"allowed","decided_by":"statement 1 (`Token`) of identity policy 1 allows ecr:GetAuthorizationToken on *","missing_context":[]}"#
        );
        insta::assert_snapshot!(
            answer(&line(&json!([]), &json!({}))),
            @r#"{"decision":"implicit_deny","decided_by":"no identity-based policy allows ecr:GetAuthorizationToken on *","missing_context":[]}"#
        );
        let guarded = json!([{"Effect": "Allow", "Action": "ecr:*", "Resource": "*",
            "Condition": {"Bool": {"aws:ViaAWSService": false}}}]);
        insta::assert_snapshot!(
            answer(&line(&guarded, &json!({}))),
            @r#"{"decision":"unknown","decided_by":null,"missing_context":["aws:ViaAWSService"]}"#
        );
        for context in [
            json!({"aws:viaawsservice": [false]}),
            json!({"aws:viaawsservice": "false"}),
        ] {
            assert!(answer(&line(&guarded, &context)).starts_with(r#"{"decision":"allowed""#));
        }
    }

    #[test]
    fn errors_say_what_and_where() {
        insta::assert_snapshot!(answer("{"), @"not a check-access object: EOF while parsing an object at line 1 column 1");
        insta::assert_snapshot!(answer("{}"), @"not a check-access object: missing field `principal_arn` at line 1 column 2");
        insta::assert_snapshot!(
            answer(&line(&json!([{"Effect": "Permit"}]), &json!({}))),
            @"identity policy 1: policy document is malformed at `Statement[0].Effect`: an effect is `Allow` or `Deny`, not `Permit`"
        );
        insta::assert_snapshot!(
            answer(&line(&json!([]), &json!({})).replace("arn:aws:iam::210987654321:role/", "")),
            @"`principal_arn`: `pull` is neither a role ARN, a role session ARN, a user ARN, an account's root ARN nor a service name"
        );
    }
}
