//! Images, repositories and what ECR says of them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::observed::{Listing, Observed};

/// What was seen of one image reference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageEvidence {
    /// The reference as the task definition writes it.
    pub reference: String,
    /// What ECR says, where the reference names a private ECR registry.
    pub ecr: Option<EcrEvidence>,
}

/// What ECR says of one reference, asked in the image's own account and region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EcrEvidence {
    /// Registry: the account that owns the repository.
    pub registry: String,
    /// Region of the registry.
    pub region: String,
    /// The repository's name: the whole path.
    pub repository_name: String,
    /// The repository (`ecr:DescribeRepositories`).
    pub repository: Observed<Repository>,
    /// Names of the registry's repositories; looked up only where the repository was not found.
    pub repository_names: Observed<Listing<String>>,
    /// The image the reference names, by tag or digest, any status (`ecr:DescribeImages`).
    pub image: Observed<Image>,
    /// The same image looked for in other registries: the reader's own account, other regions. Looked up only where it
    /// was not found where the reference says.
    pub elsewhere: Vec<Elsewhere>,
    /// The image behind each digest that ECS resolved for this reference, where that differs from the tag's.
    pub pinned: Vec<Observed<Image>>,
    /// The repository's images, any status, newest push first, as many as were read.
    pub images: Observed<Listing<Image>>,
    /// The repository's policy document (`ecr:GetRepositoryPolicy`).
    pub policy: Observed<serde_json::Value>,
    /// The registry's own policy (`ecr:GetRegistryPolicy`); read only where a refusal is to be explained, and of the
    /// reader's own registry alone.
    pub registry_policy: Observed<serde_json::Value>,
    /// What that policy is about (`ecr:GetAccountSetting` `REGISTRY_POLICY_SCOPE`): `V2` is every action of ECR, `V1`
    /// replication and pull-through cache only.
    pub registry_policy_scope: Observed<String>,
    /// The repository's lifecycle policy (`ecr:GetLifecyclePolicy`).
    pub lifecycle: Observed<serde_json::Value>,
    /// What the image is made for; read only where the platform is in question.
    pub platforms: Observed<Platforms>,
    /// Manifests that the index names for the wanted platform; looked up only where one of them may be gone.
    pub children: Vec<Observed<Image>>,
    /// The layers of the image (`ecr:BatchCheckLayerAvailability`); asked only where one of them may be gone.
    pub layers: Observed<Listing<Layer>>,
    /// What scanning the image found (`ecr:DescribeImageScanFindings`); read only where a scan may block the pull.
    pub scan: Observed<Scan>,
    /// The registry's pull-through cache rules (`ecr:DescribePullThroughCacheRules`).
    pub cache_rules: Observed<Listing<CacheRule>>,
    /// What ECR says of the rule that serves the repository (`ecr:ValidatePullThroughCacheRule`, which logs in upstream
    /// and changes nothing); asked only where the image is not in the repository.
    pub cache_validation: Observed<CacheValidation>,
}

/// An image of the same name in another registry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Elsewhere {
    /// The account that owns the registry.
    pub registry: String,
    /// Region of the registry.
    pub region: String,
    /// The image (`ecr:DescribeImages`).
    pub image: Observed<Image>,
}

/// A layer of an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// Its digest.
    pub digest: String,
    /// `AVAILABLE`, `UNAVAILABLE`, `ARCHIVED`, or the failure code in place of one: `MissingLayerDigest`.
    pub availability: String,
}

/// What scanning an image found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scan {
    /// `COMPLETE`, `FAILED`, `IN_PROGRESS`, …
    pub status: String,
    /// Number of findings by severity: `CRITICAL`, `HIGH`, …
    pub findings: std::collections::BTreeMap<String, u32>,
}

/// What ECR says of a pull-through cache rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheValidation {
    /// Prefix of the rule.
    pub prefix: String,
    /// Whether the upstream registry lets ECR in.
    pub valid: bool,
    /// Why not.
    pub failure: Option<String>,
}

/// A repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repository {
    /// Its ARN.
    pub arn: String,
    /// Its URI.
    pub uri: String,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// `MUTABLE` or `IMMUTABLE`, with or without exclusions.
    pub tag_mutability: String,
    /// Whether images are scanned when pushed.
    pub scan_on_push: bool,
    /// `AES256`, `KMS` or `KMS_DSSE`.
    pub encryption: String,
    /// The key, where a KMS key encrypts it.
    pub kms_key: Option<String>,
}

/// An image of a repository (`ecr:DescribeImages`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Its digest.
    pub digest: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// When it was last pushed.
    pub pushed_at: Option<Timestamp>,
    /// When a pull was last recorded.
    pub last_pulled_at: Option<Timestamp>,
    /// When it was last archived.
    pub archived_at: Option<Timestamp>,
    /// Compressed size, bytes.
    pub size_bytes: Option<u64>,
    /// `ACTIVE`, `ARCHIVED` or `ACTIVATING`.
    pub status: String,
    /// Media type of its manifest.
    pub manifest_media_type: Option<String>,
    /// Media type of its artifact (config).
    pub artifact_media_type: Option<String>,
}

/// What an image is made for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Platforms {
    /// Media type of the manifest that was read.
    pub media_type: String,
    /// Whether it is an index (manifest list) of several images.
    pub index: bool,
    /// Its platforms; attestations (`unknown/unknown`) are left out.
    pub platforms: Vec<Platform>,
}

/// An operating system and CPU architecture, in OCI's words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Platform {
    /// `linux`, `windows`.
    pub os: String,
    /// `amd64`, `arm64`.
    pub architecture: String,
    /// `v8`, …
    pub variant: Option<String>,
    /// Windows build, where given.
    pub os_version: Option<String>,
    /// Digest of its manifest, in an index.
    pub digest: Option<String>,
}

impl std::fmt::Display for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        if let Some(variant) = &self.variant {
            write!(f, "/{variant}")?;
        }
        match &self.os_version {
            Some(version) => write!(f, " {version}"),
            None => Ok(()),
        }
    }
}

/// A pull-through cache rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheRule {
    /// Prefix of the repositories it serves.
    pub prefix: String,
    /// Registry it fetches from.
    pub upstream_url: String,
    /// Secret with the upstream's credentials: its ARN.
    pub credential_arn: Option<String>,
    /// Role that ECR pulls with from an upstream that is ECR: its ARN.
    #[serde(default)]
    pub custom_role_arn: Option<String>,
    /// What stands in place of the prefix upstream, where the rule says so.
    #[serde(default)]
    pub upstream_prefix: Option<String>,
}

impl CacheRule {
    /// Whether the rule serves this repository: its prefix is whole path segments in front; `ROOT` is the rule that
    /// serves every repository no other rule does.
    ///
    /// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private-wildcards.html>
    pub fn serves(&self, repository: &str) -> bool {
        self.prefix == "ROOT"
            || repository
                .strip_prefix(self.prefix.trim_end_matches('/'))
                .is_some_and(|rest| rest.starts_with('/'))
    }
}

/// `RepositoryPullCount` (namespace `AWS/ECR`) of one repository.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PullCount {
    /// The repository's name.
    pub repository: String,
    /// Pulls per period that had any, oldest first.
    pub points: Vec<PullCountPoint>,
}

/// Pulls within one period.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PullCountPoint {
    /// Start of the period.
    pub at: Timestamp,
    /// Number of pulls.
    pub pulls: f64,
}
