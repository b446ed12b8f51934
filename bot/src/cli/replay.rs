//! `replay`: the report of a saved diagnosis.

use std::path::PathBuf;

use diagnosis::evidence::EVIDENCE_VERSION;
use diagnosis::{SavedDiagnosis, diagnose};

use super::{Failure, Output, print};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// File that `diagnose --save-evidence` wrote.
    file: PathBuf,
    /// How to print the report.
    #[arg(long, value_enum, default_value = "text")]
    output: Output,
}

pub(super) fn run(args: &Args) -> Result<u8, Failure> {
    let saved = load(&super::read(&args.file)?)
        .map_err(|why| Failure::usage(format!("`{}` is no saved diagnosis: {why}", args.file.display())))?;
    print::report(&diagnose(&saved.evidence, &saved.options), args.output)?;
    Ok(0)
}

/// Reads a saved diagnosis; the version first, so that an unknown one is not reported as a missing field.
fn load(text: &str) -> Result<SavedDiagnosis, String> {
    let document: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    match document
        .pointer("/evidence/version")
        .and_then(serde_json::Value::as_u64)
    {
        Some(version) if version == u64::from(EVIDENCE_VERSION) => {}
        Some(version) => {
            return Err(format!(
                "it has version {version}, and this program reads version {EVIDENCE_VERSION}"
            ));
        }
        None => return Err("it has no evidence.version".to_owned()),
    }
    serde_json::from_value(document).map_err(|error| error.to_string())
}
