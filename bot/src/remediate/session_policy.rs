//! The session policy: what the remediation role may do for one plan, and nothing else.
//!
//! A session may do what the role's policies and the session policy both allow
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session>).

use diagnosis::remedy::Call;
use serde_json::{Value, json};

/// A policy that allows exactly `calls` on exactly their resources.
pub(super) fn of(calls: &[Call]) -> Value {
    let statements: Vec<Value> = calls
        .iter()
        .map(|call| json!({ "Effect": "Allow", "Action": call.action, "Resource": call.resource }))
        .collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// A policy that allows nothing.
pub(super) fn nothing() -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Deny", "Action": "*", "Resource": "*" }] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_allows_the_calls_of_the_plan_on_their_resources_and_nothing_else() {
        let calls = [Call {
            action: "ecs:UpdateService".to_owned(),
            resource: "arn:aws:ecs:eu-west-1:111122223333:service/prod/payments".to_owned(),
            parameters: json!({ "service": "payments" }),
        }];
        assert_eq!(
            of(&calls),
            json!({ "Version": "2012-10-17", "Statement": [{
                "Effect": "Allow",
                "Action": "ecs:UpdateService",
                "Resource": "arn:aws:ecs:eu-west-1:111122223333:service/prod/payments",
            }]})
        );
        assert_eq!(of(&[]), json!({ "Version": "2012-10-17", "Statement": [] }));
    }
}
