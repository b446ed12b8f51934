//! Whether the accounts can be read, and written to where that is wished.

use collect::{AssumeRole, Aws, Profile, caller, lacking};
use secrecy::ExposeSecret;
use serde_json::json;

use super::Finding;
use crate::remediate;
use crate::settings::{Account, Settings};

pub(super) async fn examine(settings: &Settings) -> Vec<Finding> {
    let accounts: Vec<Option<&Account>> = match settings.accounts.all() {
        [] => vec![None],
        all => all.iter().map(Some).collect(),
    };
    let mut findings = Vec::new();
    for account in accounts {
        findings.extend(reading(account).await);
        findings.push(writing(settings, account).await);
    }
    findings
}

async fn reading(account: Option<&Account>) -> Vec<Finding> {
    let what = named("AWS", account);
    let profile = Profile {
        profile: None,
        region: account.and_then(|account| account.regions.first().cloned()),
        regions: Vec::new(),
        assume_role: account.and_then(|account| {
            Some(AssumeRole {
                arn: account.role_arn.clone()?,
                external_id: account
                    .external_id
                    .as_ref()
                    .map(|id| id.expose_secret().to_owned()),
                session_name: "ecs-pull-why-doctor".to_owned(),
            })
        }),
    };
    let aws = match Aws::load(profile).await {
        Ok(aws) => aws,
        Err(error) => return vec![Finding::problem(&what, error.to_string(), "set AWS_REGION")],
    };
    let who = match caller(&aws).await {
        Ok(who) => who,
        Err(error) => {
            let fix = "give the bot credentials: a task role, AWS_PROFILE, or `aws sso login`";
            return vec![Finding::problem(
                &what,
                format!("the credentials are not taken: {error}"),
                fix,
            )];
        }
    };
    let mut findings = Vec::new();
    findings.push(match account.filter(|account| account.id != who.account) {
        Some(account) => {
            let detail = format!(
                "the credentials belong to account {}, not to {}",
                who.account, account.id
            );
            Finding::problem(
                &what,
                detail,
                "check `id` and `role` of the account in the settings file",
            )
        }
        None => Finding::ok(
            &what,
            format!("account {} as {}, region {}", who.account, who.arn, aws.region()),
        ),
    });
    let what = named("AWS permissions to read", account);
    findings.push(match lacking(&aws, &who).await {
        Err(error) => Finding::not_checked(
            &what,
            format!("they cannot be simulated ({error}); a diagnosis names each one that it lacks"),
        ),
        Ok(lacking) if lacking.is_empty() => Finding::ok(&what, "all of them, by IAM's simulation"),
        Ok(lacking) => {
            let names: Vec<&str> = lacking.iter().map(|action| action.action).collect();
            let why: Vec<String> = lacking
                .iter()
                .map(|action| format!("{} ({})", action.action, action.why))
                .collect();
            let statement =
                json!({ "Sid": "EcsPullWhyReads", "Effect": "Allow", "Action": names, "Resource": "*" });
            let statement = serde_json::to_string_pretty(&statement).unwrap_or_default();
            Finding::problem(
                &what,
                format!("missing: {}", why.join(", ")),
                format!("add this statement:\n{statement}"),
            )
        }
    });
    findings
}

async fn writing(settings: &Settings, account: Option<&Account>) -> Finding {
    let what = named("AWS role for fixes", account);
    let Some(role) = settings.remediation_role_of(account) else {
        let fix = "set REMEDIATION_ROLE_ARN (policy: deploy/aws/remediation-policy.json) to let approvers apply fixes";
        return Finding::advice(
            &what,
            "not set: buttons show the commands only",
            Some(fix.to_owned()),
        );
    };
    match remediate::can_enter(role, account).await {
        Ok(()) => Finding::ok(&what, format!("{role} can be assumed")),
        Err(why) => {
            let fix = "its trust policy must allow the bot's role sts:AssumeRole, with the external id of the settings";
            Finding::problem(&what, why, fix)
        }
    }
}

fn named(what: &str, account: Option<&Account>) -> String {
    match account {
        Some(account) => format!("{what} ({})", account.alias),
        None => what.to_owned(),
    }
}
