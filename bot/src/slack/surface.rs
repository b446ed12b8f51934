//! What requests from Slack are handled with: the queue they become jobs in, and what decides whether they do.
//!
//! Invariant: nothing here waits for AWS or for Slack's Web API. Slack waits three seconds for an acknowledgement.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::api::ResponseUrl;
use crate::jobs::{Enqueued, Handles, JobsError, NewJob, Once, Queue};
use crate::settings::Settings;
use crate::work::Work;

/// Longest a request may take to become a job; Redis answers within one or is away.
const ACCEPT_WITHIN: Duration = Duration::from_millis(2_200);
/// How long a `response_url` works.
/// <https://docs.slack.dev/interactivity/handling-user-interaction#message_responses>
const REPLY_FOR: Duration = Duration::from_mins(30);
/// Longer than a signature is good for, both ways.
const REPLAY_FOR: Duration = Duration::from_mins(11);

/// What requests from Slack are handled with. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Surface {
    pub(super) queue: Queue<Work>,
    pub(super) handles: Handles,
    pub(super) once: Once,
    pub(super) settings: Arc<Settings>,
}

impl Surface {
    /// Requests become jobs of `queue`.
    pub fn new(queue: Queue<Work>, handles: Handles, once: Once, settings: Arc<Settings>) -> Self {
        Self {
            queue,
            handles,
            once,
            settings,
        }
    }

    /// Makes a job, within the time that Slack waits.
    ///
    /// `reply` is the request's `response_url`; `work` gets the handle that it is kept behind.
    pub(super) async fn accept(
        &self,
        reply: Option<&str>,
        work: impl FnOnce(Option<String>) -> NewJob<Work> + Send,
    ) -> Result<Enqueued, JobsError> {
        let accepting = async {
            let reply = reply.and_then(|url| ResponseUrl::checked(url, &self.settings.slack.api_url));
            let reply = match reply {
                Some(url) => Some(self.handles.put(&url, REPLY_FOR).await?.to_string()),
                None => None,
            };
            self.queue.enqueue(work(reply)).await
        };
        timeout(ACCEPT_WITHIN, accepting).await.unwrap_or_else(|_| {
            Err(JobsError::RedisUnavailable {
                address: String::new(),
                doing: "accepting the request",
                reason: format!("no answer within {} ms", ACCEPT_WITHIN.as_millis()),
            })
        })
    }

    /// Whether a signed request comes for the first time. Redis away: it cannot be told, and no job can be made of the
    /// request either.
    pub(super) async fn is_first(&self, signature: &str) -> bool {
        let caller = uuid::Uuid::now_v7().to_string();
        let asking = self.once.first("signature", signature, &caller, REPLAY_FOR);
        !matches!(timeout(Duration::from_millis(500), asking).await, Ok(Ok(false)))
    }
}
