//! Causes of the network family.

mod broken;
pub(super) mod endpoint_missing_ecr_api;
pub(super) mod endpoint_missing_ecr_dkr;
pub(super) mod endpoint_missing_s3;
pub(super) mod endpoint_private_dns_disabled;
pub(super) mod endpoint_security_group_blocked;
pub(super) mod nacl_blocked;
pub(super) mod nat_gateway_unavailable;
pub(super) mod nat_gateway_without_route;
pub(super) mod no_route_to_registry;
pub(super) mod public_subnet_without_public_ip;
pub(super) mod route_blackhole;
pub(super) mod s3_endpoint_not_on_route_table;
pub(super) mod security_group_egress_blocked;
pub(super) mod vpc_dns_disabled;
