//! State that stays on our side while only an opaque name of it travels through Slack.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::script::CLAIM_HANDLE;
use super::{JobsError, Keys, Redis};

/// An opaque name: 128 random bits in hexadecimal. Says nothing and cannot be guessed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Handle(String);

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Not the form of a handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a handle: expected 32 hexadecimal digits")]
pub struct NotAHandle;

impl FromStr for Handle {
    type Err = NotAHandle;

    /// Accepts exactly what [`Handle`] prints: a value that came back from outside never reaches a
    /// key's name in any other form.
    fn from_str(text: &str) -> Result<Self, NotAHandle> {
        let digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if text.len() == 32 && text.bytes().all(digit) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAHandle)
        }
    }
}

/// Who may act on a handle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// The caller, and nobody else for as long as the handle lives.
    Won,
    /// This one was first.
    Taken(String),
    /// Nobody: the handle has expired, or never was.
    Unknown,
}

/// Values behind handles.
#[derive(Debug, Clone)]
pub struct Handles {
    redis: Redis,
    keys: Keys,
}

impl Handles {
    /// Kept in `redis`.
    pub fn new(redis: Redis, keys: Keys) -> Self {
        Self { redis, keys }
    }

    /// Keeps `value` for `ttl` under a new handle.
    ///
    /// # Errors
    /// Where Redis does not answer, or `value` has no JSON form.
    pub async fn put<T: Serialize>(&self, value: &T, ttl: Duration) -> Result<Handle, JobsError> {
        let json = serde_json::to_string(value).map_err(|e| JobsError::json("the value of a handle", e))?;
        let handle = Handle(format!("{:032x}", rand::random::<u128>()));
        let key = self.keys.handle(&handle.0);
        let mut pipe = redis::pipe();
        pipe.atomic();
        pipe.cmd("HSET").arg(&key).arg("value").arg(json).ignore();
        pipe.cmd("PEXPIRE")
            .arg(&key)
            .arg(u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX))
            .ignore();
        self.redis
            .transaction("keeping a value behind a button", &pipe)
            .await?;
        Ok(handle)
    }

    /// The value behind a handle; nothing where it has expired or never was.
    ///
    /// # Errors
    /// Where Redis does not answer, or the value is none of this type.
    pub async fn get<T: DeserializeOwned>(&self, handle: &Handle) -> Result<Option<T>, JobsError> {
        let mut cmd = redis::cmd("HGET");
        cmd.arg(self.keys.handle(&handle.0)).arg("value");
        let json: Option<String> = self
            .redis
            .command("reading the value behind a button", &cmd)
            .await?;
        json.map(|json| {
            serde_json::from_str(&json).map_err(|e| JobsError::json("the value behind a button", e))
        })
        .transpose()
    }

    /// Lets exactly one claimant act on the handle. `by` names the claim, not the person: a job's id,
    /// say, so that a job whose worker died may claim again in its next attempt.
    ///
    /// # Errors
    /// Where Redis does not answer: nobody may act.
    pub async fn claim_once(&self, handle: &Handle, by: &str) -> Result<Claim, JobsError> {
        let mut script = CLAIM_HANDLE.prepare_invoke();
        script.key(self.keys.handle(&handle.0)).arg(by);
        let answer: Vec<String> = self.redis.script("claiming a button", &script).await?;
        let mut answer = answer.into_iter();
        Ok(match (answer.next().as_deref(), answer.next()) {
            (Some("won"), _) => Claim::Won,
            (Some("taken"), Some(by)) => Claim::Taken(by),
            _ => Claim::Unknown,
        })
    }

    /// Who acts or has acted on the handle, if anybody.
    ///
    /// # Errors
    /// Where Redis does not answer.
    pub async fn claimed_by(&self, handle: &Handle) -> Result<Option<String>, JobsError> {
        let mut cmd = redis::cmd("HGET");
        cmd.arg(self.keys.handle(&handle.0)).arg("claimed_by");
        self.redis.command("looking at a button's claim", &cmd).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_form_is_a_handle() {
        assert_eq!(
            "0123456789abcdef0123456789abcdef"
                .parse::<Handle>()
                .unwrap()
                .to_string()
                .len(),
            32
        );
        for text in [
            "",
            "0123",
            "0123456789ABCDEF0123456789ABCDEF",
            "0123456789abcdef0123456789abcde:",
            "é",
        ] {
            assert_eq!(text.parse::<Handle>(), Err(NotAHandle), "{text}");
        }
    }
}
