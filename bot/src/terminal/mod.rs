//! The report for a terminal: the same words in the same order as in the thread.
//!
//! 80 columns and no colour unless the output is a terminal; links as OSC 8 only there.

mod sections;
mod style;

use std::io::{self, Write};

use diagnosis::Report;

pub use style::Look;

/// Writes `report` to `out`.
///
/// # Errors
/// Those of `out`.
pub fn write(out: &mut impl Write, report: &Report, look: Look) -> io::Result<()> {
    let mut page = sections::Page::new(out, look);
    page.verdict(report)?;
    page.what_happened(report)?;
    page.what_proves_it(report)?;
    page.next(report)?;
    page.could_not_check(report)?;
    page.what_to_do(report)?;
    page.checks(report)?;
    page.footer(report)
}

#[cfg(test)]
mod tests;
