//! The NAT gateway's own subnet has no way out, or it is a private NAT gateway.
//!
//! # What fails
//! A public NAT gateway works from a public subnet: one whose own route table leads to an internet gateway. In a
//! private subnet it is `available` and passes nothing. A private NAT gateway never reaches the internet.
//!
//! # What the pull says
//! "… dial tcp …:443: i/o timeout", with a public address.
//!
//! # What proves it
//! The route table of the NAT gateway's own subnet, by longest prefix; its connectivity type.
//!
//! # What rules it out
//! Its subnet leads to an internet gateway; a failure that proves that the registry was reached.
//!
//! # What cannot be known
//! A regional NAT gateway has no subnet whose routes could be read.
//!
//! # Remedies
//! A route to the internet gateway for the NAT gateway's subnet, where that is meant to be public; else a NAT gateway
//! in a public subnet.
//!
//! # References
//! <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html>,
//! <https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html>

use super::nats;
use crate::case::Case;
use crate::judgement::{Judgement, Subject};
use crate::network::Break;

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    nats::judge(case, |at| match at {
        Break::NatWithoutRoute { nat, .. } | Break::NatPrivate { nat } => Some(nat),
        _ => None,
    })
}
