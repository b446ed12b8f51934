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
    /// The pulling role may not call `ecr:GetAuthorizationToken`.
    AuthTokenDenied, "auth_token_denied", Permission, Some(Stage::Token);
    /// The pulling role's own policies do not allow the pull actions on this repository.
    PullActionsDenied, "pull_actions_denied", Permission, None;
    /// The repository does not exist in the registry that the image names.
    RepositoryNotFound, "repository_not_found", Image, Some(Stage::Manifest);
    /// The repository has no image with this tag, and nothing says it ever had.
    TagNotFound, "tag_not_found", Image, Some(Stage::Manifest);
    /// The image has no variant for the task's operating system and CPU architecture.
    PlatformMismatch, "platform_mismatch", Image, Some(Stage::Manifest);
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
    /// No space left while pulling.
    DiskFull, "disk_full", Host, Some(Stage::Unpack);
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
