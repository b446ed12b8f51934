//! A network ACL blocks the way out or the way back.
//!
//! # What fails
//! Network ACLs keep no state: a pull needs TCP 443 out and its answers in, to a port of the client's choice (1024
//! to 65535), on every subnet it crosses.
//!
//! # What the pull says
//! "dial tcp …:443: i/o timeout".
//!
//! # What proves it
//! The entry with the lowest number that covers the packets denies them, in one direction, on one of the subnets on
//! the way.
//!
//! # What rules it out
//! Entries that allow both directions on every subnet.
//!
//! # What cannot be known
//! Which of the registry's addresses an entry for a part of the internet hits.
//!
//! # Remedies
//! Allow TCP 443 out and TCP 1024 to 65535 in, before the entry that denies.
//!
//! # References
//! <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html>

use super::broken;
use crate::case::Case;
use crate::judgement::{Judgement, Subject};
use crate::network::Break;
use crate::remedy::{Risk, manual};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let cli = "aws ec2 create-network-acl-entry --network-acl-id acl-… --rule-number 90 --egress --protocol tcp --port-range From=443,To=443 --cidr-block 0.0.0.0/0 --rule-action allow\naws ec2 create-network-acl-entry --network-acl-id acl-… --rule-number 90 --ingress --protocol tcp --port-range From=1024,To=65535 --cidr-block 0.0.0.0/0 --rule-action allow";
    let remedy = manual(
        "allow_acl",
        "Let the pull through the network ACL",
        Risk::Medium,
        cli.to_owned(),
        None,
    );
    broken::judge(
        case,
        |at| matches!(at, Break::NaclBlocked { .. }),
        |_, path| Subject::subnet(&path.place.subnet),
    )
    .into_iter()
    .map(|(subject, judgement)| (subject, judgement.with_remedies([remedy.clone()])))
    .collect()
}
