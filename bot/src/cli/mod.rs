//! The command line.

mod account;
mod annotations;
mod answer;
mod check_access;
mod classify;
mod diagnose;
mod doctor;
mod explain;
mod lines;
mod parse_alarm;
mod preflight;
mod print;
mod replay;
mod serve;
mod steps;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use diagnosis::SavedDiagnosis;

/// Why can Amazon ECS not pull this image?
#[derive(Debug, Parser)]
#[command(name = "ecs-pull-why", version, about, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the bot: the server, the worker, or both.
    Serve(serve::Args),
    /// Say why the images of a service, task or task definition cannot be pulled.
    Diagnose(diagnose::Args),
    /// Say whether a task from a definition would pull its images: 0 it would, 1 it would not, 4 it cannot be told.
    Preflight(preflight::Args),
    /// Print the report of a saved diagnosis, offline.
    Replay(replay::Args),
    /// Say what failure texts say: one message a line in, one JSON object a line out.
    Classify,
    /// Say what alarm messages name: one Slack message event (JSON) a line in, one JSON object a line out.
    ParseAlarm,
    /// Evaluate IAM policies: one JSON object a line in, one a line out.
    CheckAccess,
    /// Check settings, Slack, Redis and AWS; say what is missing and how to fix it.
    Doctor(doctor::Args),
    /// Print what is known of a cause.
    Explain(explain::Args),
}

/// How a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    /// For people.
    Text,
    /// The report's JSON.
    Json,
    /// The Slack message's blocks.
    Slack,
    /// Annotations that GitHub Actions shows.
    Github,
}

/// The exit status where nothing could be read from AWS.
const NOTHING_READ: u8 = 3;

/// A failure of a command: what to print, and the exit status.
#[derive(Debug)]
pub struct Failure {
    /// What failed, on what, why, and what next.
    pub message: String,
    /// The exit status: 1 internal error, 2 usage, 3 nothing could be read from AWS.
    pub status: u8,
}

impl Failure {
    /// Something that is not the user's fault.
    pub fn internal(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            status: 1,
        }
    }

    /// Something the user can put right.
    pub fn usage(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            status: 2,
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::internal(format!("cannot write the output: {error}"))
    }
}

impl Cli {
    /// Runs the command; what it returns is the process's exit status.
    pub async fn run(self) -> ExitCode {
        let done = match self.command {
            Command::Serve(args) => Box::pin(serve::run(&args)).await,
            Command::Diagnose(args) => Box::pin(diagnose::run(args)).await,
            Command::Preflight(args) => Box::pin(preflight::run(args)).await,
            Command::Replay(args) => replay::run(&args),
            Command::Classify => classify::run(),
            Command::ParseAlarm => parse_alarm::run(),
            Command::CheckAccess => check_access::run(),
            Command::Doctor(args) => Box::pin(doctor::run(&args)).await,
            Command::Explain(args) => explain::run(&args),
        };
        match done {
            Ok(status) => ExitCode::from(status),
            Err(failure) => {
                let mut err = io::stderr().lock();
                // Nobody is left to tell if this fails as well.
                let _ = io::Write::write_all(
                    &mut err,
                    format!("ecs-pull-why: {}\n", failure.message).as_bytes(),
                );
                ExitCode::from(failure.status)
            }
        }
    }
}

/// Saves a diagnosis to the file that the user named, if one.
fn save(saved: &SavedDiagnosis, to: Option<&Path>) -> Result<(), Failure> {
    let Some(path) = to else { return Ok(()) };
    let text = serde_json::to_string_pretty(saved)
        .map_err(|error| Failure::internal(format!("cannot write the evidence as JSON: {error}")))?;
    std::fs::write(path, text).map_err(|error| {
        Failure::usage(format!(
            "cannot save the evidence to `{}`: {error}",
            path.display()
        ))
    })
}

/// Reads a file that the user named.
fn read(path: &PathBuf) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("cannot read `{}`: {error}", path.display())))
}
