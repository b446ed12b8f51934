//! The image exists in another known account than the one the reference names.
//!
//! # What fails
//! The reference names the registry of an account that does not have the image: a reference copied from another
//! environment, an account id with a typo. The same repository, with the image, is in an account that is known.
//!
//! # What the pull says
//! "name unknown: The repository with name '…' does not exist in the registry with id '…'", "not found", or, from
//! another account's registry, a refusal: it does not say whether the repository exists.
//!
//! # What proves it
//! `ecr:DescribeImages` finds it in the task's own account, and not where the reference says.
//!
//! # What rules it out
//! The image is where the reference says.
//!
//! # What cannot be known
//! Whether the named account has the image, where it does not let us look: then an image of the same name at home is a
//! coincidence that means little.
//!
//! # Remedies
//! A revision that names the account that has the image; back to the last revision whose images exist.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html>

use super::{each, in_another_registry};
use crate::case::Case;
use crate::judgement::{Judgement, Subject};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    each(case, |case, image| {
        in_another_registry(case, image, |named, found| named.registry != found.registry)
    })
}
