//! What was seen, and what it means.
//!
//! The pure core of ecs-pull-why: evidence in, report out. No AWS SDK, no async runtime, no clock, no files.

pub mod evidence;
pub mod observed;
pub mod stage;

pub use evidence::{Evidence, Target, TargetKind};
pub use observed::{Fact, Listing, Missing, Observed, Outcome, Source, Window};
pub use stage::Stage;
