//! Images of other revisions: only whether they exist.

use diagnosis::evidence::ecs::TaskDefinition;
use diagnosis::evidence::image::{EcrEvidence, Image, ImageEvidence};
use diagnosis::{Listing, Observed, Outcome};
use futures::future::join_all;

use super::{distinct, unread};
use crate::actions::ECR_BATCH_GET_IMAGE;
use crate::ecr::host::ecr_image;
use crate::ecr::images::{self, Which};
use crate::session::Session;
use crate::tally::Chain;

/// Images of other revisions, read off what is known already where that suffices.
pub(crate) async fn of_others(
    session: &Session<'_>,
    definitions: &[&TaskDefinition],
    known: &[ImageEvidence],
    after: Chain,
) -> Vec<ImageEvidence> {
    let all = definitions
        .iter()
        .flat_map(|definition| &definition.containers)
        .map(|container| container.image.as_str());
    let new: Vec<String> = distinct(all)
        .into_iter()
        .filter(|reference| known.iter().all(|image| image.reference != *reference))
        .collect();
    join_all(
        new.iter()
            .map(|reference| in_brief(session, reference, known, after)),
    )
    .await
}

async fn in_brief(
    session: &Session<'_>,
    reference: &str,
    known: &[ImageEvidence],
    after: Chain,
) -> ImageEvidence {
    let Some(image) = ecr_image(reference) else {
        return ImageEvidence {
            reference: reference.to_owned(),
            ecr: None,
        };
    };
    let which = Which::of(&image);
    let same = known.iter().filter_map(|other| other.ecr.as_ref()).find(|other| {
        other.registry == image.registry
            && other.region == image.region
            && other.repository_name == image.repository
    });
    let read_off = same.and_then(|same| from_listing(&same.images, &which));
    let found = match read_off {
        Some(found) => found,
        None => images::describe(session, &image, &which, after).await.item,
    };
    let skip = "it was read only whether the image exists: another revision is in question";
    let brief = match same {
        Some(same) => EcrEvidence {
            image: found,
            elsewhere: Vec::new(),
            pinned: Vec::new(),
            children: Vec::new(),
            platforms: session.skipped_in(&ECR_BATCH_GET_IMAGE, &image.repository, &image.region, skip),
            ..same.clone()
        },
        None => EcrEvidence {
            image: found,
            ..unread(session, &image, skip)
        },
    };
    ImageEvidence {
        reference: reference.to_owned(),
        ecr: Some(brief),
    }
}

/// Whether an image is there, as far as a listing of the repository tells.
fn from_listing(listing: &Observed<Listing<Image>>, which: &Which) -> Option<Observed<Image>> {
    let outcome = match &listing.outcome {
        Outcome::Present(images) => match images.items.iter().find(|image| which.is(image)) {
            Some(image) => Outcome::Present(image.clone()),
            None if images.complete => Outcome::Absent,
            None => return None,
        },
        Outcome::Absent => Outcome::Absent,
        _ => return None,
    };
    Some(Observed {
        source: listing.source.clone(),
        at: listing.at,
        outcome,
    })
}
