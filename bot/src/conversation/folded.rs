//! Answers for requests that came while the same question was being answered.

use diagnosis::Report;
use tracing::debug;

use super::{Conversation, Diagnoser, Remediator, Trouble, Voice, Whisper};
use crate::slack::render::{History, findings};
use crate::slack::texts;
use crate::work::{Origin, Place, Work};

/// Most alarms of a storm that get a line of their own: Slack takes one message a second in a channel.
const LINES: usize = 5;
/// Most others that get a reaction.
const REACTIONS: usize = 30;

impl<D: Diagnoser, R: Remediator> Conversation<D, R> {
    /// One line and a link for each alarm, for the first few; a reaction for the rest. People are told in private.
    /// `answer` is where the answer is, `None` where it was given in private.
    pub(super) async fn answer_folded(
        &self,
        voice: &Voice,
        folded: &[Work],
        answer: Option<&Place>,
        report: &Report,
    ) -> Result<(), Trouble> {
        if folded.is_empty() {
            return Ok(());
        }
        let permalink = match answer {
            Some(place) => self.slack.permalink(&place.channel, &place.ts).await.ok(),
            None => None,
        };
        let line = texts::same_as(permalink.as_deref(), &report.headline);
        let mut alarms = 0;
        for work in folded {
            let Work::Diagnose { origin, .. } = work else {
                continue;
            };
            match origin {
                Origin::Alarm { message } => {
                    alarms += 1;
                    if alarms <= LINES {
                        let part = format!("folded.{}", message.ts);
                        voice
                            .ensure(&part, &message.channel, Some(&message.ts), &line)
                            .await?;
                    } else if alarms <= LINES + REACTIONS
                        && let Err(error) = self.slack.react(&message.channel, &message.ts, "eyes").await
                    {
                        debug!(%error, "no reaction on a folded alarm");
                    }
                }
                Origin::Command { channel, user, reply } => {
                    let say = match answer {
                        Some(_) => line.clone(),
                        None => findings(report, true, History::Read, None),
                    };
                    let place = answer.map(|place| Place {
                        channel: channel.clone(),
                        ts: place.ts.clone(),
                    });
                    voice
                        .whisper(
                            &Whisper {
                                reply: reply.as_deref(),
                                user: Some(user),
                                place,
                            },
                            &say,
                        )
                        .await;
                }
            }
        }
        Ok(())
    }
}
