//! What the bot hears and says in Slack.
//!
//! `gate` lets in what Slack signed; `commands`, `events` and `interactions` make jobs of it, over HTTP (`http`) and
//! over a socket (`socket_mode`) alike. `api` speaks; what is said is in `texts` and `render`.

pub mod alarms;
pub mod api;
pub mod commands;
pub mod events;
pub mod gate;
pub mod grammar;
pub mod http;
pub mod interactions;
pub mod render;
pub mod socket_mode;
mod surface;
pub mod texts;

pub use surface::Surface;

#[cfg(test)]
pub(crate) mod testing;
