//! Where collecting and deciding meet: evidence read from AWS, a report made of it.

use std::time::Duration;

use collect::{
    Ask, Aws, CollectError, CollectOptions, Collected, HistoryRequest, Listener, PreflightAsk, Reader,
};
use diagnosis::report::{Cost, Outcome};
use diagnosis::{Options, Report, SavedDiagnosis, diagnose};

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
    Ok(decided(collected, options))
}

/// The same for a task that is to be started: reads what its pull depends on, and decides.
///
/// # Errors
/// Where nothing could be read at all; [`unreadable`] makes a report of that.
pub async fn preflight(
    aws: &Aws,
    ask: &PreflightAsk,
    options: &CollectOptions,
    reader: &dyn Reader,
    progress: Listener<'_>,
) -> Result<Verdict, CollectError> {
    let collected = Box::pin(collect::preflight(aws, ask, options, reader, progress)).await?;
    Ok(decided(collected, options))
}

fn decided(collected: Collected, options: &CollectOptions) -> Verdict {
    tracing::debug!(
        aws_calls = collected.cost.aws_calls,
        elapsed_ms = collected.cost.elapsed_ms,
        longest_chain_ms = collected.cost.longest_chain_ms,
        "collected, changes apart"
    );
    let saved = SavedDiagnosis {
        evidence: collected.evidence,
        options: Options {
            cost: cost(collected.cost),
            window: jiff::SignedDuration::try_from(options.window).unwrap_or(Options::default().window),
            ..Options::default()
        },
    };
    Verdict {
        report: diagnose(&saved.evidence, &saved.options),
        saved,
        history: collected.history,
    }
}

impl Verdict {
    /// The same diagnosis with the history of changes, which CloudTrail's limit of two requests a second makes slow. Of a
    /// preflight only what would fail has a history worth telling.
    pub async fn with_history(mut self, aws: &Aws, reader: &dyn Reader) -> Self {
        if self.saved.evidence.preflight.is_some() && self.report.outcome != Outcome::WouldFail {
            return self;
        }
        let history = Box::pin(collect::history(aws, reader, &self.history)).await;
        let more = cost(history.cost);
        self.saved.evidence.changes = history.changes;
        let cost = &mut self.saved.options.cost;
        cost.aws_calls = cost.aws_calls.saturating_add(more.aws_calls);
        cost.elapsed_ms = cost.elapsed_ms.saturating_add(more.elapsed_ms);
        self.report = diagnose(&self.saved.evidence, &self.saved.options);
        self
    }
}

/// The report of a diagnosis that could read nothing.
pub fn unreadable(error: &CollectError) -> SavedDiagnosis {
    SavedDiagnosis {
        evidence: (*error.evidence).clone(),
        options: Options {
            cost: cost(error.cost),
            ..Options::default()
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
