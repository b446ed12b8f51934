//! The catalogue of causes: codes, families and stages. What a cause *means* stands in its rule's file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::stage::Stage;

/// A family of causes; also the folder its rules live in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Roles, policies, keys, credentials.
    Permission,
    /// References, repositories, tags, digests, platforms.
    Image,
    /// Routes, gateways, endpoints, groups, ACLs, names.
    Network,
    /// The registry itself: limits, outages, caches.
    Registry,
    /// The host that pulls: disk, agent, time.
    Host,
    /// Task definitions and services.
    Configuration,
}

macro_rules! catalogue {
    ($($(#[$doc:meta])* $variant:ident, $code:literal, $family:ident, $stage:expr;)*) => {
        /// Why a pull fails. Codes are stable; the order of the variants is the catalogue's order.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum Cause {
            $($(#[$doc])* #[serde(rename = $code)] $variant,)*
        }

        impl Cause {
            /// Every cause, in catalogue order.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its stable code.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// Its family.
            pub fn family(self) -> Family {
                match self { $(Self::$variant => Family::$family,)* }
            }

            /// The stage it bites at; `None` where that depends on the case at hand.
            pub fn stage(self) -> Option<Stage> {
                match self { $(Self::$variant => $stage,)* }
            }

            /// The cause with this code.
            pub fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|cause| cause.code() == code)
            }
        }
    };
}

catalogue! {
    /// The pull needs an execution role and the task definition names none.
    ExecutionRoleMissing, "execution_role_missing", Permission, Some(Stage::Role);
    /// The execution role named does not exist.
    ExecutionRoleNotFound, "execution_role_not_found", Permission, Some(Stage::Role);
    /// ECS may not assume the execution role.
    ExecutionRoleTrust, "execution_role_trust", Permission, Some(Stage::Role);
    /// The pulling role may not call `ecr:GetAuthorizationToken`.
    AuthTokenDenied, "auth_token_denied", Permission, Some(Stage::Token);
    /// The pulling role's own policies do not allow the pull actions on this repository.
    PullActionsDenied, "pull_actions_denied", Permission, None;
    /// A Deny statement in the role's own policies hits the pull.
    ExplicitDeny, "explicit_deny", Permission, None;
    /// The role's permissions boundary does not allow a pull action its policies allow.
    PermissionsBoundaryDenies, "permissions_boundary_denies", Permission, None;
    /// A service or resource control policy denies the pull.
    OrganizationPolicyDenies, "organization_policy_denies", Permission, None;
    /// A Deny in the repository's policy hits the pulling role.
    RepositoryPolicyDenies, "repository_policy_denies", Permission, None;
    /// The repository belongs to another account and its policy does not let this one pull.
    RepositoryPolicyLacksAccount, "repository_policy_lacks_account", Permission, Some(Stage::Manifest);
    /// A VPC endpoint's policy for ECR does not allow the pull.
    EndpointPolicyDeniesEcr, "endpoint_policy_denies_ecr", Permission, None;
    /// The S3 endpoint's policy does not allow s3:GetObject on the region's layer bucket.
    EndpointPolicyDeniesS3, "endpoint_policy_denies_s3", Permission, Some(Stage::Layers);
    /// The key that encrypts the repository (or the registry secret) may not be used.
    KmsKeyDenied, "kms_key_denied", Permission, None;
    /// The key that encrypts the repository (or the registry secret) is disabled, pending deletion or gone.
    KmsKeyUnusable, "kms_key_unusable", Permission, None;
    /// On EC2 capacity without an execution role, the instance's role may not pull.
    InstanceRoleDenied, "instance_role_denied", Permission, None;
    /// The secret with a private registry's credentials may not be read by the role (or its key not used).
    RegistrySecretUnreadable, "registry_secret_unreadable", Permission, Some(Stage::Token);
    /// The registry's secret does not exist, is scheduled for deletion, or is not the documented JSON.
    RegistrySecretMissing, "registry_secret_missing", Permission, Some(Stage::Token);
    /// A private third-party image and no repositoryCredentials.
    RegistryCredentialsMissing, "registry_credentials_missing", Permission, Some(Stage::Manifest);
    /// The registry refused the credentials it was given.
    RegistryCredentialsRejected, "registry_credentials_rejected", Permission, Some(Stage::Manifest);
    /// A registry-level policy or account setting of ECR refuses the pull.
    RegistrySettingsDeny, "registry_settings_deny", Permission, Some(Stage::Manifest);
    /// The repository does not exist in the registry that the image names.
    RepositoryNotFound, "repository_not_found", Image, Some(Stage::Manifest);
    /// The image exists in another known account than the one the reference names.
    WrongAccount, "wrong_account", Image, Some(Stage::Manifest);
    /// The repository or tag exists in another region than the reference names.
    WrongRegion, "wrong_region", Image, Some(Stage::Manifest);
    /// The repository has no image with this tag, and nothing says it ever had.
    TagNotFound, "tag_not_found", Image, Some(Stage::Manifest);
    /// The tag, or its image, was deleted by somebody.
    TagDeleted, "tag_deleted", Image, Some(Stage::Manifest);
    /// A lifecycle policy removed the image.
    TagExpiredByLifecycle, "tag_expired_by_lifecycle", Image, Some(Stage::Manifest);
    /// The tag was moved to another image after the deployment had resolved it.
    TagMoved, "tag_moved", Image, Some(Stage::Manifest);
    /// The tag was missing when the task failed and was pushed afterwards.
    PushedAfterFailure, "pushed_after_failure", Image, Some(Stage::Manifest);
    /// The image is archived and must be restored before it can be pulled.
    ImageArchived, "image_archived", Image, Some(Stage::Manifest);
    /// The task definition pins a digest that the repository does not have.
    DigestNotFound, "digest_not_found", Image, Some(Stage::Manifest);
    /// ECS pinned the tag to a digest when the deployment started, and that digest is gone.
    PinnedDigestGone, "pinned_digest_gone", Image, Some(Stage::Manifest);
    /// The image has no variant for the task's operating system and CPU architecture.
    PlatformMismatch, "platform_mismatch", Image, Some(Stage::Manifest);
    /// The image reference is malformed.
    InvalidReference, "invalid_reference", Image, Some(Stage::Role);
    /// The manifest's media type or schema cannot be run.
    ManifestUnsupported, "manifest_unsupported", Image, Some(Stage::Manifest);
    /// Scanning, signing or admission policy blocks the image.
    ImageBlockedByScanOrSigning, "image_blocked_by_scan_or_signing", Image, Some(Stage::Manifest);
    /// The image does not exist in the third-party registry, or is private.
    ThirdPartyImageNotFound, "third_party_image_not_found", Image, Some(Stage::Manifest);
    /// A layer is missing, or does not verify.
    LayersMissingOrCorrupted, "layers_missing_or_corrupted", Image, Some(Stage::Layers);
    /// The subnet has neither a way out nor the endpoints that ECR needs.
    NoRouteToRegistry, "no_route_to_registry", Network, None;
    /// The route leads to an internet gateway and the task has no public IP address.
    PublicSubnetWithoutPublicIp, "public_subnet_without_public_ip", Network, None;
    /// The route to the registry points at something that no longer exists.
    RouteBlackhole, "route_blackhole", Network, None;
    /// The NAT gateway on the way is not available.
    NatGatewayUnavailable, "nat_gateway_unavailable", Network, None;
    /// The NAT gateway's own subnet has no way out, or it is a private NAT gateway.
    NatGatewayWithoutRoute, "nat_gateway_without_route", Network, None;
    /// No way out, and no `ecr.api` endpoint.
    EndpointMissingEcrApi, "endpoint_missing_ecr_api", Network, Some(Stage::TokenNetwork);
    /// No way out, and no `ecr.dkr` endpoint.
    EndpointMissingEcrDkr, "endpoint_missing_ecr_dkr", Network, Some(Stage::RegistryNetwork);
    /// No way out, and no S3 endpoint: layers cannot be fetched.
    EndpointMissingS3, "endpoint_missing_s3", Network, Some(Stage::LayerNetwork);
    /// The S3 gateway endpoint is not associated with the task's route table.
    S3EndpointNotOnRouteTable, "s3_endpoint_not_on_route_table", Network, Some(Stage::LayerNetwork);
    /// The interface endpoint has no private DNS: the standard name resolves to public addresses.
    EndpointPrivateDnsDisabled, "endpoint_private_dns_disabled", Network, None;
    /// The VPC has DNS support or host names switched off.
    VpcDnsDisabled, "vpc_dns_disabled", Network, None;
    /// The VPC uses its own DNS servers, and they do not answer for AWS names.
    CustomDnsCannotResolve, "custom_dns_cannot_resolve", Network, None;
    /// The task's security groups let no TCP 443 out to the registry, the endpoint or S3.
    SecurityGroupEgressBlocked, "security_group_egress_blocked", Network, None;
    /// The endpoint's security groups let no TCP 443 in from the task.
    EndpointSecurityGroupBlocked, "endpoint_security_group_blocked", Network, None;
    /// A network ACL blocks the way out or the way back.
    NaclBlocked, "nacl_blocked", Network, None;
    /// The endpoint exists and is not available.
    EndpointUnavailable, "endpoint_unavailable", Network, None;
    /// The way out leads through something whose state cannot be read: suspected, never confirmed.
    EgressBeyondView, "egress_beyond_view", Network, None;
    /// An IPv6-only subnet, and an image host without IPv6.
    Ipv6OnlyUnsupported, "ipv6_only_unsupported", Network, None;
    /// The agent or daemon on the instance goes through a proxy that fails or lacks `NO_PROXY`.
    HostProxyMisconfigured, "host_proxy_misconfigured", Network, None;
    /// The registry's certificate is not trusted by the puller.
    TlsInterceptionOrCustomCa, "tls_interception_or_custom_ca", Network, None;
    /// Docker Hub's (or another public registry's) pull limit.
    DockerhubRateLimited, "dockerhub_rate_limited", Registry, Some(Stage::Manifest);
    /// The third-party registry answers 5xx or not at all while the network is fine.
    RegistryUnavailable, "registry_unavailable", Registry, None;
    /// AWS reports an event for ECS, ECR, S3 or the zone in this region.
    AwsServiceEvent, "aws_service_event", Registry, None;
    /// ECR throttles the account's pulls.
    EcrThrottled, "ecr_throttled", Registry, None;
    /// The repository name looks like a pull-through cache path and no rule matches.
    PullThroughCacheRuleMissing, "pull_through_cache_rule_missing", Registry, Some(Stage::Manifest);
    /// First pull through a cache rule without `ecr:CreateRepository` or `ecr:BatchImportUpstreamImage`.
    PullThroughCacheDenied, "pull_through_cache_denied", Registry, Some(Stage::Manifest);
    /// The cache rule's upstream refuses, or the secret is bad.
    PullThroughCacheUpstream, "pull_through_cache_upstream", Registry, Some(Stage::Manifest);
    /// No space left while pulling.
    DiskFull, "disk_full", Host, Some(Stage::Unpack);
    /// The task definition was deregistered or deleted.
    TaskDefinitionInactive, "task_definition_inactive", Configuration, Some(Stage::Service);
    /// The service points at a task definition that does not exist.
    TaskDefinitionNotFound, "task_definition_not_found", Configuration, Some(Stage::Service);
    /// The EC2 instance that must pull has no instance profile, or its credentials cannot be had.
    InstanceProfileMissing, "instance_profile_missing", Permission, Some(Stage::Token);
    /// An ECS Anywhere instance whose credentials or registration are no longer valid.
    ExternalInstanceCredentials, "external_instance_credentials", Permission, Some(Stage::Token);
    /// The image is too large or the way too slow for the pull to finish in time.
    PullTimeout, "pull_timeout", Host, Some(Stage::Layers);
    /// The agent did not pull, and the image is not in its cache.
    CachedImageMissing, "cached_image_missing", Host, Some(Stage::Manifest);
    /// `repositoryCredentials` are set on an ECR image: the wrong credentials are used.
    RepositoryCredentialsOnEcr, "repository_credentials_on_ecr", Image, Some(Stage::Manifest);
    /// The index exists, and the manifest it names for this platform was deleted.
    IndexChildMissing, "index_child_missing", Image, Some(Stage::Manifest);
    /// The registry's host name does not exist: a typo, or a registry that was retired.
    RegistryHostUnknown, "registry_host_unknown", Registry, Some(Stage::RegistryNetwork);
    /// Amazon ECR Public's limit for unauthenticated pulls.
    PublicEcrRateLimited, "public_ecr_rate_limited", Registry, Some(Stage::Manifest);
    /// The container instance's agent is disconnected or outdated.
    AgentDisconnected, "agent_disconnected", Host, Some(Stage::Role);
    /// A DNS firewall rule or a private hosted zone answers for the registry's name.
    DnsBlockedOrShadowed, "dns_blocked_or_shadowed", Network, None;
    /// VPC Block Public Access drops the way through the internet gateway.
    VpcBlockPublicAccess, "vpc_block_public_access", Network, None;
    /// The image is in another region: endpoints do not serve it, and there is no other way out.
    CrossRegionWithoutEgress, "cross_region_without_egress", Network, None;
    /// The NAT gateway runs out of ports: intermittent time-outs.
    NatPortExhaustion, "nat_port_exhaustion", Network, None;
    /// A FIPS image host, and only the plain ECR endpoints.
    FipsEndpointMissing, "fips_endpoint_missing", Network, None;
    /// The same image and role pull fine on other hosts: stale credentials, clock, proxy or daemon of one instance.
    SingleHostFault, "single_host_fault", Host, None;
    /// No way out, and no endpoint for what else the task needs before its containers start.
    EndpointMissingOther, "endpoint_missing_other", Network, None;
}
