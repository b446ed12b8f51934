//! The only room that writes to AWS.
//!
//! A press on a remedy makes a [`Plan`], shown in the thread. A press on Apply is checked (who, how old, is AWS still as
//! the diagnosis saw it), decided once, recorded, carried out under a role of its own with a session policy made from the
//! plan, recorded again, and watched until a task pulls and runs. What was done can be taken back the same way.
//!
//! Invariant: nothing is written before its intent is in the audit log, and nothing is written twice for one press. A
//! worker that dies in between leaves the intent; its successor looks at AWS before it acts again (`once`).

mod account;
mod apply;
mod approve;
mod change;
mod follow;
mod once;
mod plan;
mod press;
mod record;
mod seen;
mod session_policy;
mod state;
mod watch;
mod who;

use std::sync::Arc;

use aws_config::SdkConfig;
use diagnosis::Remedy;
use diagnosis::remedy::Mode;
use jiff::Timestamp;

pub use account::Admission;
pub use plan::{Applied, Plan};
pub use record::{Deed, Record};

use crate::conversation::{Kept, Remediator, ShowOnly, Trouble, Voice, Whisper};
use crate::jobs::{Audit, Handles};
use crate::settings::{Account, Settings};
use crate::slack::render::buttons::{Verb, value};
use crate::slack::render::remedy::{self, ApplyView, NoButton, PlanView};
use crate::slack::texts;
use crate::work::Press;
use account::Accounts;
use approve::Approvers;

/// Whether the bot can assume the role that fixes are made with, and whether the role asks for the external id of the
/// settings; nothing is done with it.
///
/// # Errors
/// What AWS said, for a person.
pub async fn can_enter(role: &str, account: Option<&Account>) -> Result<Admission, String> {
    account::can_enter(role, account).await
}

/// Plans, applies and takes back remedies in AWS.
#[derive(Debug)]
pub struct AwsRemediator {
    settings: Arc<Settings>,
    handles: Handles,
    audit: Audit,
    accounts: Accounts,
    approvers: Approvers,
}

impl AwsRemediator {
    /// Keeps plans in `handles` and records what is done in `audit`.
    pub fn new(settings: Arc<Settings>, handles: Handles, audit: Audit) -> Self {
        Self {
            accounts: Accounts::new(Arc::clone(&settings), None),
            settings,
            handles,
            audit,
            approvers: Approvers::default(),
        }
    }

    /// The same with other credentials and addresses of AWS than those that the process's environment names.
    #[must_use]
    pub fn with_aws(mut self, aws: SdkConfig) -> Self {
        self.accounts = Accounts::new(Arc::clone(&self.settings), Some(aws));
        self
    }
}

impl Remediator for AwsRemediator {
    async fn plan(&self, press: &Press, kept: &Kept, remedy: &Remedy, voice: &Voice) -> Result<(), Trouble> {
        let account = kept
            .account
            .as_deref()
            .and_then(|alias| self.settings.accounts.by_alias(alias));
        let approvers: Vec<String> = self.settings.approvers_of(account).into_iter().collect();
        let by_hand = match (&remedy.action, self.settings.remediation_role_of(account)) {
            _ if remedy.mode == Mode::Manual => Some(NoButton::Manual),
            (None, _) => Some(NoButton::Manual),
            (_, None) => return ShowOnly.plan(press, kept, remedy, voice).await,
            _ if approvers.is_empty() => Some(NoButton::NoApprovers),
            _ => None,
        };
        let now = Timestamp::now();
        let plan = Plan::new(press, kept, remedy, now, self.settings.limits.plan);
        // The handle outlives the plan, so that a late press is told that the plan has expired.
        let handle = if let Some(handle) = voice.state().get("plan.handle").await? {
            handle
        } else {
            let handle = self.handles.put(&plan, plan::KEPT_FOR).await?.to_string();
            voice.state().set(&[("plan.handle", &handle)]).await?;
            handle
        };
        let view = PlanView {
            remedy,
            target: &plan.target,
            account: &plan.account_name,
            now,
            copy: &value(&press.handle, Some(&remedy.id)),
            apply: match by_hand {
                Some(why) => ApplyView::Commands(why),
                None => ApplyView::Button {
                    handle: &handle,
                    expires: plan.expires,
                    approvers,
                },
            },
        };
        voice
            .ensure("plan", &kept.channel, Some(&kept.thread_ts), &remedy::plan(&view))
            .await
            .map(|_| ())
    }

    async fn act(&self, press: &Press, voice: &Voice) -> Result<(), Trouble> {
        match press.verb {
            // Boxed: futures of SDK calls are large.
            Verb::Apply => Box::pin(self.apply(press, voice)).await,
            Verb::Undo => Box::pin(self.undo(press, voice)).await,
            Verb::Cancel => self.cancel(press, voice).await,
            _ => {
                voice.whisper(&Whisper::to(press), &texts::no_such_button()).await;
                Ok(())
            }
        }
    }
}
