//! Causes of the registry family.

pub(super) mod dockerhub_rate_limited;
