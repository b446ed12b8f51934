//! Where collecting and deciding meet: evidence read from AWS, a report made of it.

use std::time::Duration;

use collect::{Ask, Aws, CollectError, CollectOptions, History, HistoryRequest, Listener, Reader};
use diagnosis::evidence::changes::Change;
use diagnosis::judgement::{Confidence, Effect};
use diagnosis::report::{CheckStatus, Cost, Outcome};
use diagnosis::{Listing, Observed, Options, Report, SavedDiagnosis, diagnose};

/// How far back changes are looked for where nothing nearer correlates.
const WIDEST: jiff::SignedDuration = jiff::SignedDuration::from_hours(48);
/// The playbook's step that looks at changes.
const RECENT_CHANGES: u8 = 9;

/// Change events, one entry per region asked.
type Changes = Vec<Observed<Listing<Change>>>;

/// A diagnosis that stands, and what is still to be asked of CloudTrail.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The evidence, and what it cost to get.
    pub saved: SavedDiagnosis,
    /// What it means.
    pub report: Report,
    history: HistoryRequest,
}

/// Reads everything but the history of changes, and decides.
///
/// # Errors
/// Where nothing could be read at all; [`unreadable`] makes a report of that.
pub async fn verdict(
    aws: &Aws,
    ask: &Ask,
    options: &CollectOptions,
    reader: &dyn Reader,
    progress: Listener<'_>,
) -> Result<Verdict, CollectError> {
    let collected = Box::pin(collect::collect(aws, ask, options, reader, progress)).await?;
    let saved = SavedDiagnosis {
        evidence: collected.evidence,
        options: Options {
            cost: cost(collected.cost),
            widened_from: None,
        },
    };
    Ok(Verdict {
        report: diagnose(&saved.evidence, &saved.options),
        saved,
        history: collected.history,
    })
}

impl Verdict {
    /// The same diagnosis with the history of changes, which CloudTrail's limit of two requests a second makes slow.
    ///
    /// Where nothing in the window correlates with the failure, the time before is looked at too, back to [`WIDEST`].
    pub async fn with_history(mut self, aws: &Aws, reader: &dyn Reader) -> Self {
        let history = Box::pin(collect::history(aws, reader, &self.history)).await;
        self.take(history, |_, changes| changes);
        if !correlates(&self.report)
            && let Some(before) = self.history.before(WIDEST)
        {
            let earlier = Box::pin(collect::history(aws, reader, &before)).await;
            self.saved.options.widened_from = Some(self.history.window);
            self.take(earlier, collect::joined);
        }
        self
    }

    fn take(&mut self, history: History, put: impl FnOnce(Changes, Changes) -> Changes) {
        let more = cost(history.cost);
        let known = std::mem::take(&mut self.saved.evidence.changes);
        self.saved.evidence.changes = put(known, history.changes);
        let cost = &mut self.saved.options.cost;
        cost.aws_calls = cost.aws_calls.saturating_add(more.aws_calls);
        cost.elapsed_ms = cost.elapsed_ms.saturating_add(more.elapsed_ms);
        self.report = diagnose(&self.saved.evidence, &self.saved.options);
    }
}

/// Whether something explains the failure, or a change came shortly before it; what did not fail needs no explanation.
fn correlates(report: &Report) -> bool {
    let explained = report.causes.iter().any(|cause| {
        cause.effect == Effect::Observed
            && matches!(cause.confidence, Confidence::Confirmed | Confidence::Likely)
    });
    let changed = report
        .checks
        .iter()
        .any(|check| check.step == RECENT_CHANGES && check.status == CheckStatus::Problem);
    report.outcome != Outcome::PullFailure || explained || changed
}

/// The report of a diagnosis that could read nothing.
pub fn unreadable(error: &CollectError) -> SavedDiagnosis {
    SavedDiagnosis {
        evidence: (*error.evidence).clone(),
        options: Options {
            cost: cost(error.cost),
            widened_from: None,
        },
    }
}

/// What the report says of the cost.
fn cost(cost: collect::Cost) -> Cost {
    Cost {
        aws_calls: cost.aws_calls,
        elapsed_ms: cost.elapsed_ms,
    }
}

/// `24h`, `90m`, `2 days`: a length of time as people write it.
///
/// # Errors
/// Where it is none, or not positive.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no length of time; write for example `24h` or `90m`");
    let length: jiff::SignedDuration = text.trim().parse().map_err(|_| wrong())?;
    let length = Duration::try_from(length).map_err(|_| wrong())?;
    if length.is_zero() {
        Err(wrong())
    } else {
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_read_as_people_write_them() {
        assert_eq!(duration("24h"), Ok(Duration::from_hours(24)));
        assert_eq!(duration("90m"), Ok(Duration::from_mins(90)));
        assert_eq!(duration("60s"), Ok(Duration::from_mins(1)));
        for wrong in ["", "0s", "-1h", "soon", "24"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
