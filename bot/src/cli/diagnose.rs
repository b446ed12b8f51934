//! `diagnose`: a diagnosis at the terminal.

use std::path::PathBuf;
use std::time::Duration;

use collect::{Ask, CollectOptions, Direct};
use diagnosis::diagnose;

use super::account::Account;
use super::steps::{Steps, tell};
use super::{Failure, NOTHING_READ, Output, print, save};
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

pub(super) async fn run(args: Args) -> Result<u8, Failure> {
    let mut ask = Ask::parse(&args.target).map_err(|error| Failure::usage(error.to_string()))?;
    ask.region = args.whose.region.clone().or(ask.region);
    ask.account = args.whose.number.clone().or(ask.account);
    let aws = args.whose.aws(ask.region.as_ref()).await?;
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
    args.whose.is_meant(&saved.evidence)?;
    save(&saved, args.save_evidence.as_deref())?;
    print::report(&report, args.output)?;
    Ok(status)
}
