//! Causes of the configuration family.

pub(super) mod task_definition_inactive;
pub(super) mod task_definition_not_found;
