//! Causes of the permission family.

pub(super) mod auth_token_denied;
pub(super) mod endpoint_policy_denies_ecr;
pub(super) mod endpoint_policy_denies_s3;
pub(super) mod execution_role_missing;
pub(super) mod execution_role_not_found;
pub(super) mod execution_role_trust;
pub(super) mod explicit_deny;
pub(super) mod external_instance_credentials;
pub(super) mod instance_profile_missing;
pub(super) mod instance_role_denied;
mod keys;
pub(super) mod kms_key_denied;
pub(super) mod kms_key_unusable;
pub(super) mod organization_policy_denies;
mod own_policies;
pub(super) mod permissions_boundary_denies;
mod principals;
pub(super) mod pull_actions_denied;
mod refused;
mod registry_credentials;
pub(super) mod registry_credentials_missing;
pub(super) mod registry_credentials_rejected;
pub(super) mod registry_secret_missing;
pub(super) mod registry_secret_unreadable;
pub(super) mod registry_settings_deny;
pub(super) mod repository_policy_denies;
pub(super) mod repository_policy_lacks_account;
