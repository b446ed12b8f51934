//! Whether alarms are seen in the channels where they arrive.

use futures::future::{BoxFuture, join_all};

use super::untold;
use crate::doctor::{Check, Finding};
use crate::settings::Settings;
use crate::slack::api::{Channel, SlackApi, SlackError};

const CHECK: Check = Check::AlarmChannel;

/// One finding a channel.
pub(super) async fn examine(slack: &SlackApi, settings: &Settings) -> Vec<Finding> {
    let ids = settings.slack.alarm_channels.iter();
    join_all(ids.map(|id| look(slack, id))).await
}

fn look<'a>(slack: &'a SlackApi, id: &'a str) -> BoxFuture<'a, Finding> {
    Box::pin(async move { finding(id, slack.channel(id).await) })
}

fn finding(id: &str, answer: Result<Channel, SlackError>) -> Finding {
    let finding = match answer {
        Ok(channel) if channel.is_archived => Finding::problem(
            CHECK,
            format!("#{} is archived: nothing arrives there", channel.name),
            "take it out of ALARM_CHANNELS, or name the channel that took its place",
        ),
        Ok(channel) if channel.is_member => {
            Finding::ok(CHECK, format!("the bot is a member of #{}", channel.name))
        }
        Ok(channel) => Finding::problem(
            CHECK,
            format!("the bot is no member of #{} and sees no alarm there", channel.name),
            "type `/invite @ecs-pull-why` in the channel",
        ),
        Err(error) => untold(CHECK, &error, "channels:read, groups:read").unwrap_or_else(|| {
            Finding::problem(
                CHECK,
                format!("the bot sees no such channel ({error}): there is none, or it is private and the bot is not in it"),
                "ALARM_CHANNELS takes channel ids, for example `C0123456789`: the last line of the channel's details in \
                 Slack; type `/invite @ecs-pull-why` in a private channel",
            )
        }),
    };
    finding.of(Some(id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Status;

    #[test]
    fn only_a_member_sees_alarms() {
        let channel = |is_member, is_archived| {
            Ok(Channel {
                name: "alarms".to_owned(),
                is_member,
                is_archived,
            })
        };
        let refused = |code: &str| {
            Err(SlackError::Refused {
                code: code.to_owned(),
            })
        };
        for (answer, status, fix) in [
            (channel(true, false), Status::Ok, None),
            (channel(false, false), Status::Problem, Some("/invite")),
            (channel(true, true), Status::Problem, Some("ALARM_CHANNELS")),
            (
                refused("channel_not_found"),
                Status::Problem,
                Some("ALARM_CHANNELS"),
            ),
            (
                refused("missing_scope"),
                Status::NotChecked,
                Some("OAuth & Permissions"),
            ),
        ] {
            let finding = finding("C0ALARMS", answer);
            assert_eq!(
                (finding.status, finding.subject.as_deref()),
                (status, Some("C0ALARMS"))
            );
            match (&finding.fix, fix) {
                (Some(said), Some(words)) => assert!(said.contains(words), "{said}"),
                (said, expected) => assert_eq!(said.as_deref(), expected),
            }
        }
    }
}
