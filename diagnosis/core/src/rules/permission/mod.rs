//! Causes of the permission family.

pub(super) mod auth_token_denied;
pub(super) mod execution_role_missing;
mod own_policies;
pub(super) mod pull_actions_denied;
mod refused;
