//! What a diagnosis costs, and may cost: every request that is sent, and the longest chain of calls that waited for each
//! other.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

/// How many calls may be made, pages included; sending one again after a failure is not another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    /// Calls that may be made.
    calls: u32,
    /// What they are the rest of.
    of: u32,
}

impl Budget {
    /// All calls of a diagnosis.
    pub(crate) const DIAGNOSIS: Self = Self { calls: 40, of: 40 };
    /// All calls of a preflight, which looks at every image in full and is no answer unless it has.
    pub(crate) const PREFLIGHT: Self = Self { calls: 120, of: 120 };

    /// So many of a diagnosis' calls.
    pub(crate) fn rest(calls: usize) -> Self {
        Self {
            calls: u32::try_from(calls).unwrap_or(u32::MAX),
            ..Self::DIAGNOSIS
        }
    }

    /// What is said of a call beyond it.
    pub(crate) fn exceeded(self) -> OutOfCalls {
        OutOfCalls(self.of)
    }
}

/// A call that is not made, because all that may be made have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a diagnosis takes at most {0} calls")]
pub(crate) struct OutOfCalls(u32);

/// What a diagnosis cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cost {
    /// Requests sent to AWS, retries and pages included.
    pub aws_calls: u32,
    /// Time from the question to the evidence, milliseconds.
    pub elapsed_ms: u64,
    /// Time that the longest chain of calls took, each of which needed an answer of the one before, milliseconds.
    pub longest_chain_ms: u64,
}

/// One read: what was asked, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// IAM-style name of the call.
    pub call: &'static str,
    /// What was asked about.
    pub resource: String,
    /// When, since the diagnosis began.
    pub started: Duration,
    /// How long it took.
    pub took: Duration,
    /// `present`, `absent`, `denied`, `failed`, `not_collected`; `cached` where nothing was sent.
    pub result: &'static str,
}

/// How long the calls took that something had to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Chain(pub(crate) Duration);

impl Chain {
    /// A chain that begins with this.
    pub(crate) const START: Self = Self(Duration::ZERO);
}

/// Counts for one diagnosis.
#[derive(Debug)]
pub(crate) struct Tally {
    began: Instant,
    budget: Budget,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    made: u32,
    sent: Vec<String>,
    reads: Vec<CallRecord>,
    longest: Chain,
}

impl Tally {
    pub(crate) fn new(budget: Budget) -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            budget,
            inner: Mutex::default(),
        })
    }

    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one of the calls that may be made.
    fn make(&self) -> Result<(), OutOfCalls> {
        let mut inner = self.inner();
        if inner.made >= self.budget.calls {
            return Err(self.budget.exceeded());
        }
        inner.made += 1;
        Ok(())
    }

    /// Calls that may still be made.
    pub(crate) fn left(&self) -> u32 {
        self.left_of(self.budget)
    }

    /// Calls that may still be made of another budget.
    pub(crate) fn left_of(&self, budget: Budget) -> u32 {
        budget.calls.saturating_sub(self.inner().made)
    }

    /// Notes a request that is about to be sent.
    pub(crate) fn sent(&self, operation: String) {
        self.inner().sent.push(operation);
    }

    /// Notes a read that ended, with the chain that ends in it.
    pub(crate) fn read(
        &self,
        call: &'static str,
        resource: &str,
        started: Instant,
        result: &'static str,
        chain: Chain,
    ) {
        let record = CallRecord {
            call,
            resource: resource.to_owned(),
            started: started.saturating_duration_since(self.began),
            took: started.elapsed(),
            result,
        };
        tracing::debug!(call, resource, result, took_ms = record.took.as_millis(), "read");
        let mut inner = self.inner();
        inner.longest = inner.longest.max(chain);
        inner.reads.push(record);
    }

    pub(crate) fn cost(&self) -> Cost {
        let inner = self.inner();
        Cost {
            aws_calls: u32::try_from(inner.sent.len()).unwrap_or(u32::MAX),
            elapsed_ms: millis(self.began.elapsed()),
            longest_chain_ms: millis(inner.longest.0),
        }
    }

    /// The reads, in the order in which they ended.
    pub(crate) fn records(&self) -> Vec<CallRecord> {
        self.inner().reads.clone()
    }

    /// Operations of the requests that were sent, as the SDK names them.
    pub(crate) fn operations(&self) -> Vec<String> {
        self.inner().sent.clone()
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// Counts every attempt that is transmitted, and ends the calls that are one too many before they are.
#[derive(Debug, Clone)]
pub(crate) struct Counter(pub(crate) Arc<Tally>);

#[dyn_dispatch_hint]
impl Intercept for Counter {
    fn name(&self) -> &'static str {
        "Counter"
    }

    fn read_before_execution(
        &self,
        _context: &BeforeSerializationInterceptorContextRef<'_>,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        Ok(self.0.make()?)
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = config
            .load::<Metadata>()
            .map_or("unknown", |metadata| metadata.name());
        self.0.sent(operation.to_owned());
        Ok(())
    }
}
