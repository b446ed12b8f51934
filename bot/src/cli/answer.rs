//! What came of reading, for `diagnose` and `preflight` alike.

use collect::{Aws, CollectError, Reader};
use diagnosis::{Report, SavedDiagnosis, diagnose};

use super::steps::{Steps, tell};
use crate::diagnoser::{self, Verdict};

/// The report, and what it was made from.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) saved: SavedDiagnosis,
    pub(super) report: Report,
    /// Whether anything could be read from AWS at all.
    pub(super) was_read: bool,
}

impl Answer {
    /// Adds the changes to a verdict; where there is none, says why on standard error and reports what is there.
    pub(super) async fn of(
        made: Result<Verdict, CollectError>,
        aws: &Aws,
        reader: &dyn Reader,
        steps: Steps,
    ) -> Self {
        match made {
            Ok(verdict) => {
                let Verdict { saved, report, .. } = verdict.with_history(aws, reader).await;
                steps.gone();
                Self {
                    saved,
                    report,
                    was_read: true,
                }
            }
            Err(error) => {
                steps.gone();
                tell(&format!("ecs-pull-why: {error}\n"));
                let saved = diagnoser::unreadable(&error);
                Self {
                    report: diagnose(&saved.evidence, &saved.options),
                    saved,
                    was_read: false,
                }
            }
        }
    }
}
