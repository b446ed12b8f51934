//! Images that the failure is not about: whether they are there, which is what a pull fails with next.
//!
//! They come last, and take what is left of the calls that a diagnosis may make.

use diagnosis::Outcome;
use diagnosis::evidence::image::{EcrEvidence, ImageEvidence};
use futures::future::join_all;

use crate::ecr::host::{EcrImage, ecr_image};
use crate::ecr::images::Which;
use crate::ecr::{images, repositories};
use crate::session::Session;
use crate::tally::Chain;

/// Calls that are left for the changes before the failure.
const LEFT_FOR_CHANGES: usize = 2;

/// Looks at those of the images that were not looked at, as far as the calls last.
pub(crate) async fn look(session: &Session<'_>, found: &mut [ImageEvidence], refused: bool, after: Chain) {
    let left = usize::try_from(session.tally().left()).unwrap_or(usize::MAX);
    // Of one that is not there its repository is asked for, and where a refusal is in question, the policy.
    let each = if refused { 2 } else { 1 };
    let beside = found.iter_mut().filter_map(|image| {
        let parsed = ecr_image(&image.reference)?;
        let ecr = image.ecr.as_mut()?;
        matches!(ecr.image.outcome, Outcome::NotCollected { .. }).then_some((parsed, ecr))
    });
    let beside = beside.take(left.saturating_sub(LEFT_FOR_CHANGES) / each);
    join_all(beside.map(|(image, ecr)| one(session, image, ecr, refused, after))).await;
}

async fn one(session: &Session<'_>, image: EcrImage, ecr: &mut EcrEvidence, refused: bool, after: Chain) {
    let which = Which::of(&image);
    let (found, policy) = tokio::join!(images::describe(session, &image, &which, after), async {
        if refused {
            Some(repositories::policy(session, &image, after).await)
        } else {
            None
        }
    });
    if let Some(policy) = policy {
        ecr.policy = policy;
    }
    // Where there is no repository there is no image either.
    if found.item.absent().is_some() {
        ecr.repository = repositories::describe(session, &image, found.chain).await.item;
    }
    ecr.image = found.item;
}
