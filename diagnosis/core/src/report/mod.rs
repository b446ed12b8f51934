//! The report: what a diagnosis says. Its JSON is a contract (`report.schema.json`).

mod build;
mod checks;
mod headline;
pub mod links;
mod preflight;
mod ranking;
mod requirements;

pub(crate) use build::build;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalogue::Cause;
use crate::judgement::{Confidence, Effect, Subject};
use crate::observed::Missing;
use crate::remedy::Remedy;
use crate::stage::Stage;
use crate::stop_reason::StopClass;

/// Version of the report's JSON.
pub const REPORT_VERSION: u32 = 1;

/// What a diagnosis says. Every field is present in its JSON, `null` where unknown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Version of this format ([`REPORT_VERSION`]).
    pub schema_version: u32,
    /// When the diagnosis looked.
    #[schemars(with = "String")]
    pub observed_at: Timestamp,
    /// What was diagnosed.
    pub target: ReportTarget,
    /// What came of it.
    pub outcome: Outcome,
    /// One sentence that names the cause.
    pub headline: String,
    /// What it means for the service.
    pub impact: Impact,
    /// The newest failure.
    pub failure: Option<Failure>,
    /// All failures, one per container and class, newest first.
    pub failures: Vec<Failure>,
    /// Causes, most important first.
    pub causes: Vec<CauseReport>,
    /// What it is not, and why.
    pub ruled_out: Vec<RuledOut>,
    /// What could not be told, and what would settle it.
    pub unknown: Vec<Unknown>,
    /// The nine steps of the playbook.
    pub checks: Vec<Check>,
    /// What happened, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// Who else is affected.
    pub blast_radius: BlastRadius,
    /// What would fix it.
    pub remedies: Vec<Remedy>,
    /// What the diagnosis cost.
    pub cost: Cost,
}

/// What was diagnosed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportTarget {
    /// Account, twelve digits.
    pub account: Option<String>,
    /// Region.
    pub region: String,
    /// Cluster name.
    pub cluster: String,
    /// Service name.
    pub service: Option<String>,
    /// Task id.
    pub task: Option<String>,
    /// `family:revision`.
    pub task_definition: Option<String>,
}

/// What came of a diagnosis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A pull failed.
    PullFailure,
    /// Tasks fail, and not in pulling.
    OtherFailure,
    /// Healthy, or recovered.
    NoFailure,
    /// AWS knows nothing by that name.
    TargetNotFound,
    /// It cannot be told whether, or what, failed; in a preflight, whether the images would be pulled.
    Inconclusive,
    /// A preflight: everything that the pull takes was checked and is in place.
    WouldPull,
    /// A preflight: the pull, or the start of the task, would fail from some place at least.
    WouldFail,
}

/// What a failure means for the service; all unknown where there is no service.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Impact {
    /// Tasks running.
    pub running: Option<u32>,
    /// Tasks wanted.
    pub desired: Option<u32>,
    /// The revision (`family:revision`) that serves, if any task runs.
    pub serving_revision: Option<String>,
    /// Whether ECS is rolling back on its own.
    pub rollback_in_progress: bool,
}

/// A failure, as its text tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// Stop class of the text.
    pub class: StopClass,
    /// The newest text, credentials redacted.
    pub message: String,
    /// Image reference.
    pub image: Option<String>,
    /// Container name.
    pub container: Option<String>,
    /// When it was first seen.
    #[schemars(with = "Option<String>")]
    pub first_seen: Option<Timestamp>,
    /// When it was last seen.
    #[schemars(with = "Option<String>")]
    pub last_seen: Option<Timestamp>,
    /// Number of attempts seen.
    pub count: u32,
}

/// A cause and what speaks for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CauseReport {
    /// Its code.
    pub cause: Cause,
    /// What it is about.
    pub subject: Subject,
    /// The stage at which it bites.
    pub stage: Stage,
    /// How it relates to the failure seen.
    pub effect: Effect,
    /// How sure it is.
    pub confidence: Confidence,
    /// One sentence.
    pub summary: String,
    /// What was seen.
    pub evidence: Vec<Evidence>,
    /// What would make it more certain.
    pub missing: Vec<Missing>,
    /// Ids of what would remove it.
    pub remedies: Vec<String>,
}

/// Something seen that a cause rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// What was seen.
    pub fact: String,
    /// What was asked about.
    pub source: String,
    /// The call, `ecr:DescribeImages`.
    pub call: String,
    /// When it was seen.
    #[schemars(with = "String")]
    pub observed_at: Timestamp,
    /// Where to look at it in the console.
    pub link: Option<String>,
}

/// A cause that it is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuledOut {
    /// Its code.
    pub cause: Cause,
    /// What it would have been about.
    pub subject: Subject,
    /// Why it is not.
    pub why: String,
    /// What that rests on.
    pub evidence: Vec<Evidence>,
}

/// A cause that could not be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unknown {
    /// Its code.
    pub cause: Cause,
    /// What it would be about.
    pub subject: Subject,
    /// What was not had.
    pub missing: Vec<Missing>,
}

/// One step of the playbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// Its number, 1 to 9.
    pub step: u8,
    /// What it looks at.
    pub title: String,
    /// What came of it.
    pub status: CheckStatus,
    /// In a sentence.
    pub detail: String,
}

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckStatus {
    /// Nothing wrong there.
    Ok,
    /// Something wrong there.
    Problem,
    /// It could not be checked.
    Unknown,
    /// There was nothing to check.
    NotApplicable,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TimelineEntry {
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// What, in a sentence.
    pub what: String,
    /// The call it was read with.
    pub source: String,
}

/// Who else is affected.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct BlastRadius {
    /// Other task definitions (`family:revision`) whose pulls fail.
    pub task_definitions: Vec<String>,
    /// Other services whose pulls fail.
    pub services: Vec<String>,
    /// What they have in common with this failure.
    pub shared: Shared,
    /// Tasks of the cluster that run and have the same role, image or subnet.
    pub running_siblings: u32,
}

/// What all failures of a blast radius have in common.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Shared {
    /// The image.
    pub image: Option<String>,
    /// The execution role's ARN.
    pub execution_role: Option<String>,
    /// The subnet.
    pub subnet: Option<String>,
    /// The container instance.
    pub instance: Option<String>,
}

/// What a diagnosis cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Cost {
    /// AWS requests sent.
    pub aws_calls: u32,
    /// Wall time, milliseconds.
    pub elapsed_ms: u64,
}
