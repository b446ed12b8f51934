//! What there is to do: the payload of a job.

use serde::{Deserialize, Serialize};

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
}

impl Ask {
    /// `prod/payments`: how people call it.
    pub fn name(&self) -> String {
        let task = self
            .task
            .split('?')
            .next()
            .unwrap_or_default()
            .rsplit('/')
            .next()
            .unwrap_or_default();
        match &self.cluster {
            Some(cluster) => format!("{}/{task}", cluster.rsplit('/').next().unwrap_or_default()),
            None => task.to_owned(),
        }
    }
}
