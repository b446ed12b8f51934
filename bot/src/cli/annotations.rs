//! Annotations that GitHub Actions shows beside a workflow's run: workflow commands on standard output.
//!
//! Syntax: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>. What may stand in a
//! command is escaped as GitHub's own toolkit does
//! (<https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts>).

use std::io::{self, Write};

use diagnosis::judgement::Confidence;
use diagnosis::report::{CheckStatus, Outcome, Report};
use diagnosis::{Missing, Stage};

/// Annotations of one kind that GitHub shows of a step
/// (<https://docs.github.com/en/actions/reference/limits>).
const MOST: usize = 10;

/// How much an annotation matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Error,
    Warning,
    Notice,
}

impl Level {
    fn command(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// Writes the report's annotations: the headline, then what stands behind it.
///
/// # Errors
/// Those of `out`.
pub(super) fn write(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let (level, title) = match report.outcome {
        Outcome::WouldPull => (Level::Notice, "Image pull: would succeed"),
        Outcome::WouldFail => (Level::Error, "Image pull: would fail"),
        Outcome::TargetNotFound => (Level::Error, "Image pull: no such target"),
        Outcome::Inconclusive => (Level::Warning, "Image pull: could not be checked"),
        Outcome::PullFailure => (Level::Error, "Image pull: failed"),
        Outcome::OtherFailure => (Level::Warning, "Image pull: not what fails"),
        Outcome::NoFailure => (Level::Notice, "Image pull: no failure"),
    };
    annotation(out, level, title, &report.headline)?;
    let others = report
        .causes
        .iter()
        .filter(|cause| !report.headline.contains(&cause.summary));
    for cause in others.take(MOST - 1) {
        let level = match cause.confidence {
            Confidence::Confirmed => Level::Error,
            Confidence::Likely | Confidence::Possible => Level::Warning,
        };
        let title = format!("Image pull: {}", stage(cause.stage));
        annotation(out, level, &title, &cause.summary)?;
    }
    if report.outcome == Outcome::Inconclusive {
        for missing in missing(report).into_iter().take(MOST - 1) {
            let text = format!("{}: {}", missing.what, missing.why);
            annotation(out, Level::Warning, "Image pull: could not check", &text)?;
        }
    }
    if report.outcome == Outcome::WouldPull {
        let problems = report
            .checks
            .iter()
            .filter(|check| check.status == CheckStatus::Problem);
        for check in problems.take(MOST) {
            annotation(out, Level::Warning, &check.title, &check.detail)?;
        }
    }
    Ok(())
}

/// What was not had, each thing once, without what the headline says already.
fn missing(report: &Report) -> Vec<&Missing> {
    let mut all: Vec<&Missing> = Vec::new();
    let of_causes = report.causes.iter().flat_map(|cause| &cause.missing);
    let of_unknown = report.unknown.iter().flat_map(|unknown| &unknown.missing);
    for missing in of_causes.chain(of_unknown) {
        if !all.contains(&missing) && !report.headline.contains(&missing.what) {
            all.push(missing);
        }
    }
    all
}

fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Service => "the task cannot be started",
        Stage::Role => "before the pull",
        Stage::TokenNetwork | Stage::RegistryNetwork | Stage::LayerNetwork => "network",
        Stage::Token => "authorization",
        Stage::Manifest => "image",
        Stage::Layers | Stage::Unpack => "layers",
    }
}

fn annotation(out: &mut impl Write, level: Level, title: &str, text: &str) -> io::Result<()> {
    writeln!(
        out,
        "::{} title={}::{}",
        level.command(),
        property(title),
        data(text)
    )
}

/// Escapes what stands behind a command: anything that would end its line.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes a property of a command: what would end it, too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Runs `write`, in whose output GitHub looks for no commands: what a report quotes comes from outside.
///
/// # Errors
/// Those of `out` and of `write`.
pub(super) fn without_commands<O: Write>(
    out: &mut O,
    write: impl FnOnce(&mut O) -> io::Result<()>,
) -> io::Result<()> {
    // Nobody who can write into what is quoted knows the word that ends it.
    let token = uuid::Uuid::from_u128(rand::random()).simple().to_string();
    writeln!(out, "::stop-commands::{token}")?;
    write(out)?;
    writeln!(out, "::{token}::")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(level: Level, title: &str, text: &str) -> String {
        let mut out = Vec::new();
        annotation(&mut out, level, title, text).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn nothing_that_is_said_ends_its_line_or_property() {
        for (title, text, expected) in [
            ("plain", "plain", "::error title=plain::plain\n"),
            ("a: b, c", "a: b, c", "::error title=a%3A b%2C c::a: b, c\n"),
            ("50%", "50%25", "::error title=50%25::50%2525\n"),
            (
                "two\r\nlines",
                "a\n::add-mask::x\r\nb",
                "::error title=two%0D%0Alines::a%0A::add-mask::x%0D%0Ab\n",
            ),
            (
                "x,file=/etc/passwd::",
                "",
                "::error title=x%2Cfile=/etc/passwd%3A%3A::\n",
            ),
        ] {
            assert_eq!(said(Level::Error, title, text), expected);
        }
        assert!(said(Level::Warning, "t", "x").starts_with("::warning title=t::"));
        assert!(said(Level::Notice, "t", "x").starts_with("::notice title=t::"));
    }

    #[test]
    fn commands_within_what_is_quoted_are_stopped_by_a_word_nobody_knows() {
        let stopped = || {
            let mut out = Vec::new();
            without_commands(&mut out, |out| writeln!(out, "::set-env name=PATH::/tmp")).unwrap();
            String::from_utf8(out).unwrap()
        };
        let text = stopped();
        let token = text
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("::stop-commands::"))
            .unwrap();
        assert_eq!(token.len(), 32);
        assert!(text.ends_with(&format!("\n::{token}::\n")));
        assert_ne!(text, stopped());
    }
}
