//! Reads AWS and turns its answers into evidence: the only room that reads AWS.
//!
//! [`collect()`] reads everything a diagnosis needs, side by side, and never fails for a part of it: each item says
//! itself what came of looking. [`history()`] then asks CloudTrail, which may take longer. Cache and rate limits are
//! handed in as a [`Reader`]; [`Direct`] does without.
//!
//! Invariants: no type of the SDK leaves this crate; nothing it sends changes anything; no value of `environment` or
//! `secrets` enters a type of the evidence.

mod access;
mod actions;
mod arn;
mod ask;
mod assemble;
mod aws;
mod caller;
mod clients;
mod cloudtrail;
mod collect;
mod console;
mod convert;
mod definitions;
mod ec2;
mod ecr;
mod ecs;
mod failure;
#[cfg(test)]
mod fake;
mod health;
mod history;
mod iam;
mod images;
mod kms;
mod logs;
mod merge;
mod metrics;
mod names;
mod neighbours;
mod observe;
mod organization;
mod pages;
mod permissions;
mod preflight;
mod progress;
mod puller;
mod reader;
mod registry_secrets;
mod resolve;
mod said;
mod secrets;
mod seen_tasks;
mod session;
mod simulation;
mod sts;
mod tally;
mod trails;
mod unreadable;

pub use actions::{Action, READ_ACTIONS};
pub use ask::{Ask, AskError, What};
pub use aws::{AssumeRole, Aws, LoadError, Profile, iam_region, partition, valid_region};
pub use caller::{Caller, caller};
pub use collect::{CollectOptions, Collected, collect};
pub use history::{History, HistoryRequest, history};
pub use permissions::lacking;
pub use preflight::{PreflightAsk, preflight};
pub use progress::{Listener, Progress, State};
pub use reader::{Bucket, CacheKey, Direct, Kind, Reader};
pub use said::said;
pub use tally::{CallRecord, Cost};
pub use unreadable::{CollectError, Unreadable};
