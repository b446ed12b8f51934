//! `ecs-pull-why`: the command line.

use std::process::ExitCode;

use clap::Parser;
use ecs_pull_why::cli::Cli;

#[tokio::main]
async fn main() -> ExitCode {
    Cli::parse().run().await
}
