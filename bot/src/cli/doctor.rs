//! `doctor`: what is missing, and how to put it right.

use std::io::{self, Write};

use super::Failure;
use crate::doctor::{Finding, Status, examine};
use crate::settings::Settings;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Print JSON instead of text.
    #[arg(long)]
    json: bool,
}

/// 0 where nothing must be put right, 1 otherwise.
pub(super) async fn run(args: &Args) -> Result<u8, Failure> {
    let findings = Box::pin(examine(Settings::load())).await;
    let mut out = io::stdout().lock();
    if args.json {
        serde_json::to_writer_pretty(&mut out, &findings).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        for finding in &findings {
            write(&mut out, finding)?;
        }
    }
    Ok(u8::from(
        findings.iter().any(|finding| finding.status == Status::Problem),
    ))
}

fn write(out: &mut impl Write, finding: &Finding) -> io::Result<()> {
    let mark = match finding.status {
        Status::Ok => "ok         ",
        Status::Advice => "advice     ",
        Status::Problem => "problem    ",
        Status::NotChecked => "not checked",
    };
    writeln!(out, "{mark} {}: {}", finding.what, finding.detail)?;
    for line in finding.fix.iter().flat_map(|fix| fix.lines()) {
        writeln!(out, "            {line}")?;
    }
    Ok(())
}
