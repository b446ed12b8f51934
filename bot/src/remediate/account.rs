//! Credentials: to look with, and to write with.

use std::sync::Arc;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_sts::types::Credentials as Issued;
use collect::said;
use secrecy::ExposeSecret;
use serde_json::Value;

use super::Plan;
use crate::settings::{Account, Settings};

/// Longest call with its retries.
const CALL: Duration = Duration::from_secs(10);
/// Shortest session that STS issues.
const SESSION_SECONDS: i32 = 900;

/// Why an account cannot be reached.
#[derive(Debug, thiserror::Error)]
#[error("role {role} cannot be assumed: {why}; its trust policy must let the bot assume it{external_id}")]
pub(super) struct NoEntry {
    role: String,
    why: String,
    external_id: &'static str,
}

/// The accounts of the settings.
#[derive(Debug)]
pub(super) struct Accounts {
    settings: Arc<Settings>,
}

impl Accounts {
    pub(super) fn new(settings: Arc<Settings>) -> Self {
        Self { settings }
    }

    /// The plan's account; `None`: the one that the process's credentials belong to.
    pub(super) fn of(&self, plan: &Plan) -> Option<&Account> {
        plan.account
            .as_deref()
            .and_then(|alias| self.settings.accounts.by_alias(alias))
    }

    /// Credentials to look with: those that the diagnosis was made with.
    pub(super) async fn to_look(&self, plan: &Plan) -> Result<SdkConfig, NoEntry> {
        let base = base(Some(&plan.region)).await;
        match self
            .of(plan)
            .and_then(|account| Some((account, account.role_arn.as_deref()?)))
        {
            Some((account, role)) => assume(&base, role, Some(account), "ecs-pull-why", None).await,
            None => Ok(base),
        }
    }

    /// Credentials to write with: the remediation role's, for this plan alone. The session's name says in CloudTrail who
    /// pressed.
    pub(super) async fn to_write(
        &self,
        plan: &Plan,
        user: &str,
        policy: &Value,
    ) -> Result<SdkConfig, NoEntry> {
        let account = self.of(plan);
        // A call that got no answer may have been carried out: it is looked at, not repeated.
        let base = base(Some(&plan.region))
            .await
            .to_builder()
            .retry_config(RetryConfig::disabled())
            .build();
        let Some(role) = self.settings.remediation_role_of(account) else {
            return Err(NoEntry {
                role: "REMEDIATION_ROLE_ARN".to_owned(),
                why: "it is not set".to_owned(),
                external_id: "",
            });
        };
        assume(
            &base,
            role,
            account,
            &format!("ecs-pull-why-{user}"),
            Some(policy),
        )
        .await
    }
}

/// Whether the remediation role can be assumed; the session that is made may do nothing.
pub(super) async fn can_enter(role: &str, account: Option<&Account>) -> Result<(), String> {
    let nothing = super::session_policy::nothing();
    let base = base(None).await;
    assume(&base, role, account, "ecs-pull-why-doctor", Some(&nothing))
        .await
        .map(|_| ())
        .map_err(|e| e.to_string())
}

/// The process's own credentials, for `region` or the SDK's.
async fn base(region: Option<&str>) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .operation_timeout(CALL)
        .connect_timeout(Duration::from_secs(3))
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard());
    if let Some(region) = region {
        loader = loader.region(Region::new(region.to_owned()));
    }
    loader.load().await
}

async fn assume(
    base: &SdkConfig,
    role: &str,
    account: Option<&Account>,
    session: &str,
    policy: Option<&Value>,
) -> Result<SdkConfig, NoEntry> {
    let external_id = account.and_then(|account| account.external_id.as_ref());
    let no_entry = |why: String| NoEntry {
        role: role.to_owned(),
        why,
        external_id: if external_id.is_some() {
            " with the external id of the settings"
        } else {
            ""
        },
    };
    let answer = aws_sdk_sts::Client::new(base)
        .assume_role()
        .role_arn(role)
        .role_session_name(session)
        .set_external_id(external_id.map(|id| id.expose_secret().to_owned()))
        .set_policy(policy.map(Value::to_string))
        .duration_seconds(SESSION_SECONDS)
        .send()
        .await
        .map_err(|error| no_entry(said(&error)))?;
    let issued: Issued = answer
        .credentials
        .ok_or_else(|| no_entry("STS issued no credentials".to_owned()))?;
    let credentials = Credentials::new(
        issued.access_key_id,
        issued.secret_access_key,
        Some(issued.session_token),
        None,
        "ecs-pull-why",
    );
    Ok(base
        .to_builder()
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build())
}
