//! What AWS would answer: IAM policies evaluated over their documents.
//!
//! [`decide`] takes a [`Request`] and the [`Policies`] that bear on it and says whether it is allowed, denied (by which
//! statement, or by whose silence), or whether that depends on what is not known: on condition keys nobody can know when a
//! failure is looked into, or on policies that could not be read.
//!
//! **An answer that is not [`Effect::Unknown`] holds whatever the unknown turns out to be**; an unknown one names what would
//! settle it. Documents are read once ([`PolicyDocument::parse`]) and evaluated as often as needed.

mod check;
mod completion;
mod condition;
mod context;
mod decision;
mod document;
mod evaluation;
mod json_shape;
mod layer;
mod pattern;
mod policies;
mod principal;
mod principal_element;
mod request;
mod statement;
mod truth;
mod variables;

pub use check::{CheckError, CheckOutput, check_line};
pub use context::Context;
pub use decision::{Effect, Relation};
pub use document::{PolicyDocument, StatementEffect};
pub use evaluation::{Actual, DecidedBy, Decision, LayerResult, LayerVerdict, UnmetCondition, decide};
pub use json_shape::PolicyDocumentError;
pub use policies::{Layer, NamedPolicy, Policies, PolicyKind, UnreadPolicy};
pub use principal::{Principal, PrincipalError};
pub use request::Request;
