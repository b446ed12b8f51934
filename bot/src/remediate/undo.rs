//! A press on Undo.

use diagnosis::remedy::{Action, Call};
use jiff::Timestamp;
use serde_json::json;

use super::apply::{self, NotDone};
use super::plan::{Applied, Before};
use super::record::{Deed, Record};
use super::state::{self, Current, Standing};
use super::{AwsRemediator, session_policy};
use crate::conversation::{Trouble, Voice, Whisper};
use crate::jobs::{Claim, Handle};
use crate::slack::render::remedy::{Refusal, refusal, undone};
use crate::work::Press;

impl AwsRemediator {
    pub(super) async fn undo(&self, press: &Press, voice: &Voice) -> Result<(), Trouble> {
        let kept = match press.handle.parse::<Handle>() {
            Ok(handle) => self
                .handles
                .get::<Applied>(&handle)
                .await?
                .map(|done| (handle, done)),
            Err(_) => None,
        };
        let Some((handle, done)) = kept else {
            voice
                .whisper(&Whisper::to(press), &refusal(&Refusal::Expired))
                .await;
            return Ok(());
        };
        let plan = &done.plan;
        let Some(action) = plan.action() else {
            return Ok(());
        };
        let begun = voice.state().get("undo.intent").await?.is_some();
        if !begun && !self.may(press, voice, plan).await? {
            return Ok(());
        }
        let look = self
            .accounts
            .to_look(plan)
            .await
            .map_err(|error| Trouble::Never(error.to_string()))?;
        let current = state::read(&look, action)
            .await
            .map_err(|why| Trouble::Again(format!("the state cannot be read again: {why}")))?;
        let back = is_back(&done.before, &current);
        if !back {
            // Only what we wrote is taken back.
            if let Standing::Before | Standing::Otherwise(_) = state::standing(action, &current) {
                let what = "what was applied is no longer what is there";
                let changed = Refusal::Changed {
                    what,
                    again: Some(&plan.diagnosis),
                };
                return self.refuse(press, voice, plan, &changed, what).await;
            }
        } else if !begun {
            let what = "it is taken back already";
            let changed = Refusal::Changed {
                what,
                again: Some(&plan.diagnosis),
            };
            return self.refuse(press, voice, plan, &changed, what).await;
        }
        if self
            .handles
            .claim_once(&handle, &voice.lease().job().to_string())
            .await?
            != Claim::Won
        {
            return self
                .refuse(press, voice, plan, &Refusal::Taken, "somebody pressed before")
                .await;
        }
        if !back {
            let calls = calls(action, &done.before);
            let write = self
                .accounts
                .to_write(plan, &press.user, &session_policy::of(&calls))
                .await
                .map_err(|error| Trouble::Never(error.to_string()))?;
            let mut record = Record::of(Deed::UndoIntent, press, plan, "");
            record.calls = calls;
            self.audit.append(&record).await?;
            voice
                .state()
                .set(&[("undo.intent", &Timestamp::now().to_string())])
                .await?;
            if let Err(not_done) = apply::take_back(&write, plan, &done.before).await {
                let (deed, why) = match not_done {
                    NotDone::Refused(why) => (Deed::Failed, format!("AWS refused to take it back: {why}")),
                    NotDone::Unknown(why) => (Deed::Unknown, format!("AWS did not answer: {why}")),
                };
                self.audit.append(&Record::of(deed, press, plan, &why)).await?;
                let changed = Refusal::Changed {
                    what: &why,
                    again: Some(&plan.diagnosis),
                };
                voice.whisper(&Whisper::to(press), &refusal(&changed)).await;
                return Ok(());
            }
        }
        self.audit
            .append(&Record::of(Deed::Undone, press, plan, ""))
            .await?;
        let now = Timestamp::now();
        let seen = match &done.before {
            Before::RolePolicy { text: Some(_) } => "The role's policy is as it was before",
            Before::RolePolicy { text: None } => "The role's inline policy is removed again",
            Before::TaskDefinition { .. } => "The service is set to the revision it had before",
        };
        let message = undone(&plan.remedy.title, &plan.target, &press.user, now, now, seen);
        voice
            .update(&press.message.channel, &press.message.ts, &message)
            .await
    }
}

/// Whether what was there before is there again.
fn is_back(before: &Before, current: &Current) -> bool {
    match (before, current) {
        (Before::RolePolicy { text }, Current::RolePolicy(now)) => text == now,
        (Before::TaskDefinition { arn }, Current::Service { task_definition, .. }) => arn == task_definition,
        _ => false,
    }
}

/// The calls that take an action back.
fn calls(action: &Action, before: &Before) -> Vec<Call> {
    let call = |name: &str, resource: &str, parameters| Call {
        action: name.to_owned(),
        resource: resource.to_owned(),
        parameters,
    };
    match (action, before) {
        (
            Action::GrantPull {
                role_arn,
                policy_name,
                ..
            },
            Before::RolePolicy { text: Some(text) },
        ) => vec![call(
            "iam:PutRolePolicy",
            role_arn,
            json!({ "RoleName": state::name(role_arn), "PolicyName": policy_name, "PolicyDocument": text }),
        )],
        (
            Action::GrantPull {
                role_arn,
                policy_name,
                ..
            },
            Before::RolePolicy { text: None },
        ) => vec![call(
            "iam:DeleteRolePolicy",
            role_arn,
            json!({ "RoleName": state::name(role_arn), "PolicyName": policy_name }),
        )],
        (
            Action::RollBack {
                cluster_arn,
                service,
                service_arn,
                ..
            },
            Before::TaskDefinition { arn },
        ) => vec![call(
            "ecs:UpdateService",
            service_arn,
            json!({ "cluster": cluster_arn, "service": service, "taskDefinition": arn }),
        )],
        _ => Vec::new(),
    }
}
