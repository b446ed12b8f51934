//! Causes of the network family.

mod broken;
pub(super) mod no_route_to_registry;
pub(super) mod public_subnet_without_public_ip;
