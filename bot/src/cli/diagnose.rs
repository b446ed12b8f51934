//! `diagnose`: a diagnosis at the terminal.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use collect::{Ask, AssumeRole, Aws, CollectOptions, Direct, Profile, Progress, State};
use diagnosis::{Report, SavedDiagnosis, diagnose};

use super::{Failure, Output, print};
use crate::diagnoser;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// CLUSTER and TASK: a task id or ARN, a service name or ARN, a task definition family[:revision]. Or one argument: an
    /// ARN or a console URL.
    #[arg(required = true, num_args = 1.., value_names = ["CLUSTER", "TASK"])]
    target: Vec<String>,
    #[command(flatten)]
    whose: Account,
    /// How far back to look for changes.
    #[arg(long, default_value = "24h", value_parser = diagnoser::duration)]
    window: Duration,
    /// How to print the report.
    #[arg(long, value_enum, default_value = "text")]
    output: Output,
    /// Save the evidence, redacted, for `replay`.
    #[arg(long, value_name = "FILE")]
    save_evidence: Option<PathBuf>,
    /// When to stop reading and report what is there.
    #[arg(long, default_value = "60s", value_parser = diagnoser::duration)]
    timeout: Duration,
}

/// Whose account to read, and as whom.
#[derive(Debug, clap::Args)]
struct Account {
    /// Account that must be meant, twelve digits.
    #[arg(long = "account", value_name = "ACCOUNT")]
    number: Option<String>,
    /// Region.
    #[arg(long)]
    region: Option<String>,
    /// Named profile of the AWS configuration.
    #[arg(long)]
    profile: Option<String>,
    /// Role to assume first.
    #[arg(long, value_name = "ARN")]
    assume_role: Option<String>,
}

/// The exit status where nothing could be read from AWS.
const NOTHING_READ: u8 = 3;

pub(super) async fn run(args: Args) -> Result<u8, Failure> {
    let mut ask = Ask::parse(&args.target).map_err(|error| Failure::usage(error.to_string()))?;
    ask.region = args.whose.region.clone().or(ask.region);
    ask.account = args.whose.number.clone().or(ask.account);
    let profile = Profile {
        profile: args.whose.profile,
        region: ask.region.clone(),
        assume_role: args.whose.assume_role.map(|arn| AssumeRole {
            arn,
            external_id: None,
            session_name: "ecs-pull-why".to_owned(),
        }),
    };
    let aws = Aws::load(profile)
        .await
        .map_err(|error| Failure::usage(error.to_string()))?;
    let options = CollectOptions {
        window: args.window,
        deadline: args.timeout,
        fresh: true,
    };
    let reader = Direct::default();
    let steps = Steps::default();
    let (saved, report, status) =
        match diagnoser::verdict(&aws, &ask, &options, &reader, &|at| steps.tell(at)).await {
            Ok(verdict) => {
                let verdict = verdict.with_history(&aws, &reader).await;
                (verdict.saved, verdict.report, 0)
            }
            Err(error) => {
                steps.gone();
                tell(&format!("ecs-pull-why: {error}\n"));
                let saved = diagnoser::unreadable(&error);
                let report = diagnose(&saved.evidence, &saved.options);
                (saved, report, NOTHING_READ)
            }
        };
    steps.gone();
    if let (Some(asked), Some(account)) = (&args.whose.number, &saved.evidence.target.account)
        && asked != account
    {
        return Err(Failure::usage(format!(
            "account {asked} was asked for, and the credentials belong to {account}; name a profile or role of the right one with --profile or --assume-role"
        )));
    }
    finish(&saved, &report, args.save_evidence.as_deref(), args.output)?;
    Ok(status)
}

fn finish(saved: &SavedDiagnosis, report: &Report, to: Option<&Path>, output: Output) -> Result<(), Failure> {
    if let Some(path) = to {
        let text = serde_json::to_string_pretty(saved)
            .map_err(|error| Failure::internal(format!("cannot write the evidence as JSON: {error}")))?;
        std::fs::write(path, text).map_err(|error| {
            Failure::usage(format!(
                "cannot save the evidence to `{}`: {error}",
                path.display()
            ))
        })?;
    }
    print::report(report, output)
}

/// The playbook's steps ticking off on standard error, where somebody watches; gone when done.
#[derive(Debug)]
struct Steps {
    shown: bool,
    done: Mutex<Vec<(u8, Duration)>>,
}

impl Default for Steps {
    fn default() -> Self {
        Self {
            shown: io::stderr().is_terminal(),
            done: Mutex::default(),
        }
    }
}

impl Steps {
    fn tell(&self, progress: Progress) {
        if !self.shown || progress.state != State::Done {
            return;
        }
        let Ok(mut done) = self.done.lock() else { return };
        done.push((progress.step, progress.took));
        let steps: Vec<String> = done
            .iter()
            .map(|(step, took)| format!("{step} ✓ {}.{} s", took.as_secs(), took.subsec_millis() / 100))
            .collect();
        tell(&format!("\r\u{1b}[2Kreading: {}", steps.join("  ")));
    }

    fn gone(&self) {
        if self.shown {
            tell("\r\u{1b}[2K");
        }
    }
}

fn tell(text: &str) {
    // Progress is a courtesy: a closed standard error is no reason to stop.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
