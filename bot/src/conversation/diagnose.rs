//! From a question to its answer.

use std::time::Duration;

use diagnosis::Report;
use diagnosis::report::Outcome;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::diagnoser::{DiagnoseError, Question};
use super::stage::{Answer, Asked, Earlier, Stage, asker, channel_of};
use super::{COMMAND, Conversation, Diagnoser, Kept, Remediator, Trouble, Voice, Whisper};
use crate::slack::render::progress::{Step, Steps, progress, status};
use crate::slack::render::{
    Controls, History, Message, findings, preflight_placeholder, root, root_placeholder,
};
use crate::slack::texts;
use crate::work::{Ask, Origin, Work};

/// The message in the channel.
pub(super) const ROOT: &str = "root";
/// The message in the thread.
pub(super) const FINDINGS: &str = "findings";
/// Set once the whole answer was given in private.
const PRIVATE: &str = "private";

impl<D: Diagnoser, R: Remediator> Conversation<D, R> {
    pub(super) async fn diagnose(
        &self,
        voice: &Voice,
        ask: Ask,
        origin: Origin,
        fresh: bool,
    ) -> Result<(), Trouble> {
        if voice.state().get(PRIVATE).await?.is_some() {
            return Ok(());
        }
        let stage = self.open(voice, &ask, &origin).await?;
        self.on_stage(
            voice,
            &stage,
            Asked {
                ask,
                origin,
                fresh,
                earlier: None,
            },
        )
        .await
    }

    /// The same question, from fresh evidence, in the same messages.
    pub(super) async fn again(
        &self,
        voice: &Voice,
        handle: &str,
        user: &str,
        reply: Option<&str>,
    ) -> Result<(), Trouble> {
        let Some(kept) = self.kept(handle).await? else {
            voice
                .whisper(
                    &Whisper {
                        reply,
                        user: Some(user),
                        place: None,
                    },
                    &texts::expired(),
                )
                .await;
            return Ok(());
        };
        let stage = Stage::Open {
            channel: kept.channel.clone(),
            root: kept.root.clone(),
            thread_ts: kept.thread_ts.clone(),
            findings: kept.findings.clone(),
        };
        let asked = Asked {
            ask: kept.ask.clone(),
            origin: kept.origin.clone(),
            fresh: true,
            earlier: Some(Earlier {
                kept,
                user: user.to_owned(),
                reply: reply.map(str::to_owned),
            }),
        };
        self.on_stage(voice, &stage, asked).await
    }

    /// Makes the answer's messages, within a second of the question.
    async fn open(&self, voice: &Voice, ask: &Ask, origin: &Origin) -> Result<Stage, Trouble> {
        let target = ask.name();
        let (channel, root, thread_ts) = match origin {
            Origin::Command { channel, reply, .. } => {
                let placeholder = match ask.preflight {
                    Some(_) => preflight_placeholder(&target, &asker(origin)),
                    None => root_placeholder(&target, &asker(origin)),
                };
                match voice.ensure(ROOT, channel, None, &placeholder).await {
                    Ok(ts) => (channel.clone(), Some(ts.clone()), ts),
                    Err(Trouble::Outside) => return Ok(Stage::Private { reply: reply.clone() }),
                    Err(trouble) => return Err(trouble),
                }
            }
            Origin::Alarm { message } => (message.channel.clone(), None, message.ts.clone()),
        };
        let waiting = progress(&target, &Steps::default());
        let findings = voice
            .ensure(FINDINGS, &channel, Some(&thread_ts), &waiting)
            .await?;
        Ok(Stage::Open {
            channel,
            root,
            thread_ts,
            findings,
        })
    }

    async fn on_stage(&self, voice: &Voice, stage: &Stage, asked: Asked) -> Result<(), Trouble> {
        let Asked { ask, origin, .. } = &asked;
        let accounts = &self.settings.accounts;
        let resolved = accounts.resolve(
            Some(channel_of(origin)),
            ask.account.as_deref(),
            ask.region.as_deref(),
        );
        let account = match resolved {
            Ok(account) => account.cloned(),
            Err(refused) => {
                return self
                    .refuse(voice, stage, &asked, &texts::account_refused(&refused, COMMAND))
                    .await;
            }
        };
        let alias = account.as_ref().map(|account| account.alias.clone());
        let question = Question {
            ask: ask.clone(),
            account,
            fresh: asked.fresh,
        };
        let (report, rest) = match self.watched(voice, stage, &question).await {
            Ok(made) => made,
            Err(DiagnoseError::Passing(why)) => return Err(Trouble::Again(why)),
            Err(DiagnoseError::Cannot(why)) => {
                let say = texts::no_diagnosis(&ask.name(), &why);
                return self.refuse(voice, stage, &asked, &say).await;
            }
        };
        if report.outcome == Outcome::TargetNotFound && matches!(origin, Origin::Command { .. }) {
            return self
                .refuse(voice, stage, &asked, &root(&report, &asker(origin)))
                .await;
        }
        let answer = Answer {
            ask,
            origin,
            account: alias,
        };
        self.show(voice, stage, &answer, &report, History::Pending)
            .await?;
        let folded: Vec<Work> = voice.lease().close_folding().await?;
        self.answer_folded(voice, &folded, stage.place().as_ref(), &report)
            .await?;

        let complete = self.diagnoser.with_history(rest).await;
        match stage {
            Stage::Open { .. } => self.show(voice, stage, &answer, &complete, History::Read).await,
            Stage::Private { .. } => {
                // The address works five times, and the person has the verdict: only another one is news.
                if complete.headline != report.headline {
                    self.show(voice, stage, &answer, &complete, History::Read).await?;
                }
                Ok(voice.state().set(&[(PRIVATE, "said")]).await?)
            }
        }
    }

    /// The diagnosis, with its progress shown about once a second.
    async fn watched(
        &self,
        voice: &Voice,
        stage: &Stage,
        question: &Question,
    ) -> Result<(Report, D::Rest), DiagnoseError> {
        let (told, mut steps) = watch::channel(Steps::default());
        let tell = move |number: u8, step: Step| {
            told.send_modify(|steps| {
                if let Some(slot) = usize::from(number)
                    .checked_sub(1)
                    .and_then(|at| steps.get_mut(at))
                {
                    *slot = step;
                }
            });
        };
        let diagnosing = self.diagnoser.diagnose(question, &tell);
        let Stage::Open {
            channel,
            thread_ts,
            findings,
            ..
        } = stage
        else {
            return diagnosing.await;
        };
        let target = question.ask.name();
        let done = CancellationToken::new();
        let showing = async {
            let mut ticks = interval(Duration::from_secs(1));
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            // The first tick comes at once, and the placeholder says as much.
            ticks.tick().await;
            let mut shown = false;
            loop {
                tokio::select! {
                    _ = ticks.tick() => {}
                    () = done.cancelled() => break,
                }
                if steps.has_changed().unwrap_or(false) {
                    let now = *steps.borrow_and_update();
                    voice
                        .update_in_passing(channel, findings, &progress(&target, &now))
                        .await;
                    self.slack.set_status(channel, thread_ts, &status(&now)).await;
                    shown = true;
                }
            }
            if shown {
                // Only a new message would end it, and what follows are updates.
                self.slack.set_status(channel, thread_ts, "").await;
            }
        };
        let diagnosing = async {
            let made = diagnosing.await;
            done.cancel();
            made
        };
        // An update that is under way is waited for: arriving late, it would replace the answer.
        let (made, ()) = tokio::join!(diagnosing, showing);
        made
    }

    /// Puts the answer into its messages, and keeps what their buttons need.
    async fn show(
        &self,
        voice: &Voice,
        stage: &Stage,
        answer: &Answer<'_>,
        report: &Report,
        history: History,
    ) -> Result<(), Trouble> {
        match stage {
            Stage::Open {
                channel,
                root,
                thread_ts,
                findings,
            } => {
                let kept = Kept {
                    ask: answer.ask.clone(),
                    origin: answer.origin.clone(),
                    account: answer.account.clone(),
                    channel: channel.clone(),
                    root: root.clone(),
                    thread_ts: thread_ts.clone(),
                    findings: findings.clone(),
                    report: report.clone(),
                };
                self.put(voice, &kept, history).await
            }
            Stage::Private { reply } => {
                let me = self.me.get().map(|me| me.user_id.as_str());
                let message = findings(report, true, history, None).under(&texts::not_a_member(me));
                voice
                    .whisper(
                        &Whisper {
                            reply: reply.as_deref(),
                            user: None,
                            place: None,
                        },
                        &message,
                    )
                    .await;
                Ok(())
            }
        }
    }

    /// Puts an answer into its messages.
    pub(super) async fn put(&self, voice: &Voice, kept: &Kept, history: History) -> Result<(), Trouble> {
        let controls = Controls {
            handle: kept.keep(&self.handles).await?,
        };
        if let Some(ts) = &kept.root {
            voice
                .update(&kept.channel, ts, &root(&kept.report, &asker(&kept.origin)))
                .await?;
        }
        let message = findings(&kept.report, kept.root.is_none(), history, Some(&controls));
        voice.update(&kept.channel, &kept.findings, &message).await
    }

    /// Says why there is no answer: to the person alone where there is one, so that a typing error leaves nothing in
    /// the channel and a failed second look leaves the first answer.
    async fn refuse(
        &self,
        voice: &Voice,
        stage: &Stage,
        asked: &Asked,
        say: &Message,
    ) -> Result<(), Trouble> {
        if let Some(Earlier { kept, user, reply }) = &asked.earlier {
            self.put(voice, kept, History::Read).await?;
            let to = Whisper {
                reply: reply.as_deref(),
                user: Some(user),
                place: Some(kept.thread()),
            };
            voice.whisper(&to, say).await;
            return Ok(());
        }
        let Origin::Command { channel, reply, .. } = &asked.origin else {
            return self.say_instead(voice, &asked.origin, say).await;
        };
        let to = Whisper {
            reply: reply.as_deref(),
            user: None,
            place: None,
        };
        if !voice.whisper(&to, say).await {
            return match stage {
                Stage::Open { .. } => self.say_instead(voice, &asked.origin, say).await,
                // Neither the channel nor the person can be reached.
                Stage::Private { .. } => Ok(()),
            };
        }
        voice.state().set(&[(PRIVATE, "said")]).await?;
        if let Stage::Open { .. } = stage {
            voice.remove(FINDINGS, channel).await?;
            voice.remove(ROOT, channel).await?;
        }
        Ok(())
    }
}
