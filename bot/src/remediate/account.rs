//! Credentials: to look with, and to write with.

use std::sync::Arc;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_sts::error::ProvideErrorMetadata;
use aws_sdk_sts::types::Credentials as Issued;
use collect::said;
use secrecy::ExposeSecret;
use serde_json::Value;

use super::Plan;
use crate::jobs::JobId;
use crate::settings::{Account, Settings};

/// Longest call with its retries.
pub(super) const CALL: Duration = Duration::from_secs(10);
/// Shortest session that STS issues.
const SESSION_SECONDS: i32 = 900;

/// Why an account cannot be reached.
#[derive(Debug, thiserror::Error)]
#[error("role {role} cannot be assumed: {why}; its trust policy must let the bot assume it{external_id}")]
pub(super) struct NoEntry {
    role: String,
    why: String,
    external_id: &'static str,
    denied: bool,
}

impl NoEntry {
    /// Whether AWS said no, rather than nothing.
    pub(super) fn is_denied(&self) -> bool {
        self.denied
    }
}

/// The accounts of the settings.
#[derive(Debug)]
pub(super) struct Accounts {
    settings: Arc<Settings>,
    /// What to work with instead of what the process's environment says.
    given: Option<SdkConfig>,
}

/// Who presses, in which job: what CloudTrail shows of a session.
#[derive(Debug, Clone, Copy)]
pub(super) struct Presser<'a> {
    /// The person's Slack id.
    pub(super) user: &'a str,
    /// The job.
    pub(super) job: JobId,
}

impl Accounts {
    pub(super) fn new(settings: Arc<Settings>, given: Option<SdkConfig>) -> Self {
        Self { settings, given }
    }

    /// The plan's account; `None`: the one that the process's credentials belong to.
    pub(super) fn of(&self, plan: &Plan) -> Option<&Account> {
        plan.account
            .as_deref()
            .and_then(|alias| self.settings.accounts.by_alias(alias))
    }

    /// Credentials to look with: those that the diagnosis was made with.
    pub(super) async fn to_look(&self, plan: &Plan) -> Result<SdkConfig, NoEntry> {
        let base = self.base(&plan.region).await;
        let account = self.of(plan);
        match account.and_then(|account| account.role_arn.as_deref()) {
            Some(role) => enter(&base, &Entry::of(role, account, "ecs-pull-why".to_owned())).await,
            None => Ok(base),
        }
    }

    /// Credentials to write with: the remediation role's, for this plan alone.
    ///
    /// CloudTrail shows the job as the session's name, and the person as its source identity, which every call of the
    /// session carries and which cannot be changed
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html>). Setting it
    /// takes a permission of its own, `sts:SetSourceIdentity`, in the role's trust policy as well. Where that lacks, the
    /// session's name says both: a fix at night is worth more than the better of two traces.
    pub(super) async fn to_write(
        &self,
        plan: &Plan,
        presser: Presser<'_>,
        policy: &Value,
    ) -> Result<SdkConfig, NoEntry> {
        let account = self.of(plan);
        let Some(role) = self.settings.remediation_role_of(account) else {
            return Err(NoEntry {
                role: "REMEDIATION_ROLE_ARN".to_owned(),
                why: "it is not set".to_owned(),
                external_id: "",
                denied: false,
            });
        };
        // A call that got no answer may have been carried out: it is looked at, not repeated.
        let base = self.base(&plan.region).await.into_builder();
        let base = base.retry_config(RetryConfig::disabled()).build();
        let Presser { user, job } = presser;
        let mut entry = Entry::of(role, account, format!("epw-{job}"));
        entry.policy = Some(policy);
        entry.source_identity = Some(user);
        match enter(&base, &entry).await {
            Err(refused) if refused.denied => {
                entry.session = format!("epw-{job}-{user}");
                entry.source_identity = None;
                enter(&base, &entry).await
            }
            answer => answer,
        }
    }

    /// The process's own credentials, or those given, for a region.
    async fn base(&self, region: &str) -> SdkConfig {
        match &self.given {
            Some(given) => {
                let region = Region::new(region.to_owned());
                bounded(given.to_builder().region(region).build())
            }
            None => base(Some(region)).await,
        }
    }
}

/// How a role lets the bot in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// As the settings say.
    AsSet,
    /// Also without the external id that the settings name: the trust policy does not ask for it.
    ExternalIdNotAsked,
}

/// Whether the remediation role can be assumed; the session that is made may do nothing.
pub(super) async fn can_enter(role: &str, account: Option<&Account>) -> Result<Admission, String> {
    let nothing = super::session_policy::nothing();
    let region = account.and_then(|account| account.regions.first());
    let base = base(region.map(String::as_str)).await;
    let entry = |account| {
        let mut entry = Entry::of(role, account, "ecs-pull-why-doctor".to_owned());
        entry.policy = Some(&nothing);
        entry
    };
    enter(&base, &entry(account)).await.map_err(|e| e.why)?;
    if account.is_none_or(|account| account.external_id.is_none()) {
        return Ok(Admission::AsSet);
    }
    Ok(match enter(&base, &entry(None)).await {
        Ok(_) => Admission::ExternalIdNotAsked,
        Err(_) => Admission::AsSet,
    })
}

/// The process's own credentials, for `region` or the SDK's.
async fn base(region: Option<&str>) -> SdkConfig {
    let mut loader = aws_config::defaults(BehaviorVersion::latest());
    if let Some(region) = region {
        loader = loader.region(Region::new(region.to_owned()));
    }
    bounded(loader.load().await)
}

/// With bounds in time: shorter than a job's lease, so that nothing of a dead worker is still under way when another
/// takes over.
fn bounded(config: SdkConfig) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .operation_timeout(CALL)
        .connect_timeout(Duration::from_secs(3))
        .build();
    config
        .into_builder()
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard())
        .build()
}

/// How a role is entered.
#[derive(Debug)]
struct Entry<'a> {
    role: &'a str,
    account: Option<&'a Account>,
    /// 2 to 64 of `[\w+=,.@-]`: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
    session: String,
    policy: Option<&'a Value>,
    source_identity: Option<&'a str>,
}

impl<'a> Entry<'a> {
    fn of(role: &'a str, account: Option<&'a Account>, session: String) -> Self {
        Self {
            role,
            account,
            session,
            policy: None,
            source_identity: None,
        }
    }
}

async fn enter(base: &SdkConfig, entry: &Entry<'_>) -> Result<SdkConfig, NoEntry> {
    let external_id = entry.account.and_then(|account| account.external_id.as_ref());
    let no_entry = |why: String, denied: bool| NoEntry {
        role: entry.role.to_owned(),
        why,
        external_id: if external_id.is_some() {
            " with the external id of the settings"
        } else {
            ""
        },
        denied,
    };
    let answer = aws_sdk_sts::Client::new(base)
        .assume_role()
        .role_arn(entry.role)
        .role_session_name(&entry.session)
        .set_source_identity(entry.source_identity.map(str::to_owned))
        .set_external_id(external_id.map(|id| id.expose_secret().to_owned()))
        .set_policy(entry.policy.map(Value::to_string))
        .duration_seconds(SESSION_SECONDS)
        .send()
        .await
        .map_err(|error| no_entry(said(&error), error.code() == Some("AccessDenied")))?;
    let issued: Issued = answer
        .credentials
        .ok_or_else(|| no_entry("STS issued no credentials".to_owned(), false))?;
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
