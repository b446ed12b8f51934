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
//! Which of its ephemeral ports the client takes, where an ACL lets only some through. One that stops all from 32768,
//! among which Linux and Windows choose unless they are set otherwise, is likely the cause; one that stops fewer is not named.
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
    broken::mended(judged, |subject| allow(case, &subject.id))
}

/// An entry before each one that decides. Numbers must be free: those that are taken are passed over.
fn allow(case: &Case<'_>, acl: &str) -> Option<Remedy> {
    let mut blocked: Vec<(u32, Direction, (u16, u16))> = Vec::new();
    let (mut option, mut argument, mut range) = ("--cidr-block", "cidr_block    ", "0.0.0.0/0");
    let paths = case.reaches.iter().map(|reach| &reach.path);
    for (from, at) in paths.flat_map(|path| path.breaks().map(|at| (&path.place.subnet, at))) {
        if let Break::NaclBlocked {
            acl: id,
            entry,
            direction,
            ports,
            ..
        } = at
            && id == acl
            && !blocked
                .iter()
                .any(|(_, known, to)| known == direction && to == ports)
        {
            blocked.push((*entry, *direction, *ports));
            if broken::has_only_v6(case, from) {
                (option, argument, range) = ("--ipv6-cidr-block", "ipv6_cidr_block", "::/0");
            }
        }
    }
    let acls = case.evidence.network.network_acls.items();
    let entries = acls
        .iter()
        .find(|known| known.id == acl)
        .map(|known| known.entries.as_slice())
        .unwrap_or_default();
    let mut taken: Vec<(u32, bool)> = entries.iter().map(|entry| (entry.number, entry.egress)).collect();
    let (mut cli, mut terraform) = (Vec::new(), Vec::new());
    for (entry, direction, (from, to)) in blocked {
        let egress = direction == Direction::Outbound;
        let number = (1..entry.min(32_766))
            .rev()
            .find(|number| !taken.contains(&(*number, egress)))?;
        taken.push((number, egress));
        let (side, name) = if egress {
            ("--egress", "pull_out")
        } else {
            ("--ingress", "pull_in")
        };
        cli.push(format!(
            "aws ec2 create-network-acl-entry --network-acl-id {acl} {side} --rule-number {number} --protocol 6 --port-range From={from},To={to} {option} {range} --rule-action allow"
        ));
        terraform.push(format!(
            "resource \"aws_network_acl_rule\" \"{name}\" {{\n  network_acl_id = \"{acl}\"\n  rule_number    = {number}\n  egress         = {egress}\n  protocol       = \"tcp\"\n  rule_action    = \"allow\"\n  {argument} = \"{range}\"\n  from_port      = {from}\n  to_port        = {to}\n}}"
        ));
    }
    if cli.is_empty() {
        return None;
    }
    let mut remedy = manual(
        "allow_in_network_acl",
        "Let the pull through the network ACL",
        Risk::Medium,
        cli.join("\n"),
        Some(terraform.join("\n\n")),
    );
    remedy.notes.push(
        "Network ACLs are stateless: a connection needs an entry out and one in for its answers.".to_owned(),
    );
    Some(remedy)
}
