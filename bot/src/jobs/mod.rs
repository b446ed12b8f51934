//! Work that must not get lost: the queue on Redis Streams, its workers, and what else the bot keeps
//! in Redis (evidence cache, pacing, state behind buttons, audit).
//!
//! What is promised: **at least once, and one owner at a time.** A job that was accepted runs until it
//! is done, or fails for good and somebody is told. It may run twice (a worker dies in the middle), so
//! a handler builds *one visible effect* from three things: [`JobState`] that outlives its worker, a
//! [`Lease`] whose fence refuses everything to a worker that has been overtaken, and effects that can
//! be repeated.
//!
//! The way of a job:
//!
//! ```text
//! enqueue ──> stream ──XREADGROUP──> claimed ──> done
//!    │          ^  ^                   │ │ └────> told, then dead
//!    │          │  └── lease ran out ──┘ │
//!    │          └── due ── delayed <─────┘ retry
//!    └─> duplicate | folded into a running job | refused (full, no memory, no Redis)
//! ```
//!
//! Every step that changes more than one key is one Lua script (`lua/`), so a process can die between
//! any two steps and never inside one. Needs Redis 7 or later.
//!
//! Invariant: this room knows nothing of Slack or AWS. Payloads are whatever implements [`Payload`].

mod attend;
mod audit;
mod backoff;
mod cache;
mod claims;
mod connection;
mod dead;
mod error;
mod handles;
mod job;
mod keys;
mod lease;
mod once;
mod pacing;
mod queue;
mod ready;
mod reaper;
mod script;
mod state;
mod worker;

pub use audit::{Audit, Recorded};
pub use backoff::Backoff;
pub use cache::{Cache, CacheKey, CacheTtls};
pub use claims::{Begun, Claims, Entry, Reader};
pub use connection::Redis;
pub use dead::{DeadJob, DeadLetter};
pub use error::JobsError;
pub use handles::{Claim, Handle, Handles, NotAHandle};
pub use job::{Job, JobId, Outcome, Payload, Stored};
pub use keys::Keys;
pub use lease::Lease;
pub use once::Once;
pub use pacing::{Pace, Pacing, Turn};
pub use queue::{Depth, Enqueued, JobView, NewJob, Queue, QueueLimits};
pub use ready::{Problem, Readiness, ready};
pub use state::JobState;
pub use worker::{Handler, Worker, WorkerSettings};
