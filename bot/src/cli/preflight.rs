//! `preflight`: whether a task that has not been started would pull its images; a gate for a pipeline.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use collect::{CollectOptions, Direct, PreflightAsk};
use diagnosis::Report;
use diagnosis::evidence::ecs::AwsvpcConfiguration;
use diagnosis::report::Outcome;

use super::account::Account;
use super::answer::Answer;
use super::steps::Steps;
use super::{Failure, NOTHING_READ, Output, annotations, print, save};
use crate::diagnoser;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The cluster: a name or ARN.
    cluster: String,
    /// The task definition: family, family:revision or ARN.
    #[arg(value_name = "TASKDEF")]
    definition: String,
    /// Service whose network and launch type count. Without it and --subnets: the only service of the cluster that runs
    /// the family.
    #[arg(long)]
    service: Option<String>,
    /// Subnets in place of a service's, comma-separated.
    #[arg(long, value_delimiter = ',', conflicts_with = "service")]
    subnets: Vec<String>,
    /// Security groups that go with --subnets, comma-separated; the VPC's default group without.
    #[arg(long, value_delimiter = ',', requires = "subnets")]
    security_groups: Vec<String>,
    /// The task gets a public IP address.
    #[arg(long, requires = "subnets")]
    assign_public_ip: bool,
    /// What the task would run on, where neither a service nor the definition says.
    #[arg(long, value_enum, conflicts_with = "service")]
    launch_type: Option<LaunchType>,
    #[command(flatten)]
    whose: Account,
    /// How far back to look for changes, where the pull would fail.
    #[arg(long, default_value = "24h", value_parser = diagnoser::duration)]
    window: Duration,
    /// How to print the report. Text comes with annotations for GitHub where GITHUB_ACTIONS is true.
    #[arg(long, value_enum, default_value = "text")]
    output: Output,
    /// Save the evidence, redacted, for `replay`.
    #[arg(long, value_name = "FILE")]
    save_evidence: Option<PathBuf>,
    /// When to stop reading and report what is there.
    #[arg(long, default_value = "60s", value_parser = diagnoser::duration)]
    timeout: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum LaunchType {
    /// AWS Fargate.
    Fargate,
    /// Container instances of one's own.
    Ec2,
    /// Machines outside AWS (ECS Anywhere).
    External,
    /// Container instances that ECS manages.
    ManagedInstances,
}

impl LaunchType {
    /// As ECS writes it.
    fn word(self) -> &'static str {
        match self {
            Self::Fargate => "FARGATE",
            Self::Ec2 => "EC2",
            Self::External => "EXTERNAL",
            Self::ManagedInstances => "MANAGED_INSTANCES",
        }
    }
}

/// The exit status where it cannot be told whether the images would be pulled.
const INCONCLUSIVE: u8 = 4;

/// A gate's 1 means that the pull would fail: what keeps the program itself from answering is inconclusive.
pub(super) async fn run(args: Args) -> Result<u8, Failure> {
    Box::pin(answer(args))
        .await
        .map_err(|failure| match failure.status {
            1 => Failure {
                status: INCONCLUSIVE,
                ..failure
            },
            _ => failure,
        })
}

async fn answer(args: Args) -> Result<u8, Failure> {
    let ask = asked(&args)?;
    let aws = args.whose.aws(ask.region.as_ref()).await?;
    let options = CollectOptions {
        window: args.window,
        deadline: args.timeout,
        fresh: true,
    };
    let reader = Direct::default();
    let steps = Steps::default();
    let made = diagnoser::preflight(&aws, &ask, &options, &reader, &|at| steps.tell(at)).await;
    let answer = Box::pin(Answer::of(made, &aws, &reader, steps)).await;
    args.whose.is_meant(&answer.saved.evidence)?;
    save(&answer.saved, args.save_evidence.as_deref())?;
    let report = answer.report;
    let on_github = std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
    if args.output == Output::Text && on_github {
        on_github_actions(&report)?;
    } else {
        print::report(&report, args.output)?;
    }
    Ok(if answer.was_read {
        status(report.outcome)
    } else {
        NOTHING_READ
    })
}

fn asked(args: &Args) -> Result<PreflightAsk, Failure> {
    let words = [args.cluster.clone(), args.definition.clone()];
    let mut ask = PreflightAsk::parse(&words).map_err(|error| Failure::usage(error.to_string()))?;
    ask.region = args.whose.region.clone().or(ask.region);
    ask.account = args.whose.number.clone().or(ask.account);
    ask.service.clone_from(&args.service);
    ask.launch_type = args.launch_type.map(|launch| launch.word().to_owned());
    if !args.subnets.is_empty() {
        ask.network = Some(AwsvpcConfiguration {
            subnets: args.subnets.clone(),
            security_groups: args.security_groups.clone(),
            assign_public_ip: args.assign_public_ip,
        });
    }
    Ok(ask)
}

/// The report for people, and the annotations behind it.
fn on_github_actions(report: &Report) -> Result<(), Failure> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    annotations::without_commands(&mut out, |out| print::text(out, report))?;
    annotations::write(&mut out, report)?;
    out.flush()?;
    Ok(())
}

/// The gate's exit status. What does not exist cannot be started: a pipeline is to stop there, too.
fn status(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::WouldPull | Outcome::NoFailure => 0,
        Outcome::WouldFail | Outcome::TargetNotFound | Outcome::PullFailure | Outcome::OtherFailure => 1,
        Outcome::Inconclusive => INCONCLUSIVE,
    }
}
