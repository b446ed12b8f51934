//! What the bot hears and says in Slack.

pub mod alarms;
pub mod gate;
pub mod grammar;
pub mod render;
#[cfg(test)]
pub(crate) mod testing;
