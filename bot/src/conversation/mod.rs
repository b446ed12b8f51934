//! What a worker does with a job: it diagnoses and answers, in one place and once.
//!
//! A question gets one message in the channel and one in its thread, both updated in place; an alarm gets one message
//! in its own thread. Every step may run again after the death of a worker, so each message has a name (`part`), and
//! [`Voice`] makes sure that there is one of each.

mod aws;
mod diagnose;
mod diagnoser;
mod folded;
mod kept;
mod press;
mod remedies;
mod stage;
mod trouble;
mod voice;

use std::sync::{Arc, OnceLock};

use tracing::warn;

pub use aws::AwsDiagnoser;
pub use diagnoser::{DiagnoseError, Diagnoser, Progress, Question};
pub use kept::Kept;
pub use remedies::{Remediator, ShowOnly};
pub use trouble::Trouble;
pub use voice::{Voice, Whisper};

use crate::jobs::{DeadJob, Handler, Handles, Job, Lease, Outcome, Pacing};
use crate::settings::Settings;
use crate::slack::api::{Me, SlackApi};
use crate::slack::render::History;
use crate::slack::texts;
use crate::work::{Origin, Work};

/// The name of the command, where a message has to name it and nobody has just typed it.
const COMMAND: &str = "/ecs-pull-why";

/// Answers in Slack.
#[derive(Debug)]
pub struct Conversation<D, R> {
    slack: SlackApi,
    pacing: Pacing,
    handles: Handles,
    settings: Arc<Settings>,
    /// Who the bot is, once Slack has said so.
    me: Arc<OnceLock<Me>>,
    diagnoser: D,
    remediator: R,
}

impl<D: Diagnoser, R: Remediator> Conversation<D, R> {
    /// A conversation that diagnoses with `diagnoser` and leaves fixes to `remediator`.
    pub fn new(
        slack: SlackApi,
        pacing: Pacing,
        handles: Handles,
        settings: Arc<Settings>,
        me: Arc<OnceLock<Me>>,
        diagnoser: D,
        remediator: R,
    ) -> Self {
        Self {
            slack,
            pacing,
            handles,
            settings,
            me,
            diagnoser,
            remediator,
        }
    }

    fn voice(&self, lease: &Lease) -> Voice {
        Voice::new(
            self.slack.clone(),
            self.pacing.clone(),
            self.handles.clone(),
            lease.clone(),
        )
    }

    async fn answer(&self, work: Work, lease: &Lease) -> Result<(), Trouble> {
        let voice = self.voice(lease);
        match work {
            Work::Diagnose { ask, origin, fresh } => self.diagnose(&voice, ask, origin, fresh).await,
            Work::Again { handle, user, reply } => self.again(&voice, &handle, &user, reply.as_deref()).await,
            Work::Incomplete { message, lacking } => {
                let say = texts::incomplete(lacking, COMMAND);
                voice
                    .ensure("incomplete", &message.channel, Some(&message.ts), &say)
                    .await
                    .map(|_| ())
            }
            Work::Press(press) => self.press(&voice, &press).await,
        }
    }

    /// Tells whoever waits that there will be no answer.
    async fn tell_of_death(&self, job: DeadJob<Work>, lease: &Lease) -> Result<(), Trouble> {
        let voice = self.voice(lease);
        let Some(work) = job.payload else {
            warn!(job = %job.stored.id, "a job that cannot be read failed; nobody can be told");
            return Ok(());
        };
        match work {
            Work::Diagnose { ask, origin, .. } => {
                let say = texts::gave_up(&ask.name(), job.stored.attempts, &job.why);
                self.say_instead(&voice, &origin, &say).await
            }
            Work::Again { user, handle, reply } => {
                let say = texts::press_gave_up(job.stored.attempts, &job.why);
                let kept = self.kept(&handle).await?;
                if let Some(kept) = &kept {
                    // The first answer, in the place of how far the second look got.
                    self.put(&voice, kept, History::Read).await?;
                }
                let to = Whisper {
                    reply: reply.as_deref(),
                    user: Some(&user),
                    place: kept.as_ref().map(Kept::thread),
                };
                voice.whisper(&to, &say).await;
                Ok(())
            }
            Work::Press(press) => {
                voice
                    .whisper(
                        &Whisper::to(&press),
                        &texts::press_gave_up(job.stored.attempts, &job.why),
                    )
                    .await;
                Ok(())
            }
            // An alarm that says too little: nobody waits for that line.
            Work::Incomplete { .. } => Ok(()),
        }
    }

    /// Says something in the place of the answer: in the messages that are there, else in the thread, else in private.
    async fn say_instead(
        &self,
        voice: &Voice,
        origin: &Origin,
        say: &crate::slack::render::Message,
    ) -> Result<(), Trouble> {
        let (channel, thread) = match origin {
            Origin::Command { channel, .. } => (channel, None),
            Origin::Alarm { message } => (&message.channel, Some(message.ts.as_str())),
        };
        let mut said = false;
        for part in [diagnose::ROOT, diagnose::FINDINGS] {
            if let Some(ts) = voice.known(part).await? {
                voice.update(channel, &ts, say).await?;
                said = true;
            }
        }
        if said {
            return Ok(());
        }
        match voice.ensure(diagnose::ROOT, channel, thread, say).await {
            Err(Trouble::Outside) => {
                if let Origin::Command { reply, .. } = origin {
                    voice
                        .whisper(
                            &Whisper {
                                reply: reply.as_deref(),
                                user: None,
                                place: None,
                            },
                            say,
                        )
                        .await;
                }
                Ok(())
            }
            answer => answer.map(|_| ()),
        }
    }
}

impl<D: Diagnoser, R: Remediator> Handler<Work> for Conversation<D, R> {
    async fn handle(&self, job: Job<Work>, lease: Lease) -> Outcome {
        match self.answer(job.payload, &lease).await {
            Ok(()) => Outcome::Done,
            Err(trouble) => trouble.into(),
        }
    }

    async fn dead(&self, job: DeadJob<Work>, lease: Lease) -> Outcome {
        match self.tell_of_death(job, &lease).await {
            Ok(()) => Outcome::Done,
            Err(trouble) => trouble.into(),
        }
    }
}
