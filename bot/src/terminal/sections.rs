//! The sections of the report, one method each.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anstyle::Style;
use diagnosis::judgement::{Confidence, Effect};
use diagnosis::report::{CauseReport, CheckStatus, Evidence, Outcome, Report};
use jiff::Timestamp;
use textwrap::{Options, WordSeparator, WordSplitter};

use super::Look;
use super::style::{BAD, FAINT, GOOD, HEADING, UNSURE};

/// Writes sections one after the other.
pub(super) struct Page<'o, O> {
    out: &'o mut O,
    look: Look,
}

impl<'o, O: Write> Page<'o, O> {
    pub(super) fn new(out: &'o mut O, look: Look) -> Self {
        Self { out, look }
    }

    /// The headline and the impact.
    pub(super) fn verdict(&mut self, report: &Report) -> io::Result<()> {
        let (mark, style) = mark(report);
        self.wrapped(&format!("{mark} {}", report.headline), "  ", style)?;
        let impact = &report.impact;
        let mut parts = Vec::new();
        if let (Some(running), Some(desired)) = (impact.running, impact.desired) {
            parts.push(format!("{running} of {desired} tasks running"));
        }
        if let Some(revision) = &impact.serving_revision {
            parts.push(format!("{revision} still serves"));
        }
        if impact.rollback_in_progress {
            parts.push("ECS is rolling back by itself: wait for it".to_owned());
        }
        if let Some(failure) = report
            .failure
            .as_ref()
            .filter(|_| report.outcome == Outcome::PullFailure)
        {
            if let Some(first) = failure.first_seen {
                parts.push(format!("failing since {}", clock(self.look, first)));
            }
            parts.push(match failure.count {
                1 => "1 attempt seen".to_owned(),
                count => format!("{count} attempts seen"),
            });
        }
        let place = [
            report.target.account.as_deref(),
            Some(report.target.region.as_str()),
        ];
        parts.extend(place.into_iter().flatten().map(str::to_owned));
        self.wrapped(&format!("  {}", parts.join(" · ")), "  ", FAINT)
    }

    /// What the first cause is, whom else it hits, and what happened before.
    pub(super) fn what_happened(&mut self, report: &Report) -> io::Result<()> {
        if report.timeline.is_empty() && report.failure.is_none() {
            return Ok(());
        }
        self.heading("What happened")?;
        for entry in newest(&report.timeline, 6) {
            let at = moment(self.look, entry.at, report.observed_at);
            self.item(&format!("{at}  {}", entry.what))?;
        }
        if let Some(failure) = &report.failure {
            let container = failure
                .container
                .as_deref()
                .map(|name| format!("container {name}: "))
                .unwrap_or_default();
            self.item(&format!("{container}\"{}\"", failure.message))?;
        }
        let radius = &report.blast_radius;
        if !radius.services.is_empty() || !radius.task_definitions.is_empty() {
            let who = if radius.services.is_empty() {
                &radius.task_definitions
            } else {
                &radius.services
            };
            self.item(&format!("also failing: {}", who.join(", ")))?;
        }
        Ok(())
    }

    /// The facts behind each cause that explains the failure.
    pub(super) fn what_proves_it(&mut self, report: &Report) -> io::Result<()> {
        let observed: Vec<&CauseReport> = report
            .causes
            .iter()
            .filter(|cause| cause.effect == Effect::Observed)
            .collect();
        for cause in &observed {
            self.heading(match cause.confidence {
                Confidence::Confirmed => "What proves it",
                Confidence::Likely => "What speaks for it",
                Confidence::Possible => "What would fit",
            })?;
            if observed.len() > 1 {
                self.wrapped(&format!("  {}", cause.summary), "  ", Style::new())?;
            }
            for evidence in &cause.evidence {
                self.evidence(evidence)?;
            }
            for missing in &cause.missing {
                self.item(&format!("not known: {} ({})", missing.what, missing.why))?;
            }
        }
        Ok(())
    }

    /// What fails once this is fixed.
    pub(super) fn next(&mut self, report: &Report) -> io::Result<()> {
        for (effect, heading) in [
            (Effect::Next, "Next after that"),
            (Effect::Since, "Broken since then"),
        ] {
            let causes: Vec<&CauseReport> = report
                .causes
                .iter()
                .filter(|cause| cause.effect == effect)
                .collect();
            if causes.is_empty() {
                continue;
            }
            self.heading(heading)?;
            for cause in causes {
                self.item(&cause.summary)?;
            }
        }
        Ok(())
    }

    /// What could not be told, and what would settle it.
    pub(super) fn could_not_check(&mut self, report: &Report) -> io::Result<()> {
        if report.unknown.is_empty() {
            return Ok(());
        }
        self.heading("Could not check")?;
        let mut said = Vec::new();
        for missing in report.unknown.iter().flat_map(|unknown| &unknown.missing) {
            if said.contains(&missing) {
                continue;
            }
            said.push(missing);
            self.item(&format!("{}: {}", missing.what, missing.why))?;
        }
        Ok(())
    }

    /// The remedies, as commands.
    pub(super) fn what_to_do(&mut self, report: &Report) -> io::Result<()> {
        if report.remedies.is_empty() {
            return Ok(());
        }
        self.heading("What to do")?;
        for remedy in &report.remedies {
            self.item(&remedy.title)?;
            for note in &remedy.notes {
                self.wrapped(&format!("    {note}"), "    ", FAINT)?;
            }
            // A command is for copying: it is never wrapped.
            for line in remedy.cli.lines() {
                writeln!(self.out, "      {line}")?;
            }
        }
        Ok(())
    }

    /// The playbook's nine steps.
    pub(super) fn checks(&mut self, report: &Report) -> io::Result<()> {
        self.heading("Checked")?;
        for check in &report.checks {
            let (word, style) = match check.status {
                CheckStatus::Ok => ("ok     ", GOOD),
                CheckStatus::Problem => ("problem", BAD),
                CheckStatus::Unknown => ("unknown", UNSURE),
                CheckStatus::NotApplicable => ("-      ", FAINT),
            };
            let word = self.look.paint(style, word);
            let text = format!("{}: {}", check.title, check.detail);
            let indent = " ".repeat(12);
            let body = textwrap::fill(&text, options(self.look.width.saturating_sub(12)));
            writeln!(
                self.out,
                "  {} {word} {}",
                check.step,
                body.replace('\n', &format!("\n{indent}"))
            )?;
        }
        Ok(())
    }

    /// What it cost.
    pub(super) fn footer(&mut self, report: &Report) -> io::Result<()> {
        let checked = report
            .checks
            .iter()
            .filter(|check| check.status != CheckStatus::Unknown)
            .count();
        let ruled_out: BTreeSet<_> = report.ruled_out.iter().map(|item| item.cause).collect();
        writeln!(self.out)?;
        let left = if report.unknown.is_empty() && checked == report.checks.len() {
            "nothing left unchecked"
        } else {
            "not everything could be checked"
        };
        let cost = &report.cost;
        let text = format!(
            "  {checked} of {} steps · ruled out {} causes · {left} · {} AWS calls, {}.{} s",
            report.checks.len(),
            ruled_out.len(),
            cost.aws_calls,
            cost.elapsed_ms / 1000,
            cost.elapsed_ms % 1000 / 100,
        );
        self.wrapped(&text, "  ", FAINT)
    }

    fn evidence(&mut self, evidence: &Evidence) -> io::Result<()> {
        self.item(&evidence.fact)?;
        let link = self.look.link(&evidence.call, evidence.link.as_deref());
        let source = self.look.paint(
            FAINT,
            &format!("{} {link}", clock(self.look, evidence.observed_at)),
        );
        writeln!(self.out, "      {source}")
    }

    fn heading(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "\n{}", self.look.paint(HEADING, text))
    }

    fn item(&mut self, text: &str) -> io::Result<()> {
        self.wrapped(&format!("  • {text}"), "    ", Style::new())
    }

    /// Wraps at the look's width; words longer than a line (ARNs, digests) stay whole.
    fn wrapped(&mut self, text: &str, indent: &str, style: Style) -> io::Result<()> {
        for line in textwrap::wrap(text, options(self.look.width).subsequent_indent(indent)) {
            writeln!(self.out, "{}", self.look.paint(style, &line))?;
        }
        Ok(())
    }
}

/// Lines break at spaces only: names, ARNs and digests are for copying.
fn options(width: usize) -> Options<'static> {
    Options::new(width)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
}

/// The state's mark and style.
fn mark(report: &Report) -> (&'static str, Style) {
    let sure = report
        .causes
        .iter()
        .any(|cause| cause.effect == Effect::Observed && cause.confidence != Confidence::Possible);
    match report.outcome {
        Outcome::PullFailure if sure => ("✗", BAD),
        Outcome::PullFailure | Outcome::Inconclusive | Outcome::TargetNotFound => ("?", UNSURE),
        Outcome::OtherFailure => ("✗", FAINT),
        Outcome::NoFailure | Outcome::WouldPull => ("✓", GOOD),
        Outcome::WouldFail => ("✗", BAD),
    }
}

/// The reader's time with UTC in brackets where somebody watches; what goes to a file or pipe is in UTC alone.
fn clock(look: Look, at: Timestamp) -> String {
    let utc = at.strftime("%H:%M UTC").to_string();
    let local = at.to_zoned_datetime(jiff::tz::TimeZone::system());
    if !look.rich || local.offset() == jiff::tz::Offset::UTC {
        return utc;
    }
    format!("{} ({utc})", local.strftime("%H:%M"))
}

/// The same, with the day where it is not the report's.
fn moment(look: Look, at: Timestamp, observed_at: Timestamp) -> String {
    let day = at.strftime("%-d %b").to_string();
    let time = clock(look, at);
    if day == observed_at.strftime("%-d %b").to_string() {
        time
    } else {
        format!("{day}, {time}")
    }
}

fn newest<T>(items: &[T], most: usize) -> &[T] {
    items.get(items.len().saturating_sub(most)..).unwrap_or_default()
}
