//! Causes of the image family.

pub(super) mod platform_mismatch;
pub(super) mod repository_not_found;
pub(super) mod tag_not_found;
