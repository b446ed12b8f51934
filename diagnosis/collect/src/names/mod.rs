//! What answers for names in a VPC in their owners' place: private hosted zones and the Resolver DNS Firewall.
//!
//! Read only where the words of a failure, or an endpoint without its private name, put names in question.

pub(crate) mod firewall;
pub(crate) mod zones;
