//! The same image in other registries: looked for only where it is not where its reference says.

use diagnosis::evidence::image::{EcrEvidence, Elsewhere};
use futures::future::join_all;

use crate::aws::partition;
use crate::ecr::host::EcrImage;
use crate::ecr::images::{self, Which};
use crate::session::Session;
use crate::tally::Chain;

/// Registries that are looked into.
const MOST: usize = 5;

/// Regions that are commonly used, for accounts that are not set up with their own.
const COMMON: &[&str] = &["us-east-1", "eu-west-1"];

/// Looks for the image in the reader's own account and in other regions.
pub(super) async fn look(
    session: &Session<'_>,
    image: &EcrImage,
    ecr: &EcrEvidence,
    after: Chain,
) -> Vec<Elsewhere> {
    let own = session.account().await;
    let foreign = image.registry != own;
    // Another account that does not let us look says nothing of what it has; at home an absence is needed first.
    let worth_it = ecr.repository.absent().is_some() || ecr.image.absent().is_some() || foreign;
    if own.is_empty() || !worth_it || ecr.image.value().is_some() {
        return Vec::new();
    }
    let mut places: Vec<(String, String)> = Vec::new();
    let mut add = |registry: &str, region: &str| {
        let place = (registry.to_owned(), region.to_owned());
        let named = image.registry == registry && image.region == region;
        if !named && partition(region) == partition(&image.region) && !places.contains(&place) {
            places.push(place);
        }
    };
    add(&own, &image.region);
    add(&own, &session.region);
    if !foreign {
        let set_up = session.aws.regions();
        for region in set_up {
            add(&own, region);
        }
        // A repository that is here lacks a tag for other reasons: then a guess is not worth its calls.
        if set_up.is_empty() && ecr.repository.absent().is_some() {
            for region in COMMON {
                add(&own, region);
            }
        }
    }
    let which = Which::of(image);
    let reads = places.into_iter().take(MOST).map(|(registry, region)| {
        let there = EcrImage {
            registry: registry.clone(),
            region: region.clone(),
            ..image.clone()
        };
        let which = &which;
        async move {
            let image = images::describe(session, &there, which, after).await.item;
            Elsewhere {
                registry,
                region,
                image,
            }
        }
    });
    join_all(reads).await
}
