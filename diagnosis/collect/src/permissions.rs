//! Which of the reading actions the credentials may do, as IAM's own simulation says.
//!
//! Only policies of the caller's own role or user and its organization are simulated; a simulation is no proof
//! (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html>).

use aws_sdk_iam::types::PolicyEvaluationDecisionType;

use crate::actions::{Action, READ_ACTIONS};
use crate::aws::Aws;
use crate::caller::Caller;
use crate::said::said;

/// The reading actions that the caller's policies do not allow, by simulation.
///
/// # Errors
/// Where the caller may not simulate, or AWS does not answer: nothing is known then.
pub async fn lacking(aws: &Aws, caller: &Caller) -> Result<Vec<&'static Action>, String> {
    let iam = aws_sdk_iam::Client::new(aws.config());
    let principal = match role_of(&caller.arn) {
        // A session's ARN leaves out the role's path: only IAM knows the whole.
        Some(role) => iam
            .get_role()
            .role_name(role)
            .send()
            .await
            .map_err(|error| said(&error))?
            .role
            .map(|role| role.arn)
            .ok_or("the answer names no role")?,
        None => caller.arn.clone(),
    };
    let answer = iam
        .simulate_principal_policy()
        .policy_source_arn(principal)
        .set_action_names(Some(
            READ_ACTIONS
                .iter()
                .map(|action| action.action.to_owned())
                .collect(),
        ))
        .max_items(1000)
        .send()
        .await
        .map_err(|error| said(&error))?;
    let allowed: Vec<&str> = answer
        .evaluation_results()
        .iter()
        .filter(|result| result.eval_decision == PolicyEvaluationDecisionType::Allowed)
        .map(|result| result.eval_action_name.as_str())
        .collect();
    Ok(READ_ACTIONS
        .iter()
        .copied()
        // Asking who one is needs no permission.
        .filter(|action| action.action != "sts:GetCallerIdentity")
        .filter(|action| {
            !allowed
                .iter()
                .any(|allowed| allowed.eq_ignore_ascii_case(action.action))
        })
        .collect())
}

/// The role of `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`.
fn role_of(arn: &str) -> Option<&str> {
    arn.split_once(":assumed-role/")?.1.split('/').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_names_its_role_and_a_user_is_none() {
        assert_eq!(
            role_of("arn:aws:sts::111122223333:assumed-role/reader/bot"),
            Some("reader")
        );
        assert_eq!(role_of("arn:aws:iam::111122223333:user/ops/bot"), None);
    }
}
