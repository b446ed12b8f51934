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
const LEFT_FOR_CHANGES: u32 = 2;

/// Looks at those of the images that were not looked at, as far as the calls last.
pub(crate) async fn look(session: &Session<'_>, found: &mut [ImageEvidence], refused: bool, after: Chain) {
    let mut left = session.tally().left().saturating_sub(LEFT_FOR_CHANGES);
    let mut looks = Vec::new();
    for image in found {
        let (Some(parsed), Some(ecr)) = (ecr_image(&image.reference), image.ecr.as_mut()) else {
            continue;
        };
        // In one's own account the role's policies suffice, unless something refused.
        let policy = refused || session.known_account() != Some(parsed.registry.as_str());
        let calls = 1 + u32::from(policy);
        if matches!(ecr.image.outcome, Outcome::NotCollected { .. }) && calls <= left {
            left -= calls;
            looks.push(one(session, parsed, ecr, policy, after));
        }
    }
    join_all(looks).await;
}

async fn one(session: &Session<'_>, image: EcrImage, ecr: &mut EcrEvidence, with_policy: bool, after: Chain) {
    let which = Which::of(&image);
    let (found, policy) = tokio::join!(images::describe(session, &image, &which, after), async {
        if with_policy {
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
