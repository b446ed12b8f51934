//! Who may press.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::slack::api::{SlackApi, SlackError};
use crate::work::Press;

/// How long a group's members are remembered.
const REMEMBERED: Duration = Duration::from_mins(1);

/// Whether a press counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It does.
    May,
    /// The person is no approver.
    NoApprover,
    /// Somebody from another organisation.
    Stranger,
}

/// Knows who is in which group, as of at most a minute ago.
#[derive(Debug, Default)]
pub(super) struct Approvers {
    groups: Mutex<HashMap<String, (Instant, Vec<String>)>>,
}

impl Approvers {
    /// Judges a press by the ids of users and user groups that may approve. Nobody is one by default.
    ///
    /// # Errors
    /// Where Slack does not say who is in a group: nobody may act then.
    pub(super) async fn judge(
        &self,
        slack: &SlackApi,
        press: &Press,
        approvers: &BTreeSet<String>,
    ) -> Result<Verdict, SlackError> {
        if let (Some(theirs), Some(ours)) = (&press.user_team, &press.team)
            && theirs != ours
        {
            return Ok(Verdict::Stranger);
        }
        if approvers.contains(&press.user) {
            return Ok(Verdict::May);
        }
        for group in approvers.iter().filter(|id| id.starts_with('S')) {
            if self.members(slack, group).await?.contains(&press.user) {
                return Ok(Verdict::May);
            }
        }
        Ok(Verdict::NoApprover)
    }

    async fn members(&self, slack: &SlackApi, group: &str) -> Result<Vec<String>, SlackError> {
        let mut groups = self.groups.lock().await;
        if let Some((at, members)) = groups.get(group)
            && at.elapsed() < REMEMBERED
        {
            return Ok(members.clone());
        }
        let members = slack.group_members(group).await?;
        groups.insert(group.to_owned(), (Instant::now(), members.clone()));
        Ok(members)
    }
}
