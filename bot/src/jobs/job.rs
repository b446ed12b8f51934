//! A unit of accepted work.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Names a job, for good: in the stream, in its hash, in Slack's message metadata, in logs. UUID
/// version 7, so ids sort by the time of acceptance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JobId(Uuid);

impl JobId {
    /// A new id, of now.
    #[expect(
        clippy::new_without_default,
        reason = "an id that differs each time is no default"
    )]
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for JobId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(Self)
    }
}

impl TryFrom<String> for JobId {
    type Error = uuid::Error;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<JobId> for String {
    fn from(id: JobId) -> Self {
        id.to_string()
    }
}

/// What a queue carries. Stored as JSON; whatever outlives a release must be readable by the next one.
pub trait Payload: Serialize + DeserializeOwned + Send + 'static {
    /// Version of the JSON. Raise it with a change that workers of the release before would
    /// misunderstand: during a rolling upgrade they put such jobs back for a newer worker.
    const VERSION: u32;

    /// What kind of work, for logs and metrics: a handful of fixed words.
    fn kind(&self) -> &'static str;
}

/// A job as its handler gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job<P> {
    /// Version of the payload, not above the reader's [`Payload::VERSION`].
    pub v: u32,
    /// Its name.
    pub id: JobId,
    /// [`Payload::kind`] when it was accepted.
    pub kind: String,
    /// What to do.
    pub payload: P,
    /// When it was accepted.
    pub enqueued_at: Timestamp,
    /// Which attempt this is, from 1.
    pub attempts: u32,
}

/// What is stored of a job, whether or not its payload can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its name.
    pub id: JobId,
    /// [`Payload::kind`] when it was accepted.
    pub kind: String,
    /// The payload (JSON).
    pub payload: String,
    /// Attempts begun.
    pub attempts: u32,
    /// When it was accepted.
    pub enqueued_at: Timestamp,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The visible effect is there.
    Done,
    /// Try again after the usual growing pause. Counts as an attempt.
    Retry(String),
    /// Try again when this much time has passed, as a `Retry-After` asks. Counts as an attempt.
    RetryAfter(Duration, String),
    /// No further attempt can help, because of this. Somebody is told.
    GiveUp(String),
}
