//! The rules: one cause, one file, its documentation at the head of that file.
//!
//! A rule maps what the analyses found ([`Case`]) to judgements of its cause, one per subject. It computes nothing that
//! another rule could need as well: that belongs into an analysis.

mod configuration;
mod host;
mod image;
mod network;
mod page;
mod permission;
mod registry;

pub use page::{HEADINGS, Page};

use crate::case::Case;
use crate::catalogue::Cause;
use crate::judgement::{Judgement, Subject};

/// A rule.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The cause it judges.
    pub cause: Cause,
    /// The source of its file, whose head is its documentation.
    source: &'static str,
    /// Judges the case, once per subject.
    judge: fn(&Case<'_>) -> Vec<(Subject, Judgement)>,
}

impl Rule {
    /// Judges the case, once per subject.
    pub fn judge(&self, case: &Case<'_>) -> Vec<(Subject, Judgement)> {
        (self.judge)(case)
    }

    /// Its documentation.
    pub fn page(&self) -> Page {
        Page::of(self.cause, self.source)
    }
}

macro_rules! rules {
    ($($family:ident::$rule:ident => $cause:ident,)*) => {
        /// Every rule, in catalogue order.
        pub const RULES: &[Rule] = &[$(
            Rule {
                cause: Cause::$cause,
                source: include_str!(concat!(stringify!($family), "/", stringify!($rule), ".rs")),
                judge: $family::$rule::judge,
            },
        )*];
    };
}

rules! {
    permission::execution_role_missing => ExecutionRoleMissing,
    permission::execution_role_not_found => ExecutionRoleNotFound,
    permission::execution_role_trust => ExecutionRoleTrust,
    permission::auth_token_denied => AuthTokenDenied,
    permission::pull_actions_denied => PullActionsDenied,
    permission::explicit_deny => ExplicitDeny,
    permission::permissions_boundary_denies => PermissionsBoundaryDenies,
    permission::organization_policy_denies => OrganizationPolicyDenies,
    permission::repository_policy_denies => RepositoryPolicyDenies,
    permission::repository_policy_lacks_account => RepositoryPolicyLacksAccount,
    permission::endpoint_policy_denies_ecr => EndpointPolicyDeniesEcr,
    permission::endpoint_policy_denies_s3 => EndpointPolicyDeniesS3,
    permission::kms_key_denied => KmsKeyDenied,
    permission::kms_key_unusable => KmsKeyUnusable,
    permission::instance_role_denied => InstanceRoleDenied,
    permission::registry_secret_unreadable => RegistrySecretUnreadable,
    permission::registry_secret_missing => RegistrySecretMissing,
    permission::registry_credentials_missing => RegistryCredentialsMissing,
    permission::registry_credentials_rejected => RegistryCredentialsRejected,
    permission::registry_settings_deny => RegistrySettingsDeny,
    image::repository_not_found => RepositoryNotFound,
    image::wrong_account => WrongAccount,
    image::wrong_region => WrongRegion,
    image::tag_not_found => TagNotFound,
    image::tag_deleted => TagDeleted,
    image::tag_expired_by_lifecycle => TagExpiredByLifecycle,
    image::tag_moved => TagMoved,
    image::pushed_after_failure => PushedAfterFailure,
    image::image_archived => ImageArchived,
    image::digest_not_found => DigestNotFound,
    image::pinned_digest_gone => PinnedDigestGone,
    image::platform_mismatch => PlatformMismatch,
    image::invalid_reference => InvalidReference,
    image::manifest_unsupported => ManifestUnsupported,
    image::image_blocked_by_scan_or_signing => ImageBlockedByScanOrSigning,
    image::third_party_image_not_found => ThirdPartyImageNotFound,
    image::layers_missing_or_corrupted => LayersMissingOrCorrupted,
    network::no_route_to_registry => NoRouteToRegistry,
    network::public_subnet_without_public_ip => PublicSubnetWithoutPublicIp,
    network::route_blackhole => RouteBlackhole,
    network::nat_gateway_unavailable => NatGatewayUnavailable,
    network::nat_gateway_without_route => NatGatewayWithoutRoute,
    network::endpoint_missing_ecr_api => EndpointMissingEcrApi,
    network::endpoint_missing_ecr_dkr => EndpointMissingEcrDkr,
    network::endpoint_missing_s3 => EndpointMissingS3,
    network::s3_endpoint_not_on_route_table => S3EndpointNotOnRouteTable,
    network::endpoint_private_dns_disabled => EndpointPrivateDnsDisabled,
    network::vpc_dns_disabled => VpcDnsDisabled,
    network::custom_dns_cannot_resolve => CustomDnsCannotResolve,
    network::security_group_egress_blocked => SecurityGroupEgressBlocked,
    network::endpoint_security_group_blocked => EndpointSecurityGroupBlocked,
    network::nacl_blocked => NaclBlocked,
    network::endpoint_unavailable => EndpointUnavailable,
    network::egress_beyond_view => EgressBeyondView,
    network::ipv6_only_unsupported => Ipv6OnlyUnsupported,
    network::host_proxy_misconfigured => HostProxyMisconfigured,
    network::tls_interception_or_custom_ca => TlsInterceptionOrCustomCa,
    registry::dockerhub_rate_limited => DockerhubRateLimited,
    registry::registry_unavailable => RegistryUnavailable,
    registry::aws_service_event => AwsServiceEvent,
    registry::ecr_throttled => EcrThrottled,
    registry::pull_through_cache_rule_missing => PullThroughCacheRuleMissing,
    registry::pull_through_cache_denied => PullThroughCacheDenied,
    registry::pull_through_cache_upstream => PullThroughCacheUpstream,
    host::disk_full => DiskFull,
    configuration::task_definition_inactive => TaskDefinitionInactive,
    configuration::task_definition_not_found => TaskDefinitionNotFound,
    permission::instance_profile_missing => InstanceProfileMissing,
    permission::external_instance_credentials => ExternalInstanceCredentials,
    host::pull_timeout => PullTimeout,
    host::cached_image_missing => CachedImageMissing,
    image::repository_credentials_on_ecr => RepositoryCredentialsOnEcr,
    image::index_child_missing => IndexChildMissing,
    registry::registry_host_unknown => RegistryHostUnknown,
    registry::public_ecr_rate_limited => PublicEcrRateLimited,
    host::agent_disconnected => AgentDisconnected,
    network::dns_blocked_or_shadowed => DnsBlockedOrShadowed,
    network::vpc_block_public_access => VpcBlockPublicAccess,
    network::cross_region_without_egress => CrossRegionWithoutEgress,
    network::nat_port_exhaustion => NatPortExhaustion,
    network::fips_endpoint_missing => FipsEndpointMissing,
    host::single_host_fault => SingleHostFault,
    network::endpoint_missing_other => EndpointMissingOther,
}

/// The rule for a cause.
pub fn rule(cause: Cause) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.cause == cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_one_rule_in_catalogue_order() {
        let causes: Vec<Cause> = RULES.iter().map(|rule| rule.cause).collect();
        assert_eq!(causes, Cause::ALL);
    }

    #[test]
    fn every_rule_is_documented_under_all_headings() {
        for rule in RULES {
            let page = rule.page();
            let headings: Vec<&str> = page
                .sections
                .iter()
                .map(|(heading, _)| heading.as_str())
                .collect();
            assert_eq!(headings, HEADINGS, "{}", rule.cause.code());
            assert!(
                page.sections.iter().all(|(_, text)| !text.is_empty()),
                "{}",
                rule.cause.code()
            );
            assert!(!page.title.is_empty(), "{}", rule.cause.code());
        }
    }
}
