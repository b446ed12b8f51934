//! The repository or tag exists in another region than the reference names.
//!
//! # What fails
//! The reference names a region whose registry does not have the image: it was pushed to another region, or is not
//! replicated to this one. Pulling from another region is allowed; the image just is not there.
//!
//! # What the pull says
//! "name unknown: The repository with name '…' does not exist in the registry with id '…'", or "not found".
//!
//! # What proves it
//! `ecr:DescribeImages` finds it in another region of the same account, and not where the reference says.
//!
//! # What rules it out
//! The image is where the reference says.
//!
//! # What cannot be known
//! Whether a region that was not asked has it: asked are the task's own, those that are set up for the account, and a
//! few that are commonly used.
//!
//! # Remedies
//! A revision that names the region that has the image; a push to, or replication into, the region it names.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html>

use super::{each, in_another_registry};
use crate::case::Case;
use crate::judgement::{Judgement, Subject};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    each(case, |case, image| {
        in_another_registry(case, image, |named, found| named.registry == found.registry)
    })
}
