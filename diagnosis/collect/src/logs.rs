//! Failed pulls in log groups that hold ECS events or agent logs.
//!
//! A task's own log group holds no pull error: the container's log driver starts after the pull.

use diagnosis::evidence::logs::LogLine;
use diagnosis::{Listing, Observed, Outcome, Window};
use futures::future::join_all;
use jiff::Timestamp;

use crate::actions::{LOGS_DESCRIBE_LOG_GROUPS, LOGS_FILTER_LOG_EVENTS};
use crate::convert::text;
use crate::observe::NotSeen;
use crate::reader::Kind;
use crate::session::{Query, Seen, Session};
use crate::tally::Chain;
use diagnosis::stop_reason::redact;

/// Groups that are searched. Each costs a call.
const MOST_GROUPS: usize = 3;
/// Lines that are kept of each.
const MOST_LINES: i32 = 50;
/// Longer lines are cut: an event carries its whole task.
const MOST_CHARS: usize = 8_000;

/// Any of these words in a line.
///
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html>
const PATTERN: &str =
    "?CannotPull ?\"pull access denied\" ?\"registry auth\" ?\"failed to resolve ref\" ?toomanyrequests";

/// What the diagnosis is about, as lines name it: other services' failures are in the same groups.
#[derive(Debug, Clone, Default)]
pub(crate) struct About {
    pub(crate) service: Option<String>,
    pub(crate) family: Option<String>,
    pub(crate) task_ids: Vec<String>,
    pub(crate) images: Vec<String>,
}

impl About {
    fn concerns(&self, line: &str) -> bool {
        let named = |text: String| line.contains(&text);
        self.task_ids.iter().any(|id| line.contains(id.as_str()))
            || self.images.iter().any(|image| line.contains(image.as_str()))
            || self
                .service
                .as_ref()
                .is_some_and(|name| named(format!("service:{name}\"")) || named(format!("(service {name})")))
            || self
                .family
                .as_ref()
                .is_some_and(|name| named(format!("task-definition/{name}:")))
    }
}

/// Lines that speak of failed pulls of the target, from the groups that are known to hold them and those that the account
/// turns out to have.
pub(crate) async fn read(
    session: &Session<'_>,
    cluster: &str,
    about: &About,
    window: Window,
) -> Observed<Listing<LogLine>> {
    let known = session.aws.log_groups();
    let known = known.get(..MOST_GROUPS).unwrap_or(known);
    let (mut merged, (found, complete)) = tokio::join!(
        join_all(
            known
                .iter()
                .map(|group| lines(session, group, window, Chain::START))
        ),
        async {
            let found = groups(session, cluster).await;
            let Some(listing) = found.value() else {
                let unread = found.item.map(|_| Listing::partial(Vec::new()));
                return (vec![unread], false);
            };
            let mut others: Vec<&String> = listing
                .items
                .iter()
                .filter(|group| !known.contains(group))
                .collect();
            let room = MOST_GROUPS - known.len();
            let complete = listing.complete && others.len() <= room;
            others.truncate(room);
            let reads = others
                .into_iter()
                .map(|group| lines(session, group, window, found.chain));
            (join_all(reads).await, complete)
        },
    );
    merged.extend(found);
    if merged.is_empty() {
        let why = "no log group whose name says that it holds ECS events or ECS agent logs was found";
        return session.skipped(&LOGS_FILTER_LOG_EVENTS, "", why);
    }
    let merged = crate::merge::listings(merged);
    let mut merged =
        merged.unwrap_or_else(|| session.skipped(&LOGS_FILTER_LOG_EVENTS, "", "no log group was read"));
    if let Outcome::Present(listing) = &mut merged.outcome {
        listing.items.retain(|line| about.concerns(&line.message));
        listing.items.sort_by_key(|line| line.at);
        listing.complete &= complete;
    }
    merged
}

async fn groups(session: &Session<'_>, cluster: &str) -> Seen<Listing<String>> {
    let query = Query::new(
        &LOGS_DESCRIBE_LOG_GROUPS,
        "ecs",
        &session.region,
        Kind::LogGroups,
        Chain::START,
    )
    .variant(cluster);
    session
        .read(query, async {
            let answer = session
                .logs(&session.region)
                .describe_log_groups()
                .log_group_name_pattern("ecs")
                .limit(50)
                .send()
                .await?;
            let names: Vec<&str> = answer
                .log_groups()
                .iter()
                .filter_map(|group| group.log_group_name())
                .collect();
            let mut telling: Vec<String> = names
                .iter()
                .filter(|name| tells_of_pulls(name, cluster))
                .map(|name| (*name).to_owned())
                .collect();
            let complete = answer.next_token().is_none() && telling.len() <= MOST_GROUPS;
            telling.truncate(MOST_GROUPS);
            Ok(Listing {
                items: telling,
                complete,
                window: None,
            })
        })
        .await
}

/// Whether a group's name says that it holds ECS events (EventBridge writes to `/aws/events/…` only) or the agent's
/// log. `/aws/ecs/containerinsights/…` holds figures, `/aws/events/ecs/containerinsights/CLUSTER/…` the events of one
/// cluster, as the console's event capture and Container Insights set it up.
///
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html>,
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/container-insights-ECS-lifecycle-events.html>
fn tells_of_pulls(group: &str, cluster: &str) -> bool {
    let group = group.to_ascii_lowercase();
    let cluster = cluster.to_ascii_lowercase();
    if let Some((place, rest)) = group.split_once("/containerinsights/") {
        let of = rest.split('/').next().unwrap_or(rest);
        return place.starts_with("/aws/events/") && of == cluster;
    }
    let events =
        group.starts_with("/aws/events/") || group.contains("ecs-event") || group.contains("ecs/event");
    let agent = group.contains("ecs-agent")
        || group.contains("ecs-init")
        || (group.contains("ecs") && group.ends_with("agent"));
    let own = group.contains("ecs") && group.contains(&cluster) && group.contains("event");
    events || agent || own
}

async fn lines(
    session: &Session<'_>,
    group: &str,
    window: Window,
    after: Chain,
) -> Observed<Listing<LogLine>> {
    let query = Query::new(&LOGS_FILTER_LOG_EVENTS, group, &session.region, Kind::Logs, after);
    session
        .read(query, async {
            let answer = session
                .logs(&session.region)
                .filter_log_events()
                .log_group_name(group)
                .filter_pattern(PATTERN)
                .start_time(window.from.as_millisecond())
                .end_time(window.to.as_millisecond())
                .limit(MOST_LINES)
                .send()
                .await?;
            let lines = answer.events().iter().filter_map(|event| {
                Some(LogLine {
                    group: group.to_owned(),
                    stream: text(event.log_stream_name()),
                    at: Timestamp::from_millisecond(event.timestamp()?).ok()?,
                    message: message(event.message()?),
                })
            });
            Ok::<_, NotSeen>(Listing {
                items: lines.collect(),
                complete: answer.next_token().is_none(),
                window: Some(window),
            })
        })
        .await
        .item
}

/// The line, with what a container's environment holds taken out where the line is an event in JSON.
fn message(line: &str) -> String {
    let line = match serde_json::from_str(line) {
        Ok(mut event) => {
            crate::secrets::strip(&mut event);
            event.to_string()
        }
        Err(_) => redact(line),
    };
    match line.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => line.get(..end).unwrap_or_default().to_owned(),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_which_groups_to_search() {
        for group in [
            "/aws/events/ecs-task-state",
            "/ecs/prod/ecs-agent",
            "/var/log/ecs/ecs-init.log",
            "ecs-events-prod",
            "/aws/events/ecs/containerinsights/Prod/performance",
        ] {
            assert!(tells_of_pulls(group, "prod"), "{group}");
        }
        for group in [
            "/ecs/payments",
            "/aws/ecs/containerinsights/prod/performance",
            "/aws/events/ecs/containerinsights/staging/performance",
            "/aws/lambda/specs",
        ] {
            assert!(!tells_of_pulls(group, "prod"), "{group}");
        }
    }

    #[test]
    fn lines_of_other_services_are_told_apart() {
        let about = About {
            service: Some("payments".to_owned()),
            family: Some("payments".to_owned()),
            images: vec!["nginx:1.2".to_owned()],
            ..About::default()
        };
        assert!(about.concerns(r#"{"group":"service:payments","stoppedReason":"CannotPull"}"#));
        assert!(about.concerns(
            r#"{"taskDefinitionArn":"arn:aws:ecs:eu-west-1:111122223333:task-definition/payments:3"}"#
        ));
        assert!(about.concerns("level=error msg=\"Failed to pull image nginx:1.2\""));
        assert!(!about.concerns(r#"{"group":"service:payments-worker","stoppedReason":"CannotPull"}"#));
    }

    #[test]
    fn events_lose_their_environment() {
        let event = r#"{"detail":{"overrides":{"containerOverrides":[{"environment":[{"name":"A","value":"hunter2"}]}]},
            "stoppedReason":"CannotPullContainerError: https://b.example/l?X-Amz-Signature=hunter3"}}"#;
        let kept = message(event);
        assert!(kept.contains("CannotPullContainerError"));
        assert!(!kept.contains("hunter"), "{kept}");
    }
}
