//! `ecs-pull-why`: the command line.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use ecs_pull_why::cli::Cli;

/// Reading AWS is a deep tree of futures; unoptimised, polling it takes more than a thread's usual 2 MiB.
const STACK: usize = 16 * 1024 * 1024;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK)
        .build();
    match runtime {
        // On a worker's stack: the main thread's is the shell's to set.
        Ok(runtime) => runtime.block_on(async { tokio::spawn(cli.run()).await.unwrap_or(ExitCode::FAILURE) }),
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "ecs-pull-why: cannot start: {error}");
            ExitCode::FAILURE
        }
    }
}
