//! What answers are made with.

use diagnosis::Report;

use crate::settings::Account;
use crate::slack::render::progress::Step;
use crate::work::Ask;

/// A question, with the account it is about.
#[derive(Debug, Clone)]
pub struct Question {
    /// What was asked.
    pub ask: Ask,
    /// The account; `None`: the one that the process's credentials belong to.
    pub account: Option<Account>,
    /// Whether to read past the cache.
    pub fresh: bool,
}

/// Why there is no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DiagnoseError {
    /// It lies in the question, or in what the bot may do; said to the person as it is.
    #[error("{0}")]
    Cannot(String),
    /// Another attempt may help.
    #[error("{0}")]
    Passing(String),
}

/// Told how far the nine steps are: the number of a step, from 1, and its state.
pub type Progress<'a> = &'a (dyn Fn(u8, Step) + Send + Sync);

/// Makes reports.
pub trait Diagnoser: Send + Sync + 'static {
    /// What is left to be read once the verdict is there.
    type Rest: Send;

    /// The report, before change events are read.
    fn diagnose(
        &self,
        question: &Question,
        progress: Progress<'_>,
    ) -> impl Future<Output = Result<(Report, Self::Rest), DiagnoseError>> + Send;

    /// The report with change events: CloudTrail answers two requests a second, and no verdict waits for it.
    fn with_history(&self, rest: Self::Rest) -> impl Future<Output = Report> + Send;
}
