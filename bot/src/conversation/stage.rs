//! What a question is answered with: where from, and where the answer goes.

use crate::slack::render::Asker;
use crate::work::{Ask, Origin, Place};

use super::Kept;

/// Where an answer goes.
pub(super) enum Stage {
    /// Into these messages.
    Open {
        channel: String,
        root: Option<String>,
        thread_ts: String,
        findings: String,
    },
    /// The bot is no member: to the person only.
    Private { reply: Option<String> },
}

impl Stage {
    /// The answer's message.
    pub(super) fn place(&self) -> Option<Place> {
        match self {
            Self::Open {
                channel,
                root,
                findings,
                ..
            } => Some(Place {
                channel: channel.clone(),
                ts: root.clone().unwrap_or_else(|| findings.clone()),
            }),
            Self::Private { .. } => None,
        }
    }
}

/// A question, and where from.
pub(super) struct Asked {
    pub(super) ask: Ask,
    pub(super) origin: Origin,
    pub(super) fresh: bool,
    /// The answer that is there, where this is a second look.
    pub(super) earlier: Option<Earlier>,
}

/// An answer that is looked at again.
pub(super) struct Earlier {
    pub(super) kept: Kept,
    pub(super) user: String,
    pub(super) reply: Option<String>,
}

/// What an answer belongs to.
pub(super) struct Answer<'a> {
    pub(super) ask: &'a Ask,
    pub(super) origin: &'a Origin,
    /// Alias of the account.
    pub(super) account: Option<String>,
}

pub(super) fn asker(origin: &Origin) -> Asker {
    match origin {
        Origin::Command { user, .. } => Asker::Person(user.clone()),
        Origin::Alarm { .. } => Asker::Alarm,
    }
}

pub(super) fn channel_of(origin: &Origin) -> &str {
    match origin {
        Origin::Command { channel, .. } => channel,
        Origin::Alarm { message } => &message.channel,
    }
}
