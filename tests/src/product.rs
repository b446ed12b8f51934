//! The product's command line.

use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context, ensure};
use diagnosis::Report;

use crate::aws::{Aws, World};
use crate::paths;

/// What `diagnose` or `preflight` printed.
#[derive(Debug)]
pub struct Diagnosed {
    /// The report, as printed.
    pub json: String,
    /// The report.
    pub report: Report,
    /// The exit status.
    pub status: i32,
    /// What went to standard error.
    pub stderr: String,
}

/// Runs `diagnose CLUSTER TASK --output json` in a world, and saves the evidence to `saved`.
///
/// # Errors
/// Where it cannot be run, or prints no report.
pub fn diagnose(aws: &Aws, world: &World, saved: &Path) -> anyhow::Result<Diagnosed> {
    let mut command = Command::new(paths::product()?);
    world.set_environment(aws, &mut command);
    reported(
        command.args(["diagnose", &world.ask.cluster, &world.ask.task]),
        saved,
    )
}

/// Runs `preflight WORDS… --output json` in a world, and saves the evidence to `saved`.
///
/// # Errors
/// Where it cannot be run, or prints no report.
pub fn preflight(aws: &Aws, world: &World, words: &[&str], saved: &Path) -> anyhow::Result<Diagnosed> {
    let mut command = Command::new(paths::product()?);
    world.set_environment(aws, &mut command);
    reported(command.arg("preflight").args(words), saved)
}

fn reported(command: &mut Command, saved: &Path) -> anyhow::Result<Diagnosed> {
    command.args(["--output", "json", "--save-evidence"]).arg(saved);
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().context("cannot run the product")?;
    let json = String::from_utf8(stdout)?;
    let stderr = String::from_utf8_lossy(&stderr).into_owned();
    let report = serde_json::from_str(&json)
        .with_context(|| format!("the product printed no report (status {status}): {json}{stderr}"))?;
    Ok(Diagnosed {
        json,
        report,
        status: status.code().unwrap_or(-1),
        stderr,
    })
}

/// Runs `replay FILE --output json`; returns what it printed.
///
/// # Errors
/// Where it fails.
pub fn replay(saved: &Path) -> anyhow::Result<String> {
    let mut command = Command::new(paths::product()?);
    command.arg("replay").arg(saved).args(["--output", "json"]);
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().context("cannot run the product")?;
    ensure!(
        status.success(),
        "replay failed: {}",
        String::from_utf8_lossy(&stderr)
    );
    Ok(String::from_utf8(stdout)?)
}
