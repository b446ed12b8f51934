//! The stand-in through real HTTP and real sockets, with a small bot that does as it is told.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "all of this is test code; clippy knows only the functions that are tests themselves"
)]

mod commands;
mod events;
mod interactions;
mod messages;
mod page;
mod response_urls;
mod scene;
mod socket_mode;
mod waiting;
mod web_api;
