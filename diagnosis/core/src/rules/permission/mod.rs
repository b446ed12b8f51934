//! Causes of the permission family.

pub(super) mod auth_token_denied;
mod denied;
pub(super) mod execution_role_missing;
pub(super) mod pull_actions_denied;
