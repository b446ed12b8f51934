//! The codes of the contract: none may be dropped, renamed, or moved to another family or stage.

use diagnosis::stop_reason::StopClass;
use diagnosis::{Cause, rules};
use serde_json::{Value, json};

/// The classes of a failure's words.
const CLASSES: &[&str] = &[
    "access_denied_identity",
    "access_denied_resource_policy",
    "auth_token",
    "assume_role",
    "repository_not_found",
    "tag_not_found",
    "digest_not_found",
    "invalid_reference",
    "platform_mismatch",
    "network_timeout_ecr_api",
    "network_timeout_registry",
    "network_timeout_s3_layers",
    "dns_failure",
    "tls_failure",
    "connection_refused_or_reset",
    "rate_limited_dockerhub",
    "throttled_ecr",
    "private_registry_auth",
    "disk_full",
    "kms_denied",
    "s3_layer_forbidden",
    "pull_through_cache",
    "registry_unavailable_5xx",
    "corrupted_layer",
    "pull_timeout_large_image",
    "manifest_unsupported",
    "scan_or_quarantine",
    "ambiguous_denied_or_missing",
    "other_pull",
    "not_pull_failure",
];

/// The causes, each with its family and the stage it bites at; `as_found` where the case at hand decides.
const CAUSES: &[(&str, &str, &str)] = &[
    ("execution_role_missing", "permission", "role"),
    ("execution_role_not_found", "permission", "role"),
    ("execution_role_trust", "permission", "role"),
    ("auth_token_denied", "permission", "token"),
    ("pull_actions_denied", "permission", "as_found"),
    ("explicit_deny", "permission", "as_found"),
    ("permissions_boundary_denies", "permission", "as_found"),
    ("organization_policy_denies", "permission", "as_found"),
    ("repository_policy_denies", "permission", "as_found"),
    ("repository_policy_lacks_account", "permission", "manifest"),
    ("endpoint_policy_denies_ecr", "permission", "as_found"),
    ("endpoint_policy_denies_s3", "permission", "layers"),
    ("kms_key_denied", "permission", "as_found"),
    ("kms_key_unusable", "permission", "as_found"),
    ("instance_role_denied", "permission", "as_found"),
    ("registry_secret_unreadable", "permission", "token"),
    ("registry_secret_missing", "permission", "token"),
    ("registry_credentials_missing", "permission", "manifest"),
    ("registry_credentials_rejected", "permission", "manifest"),
    ("registry_settings_deny", "permission", "manifest"),
    ("repository_not_found", "image", "manifest"),
    ("wrong_account", "image", "manifest"),
    ("wrong_region", "image", "manifest"),
    ("tag_not_found", "image", "manifest"),
    ("tag_deleted", "image", "manifest"),
    ("tag_expired_by_lifecycle", "image", "manifest"),
    ("tag_moved", "image", "manifest"),
    ("pushed_after_failure", "image", "manifest"),
    ("image_archived", "image", "manifest"),
    ("digest_not_found", "image", "manifest"),
    ("pinned_digest_gone", "image", "manifest"),
    ("platform_mismatch", "image", "manifest"),
    ("invalid_reference", "image", "role"),
    ("manifest_unsupported", "image", "manifest"),
    ("image_blocked_by_scan_or_signing", "image", "manifest"),
    ("third_party_image_not_found", "image", "manifest"),
    ("layers_missing_or_corrupted", "image", "layers"),
    ("no_route_to_registry", "network", "as_found"),
    ("public_subnet_without_public_ip", "network", "as_found"),
    ("route_blackhole", "network", "as_found"),
    ("nat_gateway_unavailable", "network", "as_found"),
    ("nat_gateway_without_route", "network", "as_found"),
    ("endpoint_missing_ecr_api", "network", "token_network"),
    ("endpoint_missing_ecr_dkr", "network", "registry_network"),
    ("endpoint_missing_s3", "network", "layer_network"),
    ("s3_endpoint_not_on_route_table", "network", "layer_network"),
    ("endpoint_private_dns_disabled", "network", "as_found"),
    ("vpc_dns_disabled", "network", "as_found"),
    ("custom_dns_cannot_resolve", "network", "as_found"),
    ("security_group_egress_blocked", "network", "as_found"),
    ("endpoint_security_group_blocked", "network", "as_found"),
    ("nacl_blocked", "network", "as_found"),
    ("endpoint_unavailable", "network", "as_found"),
    ("egress_beyond_view", "network", "as_found"),
    ("ipv6_only_unsupported", "network", "as_found"),
    ("host_proxy_misconfigured", "network", "as_found"),
    ("tls_interception_or_custom_ca", "network", "as_found"),
    ("dockerhub_rate_limited", "registry", "manifest"),
    ("registry_unavailable", "registry", "as_found"),
    ("aws_service_event", "registry", "as_found"),
    ("ecr_throttled", "registry", "as_found"),
    ("pull_through_cache_rule_missing", "registry", "manifest"),
    ("pull_through_cache_denied", "registry", "manifest"),
    ("pull_through_cache_upstream", "registry", "manifest"),
    ("disk_full", "host", "unpack"),
    ("agent_disconnected", "host", "role"),
    ("pull_timeout", "host", "layers"),
    ("cached_image_missing", "host", "manifest"),
    ("task_definition_inactive", "configuration", "service"),
    ("task_definition_not_found", "configuration", "service"),
    ("instance_profile_missing", "permission", "token"),
    ("external_instance_credentials", "permission", "token"),
    ("repository_credentials_on_ecr", "image", "manifest"),
    ("index_child_missing", "image", "manifest"),
    ("dns_blocked_or_shadowed", "network", "as_found"),
    ("vpc_block_public_access", "network", "as_found"),
    ("cross_region_without_egress", "network", "as_found"),
    ("nat_port_exhaustion", "network", "as_found"),
    ("fips_endpoint_missing", "network", "as_found"),
    ("registry_host_unknown", "registry", "registry_network"),
    ("public_ecr_rate_limited", "registry", "manifest"),
    ("single_host_fault", "host", "as_found"),
];

#[test]
fn every_class_of_the_contract_is_one() {
    let classes: Vec<&str> = StopClass::ALL.iter().map(|class| class.code()).collect();
    assert_eq!(classes, CLASSES);
    for code in CLASSES {
        let class: StopClass = serde_json::from_value(json!(code)).unwrap();
        assert_eq!(class.code(), *code);
    }
}

#[test]
fn every_cause_of_the_contract_is_one_and_has_a_rule() {
    for (code, family, stage) in CAUSES {
        let cause = Cause::from_code(code).unwrap_or_else(|| panic!("there is no cause {code}"));
        assert_eq!(serde_json::to_value(cause).unwrap(), *code);
        assert_eq!(serde_json::to_value(cause.family()).unwrap(), *family, "{code}");
        let of_cause = match serde_json::to_value(cause.stage()).unwrap() {
            Value::Null => json!("as_found"),
            stage => stage,
        };
        assert_eq!(of_cause, *stage, "{code}");
        assert!(rules::rule(cause).is_some(), "{code}");
    }
}
