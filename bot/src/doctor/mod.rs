//! `doctor`: whether the bot could work with these settings, and what to do where it could not.
//!
//! Nothing that is wrong keeps the rest from being looked at. Nothing is changed: no message is posted, no job is taken,
//! AWS is asked for things that do not exist.

mod aws;
mod finding;
mod redis;
mod settings;
mod slack;

use serde::Serialize;

use crate::settings::SoundPart;
pub use finding::{Check, Finding, Status};

/// Everything that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Examination {
    /// Whether nothing has to be put right. What could not be looked at, and advice, leave it true.
    pub ok: bool,
    /// What came of each thing: settings, Slack, Redis, AWS.
    pub findings: Vec<Finding>,
}

/// Looks at everything. Takes about half a minute at most.
pub async fn examine(part: SoundPart) -> Examination {
    let mut findings = settings::findings(&part);
    if let Some(settings) = part.settings {
        let (slack, redis, aws) = tokio::join!(
            slack::examine(&settings),
            redis::examine(&settings),
            aws::examine(&settings)
        );
        findings.extend(slack.into_iter().chain(redis).chain(aws));
    }
    Examination {
        ok: findings.iter().all(|finding| finding.status != Status::Problem),
        findings,
    }
}
