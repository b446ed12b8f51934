//! Security groups: whether they let the connection out of the puller, and into an endpoint.
//!
//! Groups are stateful, so that only the way there is asked about. The address is judged before it is routed: to the
//! groups, S3 behind a gateway endpoint is its public ranges.
//! (<https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>)

use super::breaks::Break;
use super::place::Place;
use super::ranges::{Ranges, Share};
use super::trail::Check;
use super::view::View;
use crate::evidence::network::{Destination, SecurityGroup, SecurityGroupRule, VpcEndpoint};
use crate::observed::{Missing, Present};

/// The other side of a connection, as rules can name it.
#[derive(Debug, Clone)]
pub(super) struct Remote {
    /// What it is, for a person.
    pub(super) name: String,
    /// Addresses among which it is.
    pub(super) ranges: Ranges,
    /// Prefix lists that hold every address it can have.
    pub(super) lists: Vec<String>,
    /// Security groups it is in; `None` where they are not known.
    pub(super) groups: Option<Vec<String>>,
}

/// The groups of one side, found out.
struct Groups<'a> {
    found: Vec<Present<'a, SecurityGroup>>,
    missing: Vec<Missing>,
}

/// How far rules reach.
struct Reach {
    passed: Ranges,
    unclear: Vec<Missing>,
}

/// Whether the puller's groups let it out to `remote`.
pub(super) fn egress(view: &View<'_>, place: &Place, remote: &Remote, port: u16) -> Check {
    let Some(ids) = &place.security_groups else {
        return Check::unclear(
            format!("security groups of the puller, towards {}", remote.name),
            vec![unknown_groups(place)],
        );
    };
    let groups = find(view, ids);
    let reach = reach(view, &groups, |group| &group.egress, remote, port);
    let names = names(&groups.found, ids);
    match judge(&reach, &groups, remote) {
        Verdict::Passes => Check::passes(
            format!(
                "security groups {} let TCP {port} out to {}",
                names.join(", "),
                remote.name
            ),
            groups.facts(|group| format!("egress of {}: {}", group.id, rules(&group.egress))),
        ),
        Verdict::Blocks => Check::breaks(
            Break::EgressBlocked {
                groups: names,
                port,
                towards: remote.name.clone(),
            },
            groups.facts(|group| format!("egress of {}: {}", group.id, rules(&group.egress))),
        ),
        Verdict::Unclear(missing) => Check::unclear(
            format!(
                "whether security groups {} let TCP {port} out to {}",
                names.join(", "),
                remote.name
            ),
            missing,
        ),
    }
}

/// Whether an endpoint's groups let the puller in, which is somewhere in `source`.
pub(super) fn ingress(
    view: &View<'_>,
    endpoint: Present<'_, VpcEndpoint>,
    place: &Place,
    source: &Ranges,
) -> Check {
    let own = place.security_groups.as_ref().map(|ids| find(view, ids));
    let remote = Remote {
        name: "the puller".to_owned(),
        ranges: source.clone(),
        lists: Vec::new(),
        // A default group that was not read has an id that nobody knows.
        groups: own
            .filter(|own| {
                own.missing.is_empty() || place.security_groups.as_ref().is_some_and(|ids| !ids.is_empty())
            })
            .map(|own| names(&own.found, place.security_groups.as_deref().unwrap_or_default())),
    };
    let groups = find(view, &endpoint.value().security_groups);
    let reach = reach(view, &groups, |group| &group.ingress, &remote, 443);
    let names = names(&groups.found, &endpoint.value().security_groups);
    let facts = || {
        let mut facts = vec![endpoint.fact(format!(
            "endpoint {} is in security groups {}",
            endpoint.id,
            names.join(", ")
        ))];
        facts.extend(groups.facts(|group| format!("ingress of {}: {}", group.id, rules(&group.ingress))));
        facts
    };
    match judge(&reach, &groups, &remote) {
        Verdict::Passes => Check::passes(
            format!(
                "security groups {} of endpoint {} let TCP 443 in",
                names.join(", "),
                endpoint.id
            ),
            facts(),
        ),
        Verdict::Blocks => Check::breaks(
            Break::EndpointIngressBlocked {
                endpoint: endpoint.id.clone(),
                groups: names.clone(),
            },
            facts(),
        ),
        Verdict::Unclear(missing) => Check::unclear(
            format!(
                "whether security groups of endpoint {} let the puller in",
                endpoint.id
            ),
            missing,
        ),
    }
}

enum Verdict {
    Passes,
    Blocks,
    Unclear(Vec<Missing>),
}

fn judge(reach: &Reach, groups: &Groups<'_>, remote: &Remote) -> Verdict {
    let missing: Vec<Missing> = groups.missing.iter().chain(&reach.unclear).cloned().collect();
    match (reach.passed.share_of(&remote.ranges), missing.is_empty()) {
        (Share::All, _) => Verdict::Passes,
        (Share::Nothing, true) => Verdict::Blocks,
        (Share::Some | Share::Nothing, false) => Verdict::Unclear(missing),
        (Share::Some, true) => Verdict::Unclear(vec![Missing::unknowable(
            format!("which address {} has", remote.name),
            "the security groups let only some of those through that it can have",
        )]),
    }
}

/// The groups with these ids; with none, the VPC's default group.
fn find<'a>(view: &View<'a>, ids: &[String]) -> Groups<'a> {
    let all = view.security_groups();
    let mut groups = Groups {
        found: Vec::new(),
        missing: Vec::new(),
    };
    let lacking = |what: String| {
        view.net
            .security_groups
            .missing(&what)
            .unwrap_or_else(|| Missing::unknowable(what, "it is not among the groups that were read"))
    };
    if ids.is_empty() {
        match all.find(|group| group.name == "default") {
            Some(group) => groups.found.push(group),
            None => groups
                .missing
                .push(lacking(format!("default security group of {}", view.vpc_id()))),
        }
    }
    for id in ids {
        match all.find(|group| group.id == *id) {
            Some(group) => groups.found.push(group),
            None => groups.missing.push(lacking(format!("security group {id}"))),
        }
    }
    groups
}

impl Groups<'_> {
    fn facts(&self, say: impl Fn(&SecurityGroup) -> String) -> Vec<crate::observed::Fact> {
        self.found.iter().map(|group| group.fact(say(group))).collect()
    }
}

/// Ids of all groups, the VPC's default one included where that is what was found.
fn names(found: &[Present<'_, SecurityGroup>], ids: &[String]) -> Vec<String> {
    if ids.is_empty() {
        found.iter().map(|group| group.id.clone()).collect()
    } else {
        ids.to_vec()
    }
}

fn unknown_groups(place: &Place) -> Missing {
    Missing::unknowable(
        format!("security groups of the puller in {}", place.subnet),
        "what started the task, and with which groups, is not known",
    )
}

/// What all rules of all groups let through together.
fn reach(
    view: &View<'_>,
    groups: &Groups<'_>,
    side: impl Fn(&SecurityGroup) -> &Vec<SecurityGroupRule>,
    remote: &Remote,
    port: u16,
) -> Reach {
    let family = remote.ranges.family();
    let mut reach = Reach {
        passed: Ranges::none(family),
        unclear: Vec::new(),
    };
    let rules = groups
        .found
        .iter()
        .flat_map(|group| side(group.value()).iter())
        .filter(|rule| is_tcp(&rule.protocol) && has_port(rule.from_port, rule.to_port, port));
    for peer in rules.flat_map(|rule| &rule.peers) {
        match peer {
            Destination::Cidr(net) => reach.passed = reach.passed.or(&Ranges::of(family, [net])),
            Destination::PrefixList(list) if remote.lists.contains(list) => {
                reach.passed = remote.ranges.clone();
            }
            Destination::PrefixList(list) => match view.list_ranges(list, family) {
                Some(ranges) => reach.passed = reach.passed.or(&ranges),
                None => reach.unclear.push(unread_list(view, list)),
            },
            Destination::SecurityGroup(group) => match &remote.groups {
                Some(groups) if groups.contains(group) => reach.passed = remote.ranges.clone(),
                Some(_) => {}
                None => reach.unclear.push(Missing::unknowable(
                    format!("whether {} is in security group {group}", remote.name),
                    "its groups are not known",
                )),
            },
            Destination::Other(text) => reach.unclear.push(Missing::unknowable(
                format!("what `{text}` in a security group rule stands for"),
                "it is neither a range, a prefix list nor a group",
            )),
        }
        // A whole side once passed stays passed: or-ing with a smaller set would lose it.
        if reach.passed.share_of(&remote.ranges) == Share::All {
            break;
        }
    }
    reach
}

/// A prefix list whose ranges were not read.
pub(super) fn unread_list(view: &View<'_>, list: &str) -> Missing {
    let what = format!("ranges of prefix list {list}");
    view.net
        .prefix_lists
        .missing(&what)
        .unwrap_or_else(|| Missing::unknowable(what, "it is not one of AWS's own, and others are not read"))
}

/// Whether a protocol, as groups and ACLs write it, holds TCP.
pub(super) fn is_tcp(protocol: &str) -> bool {
    matches!(protocol, "-1" | "6")
        || protocol.eq_ignore_ascii_case("tcp")
        || protocol.eq_ignore_ascii_case("all")
}

fn has_port(from: Option<u16>, to: Option<u16>, port: u16) -> bool {
    from.is_none_or(|from| from <= port) && to.is_none_or(|to| port <= to)
}

/// Rules in a few words, for a fact.
fn rules(rules: &[SecurityGroupRule]) -> String {
    let written: Vec<String> = rules
        .iter()
        .map(|rule| {
            let protocol = match rule.protocol.as_str() {
                "-1" => "all",
                protocol => protocol,
            };
            let ports = match (rule.from_port, rule.to_port) {
                (Some(from), Some(to)) if from == to => format!(" {from}"),
                (Some(from), Some(to)) => format!(" {from}-{to}"),
                _ => String::new(),
            };
            let peers: Vec<String> = rule
                .peers
                .iter()
                .map(|peer| match peer {
                    Destination::Cidr(net) => net.to_string(),
                    Destination::PrefixList(id) | Destination::SecurityGroup(id) | Destination::Other(id) => {
                        id.clone()
                    }
                })
                .collect();
            format!("{protocol}{ports} {}", peers.join(", "))
        })
        .collect();
    if written.is_empty() {
        "no rule".to_owned()
    } else {
        written.join("; ")
    }
}
