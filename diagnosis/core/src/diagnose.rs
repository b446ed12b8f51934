//! Evidence in, report out.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::case::Case;
use crate::catalogue::Cause;
use crate::evidence::Evidence;
use crate::report::{Cost, Report};

/// What a diagnosis is told besides the evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// What collecting cost, to be shown in the report.
    pub cost: Cost,
    /// How far back changes are looked for first. Where nothing in that span correlates with the failure, all that was
    /// read is told, and that it is.
    pub window: SignedDuration,
    /// Causes whose rules are not asked: that shows what each of them adds. Not saved.
    #[serde(skip)]
    pub without: Vec<Cause>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cost: Cost::default(),
            window: SignedDuration::from_hours(24),
            without: Vec::new(),
        }
    }
}

/// A diagnosis as it is saved: replays to the same report, byte for byte.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedDiagnosis {
    /// What was observed, redacted.
    pub evidence: Evidence,
    /// What the diagnosis was told.
    pub options: Options,
}

/// Says why the target's images cannot be pulled; of a preflight's evidence ([`Evidence::preflight`]), whether they would
/// be. Pure: the same evidence and options give the same report.
pub fn diagnose(evidence: &Evidence, options: &Options) -> Report {
    crate::report::build(&Case::new(evidence), options)
}
