//! Who may press.
//!
//! Slack sends presses of people only, signed, with the person's id and organisation: a bot cannot press a button
//! (<https://docs.slack.dev/reference/interaction-payloads/block_actions-payload>). Where an id of a bot is set as an
//! approver, nothing comes of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::slack::api::{SlackApi, SlackError};
use crate::work::Press;

/// How long a group's members are remembered.
const REMEMBERED: Duration = Duration::from_mins(1);

/// Whether a press counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    groups: Mutex<HashMap<String, (Instant, BTreeSet<String>)>>,
}

impl Approvers {
    /// Judges a press by the ids of users and user groups that may approve. Nobody is one by default.
    ///
    /// # Errors
    /// Where Slack does not say who is in a group, and no other one has the person in it: they may not act then.
    pub(super) async fn judge(
        &self,
        slack: &SlackApi,
        press: &Press,
        approvers: &BTreeSet<String>,
    ) -> Result<Verdict, SlackError> {
        let mut groups = BTreeMap::new();
        let verdict = verdict_on(press, approvers, &groups);
        if verdict != Verdict::NoApprover {
            return Ok(verdict);
        }
        let mut unheard = None;
        for group in approvers.iter().filter(|id| id.starts_with('S')) {
            match self.members(slack, group).await {
                Ok(members) => {
                    groups.insert(group.as_str(), members);
                }
                Err(error) => unheard = Some(error),
            }
        }
        match (verdict_on(press, approvers, &groups), unheard) {
            (Verdict::NoApprover, Some(error)) => Err(error),
            (verdict, _) => Ok(verdict),
        }
    }

    async fn members(&self, slack: &SlackApi, group: &str) -> Result<BTreeSet<String>, SlackError> {
        let mut groups = self.groups.lock().await;
        if let Some((at, members)) = groups.get(group)
            && at.elapsed() < REMEMBERED
        {
            return Ok(members.clone());
        }
        let members: BTreeSet<String> = slack.group_members(group).await?.into_iter().collect();
        groups.insert(group.to_owned(), (Instant::now(), members.clone()));
        Ok(members)
    }
}

/// Whether somebody of another organisation pressed, in a channel that is shared with it.
pub(super) fn is_stranger(press: &Press) -> bool {
    matches!((&press.user_team, &press.team), (Some(theirs), Some(ours)) if theirs != ours)
}

fn verdict_on(
    press: &Press,
    approvers: &BTreeSet<String>,
    groups: &BTreeMap<&str, BTreeSet<String>>,
) -> Verdict {
    if is_stranger(press) {
        return Verdict::Stranger;
    }
    let in_group = |id: &String| {
        groups
            .get(id.as_str())
            .is_some_and(|members| members.contains(&press.user))
    };
    if approvers.contains(&press.user) || approvers.iter().any(in_group) {
        Verdict::May
    } else {
        Verdict::NoApprover
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slack::render::buttons::Verb;
    use crate::work::Place;

    fn press(user: &str, user_team: Option<&str>) -> Press {
        Press {
            verb: Verb::Apply,
            handle: "0".repeat(32),
            remedy: None,
            user: user.to_owned(),
            user_team: user_team.map(str::to_owned),
            team: Some("T0SHOP".to_owned()),
            message: Place {
                channel: "C1".to_owned(),
                ts: "1.1".to_owned(),
            },
            thread_ts: "1.0".to_owned(),
            reply: None,
        }
    }

    #[test]
    fn only_approvers_of_this_workspace_may() {
        let ids = |ids: &[&str]| -> BTreeSet<String> { ids.iter().map(|id| (*id).to_owned()).collect() };
        let groups = BTreeMap::from([("S0SRE", ids(&["U0BEN"])), ("S0WEB", ids(&["U0ANA"]))]);
        for (user, team, approvers, verdict) in [
            ("U0BEN", Some("T0SHOP"), ids(&["U0BEN"]), Verdict::May),
            ("U0BEN", Some("T0SHOP"), ids(&["S0SRE"]), Verdict::May),
            ("U0BEN", None, ids(&["S0SRE"]), Verdict::May),
            // Nobody by default.
            ("U0BEN", Some("T0SHOP"), ids(&[]), Verdict::NoApprover),
            ("U0ANA", Some("T0SHOP"), ids(&["U0BEN"]), Verdict::NoApprover),
            // In a group that is no approver.
            ("U0ANA", Some("T0SHOP"), ids(&["S0SRE"]), Verdict::NoApprover),
            // A group that has nobody in it.
            ("U0BEN", Some("T0SHOP"), ids(&["S0GONE"]), Verdict::NoApprover),
            // Somebody of another organisation in a shared channel, even under the same id.
            (
                "U0BEN",
                Some("T0OTHER"),
                ids(&["U0BEN", "S0SRE"]),
                Verdict::Stranger,
            ),
        ] {
            assert_eq!(
                verdict_on(&press(user, team), &approvers, &groups),
                verdict,
                "{user} {team:?} {approvers:?}"
            );
        }
    }
}
