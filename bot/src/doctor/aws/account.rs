//! Whether the credentials are good, and whose they are.

use collect::{Caller, LoadError, Unreadable};

use crate::doctor::{Check, Finding};
use crate::settings::Account;

const CHECK: Check = Check::Aws;

pub(super) fn finding(expected: Option<&Account>, who: &Caller, region: &str) -> Finding {
    let Caller { account, arn } = who;
    match expected.filter(|expected| expected.id != *account) {
        None => Finding::ok(CHECK, format!("{account} as {arn}, region {region}")),
        Some(Account {
            id, role_arn: None, ..
        }) => Finding::problem(
            CHECK,
            format!("the credentials belong to account {account}, not to {id}"),
            format!(
                "set `role_arn` of the account in the settings file, for example \"arn:aws:iam::{id}:role/ecs-pull-why\""
            ),
        ),
        Some(Account { id, .. }) => Finding::problem(
            CHECK,
            format!("the role leads to account {account}, not to {id}"),
            "check `id` and `role_arn` of the account in the settings file",
        ),
    }
}

pub(super) fn not_loaded(error: &LoadError) -> Finding {
    Finding::problem(
        CHECK,
        error.to_string(),
        "set AWS_REGION, or `regions` of the account in the settings file, for example `eu-west-1`",
    )
}

pub(super) fn unreachable(error: &Unreadable) -> Finding {
    match error {
        Unreadable::Credentials { detail } => Finding::problem(
            CHECK,
            format!("the credentials are missing, expired or not valid ({detail})"),
            "give the bot credentials: a task role on ECS, an instance profile on EC2, AWS_PROFILE, or `aws sso login`",
        ),
        Unreadable::AssumeRole { detail } => Finding::problem(
            CHECK,
            format!("the role to read with cannot be assumed ({detail})"),
            "its trust policy must let the bot's role do sts:AssumeRole, with the external id of the settings, and the \
             bot's own policy must allow it",
        ),
        Unreadable::Unreachable { detail } => Finding::problem(
            CHECK,
            format!("AWS cannot be reached ({detail})"),
            "check the network, the proxy and AWS_ENDPOINT_URL; in a private subnet, the endpoint or route to sts",
        ),
        other => Finding::problem(
            CHECK,
            other.to_string(),
            "see what AWS says of itself: `aws sts get-caller-identity`",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    fn account(id: &str, role_arn: Option<&str>) -> Account {
        Account {
            alias: "shop".to_owned(),
            id: id.to_owned(),
            role_arn: role_arn.map(str::to_owned),
            external_id: None,
            regions: Vec::new(),
            log_groups: Vec::new(),
            channels: None,
            alarm_channels: std::collections::BTreeSet::new(),
            approvers: std::collections::BTreeSet::new(),
            remediation_role_arn: None,
        }
    }

    #[test]
    fn the_account_is_the_one_that_was_meant() {
        let who = Caller {
            account: "111122223333".to_owned(),
            arn: "arn:aws:iam::111122223333:user/bot".to_owned(),
        };
        for (expected, status, words) in [
            (None, Status::Ok, "111122223333 as arn"),
            (
                Some(account("111122223333", None)),
                Status::Ok,
                "region eu-west-1",
            ),
            (
                Some(account("444455556666", None)),
                Status::Problem,
                "the credentials belong to",
            ),
            (
                Some(account("444455556666", Some("arn:aws:iam::111122223333:role/r"))),
                Status::Problem,
                "the role leads to",
            ),
        ] {
            let finding = finding(expected.as_ref(), &who, "eu-west-1");
            assert_eq!(finding.status, status);
            assert!(finding.detail.contains(words), "{finding:?}");
        }
    }

    #[test]
    fn what_stands_in_the_way_is_named_with_what_to_do() {
        let detail = || "said".to_owned();
        for (error, words) in [
            (Unreadable::Credentials { detail: detail() }, "AWS_PROFILE"),
            (Unreadable::AssumeRole { detail: detail() }, "trust policy"),
            (Unreadable::Unreachable { detail: detail() }, "AWS_ENDPOINT_URL"),
            (Unreadable::Failed { detail: detail() }, "get-caller-identity"),
        ] {
            let finding = unreachable(&error);
            assert_eq!(finding.status, Status::Problem);
            assert!(finding.detail.contains("said") && finding.fix.unwrap().contains(words));
        }
        assert!(
            not_loaded(&LoadError::NoRegion)
                .fix
                .unwrap()
                .contains("AWS_REGION")
        );
    }
}
