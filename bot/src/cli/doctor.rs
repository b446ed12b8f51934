//! `doctor`: what is missing, and how to put it right.

use std::io::{self, Write};

use super::Failure;
use crate::doctor::{Finding, Status, examine};
use crate::settings::Settings;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How the findings are printed.
    #[arg(long, value_enum, default_value = "text")]
    output: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// For people: a line a finding, what to do below it.
    Text,
    /// For programs.
    Json,
}

/// 0 where nothing must be put right, 1 otherwise.
pub(super) async fn run(args: &Args) -> Result<u8, Failure> {
    let settings = Settings::sound_part(&|name| std::env::var(name).ok());
    let examination = Box::pin(examine(settings)).await;
    let mut out = io::stdout().lock();
    match args.output {
        Form::Json => {
            serde_json::to_writer_pretty(&mut out, &examination).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        Form::Text => examination
            .findings
            .iter()
            .try_for_each(|finding| write(&mut out, finding))?,
    }
    Ok(u8::from(!examination.ok))
}

fn write(out: &mut impl Write, finding: &Finding) -> io::Result<()> {
    let mark = match finding.status {
        Status::Ok => "ok         ",
        Status::Advice => "advice     ",
        Status::Problem => "problem    ",
        Status::NotChecked => "not checked",
    };
    let subject = finding.subject.iter().map(|subject| format!(" {subject}"));
    let subject: String = subject.collect();
    writeln!(
        out,
        "{mark}  {}{subject}: {}",
        finding.check.title(),
        finding.detail
    )?;
    if let Some(fix) = &finding.fix {
        writeln!(out, "             → {fix}")?;
    }
    for line in finding.paste.iter().flat_map(|paste| paste.lines()) {
        writeln!(out, "               {line}")?;
    }
    Ok(())
}
