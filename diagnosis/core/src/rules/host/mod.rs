//! Causes of the host family.

pub(super) mod disk_full;
