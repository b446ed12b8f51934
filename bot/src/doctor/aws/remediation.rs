//! Whether the role that fixes are made with lets the bot in, and nobody without the external id.

use crate::doctor::{Check, Finding};
use crate::remediate::{self, Admission};
use crate::settings::{Account, Settings};

const CHECK: Check = Check::RemediationRole;

pub(super) async fn examine(settings: &Settings, account: Option<&Account>) -> Finding {
    let Some(role) = settings.remediation_role_of(account) else {
        return Finding::advice(
            CHECK,
            "not set: buttons show the commands only",
            "where approvers are to apply fixes, make a role with deploy/aws/remediation-policy.json that the bot's role \
             may assume, and set REMEDIATION_ROLE_ARN, for example `arn:aws:iam::111122223333:role/ecs-pull-why-remediation`",
        );
    };
    let has_external_id = account.is_some_and(|account| account.external_id.is_some());
    finding(role, has_external_id, remediate::can_enter(role, account).await)
}

fn finding(role: &str, has_external_id: bool, entry: Result<Admission, String>) -> Finding {
    let with_id = if has_external_id {
        " with the external id"
    } else {
        ""
    };
    match entry {
        Ok(Admission::AsSet) if has_external_id => Finding::ok(
            CHECK,
            format!("{role} can be assumed{with_id}, and not without it"),
        ),
        Ok(Admission::AsSet) => Finding::ok(CHECK, format!("{role} can be assumed")),
        Ok(Admission::ExternalIdNotAsked) => Finding::problem(
            CHECK,
            format!("{role} can be assumed without the external id as well"),
            "add to its trust policy the condition {\"StringEquals\": {\"sts:ExternalId\": …}} with the `external_id` of \
             the settings file",
        ),
        Err(why) => Finding::problem(
            CHECK,
            format!("{role} cannot be assumed{with_id} ({why})"),
            format!(
                "its trust policy must let the bot's role do sts:AssumeRole{with_id}, and the bot's own policy must \
                 allow sts:AssumeRole on {role}"
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn the_role_lets_in_whom_it_should() {
        let role = "arn:aws:iam::111122223333:role/fixer";
        let denied = || Err("AccessDenied: no".to_owned());
        for (has_external_id, entry, status, words) in [
            (false, Ok(Admission::AsSet), Status::Ok, "can be assumed"),
            (true, Ok(Admission::AsSet), Status::Ok, "not without it"),
            (
                true,
                Ok(Admission::ExternalIdNotAsked),
                Status::Problem,
                "without the external id",
            ),
            (
                false,
                denied(),
                Status::Problem,
                "cannot be assumed (AccessDenied",
            ),
            (
                true,
                denied(),
                Status::Problem,
                "cannot be assumed with the external id",
            ),
        ] {
            let finding = finding(role, has_external_id, entry);
            assert_eq!(finding.status, status);
            assert!(finding.detail.contains(words), "{finding:?}");
        }
    }
}
