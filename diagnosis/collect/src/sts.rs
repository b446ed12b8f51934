//! Which account the credentials belong to.

use diagnosis::Outcome;
use tokio::time::Instant;

use crate::actions::STS_GET_CALLER_IDENTITY;
use crate::observe::{NotSeen, outcome};
use crate::session::{Session, outcome_name};
use crate::tally::Chain;

/// The account's number. No permission is needed to ask for it.
pub(crate) async fn account(session: &Session<'_>) -> Option<String> {
    let started = Instant::now();
    let answer = session.sts(&session.region).get_caller_identity().send().await;
    let result = match answer {
        Ok(identity) => identity
            .account
            .ok_or_else(|| NotSeen::Failed("the answer names no account".to_owned())),
        Err(error) => Err(error.into()),
    };
    let (outcome, trouble) = outcome(&STS_GET_CALLER_IDENTITY, result);
    session.tally().read(
        STS_GET_CALLER_IDENTITY.action,
        "",
        started,
        outcome_name(&outcome),
        Chain(started.elapsed()),
    );
    session.note(trouble);
    match outcome {
        Outcome::Present(account) => Some(account),
        _ => None,
    }
}
