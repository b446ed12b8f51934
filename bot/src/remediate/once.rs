//! A change is made once for one press, whatever happens to the worker.
//!
//! How far a job is stands in its state, which only the holder of its lease can write: the intent before the call, the
//! outcome after it. Whoever finds an outcome goes on from there. Whoever finds an intent alone looks at AWS, and makes
//! the call only where what its predecessor sent can no longer arrive and has not.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use super::account::{CALL, Presser};
use super::apply::{self, Answer, NotDone};
use super::change::{Change, Standing};
use super::plan::{Applied, KEPT_FOR, Plan};
use super::record::{Deed, Record};
use super::state::{self, Current, Unread};
use super::{AwsRemediator, session_policy, who};
use crate::conversation::{Trouble, Voice};
use crate::jobs::{Claim, Handle, JobsError};
use crate::slack::render::remedy::Refusal;
use crate::work::Press;

/// After this long a call has arrived or never will: its own bound, and some time for AWS to show it.
const SETTLED: Duration = CALL.saturating_add(Duration::from_secs(2));

/// One press that is to change AWS.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempt<'a> {
    pub(super) press: &'a Press,
    pub(super) voice: &'a Voice,
    /// What was pressed.
    pub(super) handle: &'a Handle,
    pub(super) plan: &'a Plan,
    pub(super) change: Change<'a>,
}

/// What came of the calls of a press.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "came")]
pub(super) enum Came {
    /// They were made.
    Done {
        /// When they were about to be.
        at: Timestamp,
    },
    /// AWS refused them: nothing was changed.
    Refused {
        /// When.
        at: Timestamp,
        /// Why.
        why: String,
    },
    /// It cannot be told.
    Unknown {
        /// When.
        at: Timestamp,
        /// Why.
        why: String,
    },
}

impl Attempt<'_> {
    fn field(&self, what: &str) -> String {
        format!("{}.{what}", self.change.step())
    }

    async fn noted(&self, what: &str) -> Result<Option<String>, JobsError> {
        self.voice.state().get(&self.field(what)).await
    }

    async fn note(&self, what: &str, value: &str) -> Result<(), JobsError> {
        self.voice.state().set(&[(&self.field(what), value)]).await
    }

    /// What came of it, where it is known.
    async fn came(&self) -> Result<Option<Came>, JobsError> {
        let noted = self.noted("outcome").await?;
        Ok(noted.and_then(|came| serde_json::from_str(&came).ok()))
    }

    /// Handle of what was there before, kept before the change.
    pub(super) async fn way_back(&self) -> Result<Option<String>, JobsError> {
        self.noted("undo").await
    }

    /// Keeps `before` behind a new handle, once.
    pub(super) async fn keep_way_back(
        &self,
        remediator: &AwsRemediator,
        done: &Applied,
    ) -> Result<String, JobsError> {
        if let Some(kept) = self.way_back().await? {
            return Ok(kept);
        }
        let handle = remediator.handles.put(done, KEPT_FOR).await?.to_string();
        self.note("undo", &handle).await?;
        Ok(handle)
    }

    fn record(&self, deed: Deed, detail: &str) -> Record {
        let mut record = Record::of(deed, self.press, self.plan, detail);
        record.calls = self.change.calls(self.plan);
        record
    }
}

impl AwsRemediator {
    /// Makes the change of a press, or finds out that it was made. `None`: the press changes nothing, which is said
    /// and recorded.
    pub(super) async fn once(&self, attempt: &Attempt<'_>) -> Result<Option<Came>, Trouble> {
        if let Some(came) = attempt.came().await? {
            return Ok(Some(came));
        }
        let intent = attempt.noted("intent").await?;
        match intent.and_then(|at| at.parse::<Timestamp>().ok()) {
            Some(at) => self.resume(attempt, at).await.map(Some),
            None => self.begin(attempt).await,
        }
    }

    async fn begin(&self, attempt: &Attempt<'_>) -> Result<Option<Came>, Trouble> {
        let &Attempt {
            press,
            voice,
            plan,
            change,
            ..
        } = attempt;
        if matches!(change, Change::Apply(_)) && plan.has_expired(Timestamp::now()) {
            return self.no(attempt, &Refusal::Expired, "the plan has expired").await;
        }
        if !self.may(press, voice, plan).await? {
            return Ok(None);
        }
        let current = match self.read(attempt).await {
            Ok(current) => current,
            Err(Unread::Passing(why)) => {
                return Err(Trouble::Again(format!("the state cannot be read again: {why}")));
            }
            Err(Unread::Denied(why)) => return self.no(attempt, &Refusal::Unread(&why), &why).await,
            Err(Unread::Gone(what)) => return self.changed(attempt, what).await,
        };
        match change.standing(&current) {
            Standing::ToDo => {}
            Standing::Otherwise(what) => return self.changed(attempt, what).await,
            Standing::Done => {
                // Of two people at once the second one finds it made.
                let claimed = self.handles.claimed_by(attempt.handle).await?;
                let job = voice.lease().job().to_string();
                return match claimed {
                    Some(by) if by != job => self.taken(attempt).await,
                    _ => self.changed(attempt, change.made_already().to_owned()).await,
                };
            }
        }
        let job = voice.lease().job().to_string();
        match self.handles.claim_once(attempt.handle, &job).await? {
            Claim::Won => {}
            Claim::Taken(_) => return self.taken(attempt).await,
            Claim::Unknown => {
                return self.no(attempt, &Refusal::Expired, "it is no longer kept").await;
            }
        }
        if let Change::Apply(action) = change
            && let Some(before) = state::before(action, &current)
        {
            let plan = plan.clone();
            attempt.keep_way_back(self, &Applied { plan, before }).await?;
        }
        self.carry_out(attempt).await.map(Some)
    }

    /// Goes on where a worker died between intent and outcome.
    async fn resume(&self, attempt: &Attempt<'_>, at: Timestamp) -> Result<Came, Trouble> {
        let mut seen = self.standing(attempt).await;
        if let Ok(Standing::ToDo) = seen {
            wait_until(at, SETTLED).await;
            seen = self.standing(attempt).await;
        }
        let found = |what: &str| format!("a worker died while it was being done; {what}");
        let why = match seen {
            Ok(Standing::ToDo) => return self.carry_out(attempt).await,
            Ok(Standing::Done) => {
                let came = Came::Done { at };
                return self.end(attempt, came, None, &found("found done")).await;
            }
            Err(Unread::Passing(why)) => {
                return Err(Trouble::Again(format!("the state cannot be read again: {why}")));
            }
            Ok(Standing::Otherwise(what)) | Err(Unread::Gone(what)) => {
                found(&format!("now {what}, by somebody else"))
            }
            Err(Unread::Denied(why)) => found(&format!("AWS cannot be looked at: {why}")),
        };
        let detail = why.clone();
        self.end(attempt, Came::Unknown { at, why }, None, &detail).await
    }

    /// Intent, calls, outcome.
    async fn carry_out(&self, attempt: &Attempt<'_>) -> Result<Came, Trouble> {
        let &Attempt {
            press,
            voice,
            plan,
            change,
            ..
        } = attempt;
        let policy = session_policy::of(&change.calls(plan));
        let presser = Presser {
            user: &press.user,
            job: voice.lease().job(),
        };
        let write = match self.accounts.to_write(plan, presser, &policy).await {
            Ok(write) => write,
            Err(error) => {
                let (at, why) = (Timestamp::now(), error.to_string());
                let detail = why.clone();
                return self.end(attempt, Came::Refused { at, why }, None, &detail).await;
            }
        };
        let intent = match change {
            Change::Apply(_) => Deed::Intent,
            Change::TakeBack(..) => Deed::UndoIntent,
        };
        self.audit.append(&attempt.record(intent, "")).await?;
        let at = Timestamp::now();
        // The last thing before the call: it fails where somebody else holds the lease by now.
        attempt.note("intent", &at.to_string()).await?;
        let Answer { result, request_id } = apply::make(&write, change).await;
        let (came, detail) = match result {
            Ok(()) => (Came::Done { at }, String::new()),
            Err(NotDone::Refused(why)) => (Came::Refused { at, why: why.clone() }, why),
            Err(NotDone::Unknown(why)) => self.look_after(attempt, at, why).await,
        };
        self.end(attempt, came, request_id, &detail).await
    }

    /// No answer came: AWS shows whether the call did.
    async fn look_after(&self, attempt: &Attempt<'_>, at: Timestamp, why: String) -> (Came, String) {
        let mut seen = self.standing(attempt).await;
        if let Ok(Standing::ToDo) = seen {
            wait_until(at, SETTLED).await;
            seen = self.standing(attempt).await;
        }
        let why = match seen {
            Ok(Standing::Done) => {
                return (
                    Came::Done { at },
                    format!("AWS did not answer, found done: {why}"),
                );
            }
            Ok(Standing::ToDo) => format!("{why}; {} s later it was not done", SETTLED.as_secs()),
            Ok(Standing::Otherwise(what)) => format!("{why}; now {what}, by somebody else"),
            Err(unread) => format!("{why}; nor could the state be read again: {unread}"),
        };
        (Came::Unknown { at, why: why.clone() }, why)
    }

    /// Records what came of it, and notes it for whoever goes on.
    async fn end(
        &self,
        attempt: &Attempt<'_>,
        came: Came,
        request_id: Option<String>,
        detail: &str,
    ) -> Result<Came, Trouble> {
        let deed = match (&came, attempt.change) {
            (Came::Done { .. }, Change::Apply(_)) => Deed::Applied,
            (Came::Refused { .. }, Change::Apply(_)) => Deed::Failed,
            (Came::Unknown { .. }, Change::Apply(_)) => Deed::Unknown,
            (Came::Done { .. }, Change::TakeBack(..)) => Deed::Undone,
            (Came::Refused { .. }, Change::TakeBack(..)) => Deed::UndoFailed,
            (Came::Unknown { .. }, Change::TakeBack(..)) => Deed::UndoUnknown,
        };
        let mut record = attempt.record(deed, detail);
        record.request_id = request_id;
        self.audit.append(&record).await?;
        let noted = serde_json::to_string(&came).map_err(|error| Trouble::Never(error.to_string()))?;
        attempt.note("outcome", &noted).await?;
        Ok(came)
    }

    async fn read(&self, attempt: &Attempt<'_>) -> Result<Current, Unread> {
        let look = self.accounts.to_look(attempt.plan).await;
        let look = look.map_err(|error| {
            if error.is_denied() {
                Unread::Denied(error.to_string())
            } else {
                Unread::Passing(error.to_string())
            }
        })?;
        state::read(&look, attempt.change.action()).await
    }

    async fn standing(&self, attempt: &Attempt<'_>) -> Result<Standing, Unread> {
        let current = self.read(attempt).await?;
        Ok(attempt.change.standing(&current))
    }

    async fn no(&self, attempt: &Attempt<'_>, no: &Refusal<'_>, why: &str) -> Result<Option<Came>, Trouble> {
        self.refuse(attempt.press, attempt.voice, attempt.plan, no, why)
            .await?;
        Ok(None)
    }

    async fn taken(&self, attempt: &Attempt<'_>) -> Result<Option<Came>, Trouble> {
        self.no(attempt, &Refusal::Taken, "somebody pressed before").await
    }

    async fn changed(&self, attempt: &Attempt<'_>, what: String) -> Result<Option<Came>, Trouble> {
        let plan = attempt.plan;
        let by = match self.accounts.to_look(plan).await {
            Ok(look) => who::changed(&look, attempt.change.action(), plan.made).await,
            Err(_) => None,
        };
        let what = match by {
            Some(by) => format!("{what} ({by})"),
            None => what,
        };
        let changed = Refusal::Changed {
            what: &what,
            again: Some(&plan.diagnosis),
        };
        self.no(attempt, &changed, &what).await
    }
}

/// Waits until `span` has passed since `at`.
async fn wait_until(at: Timestamp, span: Duration) {
    let gone = Timestamp::now().duration_since(at);
    // A clock that was set back makes the wait no longer than the span.
    let gone = Duration::try_from(gone).unwrap_or_default();
    sleep(span.saturating_sub(gone)).await;
}
