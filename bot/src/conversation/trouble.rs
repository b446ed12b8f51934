//! What keeps an answer from being given, and whether another attempt may help.

use std::time::Duration;

use crate::jobs::{JobsError, Outcome};
use crate::slack::api::SlackError;

/// Why a step of an answer did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The bot may not write to the channel.
    #[error("the bot may not write to this channel")]
    Outside,
    /// Not before this much time has passed.
    #[error("{why}")]
    Later {
        /// How long to wait.
        after: Duration,
        /// Who says so.
        why: String,
    },
    /// Another attempt may help.
    #[error("{0}")]
    Again(String),
    /// No other attempt can help.
    #[error("{0}")]
    Never(String),
}

impl From<SlackError> for Trouble {
    fn from(error: SlackError) -> Self {
        match &error {
            SlackError::RateLimited { after } => Self::Later {
                after: *after,
                why: error.to_string(),
            },
            SlackError::Refused { .. } if error.is_outside() => Self::Outside,
            SlackError::Refused { .. } => Self::Never(error.to_string()),
            SlackError::Unknown { .. } => Self::Again(error.to_string()),
        }
    }
}

impl From<JobsError> for Trouble {
    fn from(error: JobsError) -> Self {
        Self::Again(error.to_string())
    }
}

impl From<Trouble> for Outcome {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Later { after, why } => Self::RetryAfter(after, why),
            Trouble::Again(why) => Self::Retry(why),
            Trouble::Outside | Trouble::Never(_) => Self::GiveUp(trouble.to_string()),
        }
    }
}
