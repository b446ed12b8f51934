//! What a job's handler must remember across the death of its worker.

use std::collections::BTreeMap;

use super::script::SET_STATE;
use super::{JobsError, Lease};

/// Keeps handlers' fields apart from the queue's own in the job's hash.
const PREFIX: &str = "s:";

/// Durable state of one job, written only while its lease holds. Handlers use it to make one visible
/// effect: note the intent (`reply.state` = `posting`), act, note the outcome (`reply.ts`); a successor
/// that finds an intent without an outcome looks the effect up before it acts again.
#[derive(Debug, Clone)]
pub struct JobState {
    lease: Lease,
}

impl JobState {
    pub(super) fn new(lease: Lease) -> Self {
        Self { lease }
    }

    /// One field.
    ///
    /// # Errors
    /// Where Redis does not answer.
    pub async fn get(&self, field: &str) -> Result<Option<String>, JobsError> {
        let mut cmd = redis::cmd("HGET");
        cmd.arg(self.lease.job_key()).arg(format!("{PREFIX}{field}"));
        self.lease.redis().command("reading a job's state", &cmd).await
    }

    /// All fields, sorted by name.
    ///
    /// # Errors
    /// Where Redis does not answer.
    pub async fn all(&self) -> Result<BTreeMap<String, String>, JobsError> {
        let mut cmd = redis::cmd("HGETALL");
        cmd.arg(self.lease.job_key());
        self.lease
            .redis()
            .command("reading a job's state", &cmd)
            .await
            .map(own_fields)
    }

    /// Writes fields, all or none. Also the last check before something is done that cannot be taken
    /// back: it succeeds only while the lease holds.
    ///
    /// # Errors
    /// [`JobsError::LeaseLost`]: nothing was written, and nothing may be done. Others as usual.
    pub async fn set(&self, fields: &[(&str, &str)]) -> Result<(), JobsError> {
        let mut script = self.lease.act(&SET_STATE);
        for (field, value) in fields {
            script.arg(format!("{PREFIX}{field}")).arg(*value);
        }
        let answer = self
            .lease
            .redis()
            .script("writing a job's state", &script)
            .await?;
        self.lease.held(answer)
    }
}

/// The handlers' fields of a job's hash, under their own names.
pub(super) fn own_fields(fields: BTreeMap<String, String>) -> BTreeMap<String, String> {
    fields
        .into_iter()
        .filter_map(|(field, value)| Some((field.strip_prefix(PREFIX)?.to_owned(), value)))
        .collect()
}
