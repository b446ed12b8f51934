//! A press on Apply, on Cancel, and what follows it.

use std::time::Duration;

use diagnosis::remedy::Action;
use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use super::apply::{self, NotDone};
use super::approve::Verdict;
use super::plan::{Applied, KEPT_FOR, Plan};
use super::record::{Deed, Record};
use super::state::{self, Standing};
use super::watch::{self, Seen};
use super::{AwsRemediator, session_policy};
use crate::conversation::{Trouble, Voice, Whisper};
use crate::jobs::{Claim, Handle};
use crate::slack::render::remedy::{
    AppliedView, OutcomeView, Refusal, applied, dropped, refusal, root_fixed,
};
use crate::work::Press;

/// How long tasks are watched: less than a job may take.
const WATCHED: Duration = Duration::from_mins(4);
/// Between two looks.
const BETWEEN: Duration = Duration::from_secs(2);
/// How long after the first task runs the others are waited for.
const THE_REST: Duration = Duration::from_secs(45);

impl AwsRemediator {
    pub(super) async fn apply(&self, press: &Press, voice: &Voice) -> Result<(), Trouble> {
        let Some((handle, plan)) = self.kept_plan(press, voice).await? else {
            return Ok(());
        };
        let Some(action) = plan.action() else {
            return self
                .refuse(
                    press,
                    voice,
                    &plan,
                    &Refusal::Expired,
                    "the plan is for a person to carry out",
                )
                .await;
        };
        // A successor of a worker that died goes on; the checks were its predecessor's.
        let begun = voice.state().get("applied.intent").await?.is_some();
        if !begun {
            if plan.expires < Timestamp::now() {
                return self
                    .refuse(press, voice, &plan, &Refusal::Expired, "the plan has expired")
                    .await;
            }
            if !self.may(press, voice, &plan).await? {
                return Ok(());
            }
        }
        let look = self
            .accounts
            .to_look(&plan)
            .await
            .map_err(|error| Trouble::Never(error.to_string()))?;
        let current = match state::read(&look, action).await {
            Ok(current) => current,
            Err(why) => return Err(Trouble::Again(format!("the state cannot be read again: {why}"))),
        };
        let standing = state::standing(action, &current);
        match (&standing, begun) {
            (Standing::Before, _) | (Standing::After, true) => {}
            (Standing::After, false) => {
                let what = "what the plan would do is done already";
                let changed = Refusal::Changed {
                    what,
                    again: Some(&plan.diagnosis),
                };
                return self.refuse(press, voice, &plan, &changed, what).await;
            }
            (Standing::Otherwise(what), _) => {
                let changed = Refusal::Changed {
                    what,
                    again: Some(&plan.diagnosis),
                };
                return self.refuse(press, voice, &plan, &changed, what).await;
            }
        }
        if let Claim::Taken(_) | Claim::Unknown = self
            .handles
            .claim_once(&handle, &voice.lease().job().to_string())
            .await?
        {
            return self
                .refuse(press, voice, &plan, &Refusal::Taken, "somebody pressed before")
                .await;
        }
        let undo = match (voice.state().get("applied.undo").await?, begun) {
            (Some(undo), _) => Some(undo),
            (None, true) => None,
            (None, false) => match state::before(action, &current) {
                Some(before) => {
                    let done = Applied {
                        plan: plan.clone(),
                        before,
                    };
                    let undo = self.handles.put(&done, KEPT_FOR).await?.to_string();
                    voice.state().set(&[("applied.undo", &undo)]).await?;
                    Some(undo)
                }
                None => None,
            },
        };
        let at = self.carry_out(press, voice, &plan, action, &standing).await?;
        match at {
            Ok(at) => self.watch(press, voice, &plan, at, undo.as_deref()).await,
            Err(not_done) => {
                let view = match &not_done {
                    NotDone::Refused(why) => OutcomeView::Refused(why),
                    NotDone::Unknown(why) => OutcomeView::Unknown(why),
                };
                self.show(press, voice, &plan, Timestamp::now(), view, None).await
            }
        }
    }

    pub(super) async fn cancel(&self, press: &Press, voice: &Voice) -> Result<(), Trouble> {
        let Some((handle, plan)) = self.kept_plan(press, voice).await? else {
            return Ok(());
        };
        let claim = self
            .handles
            .claim_once(&handle, &voice.lease().job().to_string())
            .await?;
        if claim != Claim::Won {
            voice
                .whisper(&Whisper::to(press), &refusal(&Refusal::Taken))
                .await;
            return Ok(());
        }
        self.audit
            .append(&Record::of(Deed::Cancelled, press, &plan, ""))
            .await?;
        let message = dropped(&plan.remedy.title, Some(&press.user));
        voice
            .update(&press.message.channel, &press.message.ts, &message)
            .await
    }

    /// The plan behind a press; the person is told where it is gone.
    async fn kept_plan(&self, press: &Press, voice: &Voice) -> Result<Option<(Handle, Plan)>, Trouble> {
        let kept = match press.handle.parse::<Handle>() {
            Ok(handle) => self
                .handles
                .get::<Plan>(&handle)
                .await?
                .map(|plan| (handle, plan)),
            Err(_) => None,
        };
        if kept.is_none() {
            voice
                .whisper(&Whisper::to(press), &refusal(&Refusal::Expired))
                .await;
        }
        Ok(kept)
    }

    /// Whether the person may; they are told where they may not, and it is recorded.
    pub(super) async fn may(&self, press: &Press, voice: &Voice, plan: &Plan) -> Result<bool, Trouble> {
        let approvers = self.settings.approvers_of(self.accounts.of(plan));
        let verdict = self.approvers.judge(voice.slack(), press, &approvers).await?;
        let names: Vec<String> = approvers.into_iter().collect();
        let (no, why) = match verdict {
            Verdict::May => return Ok(true),
            Verdict::Stranger => (Refusal::Stranger, "somebody from another organisation"),
            Verdict::NoApprover => (
                Refusal::NotApprover {
                    account: &plan.account_name,
                    approvers: &names,
                },
                "no approver",
            ),
        };
        self.refuse(press, voice, plan, &no, why).await?;
        Ok(false)
    }

    pub(super) async fn refuse(
        &self,
        press: &Press,
        voice: &Voice,
        plan: &Plan,
        no: &Refusal<'_>,
        why: &str,
    ) -> Result<(), Trouble> {
        self.audit
            .append(&Record::of(Deed::Refused, press, plan, why))
            .await?;
        voice.whisper(&Whisper::to(press), &refusal(no)).await;
        Ok(())
    }

    /// Makes the calls once: intent, calls, outcome. Returns when they were made.
    async fn carry_out(
        &self,
        press: &Press,
        voice: &Voice,
        plan: &Plan,
        action: &Action,
        standing: &Standing,
    ) -> Result<Result<Timestamp, NotDone>, Trouble> {
        let known = voice
            .state()
            .get("applied.intent")
            .await?
            .and_then(|at| at.parse::<Timestamp>().ok());
        if let (Some(at), Standing::After) = (known, standing) {
            // A predecessor made the calls and died before it could say so.
            self.audit
                .append(&Record::of(Deed::Applied, press, plan, "found applied"))
                .await?;
            return Ok(Ok(at));
        }
        let policy = session_policy::of(&plan.remedy.calls);
        let write = match self.accounts.to_write(plan, &press.user, &policy).await {
            Ok(write) => write,
            Err(error) => {
                self.audit
                    .append(&Record::of(Deed::Failed, press, plan, error.to_string()))
                    .await?;
                return Ok(Err(NotDone::Refused(error.to_string())));
            }
        };
        let now = Timestamp::now();
        self.audit
            .append(&Record::of(Deed::Intent, press, plan, ""))
            .await?;
        voice.state().set(&[("applied.intent", &now.to_string())]).await?;
        let done = apply::apply(&write, action).await;
        let (deed, detail) = match &done {
            Ok(()) => (Deed::Applied, String::new()),
            Err(NotDone::Refused(why)) => (Deed::Failed, why.clone()),
            Err(NotDone::Unknown(why)) => (Deed::Unknown, why.clone()),
        };
        self.audit.append(&Record::of(deed, press, plan, detail)).await?;
        Ok(done.map(|()| now))
    }

    /// Watches until a task pulls and runs, or fails again, and says so in the place of the plan.
    async fn watch(
        &self,
        press: &Press,
        voice: &Voice,
        plan: &Plan,
        at: Timestamp,
        undo: Option<&str>,
    ) -> Result<(), Trouble> {
        let Some(service) = plan.service.as_deref() else {
            let seen = "these tasks belong to no service: start one to see";
            return self
                .show(press, voice, plan, at, OutcomeView::Unproved(seen), undo)
                .await;
        };
        self.show(press, voice, plan, at, OutcomeView::Watching(""), undo)
            .await?;
        let look = self
            .accounts
            .to_look(plan)
            .await
            .map_err(|error| Trouble::Never(error.to_string()))?;
        let patience = match plan.action() {
            Some(Action::GrantPull { .. }) => watch::PROPAGATION,
            _ => Duration::ZERO,
        };
        let until = Instant::now() + WATCHED;
        let mut all_by: Option<Instant> = None;
        let mut last = String::new();
        loop {
            match watch::look(&look, &plan.cluster, service, at, patience).await {
                Ok(Seen::Running {
                    since,
                    running,
                    desired,
                }) => {
                    let seen = format!("{running} of {desired} tasks run");
                    let all_by = *all_by.get_or_insert_with(|| Instant::now() + THE_REST);
                    let done = running >= desired || Instant::now() >= all_by;
                    if done || seen != last {
                        let works = OutcomeView::Works { since, seen: &seen };
                        self.show(press, voice, plan, at, works, undo).await?;
                        last = seen;
                    }
                    if done {
                        return self.turn_green(press, voice, plan, since).await;
                    }
                }
                Ok(Seen::Failed(why)) => {
                    let fails = OutcomeView::StillFails(&why);
                    return self.show(press, voice, plan, at, fails, undo).await;
                }
                Ok(Seen::Nothing { starting }) if starting > 0 && last.is_empty() => {
                    last = format!("{starting} starting");
                    self.show(press, voice, plan, at, OutcomeView::Watching(&last), undo)
                        .await?;
                }
                Ok(Seen::Nothing { .. }) => {}
                Err(why) => tracing::warn!(%why, "watching a fix: one look failed"),
            }
            if Instant::now() >= until {
                let seen = format!(
                    "no task has started and run within {} minutes",
                    WATCHED.as_secs() / 60
                );
                return self
                    .show(press, voice, plan, at, OutcomeView::Unproved(&seen), undo)
                    .await;
            }
            sleep(BETWEEN).await;
        }
    }

    async fn turn_green(
        &self,
        press: &Press,
        voice: &Voice,
        plan: &Plan,
        since: Timestamp,
    ) -> Result<(), Trouble> {
        let Some(root) = &plan.root else { return Ok(()) };
        let title = &plan.remedy.title;
        let green = root_fixed(
            &plan.target,
            since,
            Timestamp::now(),
            title,
            &press.user,
            &plan.was,
        );
        voice.update(&plan.channel, root, &green).await
    }

    async fn show(
        &self,
        press: &Press,
        voice: &Voice,
        plan: &Plan,
        at: Timestamp,
        outcome: OutcomeView<'_>,
        undo: Option<&str>,
    ) -> Result<(), Trouble> {
        let again = !matches!(outcome, OutcomeView::Watching(_) | OutcomeView::Works { .. });
        let view = AppliedView {
            title: &plan.remedy.title,
            target: &plan.target,
            by: &press.user,
            at,
            now: Timestamp::now(),
            outcome,
            undo,
            again: again.then_some(plan.diagnosis.as_str()),
        };
        voice
            .update(&press.message.channel, &press.message.ts, &applied(&view))
            .await
    }
}
