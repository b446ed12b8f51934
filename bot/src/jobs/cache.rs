//! Evidence that was read a moment ago, so that a storm of questions costs AWS one answer.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use metrics::counter;
use tracing::warn;

use super::{JobsError, Keys, Redis};

/// Values above this are not kept: a cache must not push the queue out of Redis's memory.
const LARGEST: usize = 512 * 1024;

/// Names one piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheKey {
    /// Account that was asked.
    pub account: String,
    /// Region that was asked.
    pub region: String,
    /// What kind of evidence; decides how long it is kept.
    pub kind: &'static str,
    /// Which thing, in any form that tells it from others of its kind.
    pub resource: String,
}

impl CacheKey {
    /// Parts in a fixed order, the free text last: no two keys have the same form.
    fn form(&self, version: u32) -> String {
        let mut form = format!("v{version}");
        for part in [self.account.as_str(), self.region.as_str(), self.kind] {
            // Never a colon in these, unless somebody tries to name another's evidence.
            let _ = write!(form, ":{}", part.replace('%', "%25").replace(':', "%3A"));
        }
        let _ = write!(form, ":{}", self.resource);
        form
    }
}

/// How long evidence is kept, by kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheTtls {
    /// For kinds not named in `kinds`. Zero: not kept.
    pub default: Duration,
    /// By [`CacheKey::kind`]. Zero: not kept.
    pub kinds: BTreeMap<String, Duration>,
}

impl Default for CacheTtls {
    fn default() -> Self {
        Self {
            default: Duration::from_mins(1),
            kinds: BTreeMap::new(),
        }
    }
}

impl CacheTtls {
    fn of(&self, kind: &str) -> Duration {
        self.kinds.get(kind).copied().unwrap_or(self.default)
    }
}

/// The cache. A diagnosis works without it, so it never fails: what goes wrong is logged, counted, and
/// looks like a miss. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Cache {
    redis: Redis,
    keys: Keys,
    version: u32,
    ttls: CacheTtls,
    bypass: bool,
}

impl Cache {
    /// A cache of evidence in the form `version`: what a release with another form has kept is not seen.
    pub fn new(redis: Redis, keys: Keys, version: u32, ttls: CacheTtls) -> Self {
        Self {
            redis,
            keys,
            version,
            ttls,
            bypass: false,
        }
    }

    /// The same cache for somebody who wants to see the world as it is now: finds nothing, and keeps
    /// what is read for others.
    #[must_use]
    pub fn bypassing(&self) -> Self {
        Self {
            bypass: true,
            ..self.clone()
        }
    }

    /// The JSON kept under `key`, if there is one.
    pub async fn get(&self, key: &CacheKey) -> Option<String> {
        if self.bypass {
            count("bypass", key);
            return None;
        }
        let mut cmd = redis::cmd("GET");
        cmd.arg(self.name(key));
        match self
            .redis
            .command::<Option<String>>("reading cached evidence", &cmd)
            .await
        {
            Ok(Some(value)) => {
                count("hit", key);
                Some(value)
            }
            Ok(None) => {
                count("miss", key);
                None
            }
            Err(e) => {
                failed(key, &e);
                None
            }
        }
    }

    /// Keeps `json` under `key` for as long as its kind allows.
    pub async fn set(&self, key: &CacheKey, json: &str) {
        let ttl = u64::try_from(self.ttls.of(key.kind).as_millis()).unwrap_or(u64::MAX);
        if ttl == 0 || json.len() > LARGEST {
            return;
        }
        let mut cmd = redis::cmd("SET");
        cmd.arg(self.name(key)).arg(json).arg("PX").arg(ttl);
        if let Err(e) = self.redis.command::<()>("caching evidence", &cmd).await {
            failed(key, &e);
        }
    }

    fn name(&self, key: &CacheKey) -> String {
        self.keys.evidence(&key.form(self.version))
    }
}

fn count(result: &'static str, key: &CacheKey) {
    counter!("ecs_pull_why_cache_total", "result" => result, "kind" => key.kind).increment(1);
}

fn failed(key: &CacheKey, error: &JobsError) {
    warn!(kind = key.kind, %error, "evidence cache does not work, reading from AWS");
    count("error", key);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key(account: &str, region: &str, resource: &str) -> CacheKey {
        CacheKey {
            account: account.into(),
            region: region.into(),
            kind: "role",
            resource: resource.into(),
        }
    }

    #[test]
    fn the_form_names_version_account_region_kind_and_resource() {
        let key = key("111122223333", "eu-west-1", "arn:aws:iam::111122223333:role/pull");
        assert_eq!(
            key.form(7),
            "v7:111122223333:eu-west-1:role:arn:aws:iam::111122223333:role/pull"
        );
    }

    proptest! {
        #[test]
        fn different_keys_have_different_forms(
            a in ("[:%a1]{0,4}", "[:%b2]{0,4}", "[:%c3]{0,4}"),
            b in ("[:%a1]{0,4}", "[:%b2]{0,4}", "[:%c3]{0,4}"),
        ) {
            let (a, b) = (key(&a.0, &a.1, &a.2), key(&b.0, &b.1, &b.2));
            prop_assert_eq!(a == b, a.form(1) == b.form(1));
        }
    }
}
