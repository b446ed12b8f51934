//! From what the bot knows to what Slack shows.
//!
//! `line` keeps outside strings harmless, `message` keeps to Slack's limits, `buttons` to what a press may mean; the
//! others say something: each is one message.

pub mod buttons;
mod details;
mod findings;
mod impact;
pub mod line;
pub mod message;
pub mod progress;
mod refusal;
pub mod remedy;
mod root;

pub use details::{details, hand_over};
pub use findings::{Controls, History, findings};
pub use line::Line;
pub use message::Message;
pub use progress::progress;
pub use root::{Asker, preflight_placeholder, root, root_placeholder, verdict};

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
