//! Says things in Slack: each message of a job once, whatever happens to its worker, and no faster than Slack allows.
//!
//! Slack has no idempotency key for a new message. So the intent is noted before a message is posted, the message
//! carries the job's name in its metadata, and whoever finds an intent without an outcome looks for the message before
//! posting another. Everything after that is an update, which can be repeated.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::sleep;
use tracing::{debug, warn};

use super::Trouble;
use crate::jobs::{Handles, JobState, JobsError, Lease, Pace, Pacing, Turn};
use crate::slack::api::{Mark, ResponseUrl, SlackApi, SlackError};
use crate::slack::render::Message;
use crate::work::{Place, Press};

/// How long to wait for a turn before the job is put off.
const PATIENCE: Duration = Duration::from_secs(15);
/// A message that was posted may take this long to be listed.
const LISTED_WITHIN: Duration = Duration::from_secs(2);
/// Clocks differ by no more than this.
const CLOCKS: i64 = 5;

/// Who gets something that nobody else sees.
#[derive(Debug, Clone, Default)]
pub struct Whisper<'a> {
    /// Handle of a `response_url`: reaches the person where the bot is no member, too.
    pub reply: Option<&'a str>,
    /// The person, by Slack id.
    pub user: Option<&'a str>,
    /// The thread to say it in.
    pub place: Option<Place>,
}

impl<'a> Whisper<'a> {
    /// The person who pressed.
    pub fn to(press: &'a Press) -> Self {
        Self {
            reply: press.reply.as_deref(),
            user: Some(&press.user),
            place: Some(Place {
                channel: press.message.channel.clone(),
                ts: press.thread_ts.clone(),
            }),
        }
    }
}

/// Says the messages of one job.
#[derive(Debug, Clone)]
pub struct Voice {
    slack: SlackApi,
    pacing: Pacing,
    handles: Handles,
    lease: Lease,
    state: JobState,
}

impl Voice {
    /// The voice of the job that `lease` is for.
    pub fn new(slack: SlackApi, pacing: Pacing, handles: Handles, lease: Lease) -> Self {
        let state = lease.state();
        Self {
            slack,
            pacing,
            handles,
            lease,
            state,
        }
    }

    /// The Web API.
    pub fn slack(&self) -> &SlackApi {
        &self.slack
    }

    /// The job's lease.
    pub fn lease(&self) -> &Lease {
        &self.lease
    }

    /// The job's durable state.
    pub fn state(&self) -> &JobState {
        &self.state
    }

    /// The `ts` of the job's message `part`, once it has been said.
    pub async fn known(&self, part: &str) -> Result<Option<String>, JobsError> {
        self.state.get(&ts_of(part)).await
    }

    /// Takes a message that is there for the job's `part`.
    pub async fn adopt(&self, part: &str, ts: &str) -> Result<(), JobsError> {
        self.state.set(&[(&ts_of(part), ts)]).await
    }

    /// The `ts` of the job's message `part`, which is posted where it is not there yet.
    pub async fn ensure(
        &self,
        part: &str,
        channel: &str,
        thread_ts: Option<&str>,
        message: &Message,
    ) -> Result<String, Trouble> {
        if let Some(ts) = self.known(part).await? {
            return Ok(ts);
        }
        let posting = format!("{part}.posting");
        let mark = Mark {
            job: self.lease.job().to_string(),
            part: part.to_owned(),
        };
        let since = self
            .state
            .get(&posting)
            .await?
            .and_then(|since| since.parse::<i64>().ok());
        if let Some(since) = since {
            // Somebody was about to post and did not come back.
            for wait in [Duration::ZERO, LISTED_WITHIN] {
                sleep(wait).await;
                if let Some(ts) = self.only(channel, thread_ts, since, &mark).await? {
                    self.adopt(part, &ts).await?;
                    return Ok(ts);
                }
            }
        }
        self.turn(&posts_to(channel), PATIENCE).await?;
        let now = Timestamp::now().as_second();
        let first = since.map_or(now, |since| since.min(now));
        self.state.set(&[(&posting, &first.to_string())]).await?;
        let posted = self.slack.post(channel, thread_ts, message, &mark).await;
        let ts = match posted {
            Ok(ts) => ts,
            Err(error) => {
                self.heed(&posts_to(channel), &error).await;
                return Err(error.into());
            }
        };
        let ts = if since.is_some() {
            // The other one may have been slower than our looking.
            self.only(channel, thread_ts, first, &mark).await?.unwrap_or(ts)
        } else {
            ts
        };
        self.adopt(part, &ts).await?;
        Ok(ts)
    }

    /// The message with this mark; of several the earliest, and the others are removed.
    async fn only(
        &self,
        channel: &str,
        thread_ts: Option<&str>,
        since: i64,
        mark: &Mark,
    ) -> Result<Option<String>, SlackError> {
        let mut found = self
            .slack
            .find(channel, thread_ts, since - CLOCKS, mark)
            .await?
            .into_iter();
        let first = found.next();
        for extra in found {
            warn!(part = mark.part, "a message was there twice");
            self.slack.delete(channel, &extra).await?;
        }
        Ok(first)
    }

    /// Replaces what a message says. One that somebody has removed stays removed.
    pub async fn update(&self, channel: &str, ts: &str, message: &Message) -> Result<(), Trouble> {
        self.turn(&updates(), PATIENCE).await?;
        match self.slack.update(channel, ts, message).await {
            Err(SlackError::Refused { code }) if code == "message_not_found" => {
                debug!("a message to update is gone");
                Ok(())
            }
            Err(error) => {
                self.heed(&updates(), &error).await;
                Err(error.into())
            }
            Ok(()) => Ok(()),
        }
    }

    /// Replaces what a message says if that holds up nobody: for progress.
    pub async fn update_in_passing(&self, channel: &str, ts: &str, message: &Message) {
        let turn = self.pacing.turn(&updates_in_passing(), Duration::ZERO).await;
        if matches!(turn, Ok(Turn::In(_)))
            && let Err(error) = self.slack.update(channel, ts, message).await
        {
            self.heed(&updates(), &error).await;
        }
    }

    /// Removes the job's message `part`, where there is one.
    pub async fn remove(&self, part: &str, channel: &str) -> Result<(), Trouble> {
        match self.known(part).await? {
            Some(ts) => Ok(self.slack.delete(channel, &ts).await?),
            None => Ok(()),
        }
    }

    /// Says something that only one person sees; whether Slack took it. It cannot be looked up, so it is said at most
    /// once and must carry nothing that is nowhere else.
    pub async fn whisper(&self, to: &Whisper<'_>, message: &Message) -> bool {
        if let Some(url) = self.reply_url(to.reply).await {
            let thread_ts = to.place.as_ref().map(|place| place.ts.as_str());
            match self.slack.respond(&url, thread_ts, message).await {
                Ok(()) => return true,
                Err(error) => debug!(%error, "a response_url did not work"),
            }
        }
        let (Some(user), Some(place)) = (to.user, &to.place) else {
            return false;
        };
        match self
            .slack
            .post_ephemeral(&place.channel, Some(&place.ts), user, message)
            .await
        {
            Ok(()) => true,
            Err(error) => {
                warn!(%error, "could not tell a person");
                false
            }
        }
    }

    async fn reply_url(&self, handle: Option<&str>) -> Option<ResponseUrl> {
        let handle = handle?.parse().ok()?;
        self.handles.get(&handle).await.ok().flatten()
    }

    async fn turn(&self, pace: &Pace, patience: Duration) -> Result<(), Trouble> {
        match self.pacing.turn(pace, patience).await? {
            Turn::In(wait) => {
                sleep(wait).await;
                Ok(())
            }
            Turn::TooLong(wait) => Err(Trouble::Later {
                after: wait,
                why: format!("{} is busy for {} s", pace.name, wait.as_secs()),
            }),
        }
    }

    /// What one was told by a `Retry-After` is true for all.
    async fn heed(&self, pace: &Pace, error: &SlackError) {
        if let SlackError::RateLimited { after } = error
            && let Err(error) = self.pacing.pause(pace, *after).await
        {
            debug!(%error, "could not pass on a Retry-After");
        }
    }
}

fn ts_of(part: &str) -> String {
    format!("{part}.ts")
}

/// One message a second in a channel, with short bursts. <https://docs.slack.dev/apis/web-api/rate-limits>
fn posts_to(channel: &str) -> Pace {
    Pace::per_second(format!("slack.post.{channel}"), 1, 3)
}

/// chat.update is in tier 3: 50 calls a minute, with bursts.
fn updates() -> Pace {
    Pace {
        name: "slack.update".to_owned(),
        every: Duration::from_millis(1_200),
        burst: 10,
    }
}

/// The part of them that progress may use up.
fn updates_in_passing() -> Pace {
    Pace {
        name: "slack.update.progress".to_owned(),
        every: Duration::from_secs(2),
        burst: 3,
    }
}
