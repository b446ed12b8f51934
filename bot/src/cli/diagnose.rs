//! `diagnose`: a diagnosis at the terminal.

use std::path::PathBuf;
use std::time::Duration;

use collect::{Ask, CollectOptions, Direct};

use super::account::Account;
use super::answer::Answer;
use super::steps::Steps;
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
    let made = diagnoser::verdict(&aws, &ask, &options, &reader, &|at| steps.tell(at)).await;
    let answer = Box::pin(Answer::of(made, &aws, &reader, steps)).await;
    args.whose.is_meant(&answer.saved.evidence)?;
    save(&answer.saved, args.save_evidence.as_deref())?;
    print::report(&answer.report, args.output)?;
    Ok(if answer.was_read { 0 } else { NOTHING_READ })
}
