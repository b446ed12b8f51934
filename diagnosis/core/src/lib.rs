//! What was seen, and what it means.
//!
//! The pure core of ecs-pull-why: evidence in, report out. No AWS SDK, no async runtime, no clock, no files.

pub mod catalogue;
pub mod evidence;
pub mod images;
pub mod judgement;
pub mod network;
pub mod observed;
pub mod remedy;
pub mod report;
pub mod stage;
pub mod stop_reason;

pub use catalogue::{Cause, Family};
pub use evidence::{Evidence, Target, TargetKind};
pub use judgement::{Confidence, Effect, Finding, Judgement, Subject, SubjectKind};
pub use observed::{Fact, Listing, Missing, Observed, Outcome, Source, Window};
pub use remedy::Remedy;
pub use report::Report;
pub use stage::Stage;
