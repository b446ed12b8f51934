//! What collecting borrows from Redis: the evidence cache and the pace of CloudTrail, shared by all replicas.

use std::time::Duration;

use collect::{Bucket, CacheKey, Kind, Reader};
use futures::future::{BoxFuture, FutureExt};

use crate::jobs::{self, Cache, CacheTtls, Pace, Pacing, Turn};

/// Raised with every change of the evidence that an older cache entry could be misread as.
pub const CACHE_VERSION: u32 = diagnosis::evidence::EVIDENCE_VERSION;

/// Longest wait for CloudTrail's turn; after it the request is sent all the same, and AWS decides.
const PATIENCE: Duration = Duration::from_secs(30);

/// The cache and the pace, in Redis.
#[derive(Debug, Clone)]
pub struct RedisReader {
    cache: Cache,
    pacing: Pacing,
}

impl RedisReader {
    /// On this cache and this pacing.
    pub fn new(cache: Cache, pacing: Pacing) -> Self {
        Self { cache, pacing }
    }

    /// How long each kind of evidence is kept: the collector's own times, and what the settings say instead.
    pub fn ttls(overrides: impl IntoIterator<Item = (String, Duration)>) -> CacheTtls {
        let own = Kind::ALL.iter().map(|kind| (kind.name().to_owned(), kind.ttl()));
        CacheTtls {
            kinds: own.chain(overrides).collect(),
            ..CacheTtls::default()
        }
    }
}

impl Reader for RedisReader {
    fn cached<'a>(&'a self, key: &'a CacheKey) -> BoxFuture<'a, Option<String>> {
        async move { self.cache.get(&stored(key)).await }.boxed()
    }

    fn store<'a>(&'a self, key: &'a CacheKey, json: String) -> BoxFuture<'a, ()> {
        async move { self.cache.set(&stored(key), &json).await }.boxed()
    }

    fn pace<'a>(&'a self, bucket: &'a Bucket) -> BoxFuture<'a, ()> {
        async move {
            let pace = Pace {
                name: format!("cloudtrail:{}:{}", bucket.account, bucket.region),
                every: Bucket::SPACING,
                burst: 1,
            };
            match self.pacing.turn(&pace, PATIENCE).await {
                Ok(Turn::In(wait)) => tokio::time::sleep(wait).await,
                Ok(Turn::TooLong(_)) => {}
                // Without Redis nobody keeps the turns: keep at least our own.
                Err(error) => {
                    tracing::warn!(%error, "CloudTrail's pace is not shared: Redis does not answer");
                    tokio::time::sleep(Bucket::SPACING).await;
                }
            }
        }
        .boxed()
    }
}

fn stored(key: &CacheKey) -> jobs::CacheKey {
    jobs::CacheKey {
        account: key.account.clone(),
        region: key.region.clone(),
        kind: key.kind.name(),
        resource: key.resource.clone(),
    }
}
