//! A network ACL blocks the way out or the way back.
//!
//! # What fails
//! Network ACLs keep no state: a client needs TCP 443 out and the ephemeral ports back in, on its own subnet and, the
//! other way round, on the endpoint's or NAT gateway's. Entries count in the order of their numbers, the first that
//! fits decides, and what none fits is denied. Ports out and in that suit a server block a client.
//!
//! # What the pull says
//! "… dial tcp …:443: i/o timeout".
//!
//! # What proves it
//! The entries of every ACL on the way, in order, for both directions: the entry that decides is named.
//!
//! # What rules it out
//! Entries that let 443 out and ephemeral ports in on every subnet crossed; a failure that proves that the host was
//! reached.
//!
//! # What cannot be known
//! Which of its ephemeral ports the client takes, where an ACL lets only some through.
//!
//! # Remedies
//! An entry with a lower number that allows it.
//!
//! # References
//! <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html>,
//! <https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports>

use super::broken::{self, Question};
use crate::case::Case;
use crate::judgement::{Judgement, Subject, SubjectKind};
use crate::network::{Break, Direction, Part};
use crate::remedy::{Remedy, Risk, manual};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let question = Question {
        arises: true,
        parts: &[Part::NetworkAcls],
    };
    let judged = broken::judge(
        case,
        question,
        |at, _| matches!(at, Break::NaclBlocked { .. }),
        |at, path| match at {
            Break::NaclBlocked { acl, .. } => Subject::new(SubjectKind::NetworkAcl, acl),
            _ => Subject::subnet(&path.place.subnet),
        },
    );
    judged
        .into_iter()
        .map(|(subject, judgement)| {
            let remedy = allow(case, &subject.id);
            (subject, judgement.with_remedies(remedy))
        })
        .collect()
}

/// An entry before the one that decides. Its number must be free: lower ones that are taken are passed over.
fn allow(case: &Case<'_>, acl: &str) -> Option<Remedy> {
    let (entry, direction, ports) = case.reaches.iter().find_map(|reach| {
        reach.path.breaks().find_map(|at| match at {
            Break::NaclBlocked {
                acl: id,
                entry,
                direction,
                ports,
                ..
            } if id == acl => Some((*entry, *direction, *ports)),
            _ => None,
        })
    })?;
    let acls = case.evidence.network.network_acls.items();
    let entries = acls
        .iter()
        .find(|known| known.id == acl)
        .map(|known| known.entries.as_slice());
    let egress = direction == Direction::Outbound;
    let taken = |number: &u32| {
        entries
            .unwrap_or_default()
            .iter()
            .any(|entry| entry.number == *number && entry.egress == egress)
    };
    let number = (1..entry.min(32_766)).rev().find(|number| !taken(number))?;
    let side = if egress { "--egress" } else { "--ingress" };
    let (from, to) = ports;
    let mut remedy = manual(
        "allow_in_network_acl",
        "Let the pull through the network ACL",
        Risk::Medium,
        format!(
            "aws ec2 create-network-acl-entry --network-acl-id {acl} {side} --rule-number {number} --protocol 6 --port-range From={from},To={to} --cidr-block 0.0.0.0/0 --rule-action allow"
        ),
        Some(format!(
            "resource \"aws_network_acl_rule\" \"pull\" {{\n  network_acl_id = \"{acl}\"\n  rule_number    = {number}\n  egress         = {egress}\n  protocol       = \"tcp\"\n  rule_action    = \"allow\"\n  cidr_block     = \"0.0.0.0/0\"\n  from_port      = {from}\n  to_port        = {to}\n}}"
        )),
    );
    remedy
        .notes
        .push("The other direction needs its own entry.".to_owned());
    Some(remedy)
}
