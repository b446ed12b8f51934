//! What a button is for.

use super::{Conversation, Diagnoser, Kept, Remediator, Trouble, Voice, Whisper};
use crate::jobs::JobsError;
use crate::slack::render::buttons::Verb;
use crate::slack::render::{details, hand_over, remedy};
use crate::slack::texts;
use crate::work::Press;

impl<D: Diagnoser, R: Remediator> Conversation<D, R> {
    pub(super) async fn kept(&self, handle: &str) -> Result<Option<Kept>, JobsError> {
        Kept::find(&self.handles, handle).await
    }

    pub(super) async fn press(&self, voice: &Voice, press: &Press) -> Result<(), Trouble> {
        if matches!(press.verb, Verb::Apply | Verb::Cancel | Verb::Undo) {
            return self.remediator.act(press, voice).await;
        }
        let whisper = Whisper::to(press);
        let Some(kept) = self.kept(&press.handle).await? else {
            voice.whisper(&whisper, &texts::expired()).await;
            return Ok(());
        };
        let chosen = press
            .remedy
            .as_ref()
            .and_then(|id| kept.report.remedies.iter().find(|remedy| &remedy.id == id));
        let say = match (press.verb, chosen) {
            (Verb::Details, _) => details(&kept.report),
            (Verb::HandOver, _) => hand_over(&kept.report),
            (Verb::CopyCli, Some(chosen)) => remedy::to_copy(chosen, false),
            (Verb::CopyTerraform, Some(chosen)) => remedy::to_copy(chosen, true),
            (Verb::Plan, Some(chosen)) => return self.remediator.plan(press, &kept, chosen, voice).await,
            _ => texts::no_such_button(),
        };
        voice.whisper(&whisper, &say).await;
        Ok(())
    }
}
