//! Evidence in, report out.

use serde::{Deserialize, Serialize};

use crate::case::Case;
use crate::evidence::Evidence;
use crate::observed::Window;
use crate::report::{Cost, Report};

/// What a diagnosis is told besides the evidence.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Options {
    /// What collecting cost, to be shown in the report.
    pub cost: Cost,
    /// The window in which changes were looked for first, where nothing in it correlated with the failure and it was
    /// widened.
    pub widened_from: Option<Window>,
}

/// A diagnosis as it is saved: replays to the same report, byte for byte.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedDiagnosis {
    /// What was observed, redacted.
    pub evidence: Evidence,
    /// What the diagnosis was told.
    pub options: Options,
}

/// Says why the target's images cannot be pulled. Pure: the same evidence and options give the same report.
pub fn diagnose(evidence: &Evidence, options: &Options) -> Report {
    crate::report::build(&Case::new(evidence), options)
}
