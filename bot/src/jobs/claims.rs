//! One worker's hand in the stream: taking entries, and beginning the jobs behind them.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::streams::{StreamId, StreamReadReply};
use tokio::time::{Instant, timeout};

use super::lease::fenced;
use super::script::{BEGIN, PUT_BACK};
use super::{Job, JobId, JobsError, Keys, Lease, Payload, Redis, Stored};

/// An entry of the stream that this consumer has claimed and not begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its id in the stream.
    pub(super) id: String,
    /// The job it stands for.
    pub(super) job: JobId,
}

/// What a claimed entry turned out to be.
#[derive(Debug)]
pub enum Begun<P> {
    /// Work to do.
    Run(Job<P>, Stored, Lease),
    /// Work whose payload this program cannot read, although its version says that it should, and why.
    Unreadable(Stored, String, Lease),
    /// The job failed for good, because of this; whoever waits must be told.
    Tell(Stored, String, Lease),
    /// The job failed for good, and telling failed too, as often as is allowed.
    Bury(Stored, String, Lease),
    /// The payload's version is newer than this program.
    NotYet {
        /// That version.
        v: u32,
    },
    /// It has ended already.
    Gone,
    /// Another worker took it in the meantime.
    Lost,
}

/// Claims entries under one consumer name.
#[derive(Debug, Clone)]
pub struct Claims {
    pub(super) redis: Redis,
    pub(super) keys: Keys,
    pub(super) consumer: String,
    pub(super) lease: Duration,
    attempts: u32,
    tellings: u32,
}

impl Claims {
    /// A consumer named `consumer`, which no other process may use. Its leases last `lease`; a job
    /// is begun at most `attempts` times, and its failure told at most `tellings` times.
    pub fn new(
        redis: Redis,
        keys: Keys,
        consumer: impl Into<String>,
        lease: Duration,
        attempts: u32,
        tellings: u32,
    ) -> Self {
        Self {
            redis,
            keys,
            consumer: consumer.into(),
            lease,
            attempts,
            tellings,
        }
    }

    /// Makes sure that the stream and its group exist. A new group starts at the stream's beginning:
    /// jobs accepted before the first worker came are not skipped.
    ///
    /// # Errors
    /// Where Redis does not answer.
    pub async fn ensure_group(&self) -> Result<(), JobsError> {
        let mut cmd = redis::cmd("XGROUP");
        cmd.arg("CREATE")
            .arg(self.keys.jobs())
            .arg(Keys::GROUP)
            .arg("0")
            .arg("MKSTREAM");
        match self.redis.command("creating the consumer group", &cmd).await {
            Err(JobsError::Refused { reason, .. }) if reason.contains("BUSYGROUP") => Ok(()),
            other => other,
        }
    }

    /// Begins the job of a claimed entry.
    ///
    /// # Errors
    /// Where Redis does not answer: the entry is claimed again when the lease has run out.
    pub async fn begin<P: Payload>(&self, entry: Entry) -> Result<Begun<P>, JobsError> {
        let since = Instant::now();
        let mut script = BEGIN.prepare_invoke();
        script
            .key(self.keys.jobs())
            .key(self.keys.job(entry.job))
            .arg(Keys::GROUP)
            .arg(&self.consumer)
            .arg(&entry.id)
            .arg(self.attempts)
            .arg(self.tellings)
            .arg(P::VERSION);
        let answer: Vec<String> = self.redis.script("beginning a job", &script).await?;
        let mut answer = answer.into_iter();
        let mut next = || answer.next().unwrap_or_default();
        let number = |text: String| {
            text.parse::<u32>()
                .map_err(|e| JobsError::json("a job's counter", e))
        };

        let step = next();
        match step.as_str() {
            "gone" => return Ok(Begun::Gone),
            "lost" => return Ok(Begun::Lost),
            "version" => return Ok(Begun::NotYet { v: number(next())? }),
            _ => {}
        }
        let fence = next();
        let attempts = number(next())?;
        let v = number(next())?;
        let (kind, payload, enqueued_at, why) = (next(), next(), next(), next());
        let enqueued_at = enqueued_at
            .parse()
            .map_err(|e| JobsError::json("the time a job was accepted", e))?;

        let id = entry.job;
        let stored = Stored {
            id,
            kind: kind.clone(),
            payload,
            attempts,
            enqueued_at,
        };
        let lease = Lease::new(self, entry, fence, since);
        Ok(match step.as_str() {
            "run" => match serde_json::from_str(&stored.payload) {
                Ok(payload) => Begun::Run(
                    Job {
                        v,
                        id,
                        kind,
                        payload,
                        enqueued_at,
                        attempts,
                    },
                    stored,
                    lease,
                ),
                Err(e) => Begun::Unreadable(stored, format!("its payload cannot be read: {e}"), lease),
            },
            "tell" => Begun::Tell(stored, why, lease),
            _ => Begun::Bury(stored, why, lease),
        })
    }

    /// Puts an entry back that was claimed and not begun.
    ///
    /// # Errors
    /// [`JobsError::LeaseLost`], or where Redis does not answer.
    pub async fn put_back(&self, entry: &Entry, pause: Duration) -> Result<(), JobsError> {
        let mut script = fenced(&PUT_BACK, &self.keys, &self.consumer, &entry.id, entry.job, "");
        script
            .key(self.keys.delayed())
            .arg(entry.job.to_string())
            .arg(u64::try_from(pause.as_millis()).unwrap_or(u64::MAX))
            .arg(0)
            .arg("");
        match self.redis.script::<i64>("putting a job back", &script).await? {
            1 => Ok(()),
            _ => Err(JobsError::LeaseLost { job: entry.job }),
        }
    }

    /// Turns what a stream command returned into entries. One that names no job is not ours: it stays
    /// where it is, and is reported.
    pub(super) fn entries(ids: Vec<StreamId>) -> Vec<Entry> {
        ids.into_iter()
            .filter_map(|entry| {
                let job = entry.get::<String>("id").and_then(|id| id.parse().ok());
                if job.is_none() {
                    tracing::error!(entry = entry.id, "an entry of the job stream names no job");
                }
                Some(Entry {
                    job: job?,
                    id: entry.id,
                })
            })
            .collect()
    }
}

/// Reads new entries on a connection of its own.
#[derive(Debug)]
pub struct Reader {
    claims: Claims,
    connection: Option<MultiplexedConnection>,
}

impl Reader {
    /// A reader for the consumer of `claims`.
    pub fn new(claims: Claims) -> Self {
        Self {
            claims,
            connection: None,
        }
    }

    /// Claims up to `count` new entries, waiting up to `block` for the first.
    ///
    /// Do not drop the future half-way: an entry may have been delivered that nobody then knows of
    /// until its lease has run out.
    ///
    /// # Errors
    /// Where Redis does not answer; the next call connects anew.
    pub async fn read(&mut self, count: usize, block: Duration) -> Result<Vec<Entry>, JobsError> {
        let result = self.read_once(count, block).await;
        if result.is_err() {
            self.connection = None;
        }
        match result {
            Err(JobsError::Refused { reason, .. }) if reason.contains("NOGROUP") => {
                self.claims.ensure_group().await?;
                Ok(Vec::new())
            }
            other => other,
        }
    }

    async fn read_once(&mut self, count: usize, block: Duration) -> Result<Vec<Entry>, JobsError> {
        let doing = "reading jobs";
        let redis = &self.claims.redis;
        let connection = match &mut self.connection {
            Some(connection) => connection,
            empty => empty.insert(redis.dedicated().await?),
        };
        let mut cmd = redis::cmd("XREADGROUP");
        cmd.arg("GROUP")
            .arg(Keys::GROUP)
            .arg(&self.claims.consumer)
            .arg("COUNT")
            .arg(count);
        // BLOCK 0 would wait for ever.
        cmd.arg("BLOCK")
            .arg(u64::try_from(block.as_millis()).unwrap_or(u64::MAX).max(1));
        cmd.arg("STREAMS").arg(self.claims.keys.jobs()).arg(">");
        // The connection itself has no timeout, so a peer that vanished would be waited for until then.
        let patience = block + Duration::from_secs(5);
        match timeout(patience, cmd.query_async::<Option<StreamReadReply>>(connection)).await {
            Ok(Ok(reply)) => {
                let ids = reply.map(|reply| reply.keys).unwrap_or_default();
                Ok(Claims::entries(ids.into_iter().flat_map(|key| key.ids).collect()))
            }
            Ok(Err(e)) => Err(redis.error(doing, &e)),
            Err(_) => Err(JobsError::RedisUnavailable {
                address: redis.address().to_owned(),
                doing,
                reason: format!("no answer within {} s", patience.as_secs()),
            }),
        }
    }
}
