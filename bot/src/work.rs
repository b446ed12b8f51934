//! What there is to do: the payload of a job.

use serde::{Deserialize, Serialize};

use crate::jobs::Payload;
use crate::slack::render::buttons::Verb;

/// What to diagnose, as it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ask {
    /// Cluster, by name or ARN; `None` where `task` is an ARN or a console URL that says it.
    pub cluster: Option<String>,
    /// Task id, service, task definition family with or without revision; an ARN, or a console URL.
    pub task: String,
    /// Region; `None`: the one in the ARN, the account's first, or the AWS SDK's.
    pub region: Option<String>,
    /// Account, as alias or twelve digits.
    pub account: Option<String>,
    /// How far back to look, seconds.
    pub window_seconds: Option<u64>,
    /// Whether it is about a task that is to be started: `task` is then a task definition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preflight: Option<Preflight>,
}

/// What a question about a task that is to be started says besides.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Preflight {
    /// Service whose network the task would have; `None`: the only one that runs the family.
    pub service: Option<String>,
}

impl Ask {
    /// `prod/payments`: how people call it.
    pub fn name(&self) -> String {
        let last = |text: &str| text.rsplit('/').next().unwrap_or_default().to_owned();
        let task = last(self.task.split('?').next().unwrap_or_default());
        match &self.cluster {
            Some(cluster) => format!("{}/{task}", last(cluster)),
            None => task,
        }
    }

    /// What makes two questions the same one.
    pub fn fingerprint(&self) -> String {
        let part = |part: &Option<String>| part.clone().unwrap_or_default();
        let ahead = self
            .preflight
            .as_ref()
            .map(|ahead| format!(":preflight:{}", part(&ahead.service)))
            .unwrap_or_default();
        format!(
            "{}:{}:{}:{}:{}{ahead}",
            part(&self.account),
            part(&self.region),
            part(&self.cluster),
            self.task,
            self.window_seconds.unwrap_or_default()
        )
    }
}

/// A message in Slack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Channel id.
    pub channel: String,
    /// The message's `ts`.
    pub ts: String,
}

/// Where a question came from, and so where its answer goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "from")]
pub enum Origin {
    /// The slash command.
    Command {
        /// Channel it was typed in.
        channel: String,
        /// Who typed it.
        user: String,
        /// Handle of the `response_url`, which only the person sees answers to.
        reply: Option<String>,
    },
    /// An alarm message.
    Alarm {
        /// The message.
        message: Place,
    },
}

/// A button was pressed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Press {
    /// What for.
    pub verb: Verb,
    /// Handle of what the bot keeps behind the button.
    pub handle: String,
    /// Which remedy of it.
    pub remedy: Option<String>,
    /// Who pressed, by Slack id.
    pub user: String,
    /// The organisation the person belongs to.
    pub user_team: Option<String>,
    /// The organisation the app was pressed in.
    pub team: Option<String>,
    /// The message with the button.
    pub message: Place,
    /// The thread it is in.
    pub thread_ts: String,
    /// Handle of the `response_url`.
    pub reply: Option<String>,
}

/// What an alarm leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lacking {
    /// Which cluster.
    Cluster,
    /// Which task, service or task definition.
    Task,
}

/// Work that somebody asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "do")]
pub enum Work {
    /// Diagnose, and answer.
    Diagnose {
        /// What.
        ask: Ask,
        /// Where the answer goes.
        origin: Origin,
        /// Whether to read past the cache.
        fresh: bool,
    },
    /// Diagnose once more, from fresh evidence, in the place of an earlier answer.
    Again {
        /// Handle of the earlier diagnosis.
        handle: String,
        /// Who wants it.
        user: String,
        /// Handle of the `response_url`.
        reply: Option<String>,
    },
    /// Say what an alarm leaves out.
    Incomplete {
        /// The alarm.
        message: Place,
        /// What it leaves out.
        lacking: Lacking,
    },
    /// Do what a button is for.
    Press(Press),
}

impl Payload for Work {
    const VERSION: u32 = 1;

    fn kind(&self) -> &'static str {
        match self {
            Self::Diagnose { .. } => "diagnose",
            Self::Again { .. } => "again",
            Self::Incomplete { .. } => "incomplete",
            Self::Press(press) => press.verb.word(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_people_say() {
        let ask = |cluster: Option<&str>, task: &str| Ask {
            cluster: cluster.map(str::to_owned),
            task: task.to_owned(),
            region: None,
            account: None,
            window_seconds: None,
            preflight: None,
        };
        for (cluster, task, name) in [
            (Some("prod"), "payments", "prod/payments"),
            (
                Some("arn:aws:ecs:eu-west-1:111122223333:cluster/prod"),
                "payments:42",
                "prod/payments:42",
            ),
            (None, "arn:aws:ecs:eu-west-1:111122223333:task/prod/8f2c", "8f2c"),
            (
                None,
                "https://x.console.aws.amazon.com/ecs/v2/clusters/prod/services/payments?region=r",
                "payments",
            ),
        ] {
            assert_eq!(ask(cluster, task).name(), name);
        }
    }

    /// Jobs of one release are read by the next: this form must stay readable while `VERSION` is 1.
    #[test]
    fn the_stored_form_stays_readable() {
        let stored = r#"{"do":"diagnose","ask":{"cluster":"prod","task":"payments","region":null,"account":null,"window_seconds":null},"origin":{"from":"command","channel":"C1","user":"U1","reply":null},"fresh":false}"#;
        let work: Work = serde_json::from_str(stored).unwrap();
        assert_eq!(serde_json::to_string(&work).unwrap(), stored);
        let stored = r#"{"do":"diagnose","ask":{"cluster":"prod","task":"payments:42","region":null,"account":null,"window_seconds":null,"preflight":{"service":"payments"}},"origin":{"from":"command","channel":"C1","user":"U1","reply":null},"fresh":true}"#;
        let work: Work = serde_json::from_str(stored).unwrap();
        assert_eq!(serde_json::to_string(&work).unwrap(), stored);
        let stored = r#"{"do":"press","verb":"plan","handle":"h","remedy":"roll_back","user":"U1","user_team":"T1","team":"T1","message":{"channel":"C1","ts":"1.2"},"thread_ts":"1.1","reply":null}"#;
        let work: Work = serde_json::from_str(stored).unwrap();
        assert_eq!(serde_json::to_string(&work).unwrap(), stored);
    }
}
