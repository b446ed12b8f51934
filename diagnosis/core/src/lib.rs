//! What was seen, and what it means.
//!
//! The pure core of ecs-pull-why: evidence in, report out. No AWS SDK, no async runtime, no clock, no files.

pub mod access;
pub mod stage;

pub use stage::Stage;
