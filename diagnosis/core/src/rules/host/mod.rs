//! Causes of the host family.

pub(super) mod cached_image_missing;
pub(super) mod disk_full;
pub(super) mod pull_timeout;
