//! What Slack may answer instead of doing it.

use std::time::Duration;

use slack_morphism::errors::SlackClientError;

/// A call that did not succeed. Never holds a body: those repeat what was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SlackError {
    /// Too many calls. Nothing was done.
    #[error("Slack asks to wait {} s before the next call", after.as_secs())]
    RateLimited {
        /// How long to wait.
        after: Duration,
    },
    /// Slack refused, with this code. Nothing was done. <https://docs.slack.dev/reference/methods>
    #[error("Slack refused: `{code}`")]
    Refused {
        /// The code.
        code: String,
    },
    /// It was done, or it was not: no answer, a broken one, or an error of Slack's own.
    #[error("whether Slack did it is not known ({what})")]
    Unknown {
        /// What happened.
        what: String,
    },
}

impl SlackError {
    pub(super) fn of(error: SlackClientError, method: &str) -> Self {
        let unknown = |what: &str| Self::Unknown {
            what: format!("{method}: {what}"),
        };
        match error {
            SlackClientError::RateLimitError(limit) => Self::RateLimited {
                after: limit.retry_after.unwrap_or(Duration::from_secs(30)),
            },
            SlackClientError::ApiError(error) => match error.code.as_str() {
                "ratelimited" => Self::RateLimited {
                    after: Duration::from_secs(30),
                },
                "internal_error" | "fatal_error" | "service_unavailable" | "request_timeout" => {
                    unknown(&error.code)
                }
                _ => Self::Refused { code: error.code },
            },
            SlackClientError::HttpError(error) if error.status_code.is_client_error() => Self::Refused {
                code: format!("http_{}", error.status_code.as_u16()),
            },
            SlackClientError::HttpError(error) => unknown(&format!("HTTP {}", error.status_code.as_u16())),
            SlackClientError::HttpProtocolError(_) => unknown("the connection failed"),
            SlackClientError::ProtocolError(_) => unknown("the answer cannot be read"),
            SlackClientError::EndOfStream(_)
            | SlackClientError::SystemError(_)
            | SlackClientError::SocketModeProtocolError(_) => unknown("the connection ended"),
        }
    }

    /// True where the bot cannot write to the channel: it is no member, or may not see it at all.
    pub fn is_outside(&self) -> bool {
        matches!(self, Self::Refused { code } if matches!(
            code.as_str(),
            "not_in_channel" | "channel_not_found" | "is_archived" | "restricted_action" | "no_permission"
        ))
    }

    /// A short name for a metric's label.
    pub fn label(&self) -> &'static str {
        match self {
            Self::RateLimited { .. } => "rate_limited",
            Self::Refused { .. } => "refused",
            Self::Unknown { .. } => "unknown",
        }
    }
}
