//! The NAT gateway on the way is not available.
//!
//! # What fails
//! The subnet's packets go to a NAT gateway that failed, is pending, or is being deleted. Once it is deleted its route is
//! a blackhole: that is `route_blackhole`.
//!
//! # What the pull says
//! "… dial tcp …:443: i/o timeout", with a public address.
//!
//! # What proves it
//! The state of the NAT gateway that the route leads to, with AWS's failure code; or that the VPC has no such NAT
//! gateway.
//!
//! # What rules it out
//! The NAT gateway is `available`; endpoints that answer in its place; a failure that proves that the registry was
//! reached.
//!
//! # What cannot be known
//! NAT gateways of another account's VPC.
//!
//! # Remedies
//! A new NAT gateway in a public subnet, and the route replaced.
//!
//! # References
//! <https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html>,
//! <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NatGateway.html>

use super::nats;
use crate::case::Case;
use crate::judgement::{Judgement, Subject};
use crate::network::Break;

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    nats::judge(case, |at| match at {
        Break::NatUnavailable { nat, .. } => Some(nat),
        _ => None,
    })
}
