//! Causes of the host family.

pub(super) mod agent_disconnected;
pub(super) mod cached_image_missing;
pub(super) mod disk_full;
pub(super) mod pull_timeout;
pub(super) mod single_host_fault;
