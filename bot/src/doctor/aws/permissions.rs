//! Whether everything that a diagnosis reads may be read.

use collect::{Action, Caller};
use serde_json::json;

use crate::doctor::{Check, Finding};

const CHECK: Check = Check::AwsPermissions;

/// What IAM's simulation says of the reading actions: those that the caller may not do, or why that is not known.
pub(super) fn finding(lacking: Result<Vec<&Action>, String>, who: &Caller) -> Finding {
    match lacking {
        Ok(lacking) if lacking.is_empty() => Finding::ok(CHECK, "all of them, by IAM's simulation"),
        Ok(lacking) => missing(&lacking, who),
        Err(why) => Finding::not_checked(CHECK, format!("they cannot be simulated ({why})")).fix(
            "the simulation takes iam:SimulatePrincipalPolicy and iam:GetRole; without it, a diagnosis names each \
             permission that it lacks",
        ),
    }
}

fn missing(lacking: &[&Action], who: &Caller) -> Finding {
    let named: Vec<String> = lacking
        .iter()
        .map(|action| format!("{} ({})", action.action, action.why))
        .collect();
    let actions: Vec<&str> = lacking.iter().map(|action| action.action).collect();
    let statement =
        json!({ "Sid": "EcsPullWhyReads", "Effect": "Allow", "Action": actions, "Resource": "*" });
    Finding::problem(
        CHECK,
        format!("missing, by IAM's simulation: {}", named.join(", ")),
        format!(
            "add this statement to a policy of {}; where a permissions boundary or an organization's policy refuses, \
             that has to allow it as well",
            principal(&who.arn)
        ),
    )
    // It has a form, always.
    .paste(serde_json::to_string_pretty(&statement).unwrap_or_default())
}

/// Whom policies are attached to: the role behind a session.
fn principal(arn: &str) -> String {
    match arn.split_once(":assumed-role/") {
        Some((_, session)) => format!("role {}", session.split('/').next().unwrap_or(session)),
        None => arn.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;
    use collect::READ_ACTIONS;

    fn who() -> Caller {
        Caller {
            account: "111122223333".to_owned(),
            arn: "arn:aws:sts::111122223333:assumed-role/bot/session".to_owned(),
        }
    }

    #[test]
    fn all_that_is_missing_is_one_statement() {
        let wanted = ["ecr:DescribeImages", "iam:GetRole"];
        let lacking = READ_ACTIONS
            .iter()
            .copied()
            .filter(|action| wanted.contains(&action.action));
        let finding = finding(Ok(lacking.collect()), &who());
        assert_eq!(finding.status, Status::Problem);
        assert!(finding.fix.as_ref().unwrap().contains("role bot"));
        let statement: serde_json::Value = serde_json::from_str(&finding.paste.unwrap()).unwrap();
        let mut actions: Vec<&str> = statement["Action"]
            .as_array()
            .unwrap()
            .iter()
            .map(|action| action.as_str().unwrap())
            .collect();
        actions.sort_unstable();
        assert_eq!(actions, wanted);
    }

    #[test]
    fn what_is_not_known_is_not_called_right() {
        assert_eq!(finding(Ok(Vec::new()), &who()).status, Status::Ok);
        let unknown = finding(Err("AccessDenied: no".to_owned()), &who());
        assert_eq!(unknown.status, Status::NotChecked);
        assert!(unknown.detail.contains("AccessDenied"), "{unknown:?}");
    }
}
