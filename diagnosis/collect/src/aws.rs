//! How AWS is reached: one configuration per account, one HTTP client for everything.

use std::sync::OnceLock;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_smithy_http_client::{Connector, tls};
use tokio::sync::OnceCell;

/// Waiting for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// One attempt of a call.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);
/// A call with its retries.
const CALL_TIMEOUT: Duration = Duration::from_secs(8);
/// First attempt included.
const MAX_ATTEMPTS: u32 = 3;

const TLS: tls::Provider = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc);

/// Whose account is read, and how.
#[derive(Debug, Clone, Default)]
pub struct Profile {
    /// Named profile; the SDK's own chain where there is none.
    pub profile: Option<String>,
    /// Region; the SDK's own chain where there is none.
    pub region: Option<String>,
    /// Regions that the account is used in: an image that is not where its reference says is looked for there.
    pub regions: Vec<String>,
    /// CloudWatch Logs groups that hold ECS events or ECS agents' logs, beside those whose names say so.
    pub log_groups: Vec<String>,
    /// Role to assume first.
    pub assume_role: Option<AssumeRole>,
}

/// A role to assume.
#[derive(Debug, Clone)]
pub struct AssumeRole {
    /// Its ARN.
    pub arn: String,
    /// External id that its trust policy asks for.
    pub external_id: Option<String>,
    /// Session name: what CloudTrail of that account shows.
    pub session_name: String,
}

/// Why AWS cannot be asked at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// Nothing names a region.
    #[error("no AWS region is set: pass --region, or set AWS_REGION, or `region` in the profile")]
    NoRegion,
    /// The region is not of the form regions have.
    #[error("`{region}` is not an AWS region: a region looks like `eu-west-1`")]
    BadRegion {
        /// What was given.
        region: String,
    },
}

/// One account, seen with one set of credentials.
#[derive(Debug)]
pub struct Aws {
    config: SdkConfig,
    region: String,
    regions: Vec<String>,
    log_groups: Vec<String>,
    plain_http: OnceLock<Connector>,
    /// Which account it is: asked once.
    pub(crate) account: OnceCell<String>,
}

impl Aws {
    /// Loads the SDK's configuration. Sends nothing yet, except what finding a region or a profile takes.
    pub async fn load(profile: Profile) -> Result<Self, LoadError> {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(TLS)
            .build_https();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .operation_timeout(CALL_TIMEOUT)
            .build();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http)
            .timeout_config(timeouts)
            .retry_config(RetryConfig::adaptive().with_max_attempts(MAX_ATTEMPTS));
        if let Ok(name) = AppName::new("ecs-pull-why") {
            loader = loader.app_name(name);
        }
        if let Some(name) = profile.profile {
            loader = loader.profile_name(name);
        }
        if let Some(region) = profile.region {
            loader = loader.region(Region::new(region));
        }
        let mut config = loader.load().await;
        let region = config.region().ok_or(LoadError::NoRegion)?.to_string();
        if !valid_region(&region) {
            return Err(LoadError::BadRegion { region });
        }
        if let Some(role) = profile.assume_role {
            let mut provider = aws_config::sts::AssumeRoleProvider::builder(role.arn)
                .session_name(role.session_name)
                .configure(&config);
            if let Some(external_id) = role.external_id {
                provider = provider.external_id(external_id);
            }
            let provider = provider.build().await;
            config = config
                .into_builder()
                .credentials_provider(aws_sdk_sts::config::SharedCredentialsProvider::new(provider))
                .build();
        }
        let mut aws = Self::of(config, region).with_log_groups(profile.log_groups);
        aws.regions = profile.regions;
        Ok(aws)
    }

    pub(crate) fn of(config: SdkConfig, region: String) -> Self {
        Self {
            config,
            region,
            regions: Vec::new(),
            log_groups: Vec::new(),
            plain_http: OnceLock::new(),
            account: OnceCell::new(),
        }
    }

    pub(crate) fn with_log_groups(mut self, groups: Vec<String>) -> Self {
        self.log_groups = groups;
        self
    }

    /// The region that is asked where nothing names another.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Regions that the account is used in, as far as it is set up.
    pub(crate) fn regions(&self) -> &[String] {
        &self.regions
    }

    /// Log groups that are known to hold ECS events or agents' logs.
    pub(crate) fn log_groups(&self) -> &[String] {
        &self.log_groups
    }

    pub(crate) fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// For addresses that ECR signs: no SDK client stands in between.
    pub(crate) fn plain_http(&self) -> &Connector {
        self.plain_http
            .get_or_init(|| Connector::builder().tls_provider(TLS).build())
    }
}

/// Whether this has the form of a region's name: hosts are built from it, and it may come from outside.
pub fn valid_region(region: &str) -> bool {
    let mut parts = region.split('-').peekable();
    let mut count = 0;
    while let Some(part) = parts.next() {
        count += 1;
        let last = parts.peek().is_none();
        let fits = if last {
            (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
        } else {
            (2..=12).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_lowercase())
        };
        if !fits {
            return false;
        }
    }
    (3..=4).contains(&count)
}

/// The partition a region belongs to; that of most regions for one that is not known yet.
pub fn partition(region: &str) -> &'static str {
    diagnosis::images::host::partition_name(region).unwrap_or("aws")
}

/// The region in which a partition's IAM is asked and its changes are recorded.
///
/// <https://docs.aws.amazon.com/general/latest/gr/iam-service.html>
pub fn iam_region(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        "aws-iso" => "us-iso-east-1",
        "aws-iso-b" => "us-isob-east-1",
        "aws-iso-e" => "eu-isoe-west-1",
        "aws-iso-f" => "us-isof-south-1",
        "aws-eusc" => "eusc-de-east-1",
        _ => "us-east-1",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_told_from_other_words() {
        for region in [
            "eu-west-1",
            "us-gov-west-1",
            "ap-southeast-7",
            "cn-northwest-1",
            "eusc-de-east-1",
            "mx-central-1",
        ] {
            assert!(valid_region(region), "{region}");
        }
        for word in [
            "",
            "eu-west",
            "eu-west-1.evil.example",
            "EU-WEST-1",
            "eu--1",
            "eu-west-1a",
            "../x-1",
            "eu-west-1-",
        ] {
            assert!(!valid_region(word), "{word}");
        }
    }

    #[test]
    fn partitions_follow_regions() {
        for (region, expected, iam) in [
            ("eu-west-1", "aws", "us-east-1"),
            ("cn-north-1", "aws-cn", "cn-north-1"),
            ("us-gov-east-1", "aws-us-gov", "us-gov-west-1"),
            ("us-isob-east-1", "aws-iso-b", "us-isob-east-1"),
            ("eusc-de-east-1", "aws-eusc", "eusc-de-east-1"),
        ] {
            assert_eq!(partition(region), expected);
            assert_eq!(iam_region(partition(region)), iam);
        }
    }
}
