//! Looking ahead: what a task that has not been started would meet. The same reading as for a failure, without one.

mod ask;
mod resolve;

use jiff::Timestamp;

pub use ask::PreflightAsk;

use crate::aws::Aws;
use crate::collect::{CollectOptions, Collected, Gathering, gathered};
use crate::progress::{Listener, step};
use crate::reader::Reader;
use crate::session::Session;
use crate::unreadable::CollectError;

/// Reads everything that the pull of a task from the definition depends on, the history of changes apart.
///
/// # Errors
/// Only where nothing at all could be read; anything less is in the evidence.
pub async fn preflight(
    aws: &Aws,
    ask: &PreflightAsk,
    options: &CollectOptions,
    reader: &dyn Reader,
    progress: Listener<'_>,
) -> Result<Collected, CollectError> {
    let observed_at = Timestamp::now();
    let region = ask.region.clone().unwrap_or_else(|| aws.region().to_owned());
    let account = ask.account.clone();
    let session = Session::new(aws, reader, region, account, options.deadline, options.fresh);
    let resolved = step(progress, 6, resolve::resolve(&session, ask)).await;
    let gathering = Gathering {
        session: &session,
        observed_at,
        options,
        progress,
    };
    gathered(gathering, resolved).await
}
