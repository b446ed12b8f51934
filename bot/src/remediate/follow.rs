//! What follows once a plan is applied: watching whether it helps, and saying so in the place of the plan.
//!
//! Everything it goes by is in the job's state and in AWS, so that a successor of a dead worker watches on.

use std::time::Duration;

use diagnosis::remedy::Action;
use jiff::Timestamp;
use tokio::time::sleep;

use super::AwsRemediator;
use super::once::Attempt;
use super::seen::{Seen, Wanted};
use super::watch;
use crate::conversation::Trouble;
use crate::slack::render::Message;
use crate::slack::render::remedy::{AppliedView, OutcomeView, applied, root_fixed};

/// How long tasks are watched: less than a job may take.
const WATCHED: Duration = Duration::from_mins(4);
/// Between two looks at first, and once it takes long: ECS's calls are shared with everybody in the account.
const BETWEEN: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(5));
/// How long the short pauses last.
const AT_FIRST: Duration = Duration::from_secs(30);
/// How long after the first task runs the others are waited for.
const THE_REST: Duration = Duration::from_secs(45);

impl AwsRemediator {
    /// Watches until a task pulls and runs, or fails again, or nothing was seen for long enough.
    pub(super) async fn follow(
        &self,
        attempt: &Attempt<'_>,
        at: Timestamp,
        undo: Option<&str>,
    ) -> Result<(), Trouble> {
        let plan = attempt.plan;
        let (Some(service), Some(action)) = (plan.service.as_deref(), plan.action()) else {
            let seen = "these tasks belong to no service: start one to see";
            return self.show(attempt, at, OutcomeView::Unproved(seen), undo).await;
        };
        self.show(attempt, at, OutcomeView::Watching(""), undo).await?;
        let look = self.accounts.to_look(plan).await;
        let look = look.map_err(|error| Trouble::Again(error.to_string()))?;
        let wanted = Wanted::of(action);
        let mut last = String::new();
        loop {
            let seen = watch::look(&look, &plan.cluster, service, &wanted, at).await;
            if self.is_taken_back(undo).await? {
                // The message is now the one who takes it back's.
                return Ok(());
            }
            match seen {
                Ok(Seen::Running {
                    since,
                    running,
                    desired,
                }) => {
                    let seen = format!("{running} of {desired} tasks run");
                    let view = OutcomeView::Works { since, seen: &seen };
                    if running >= desired || has_passed(since.max(at), THE_REST) {
                        self.show(attempt, at, view, undo).await?;
                        return self.turn_green(attempt, since).await;
                    }
                    if seen != last {
                        self.show_in_passing(attempt, at, view, undo).await;
                        last = seen;
                    }
                }
                Ok(Seen::Failed(why)) => {
                    return self.show(attempt, at, OutcomeView::StillFails(&why), undo).await;
                }
                Ok(Seen::NoneWanted) => {
                    let seen = "the service wants no tasks (desired count 0)";
                    return self.show(attempt, at, OutcomeView::Unproved(seen), undo).await;
                }
                Ok(Seen::Nothing { starting }) => {
                    let seen = format!("{starting} starting");
                    if starting > 0 && seen != last {
                        self.show_in_passing(attempt, at, OutcomeView::Watching(&seen), undo)
                            .await;
                        last = seen;
                    }
                }
                Err(why) => tracing::warn!(%why, "watching a fix: one look failed"),
            }
            if has_passed(at, WATCHED) {
                let seen = nothing_seen(action);
                return self.show(attempt, at, OutcomeView::Unproved(&seen), undo).await;
            }
            sleep(if has_passed(at, AT_FIRST) {
                BETWEEN.1
            } else {
                BETWEEN.0
            })
            .await;
        }
    }

    async fn is_taken_back(&self, undo: Option<&str>) -> Result<bool, Trouble> {
        match undo.and_then(|undo| undo.parse().ok()) {
            Some(undo) => Ok(self.handles.claimed_by(&undo).await?.is_some()),
            None => Ok(false),
        }
    }

    /// The channel's message says that it works.
    async fn turn_green(&self, attempt: &Attempt<'_>, since: Timestamp) -> Result<(), Trouble> {
        let plan = attempt.plan;
        let Some(root) = &plan.root else { return Ok(()) };
        let green = root_fixed(
            &plan.target,
            since,
            Timestamp::now(),
            &plan.remedy.title,
            &attempt.press.user,
            &plan.was,
        );
        attempt.voice.update(&plan.channel, root, &green).await
    }

    /// Says what came of it, in the place of the plan.
    pub(super) async fn show(
        &self,
        attempt: &Attempt<'_>,
        at: Timestamp,
        outcome: OutcomeView<'_>,
        undo: Option<&str>,
    ) -> Result<(), Trouble> {
        let place = &attempt.press.message;
        let message = result(attempt, at, outcome, undo);
        attempt.voice.update(&place.channel, &place.ts, &message).await
    }

    /// The same where more is to come.
    async fn show_in_passing(
        &self,
        attempt: &Attempt<'_>,
        at: Timestamp,
        outcome: OutcomeView<'_>,
        undo: Option<&str>,
    ) {
        let place = &attempt.press.message;
        let message = result(attempt, at, outcome, undo);
        attempt
            .voice
            .update_in_passing(&place.channel, &place.ts, &message)
            .await;
    }
}

fn result(attempt: &Attempt<'_>, at: Timestamp, outcome: OutcomeView<'_>, undo: Option<&str>) -> Message {
    let plan = attempt.plan;
    let again = !matches!(outcome, OutcomeView::Watching(_) | OutcomeView::Works { .. });
    applied(&AppliedView {
        title: &plan.remedy.title,
        target: &plan.target,
        by: &attempt.press.user,
        at,
        now: Timestamp::now(),
        outcome,
        undo,
        again: again.then_some(plan.diagnosis.as_str()),
    })
}

/// ECS waits longer and longer before it tries a failing service again, up to 15 minutes:
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-throttle-logic.html>
fn nothing_seen(action: &Action) -> String {
    let minutes = WATCHED.as_secs() / 60;
    let seen = format!("no task has started and run within {minutes} minutes");
    match action {
        Action::GrantPull { .. } => {
            format!(
                "{seen}. After many failures ECS waits up to 15 minutes before it tries again; a new deployment tries at once"
            )
        }
        Action::RollBack { .. } | Action::ForceNewDeployment { .. } => seen,
    }
}

fn has_passed(at: Timestamp, span: Duration) -> bool {
    Timestamp::now() >= at.checked_add(span).unwrap_or(at)
}
