//! Whether the layers of an image are there.

use aws_sdk_ecr::types;
use diagnosis::evidence::image::{CacheRule, Layer};
use diagnosis::{Listing, Observed};

use super::host::EcrImage;
use super::platforms::{manifest, may_read_manifest};
use super::query;
use crate::actions::ECR_BATCH_CHECK_LAYER_AVAILABILITY;
use crate::convert::text;
use crate::reader::Kind;
use crate::session::{Seen, Session};

/// Layers that one call asks about.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchCheckLayerAvailability.html>
const MOST: usize = 100;

/// The layers of the image with this digest, and its configuration.
pub(crate) async fn read(
    session: &Session<'_>,
    image: &EcrImage,
    digest: &str,
    rules: &Seen<Listing<CacheRule>>,
) -> Observed<Listing<Layer>> {
    let action = &ECR_BATCH_CHECK_LAYER_AVAILABILITY;
    let skip = |why: &str| session.skipped_in(action, &image.repository, &image.region, why);
    if let Err(why) = may_read_manifest(image, rules) {
        return skip(why);
    }
    let manifest = manifest(session, image, digest, rules).await;
    let Some(read) = manifest.value() else {
        return manifest.item.map(|_| Listing::complete(Vec::new()));
    };
    let digests = read.contents();
    if digests.is_empty() {
        return skip("the manifest names no layers");
    }
    let mut query = query(action, image, Kind::Image, manifest.chain);
    query.resource = format!("{}@{digest}", image.repository);
    session
        .read(query, async {
            let answer = session
                .ecr(&image.region)
                .batch_check_layer_availability()
                .registry_id(&image.registry)
                .repository_name(&image.repository)
                .set_layer_digests(Some(digests.iter().take(MOST).cloned().collect()))
                .send()
                .await?;
            let there = answer.layers().iter().map(|layer| Layer {
                digest: text(layer.layer_digest()),
                availability: layer
                    .layer_availability()
                    .map_or("UNAVAILABLE", types::LayerAvailability::as_str)
                    .to_owned(),
            });
            let gone = answer.failures().iter().map(|failure| Layer {
                digest: text(failure.layer_digest()),
                availability: failure
                    .failure_code()
                    .map_or("UNAVAILABLE", types::LayerFailureCode::as_str)
                    .to_owned(),
            });
            Ok(Listing {
                items: there.chain(gone).collect(),
                complete: digests.len() <= MOST,
                window: None,
            })
        })
        .await
        .item
}
