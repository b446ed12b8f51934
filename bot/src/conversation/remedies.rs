//! The seam to the room that writes to AWS.

use diagnosis::Remedy;
use diagnosis::remedy::Mode;
use jiff::Timestamp;

use super::{Kept, Trouble, Voice, Whisper};
use crate::slack::render::buttons::value;
use crate::slack::render::remedy::{ApplyView, NoButton, PlanView, plan};
use crate::slack::texts;
use crate::work::Press;

/// Plans, applies and takes back remedies, and says so through the job's [`Voice`].
///
/// A job may run again after any step: plans and results are messages of the job (`voice.ensure`), and whoever may act
/// on a plan is decided once (`Handles::claim_once`).
pub trait Remediator: Send + Sync + 'static {
    /// `remedy` of an answer was chosen: show what would be done, in the thread.
    fn plan(
        &self,
        press: &Press,
        kept: &Kept,
        remedy: &Remedy,
        voice: &Voice,
    ) -> impl Future<Output = Result<(), Trouble>> + Send;

    /// Apply, Cancel or Undo was pressed. `press.handle` is the remediator's own.
    fn act(&self, press: &Press, voice: &Voice) -> impl Future<Output = Result<(), Trouble>> + Send;
}

/// Shows what would be done, as commands, and does nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct ShowOnly;

impl Remediator for ShowOnly {
    async fn plan(&self, press: &Press, kept: &Kept, remedy: &Remedy, voice: &Voice) -> Result<(), Trouble> {
        let why = if remedy.mode == Mode::Manual {
            NoButton::Manual
        } else {
            NoButton::NoRole
        };
        let view = PlanView {
            remedy,
            target: &kept.target_name(),
            account: kept.account_name(),
            now: Timestamp::now(),
            copy: &value(&press.handle, Some(&remedy.id)),
            apply: ApplyView::Commands(why),
        };
        voice
            .ensure("plan", &kept.channel, Some(&kept.thread_ts), &plan(&view))
            .await
            .map(|_| ())
    }

    async fn act(&self, press: &Press, voice: &Voice) -> Result<(), Trouble> {
        voice.whisper(&Whisper::to(press), &texts::no_such_button()).await;
        Ok(())
    }
}
