//! Whose account to read, and as whom: options that `diagnose` and `preflight` have in common.

use collect::{AssumeRole, Aws, Profile};
use diagnosis::evidence::Evidence;

use super::Failure;

/// Whose account to read, and as whom.
#[derive(Debug, clap::Args)]
pub(super) struct Account {
    /// Account that must be meant, twelve digits.
    #[arg(long = "account", value_name = "ACCOUNT")]
    pub(super) number: Option<String>,
    /// Region.
    #[arg(long)]
    pub(super) region: Option<String>,
    /// Named profile of the AWS configuration.
    #[arg(long)]
    profile: Option<String>,
    /// Role to assume first.
    #[arg(long, value_name = "ARN")]
    assume_role: Option<String>,
    /// Log group that holds ECS events or ECS agents' logs, where its name does not say so.
    #[arg(long = "log-group", value_name = "NAME")]
    log_groups: Vec<String>,
}

impl Account {
    /// The credentials and endpoints to read with.
    pub(super) async fn aws(&self, region: Option<&String>) -> Result<Aws, Failure> {
        let profile = Profile {
            profile: self.profile.clone(),
            region: region.cloned(),
            regions: Vec::new(),
            log_groups: self.log_groups.clone(),
            assume_role: self.assume_role.clone().map(|arn| AssumeRole {
                arn,
                external_id: None,
                session_name: "ecs-pull-why".to_owned(),
            }),
        };
        Aws::load(profile)
            .await
            .map_err(|error| Failure::usage(error.to_string()))
    }

    /// Refuses what was read of another account than the one that must be meant.
    pub(super) fn is_meant(&self, evidence: &Evidence) -> Result<(), Failure> {
        match (&self.number, &evidence.target.account) {
            (Some(asked), Some(account)) if asked != account => Err(Failure::usage(format!(
                "account {asked} was asked for, and the credentials belong to {account}; name a profile or role of the right one with --profile or --assume-role"
            ))),
            _ => Ok(()),
        }
    }
}
