//! The slash command.

use serde::Deserialize;
use tracing::{info, warn};

use super::grammar::{Typed, parse};
use super::render::Message;
use super::surface::Surface;
use super::texts;
use crate::jobs::{Enqueued, NewJob};
use crate::work::{Ask, Origin, Work};

/// A slash command as Slack sends it, over HTTP or a socket.
/// <https://docs.slack.dev/interactivity/implementing-slash-commands#app_command_handling>
#[derive(Debug, Clone, Deserialize)]
pub struct Command {
    /// The command, with its slash.
    pub command: String,
    /// What was typed after it.
    #[serde(default)]
    pub text: String,
    /// Who typed it.
    pub user_id: String,
    /// Where.
    pub channel_id: String,
    /// Answers that only the person sees go there.
    #[serde(default)]
    pub response_url: Option<String>,
    /// Names this command: comes again when Slack delivers again.
    #[serde(default)]
    pub trigger_id: Option<String>,
}

/// Handles a command and says, to the person only, what became of it.
pub async fn handle(surface: &Surface, command: Command) -> Message {
    match parse(&command.text) {
        Ok(Typed::Help) => texts::help(&command.command),
        Err(mistake) => texts::mistake(&mistake, &command.command),
        Ok(Typed::Ask(ask)) => accept(surface, command, ask).await,
    }
}

async fn accept(surface: &Surface, command: Command, ask: Ask) -> Message {
    let accounts = &surface.settings.accounts;
    let channel = command.channel_id.as_str();
    if let Err(refused) = accounts.resolve(Some(channel), ask.account.as_deref(), ask.region.as_deref()) {
        return texts::account_refused(&refused, &command.command);
    }
    // In each channel its own answer: people of another one may not see this one.
    let fold = format!("{channel}:{}", ask.fingerprint());
    let job = |reply| {
        let origin = Origin::Command {
            channel: command.channel_id.clone(),
            user: command.user_id.clone(),
            reply,
        };
        let job = NewJob::new(Work::Diagnose {
            ask: ask.clone(),
            origin,
            // What is about to be deployed may have been registered a moment ago.
            fresh: ask.preflight.is_some(),
        })
        .fold(fold);
        match &command.trigger_id {
            Some(id) => job.once(format!("trigger:{id}")),
            None => job,
        }
    };
    match surface.accept(command.response_url.as_deref(), job).await {
        Ok(Enqueued::Folded(job)) => {
            info!(%job, "command folded");
            texts::already_asked(&ask)
        }
        Ok(Enqueued::New(job) | Enqueued::Duplicate(job)) => {
            info!(%job, "command accepted");
            texts::accepted(&ask)
        }
        Err(error) => {
            warn!(%error, "command not accepted");
            texts::not_accepted(&error)
        }
    }
}
