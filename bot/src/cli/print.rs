//! Printing a report.

use std::io::{self, IsTerminal, Write};

use diagnosis::Report;

use super::{Failure, Output, annotations};
use crate::slack::render::{History, findings};
use crate::terminal::{self, Look};

/// Prints `report` to standard output.
pub(super) fn report(report: &Report, output: Output) -> Result<(), Failure> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    match output {
        Output::Text => text(&mut out, report)?,
        Output::Json => {
            serde_json::to_writer_pretty(&mut out, report).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        Output::Github => annotations::write(&mut out, report)?,
        Output::Slack => {
            let message = findings(report, true, History::Read, None).content();
            serde_json::to_writer_pretty(&mut out, &message).map_err(io::Error::from)?;
            writeln!(out)?;
        }
    }
    out.flush()?;
    Ok(())
}

/// Writes `report` for people.
pub(super) fn text(out: &mut impl Write, report: &Report) -> io::Result<()> {
    terminal::write(out, report, look())
}

/// Colour and links only on a terminal, and not where `NO_COLOR` (<https://no-color.org>) asks for none.
fn look() -> Look {
    let plain =
        !io::stdout().is_terminal() || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if plain {
        return Look::PLAIN;
    }
    let width = textwrap::termwidth().clamp(40, 120);
    Look { width, rich: true }
}
