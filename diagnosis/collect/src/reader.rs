//! What a diagnosis borrows from outside: a cache for what was read, and a pace for what AWS limits.
//!
//! The bot keeps both in Redis, shared by all its replicas; [`Direct`] keeps them in this process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

/// Cache and pace, handed in from outside.
pub trait Reader: Send + Sync {
    /// What [`Reader::store`] was given for this key, unless it has grown too old ([`Kind::ttl`]).
    ///
    /// An answer that cannot be read, or that another version wrote, is the same as none.
    fn cached<'a>(&'a self, key: &'a CacheKey) -> BoxFuture<'a, Option<String>>;

    /// Keeps `json`, an `Observed` that is present or absent: what was denied or failed is never kept.
    fn store<'a>(&'a self, key: &'a CacheKey, json: String) -> BoxFuture<'a, ()>;

    /// Returns once a request may be sent that counts against `bucket`.
    fn pace<'a>(&'a self, bucket: &'a Bucket) -> BoxFuture<'a, ()>;
}

/// Names one thing that was read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CacheKey {
    /// Account whose credentials read it, twelve digits.
    pub account: String,
    /// Region that was asked.
    pub region: String,
    /// Kind of thing: decides how long it stays true.
    pub kind: Kind,
    /// The call and what it was asked about.
    pub resource: String,
}

impl std::fmt::Display for CacheKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}:{}:{}:{}",
            self.account,
            self.region,
            self.kind.name(),
            self.resource
        )
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal for $seconds:literal),+ $(,)?) => {
        /// Kinds of things that are read, with how long each may be kept.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Kind { $($(#[$doc])* $variant,)+ }

        impl Kind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Its name in keys and settings.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// How long a reading may be kept where the configuration says nothing else.
            pub const fn ttl(self) -> Duration {
                Duration::from_secs(match self { $(Self::$variant => $seconds,)+ })
            }
        }
    };
}

kinds! {
    /// A cluster, the names of clusters and services.
    Cluster = "cluster" for 60,
    /// A service, its deployments and events.
    Service = "service" for 10,
    /// Tasks and lists of them.
    Tasks = "tasks" for 10,
    /// A stopped task as it was last seen: AWS forgets it an hour after it stopped.
    SeenTask = "seen_task" for 604_800,
    /// A task definition: only its status ever changes.
    TaskDefinition = "task_definition" for 600,
    /// Container instances, EC2 instances, instance profiles.
    Instance = "instance" for 60,
    /// A repository, the names of repositories.
    Repository = "repository" for 60,
    /// Images of a repository.
    Image = "image" for 20,
    /// The manifest behind a digest: it never changes.
    Manifest = "manifest" for 86_400,
    /// Policies of a repository.
    RepositoryPolicy = "repository_policy" for 60,
    /// Settings of a registry: pull-through cache rules.
    Registry = "registry" for 300,
    /// A role, its inline policies and the account's own managed policies.
    Role = "role" for 60,
    /// A managed policy that AWS owns.
    AwsPolicy = "aws_policy" for 86_400,
    /// Policies of an organization.
    Organization = "organization" for 600,
    /// A key, its policy and grants.
    Key = "key" for 60,
    /// A secret with a registry's credentials, without its value.
    Secret = "secret" for 60,
    /// Events of AWS Health.
    Health = "health" for 60,
    /// Anything of the network.
    Network = "network" for 60,
    /// Prefix lists and account-wide network settings.
    Region = "region" for 3_600,
    /// Names of log groups.
    LogGroups = "log_groups" for 300,
    /// Log lines.
    Logs = "logs" for 30,
    /// Metrics.
    Metrics = "metrics" for 60,
    /// CloudTrail events: they arrive minutes late anyway.
    Changes = "changes" for 60,
}

/// What CloudTrail's `LookupEvents` counts: two requests a second for an account in a region.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Bucket {
    /// Account.
    pub account: String,
    /// Region.
    pub region: String,
}

impl Bucket {
    /// Least time between two requests.
    pub const SPACING: Duration = Duration::from_millis(500);
}

/// No cache, and a pace that only this process keeps.
#[derive(Debug, Default)]
pub struct Direct {
    next: Mutex<HashMap<Bucket, Instant>>,
}

impl Direct {
    fn slot(&self, bucket: &Bucket) -> Instant {
        let now = Instant::now();
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = next.get(bucket).copied().unwrap_or(now).max(now);
        next.insert(bucket.clone(), slot + Bucket::SPACING);
        slot
    }
}

impl Reader for Direct {
    fn cached<'a>(&'a self, _key: &'a CacheKey) -> BoxFuture<'a, Option<String>> {
        Box::pin(std::future::ready(None))
    }

    fn store<'a>(&'a self, _key: &'a CacheKey, _json: String) -> BoxFuture<'a, ()> {
        Box::pin(std::future::ready(()))
    }

    fn pace<'a>(&'a self, bucket: &'a Bucket) -> BoxFuture<'a, ()> {
        Box::pin(tokio::time::sleep_until(self.slot(bucket)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_of_one_bucket_are_spaced_and_others_are_not_held_up() {
        let direct = Direct::default();
        let bucket = |region: &str| Bucket {
            account: "111122223333".to_owned(),
            region: region.to_owned(),
        };
        let slots: Vec<Instant> = (0..4).map(|_| direct.slot(&bucket("eu-west-1"))).collect();
        assert!(slots.windows(2).all(|two| two[1] - two[0] >= Bucket::SPACING));
        assert!(direct.slot(&bucket("us-east-1")) < slots[1]);
    }

    #[test]
    fn kinds_have_names_of_their_own() {
        let names: std::collections::BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), Kind::ALL.len());
    }
}
