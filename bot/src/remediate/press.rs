//! Presses on Apply, Cancel and Undo.

use diagnosis::remedy::Action;
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::AwsRemediator;
use super::approve::{Verdict, is_stranger};
use super::change::Change;
use super::once::{Attempt, Came};
use super::plan::{Applied, Before, Plan};
use super::record::{Deed, Record};
use crate::conversation::{Kept, Trouble, Voice, Whisper};
use crate::jobs::{Claim, Handle};
use crate::slack::api::SlackError;
use crate::slack::render::remedy::{OutcomeView, Refusal, dropped, refusal, undone};
use crate::slack::render::{Asker, root};
use crate::work::{Origin, Press};

/// Why nothing comes of a press from outside.
const STRANGER: &str = "somebody from another organisation";

impl AwsRemediator {
    pub(super) async fn apply(&self, press: &Press, voice: &Voice) -> Result<(), Trouble> {
        let Some((handle, plan)) = self.kept::<Plan>(press, voice).await? else {
            return Ok(());
        };
        let Some(action) = plan.action() else {
            let why = "the plan is for a person to carry out";
            return self.refuse(press, voice, &plan, &Refusal::Expired, why).await;
        };
        let attempt = Attempt {
            press,
            voice,
            handle: &handle,
            plan: &plan,
            change: Change::Apply(action),
        };
        let Some(came) = self.once(&attempt).await? else {
            return Ok(());
        };
        let undo = attempt.way_back().await?;
        match &came {
            Came::Done { at } => self.follow(&attempt, *at, undo.as_deref()).await,
            Came::Refused { at, why } => self.show(&attempt, *at, OutcomeView::Refused(why), None).await,
            // Taking it back looks first whether it is there.
            Came::Unknown { at, why } => {
                let view = OutcomeView::Unknown(why);
                self.show(&attempt, *at, view, undo.as_deref()).await
            }
        }
    }

    pub(super) async fn undo(&self, press: &Press, voice: &Voice) -> Result<(), Trouble> {
        let Some((handle, done)) = self.kept::<Applied>(press, voice).await? else {
            return Ok(());
        };
        let plan = &done.plan;
        let Some(action) = plan.action() else {
            return Ok(());
        };
        let attempt = Attempt {
            press,
            voice,
            handle: &handle,
            plan,
            change: Change::TakeBack(action, &done.before),
        };
        let Some(came) = self.once(&attempt).await? else {
            return Ok(());
        };
        let (at, why) = match came {
            Came::Done { at } => {
                let seen = is_as_before(action, &done.before);
                let now = Timestamp::now();
                let message = undone(&plan.remedy.title, &plan.target, &press.user, at, now, &seen);
                voice
                    .update(&press.message.channel, &press.message.ts, &message)
                    .await?;
                return self.turn_back(voice, plan).await;
            }
            Came::Refused { at, why } => (at, format!("AWS refused: {why}. What was applied is still there")),
            Came::Unknown { at, why } => (at, format!("AWS did not answer: {why}")),
        };
        // This button is used up: the next press is on another one.
        let again = attempt.keep_way_back(self, &done).await?;
        self.show(&attempt, at, OutcomeView::StillThere(&why), Some(&again))
            .await
    }

    /// The channel's message says again what the diagnosis found: a fix that was taken back fixes nothing.
    async fn turn_back(&self, voice: &Voice, plan: &Plan) -> Result<(), Trouble> {
        let (Some(ts), Some(kept)) = (&plan.root, Kept::find(&self.handles, &plan.diagnosis).await?) else {
            return Ok(());
        };
        let asker = match &kept.origin {
            Origin::Command { user, .. } => Asker::Person(user.clone()),
            Origin::Alarm { .. } => Asker::Alarm,
        };
        voice.update(&plan.channel, ts, &root(&kept.report, &asker)).await
    }

    pub(super) async fn cancel(&self, press: &Press, voice: &Voice) -> Result<(), Trouble> {
        let Some((handle, plan)) = self.kept::<Plan>(press, voice).await? else {
            return Ok(());
        };
        // Whoever may see a plan in this workspace may drop it: another one is made with one press.
        if is_stranger(press) {
            return self
                .refuse(press, voice, &plan, &Refusal::Stranger, STRANGER)
                .await;
        }
        let claim = self
            .handles
            .claim_once(&handle, &voice.lease().job().to_string())
            .await?;
        if claim != Claim::Won {
            return self
                .refuse(press, voice, &plan, &Refusal::Taken, "somebody pressed before")
                .await;
        }
        self.audit
            .append(&Record::of(Deed::Cancelled, press, &plan, ""))
            .await?;
        let message = dropped(&plan.remedy.title, Some(&press.user));
        voice
            .update(&press.message.channel, &press.message.ts, &message)
            .await
    }

    /// What is kept behind a press; the person is told where it is gone.
    async fn kept<T: DeserializeOwned>(
        &self,
        press: &Press,
        voice: &Voice,
    ) -> Result<Option<(Handle, T)>, Trouble> {
        let kept = match press.handle.parse::<Handle>() {
            Ok(handle) => self.handles.get::<T>(&handle).await?.map(|kept| (handle, kept)),
            Err(_) => None,
        };
        if kept.is_none() {
            self.audit.append(&Record::of_nothing(press)).await?;
            voice
                .whisper(&Whisper::to(press), &refusal(&Refusal::Expired))
                .await;
        }
        Ok(kept)
    }

    /// Whether the person may; they are told where they may not, and it is recorded.
    pub(super) async fn may(&self, press: &Press, voice: &Voice, plan: &Plan) -> Result<bool, Trouble> {
        let approvers = self.settings.approvers_of(self.accounts.of(plan));
        let verdict = match self.approvers.judge(voice.slack(), press, &approvers).await {
            Ok(verdict) => verdict,
            // Asking again gives the same answer: a group that is gone, a scope that lacks.
            Err(error @ SlackError::Refused { .. }) => {
                let why = format!("who is in a group of approvers cannot be read: {error}");
                self.refuse(
                    press,
                    voice,
                    plan,
                    &Refusal::GroupUnread(&error.to_string()),
                    &why,
                )
                .await?;
                return Ok(false);
            }
            Err(error) => return Err(error.into()),
        };
        let names: Vec<String> = approvers.into_iter().collect();
        let (no, why) = match verdict {
            Verdict::May => return Ok(true),
            Verdict::Stranger => (Refusal::Stranger, STRANGER),
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
}

/// What is there once it is taken back.
fn is_as_before(action: &Action, before: &Before) -> String {
    match (action, before) {
        (Action::GrantPull { policy_name, .. }, Before::RolePolicy { text: Some(_) }) => {
            format!("Inline policy {policy_name} says again what it said before, byte for byte")
        }
        (Action::GrantPull { policy_name, .. }, Before::RolePolicy { text: None }) => {
            format!("Inline policy {policy_name} is removed again")
        }
        (_, Before::TaskDefinition { arn }) => {
            let revision = super::state::name(arn);
            format!("The service is set to {revision} again, as it was before")
        }
        (_, Before::RolePolicy { .. }) => "What was there before is there again".to_owned(),
    }
}
