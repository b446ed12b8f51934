//! Network ACLs, as a client needs them: the connection out, and the answers in, at every subnet that is crossed.
//!
//! ACLs are stateless: entries are asked in the order of their numbers and the first that fits decides
//! (<https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html>). Answers come to the port the client chose,
//! an ephemeral one (<https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports>).

use super::breaks::{Break, Direction};
use super::groups::is_tcp;
use super::ranges::{Ranges, Share};
use super::trail::Check;
use super::view::View;
use crate::evidence::network::{NetworkAcl, NetworkAclEntry};
use crate::observed::{Missing, Present};

/// Number of the implicit last entry.
const LAST: u32 = 32767;

/// Ports that must pass.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ports {
    /// All ports the client may have chosen. Nothing passes only where none of them does.
    possible: (u16, u16),
    /// Ports among which its choice is, unless somebody set it otherwise. All is well only where each of them passes;
    /// where none does, nothing passes that was left as it comes.
    usual: (u16, u16),
}

impl Ports {
    /// The port that is connected to.
    pub(super) fn one(port: u16) -> Self {
        Self {
            possible: (port, port),
            usual: (port, port),
        }
    }

    /// Where a task or host listens for answers: Linux chooses from 32768, Windows from 49152.
    pub(super) const CLIENT: Self = Self {
        possible: (1024, u16::MAX),
        usual: (32768, u16::MAX),
    };

    /// Where a NAT gateway listens for answers.
    pub(super) const NAT: Self = Self {
        possible: (1024, u16::MAX),
        usual: (1024, u16::MAX),
    };
}

/// Whether the ACL of `subnet` lets packets of one direction pass, to or from `remote`.
pub(super) fn check(
    view: &View<'_>,
    subnet: &str,
    direction: Direction,
    remote: &Ranges,
    ports: Ports,
    towards: &str,
) -> Check {
    let preposition = match direction {
        Direction::Inbound => "from",
        Direction::Outbound => "to",
    };
    let port_text = if ports.possible.0 == ports.possible.1 {
        ports.possible.0.to_string()
    } else {
        format!("{}-{}", ports.possible.0, ports.possible.1)
    };
    let acl = match acl_of(view, subnet) {
        Ok(acl) => acl,
        Err(missing) => {
            return Check::unclear(
                format!("network ACL of {subnet}, {direction} TCP {port_text} {preposition} {towards}"),
                vec![missing],
            );
        }
    };
    let fact = |entries: &str| acl.fact(format!("network ACL {} of {subnet}: {entries}", acl.id));
    match judge(acl.value(), direction, remote, ports) {
        Verdict::Passes => Check::passes(
            format!(
                "network ACL {} of {subnet} lets {direction} TCP {port_text} {preposition} {towards} pass",
                acl.id
            ),
            vec![fact(&entries(acl.value(), direction))],
        ),
        Verdict::Blocks(entry, stopped) => Check::breaks(
            Break::NaclBlocked {
                acl: acl.id.clone(),
                entry,
                direction,
                subnet: subnet.to_owned(),
                ports: stopped,
            },
            vec![fact(&entries(acl.value(), direction))],
        ),
        Verdict::Partly(why) => Check::unclear(
            format!(
                "whether network ACL {} of {subnet} lets {direction} TCP {port_text} {preposition} {towards} pass",
                acl.id
            ),
            vec![Missing::unknowable(
                format!("which address and port the connection with {towards} has"),
                format!("network ACL {} of {subnet}: {why}", acl.id),
            )],
        ),
    }
}

fn acl_of<'a>(view: &View<'a>, subnet: &str) -> Result<Present<'a, NetworkAcl>, Missing> {
    let acls = view.network_acls();
    let on_subnet = |acl: &NetworkAcl| acl.subnets.iter().any(|id| id == subnet);
    if let Some(acl) = acls.find(on_subnet) {
        return Ok(acl);
    }
    acls.none(on_subnet)?;
    acls.find(|acl| acl.default).ok_or_else(|| {
        Missing::unknowable(
            format!("network ACL of {subnet}"),
            "none of those that were read is on it",
        )
    })
}

enum Verdict {
    Passes,
    /// By this entry, at these ports.
    Blocks(u32, (u16, u16)),
    Partly(&'static str),
}

/// What happens to the packets of one port.
struct Fate {
    passes: Ranges,
    unclear: Ranges,
    /// Entries that stop some, in order.
    stopped_by: Vec<(u32, Ranges)>,
}

fn judge(acl: &NetworkAcl, direction: Direction, remote: &Ranges, ports: Ports) -> Verdict {
    let mut asked: Vec<&NetworkAclEntry> = acl
        .entries
        .iter()
        .filter(|entry| entry.egress == (direction == Direction::Outbound) && is_tcp(&entry.protocol))
        .collect();
    asked.sort_by_key(|entry| entry.number);
    let (mut all_pass, mut none_passes, mut no_usual_passes) = (true, true, true);
    let (mut blame, mut blame_of_usual) = (None, None);
    for port in deciding_ports(&asked, ports) {
        let fate = fate(&asked, remote, port);
        let is_usual = ports.usual.0 <= port && port <= ports.usual.1;
        if is_usual && fate.passes.share_of(remote) != Share::All {
            all_pass = false;
        }
        if !fate.passes.is_empty() || !fate.unclear.is_empty() {
            none_passes = false;
            no_usual_passes &= !is_usual;
        }
        blame = blame.or_else(|| blamed(&fate, remote));
        if is_usual {
            blame_of_usual = blame_of_usual.or_else(|| blamed(&fate, remote));
        }
    }
    match (all_pass, none_passes, no_usual_passes) {
        (true, ..) => Verdict::Passes,
        (false, true, _) => Verdict::Blocks(blame.unwrap_or(LAST), ports.possible),
        (false, false, true) => Verdict::Blocks(blame_of_usual.unwrap_or(LAST), ports.usual),
        (false, false, false) => Verdict::Partly("it lets only some of those that are possible through"),
    }
}

/// One port for each stretch of ports that all entries treat alike.
fn deciding_ports(entries: &[&NetworkAclEntry], ports: Ports) -> Vec<u16> {
    let starts = entries
        .iter()
        .flat_map(|entry| [entry.from_port, entry.to_port.and_then(|to| to.checked_add(1))])
        .flatten();
    let mut ports: Vec<u16> = starts
        .chain([ports.possible.0, ports.usual.0])
        .filter(|port| ports.possible.0 <= *port && *port <= ports.possible.1)
        .collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}

fn fate(entries: &[&NetworkAclEntry], remote: &Ranges, port: u16) -> Fate {
    let family = remote.family();
    let mut rest = remote.clone();
    let mut fate = Fate {
        passes: Ranges::none(family),
        unclear: Ranges::none(family),
        stopped_by: Vec::new(),
    };
    for entry in entries {
        let fits =
            entry.from_port.is_none_or(|from| from <= port) && entry.to_port.is_none_or(|to| port <= to);
        if !fits || rest.is_empty() {
            continue;
        }
        let Some(cidr) = &entry.cidr else {
            // An entry whose range could not be read may decide about anything that is left.
            fate.unclear = rest;
            return fate;
        };
        let range = Ranges::of(family, [cidr]);
        let decided = rest.and(&range);
        if decided.is_empty() {
            continue;
        }
        if entry.allow {
            fate.passes = fate.passes.or(&decided);
        } else {
            fate.stopped_by.push((entry.number, decided));
        }
        rest = rest.minus(&range);
    }
    if !rest.is_empty() {
        fate.stopped_by.push((LAST, rest));
    }
    fate
}

/// The entry to blame: the one that stops everything, else the last one that stops something.
fn blamed(fate: &Fate, remote: &Ranges) -> Option<u32> {
    fate.stopped_by
        .iter()
        .find(|(_, stopped)| stopped.share_of(remote) == Share::All)
        .or(fate.stopped_by.last())
        .map(|(number, _)| *number)
}

/// Entries in a few words, for a fact.
fn entries(acl: &NetworkAcl, direction: Direction) -> String {
    let mut asked: Vec<&NetworkAclEntry> = acl
        .entries
        .iter()
        .filter(|entry| entry.egress == (direction == Direction::Outbound))
        .collect();
    asked.sort_by_key(|entry| entry.number);
    let written: Vec<String> = asked
        .iter()
        .map(|entry| {
            let verb = if entry.allow { "allow" } else { "deny" };
            let protocol = match entry.protocol.as_str() {
                "-1" => "all",
                "6" => "tcp",
                "17" => "udp",
                protocol => protocol,
            };
            let ports = match (entry.from_port, entry.to_port) {
                (Some(from), Some(to)) if from == to => format!(" {from}"),
                (Some(from), Some(to)) => format!(" {from}-{to}"),
                _ => String::new(),
            };
            let cidr = entry.cidr.map_or("?".to_owned(), |cidr| cidr.to_string());
            format!("{} {verb} {protocol}{ports} {cidr}", entry.number)
        })
        .collect();
    if written.is_empty() {
        format!("no {direction} entry")
    } else {
        format!("{direction} {}", written.join("; "))
    }
}
