//! Whether each account can be read, and written to where that is wished.

mod account;
mod permissions;
mod remediation;

use futures::future::{BoxFuture, join_all};

use super::{Check, Finding};
use crate::settings::{Account, Settings};
use collect::{Aws, Profile, caller, lacking};

/// All accounts of the settings side by side; where there are none, the one that the process's credentials belong to.
pub(super) async fn examine(settings: &Settings) -> Vec<Finding> {
    let accounts: Vec<Option<&Account>> = match settings.accounts.all() {
        [] => vec![None],
        all => all.iter().map(Some).collect(),
    };
    let each = accounts.into_iter().map(|account| look(settings, account));
    join_all(each).await.into_iter().flatten().collect()
}

fn look<'a>(settings: &'a Settings, account: Option<&'a Account>) -> BoxFuture<'a, Vec<Finding>> {
    Box::pin(async move {
        let (mut findings, writing) = tokio::join!(reading(account), remediation::examine(settings, account));
        findings.push(writing);
        let alias = account.map(|account| account.alias.as_str());
        findings.into_iter().map(|finding| finding.of(alias)).collect()
    })
}

async fn reading(account: Option<&Account>) -> Vec<Finding> {
    let not_checked = || Finding::not_checked(Check::AwsPermissions, "the account has to be reached first");
    let aws = match Aws::load(profile(account)).await {
        Ok(aws) => aws,
        Err(error) => return vec![account::not_loaded(&error), not_checked()],
    };
    match caller(&aws).await {
        Ok(who) => {
            let mut findings = vec![account::finding(account, &who, aws.region())];
            // What another account allows says nothing of this one.
            if account.is_none_or(|account| account.id == who.account) {
                findings.push(permissions::finding(lacking(&aws, &who).await, &who));
            } else {
                findings.push(not_checked());
            }
            findings
        }
        Err(error) => vec![account::unreachable(&error), not_checked()],
    }
}

fn profile(account: Option<&Account>) -> Profile {
    Profile {
        region: account.and_then(|account| account.regions.first().cloned()),
        assume_role: account.and_then(|account| account.reading_role("ecs-pull-why-doctor")),
        ..Profile::default()
    }
}
