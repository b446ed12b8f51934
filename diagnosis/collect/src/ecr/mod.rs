//! Reads Amazon ECR, always in the account and region that the image's reference names.

pub(crate) mod host;
pub(crate) mod images;
pub(crate) mod layer;
pub(crate) mod layers;
pub(crate) mod platforms;
pub(crate) mod registry;
pub(crate) mod repositories;
pub(crate) mod scan;

use crate::actions::Action;
use crate::reader::Kind;
use crate::session::Query;
use crate::tally::Chain;
use host::EcrImage;

/// A question about the image's repository, put to its registry.
fn query(action: &'static Action, image: &EcrImage, kind: Kind, after: Chain) -> Query {
    Query::new(action, &image.repository, &image.region, kind, after).account(&image.registry)
}
