//! A DNS firewall rule or a private hosted zone answers for the registry's name.
//!
//! # What fails
//! The Resolver DNS Firewall on the VPC blocks the name, by a rule for it or by an allow-list that lacks it. Or a
//! private hosted zone above the name is associated with the VPC and has no record of it: then the name does not exist
//! here, whatever the internet says. A zone left behind after endpoints moved leads it to addresses where nothing
//! answers.
//!
//! # What the pull says
//! "… lookup …: no such host", or a time-out with a private address that is no endpoint's.
//!
//! # What proves it
//! The firewall's rule that decides, in the order of priorities; the zone's name and its records.
//!
//! # What rules it out
//! No zone above the name, no rule that blocks it; a failure that proves that the host was reached.
//!
//! # What cannot be known
//! Rules that forward names to other DNS servers; zones and firewalls of a shared VPC's owner; domains of AWS's own
//! lists, which hold malicious names.
//!
//! # Remedies
//! The name let through by the firewall, a record in the zone, or the zone disassociated from the VPC.
//!
//! # References
//! <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall-overview.html>,
//! <https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html>

use super::broken::{self, Question};
use crate::case::Case;
use crate::case::reach::Reach;
use crate::evidence::network::HostedZone;
use crate::judgement::{Finding, Judgement, Subject};
use crate::network::{AddressKind, Break, Shadow, address_kind, covers, shadow};
use crate::observed::{Listing, Missing, Observed, without_repeats};
use crate::remedy::{Remedy, Risk, manual};
use crate::stop_reason::StopClass;

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let question = Question {
        arises: false,
        parts: &[],
    };
    let subject = |path: &crate::network::Path| broken::whole(case, path);
    let hidden = broken::judge(
        case,
        question,
        |at, _| matches!(at, Break::NameHidden { .. }),
        |_, path| subject(path),
    );
    if !hidden.is_empty() {
        return broken::mended(hidden, |_| [let_through(case)]);
    }
    if let Some((reach, judgement)) = case
        .reaches
        .iter()
        .find_map(|reach| Some((reach, astray(case, reach)?)))
    {
        return vec![(subject(&reach.path), judgement)];
    }
    let Some(failure) = case.said(&[StopClass::DnsFailure]) else {
        return Vec::new();
    };
    let Some(subject) = broken::of_network(case) else {
        return Vec::new();
    };
    let net = &case.evidence.network;
    let unread = without_repeats([
        gap(&net.hosted_zones, "private hosted zones of the VPC"),
        gap(&net.dns_firewall, "DNS firewall rules of the VPC"),
    ]);
    let unread: Vec<Missing> = unread.into_iter().flatten().collect();
    let facts: Vec<_> = [
        net.hosted_zones
            .seen()
            .map(|zones| zones.fact("no private hosted zone of the VPC hides the names of the pull")),
        net.dns_firewall
            .seen()
            .map(|rules| rules.fact("no DNS firewall rule on the VPC blocks the names of the pull")),
    ]
    .into_iter()
    .flatten()
    .collect();
    let judgement = if unread.is_empty() && !facts.is_empty() {
        Judgement::RuledOut {
            why: "neither a private hosted zone nor a DNS firewall rule of the VPC is about these names"
                .to_owned(),
            facts: [facts, vec![failure.fact.clone()]].concat(),
        }
    } else {
        Judgement::Unknown { missing: unread }
    };
    vec![(subject, judgement)]
}

fn gap<T>(listing: &Observed<Listing<T>>, what: &str) -> Option<Missing> {
    match listing.value() {
        Some(listing) if listing.complete => None,
        Some(_) => Some(Missing::unknowable(
            what,
            "the list that was read is not complete",
        )),
        None => listing.missing(what),
    }
}

/// A zone that leads the name to a private address where nothing answered.
fn astray(case: &Case<'_>, reach: &Reach<'_>) -> Option<Judgement> {
    let net = &case.evidence.network;
    let address = reach.address()?;
    let private = matches!(
        address_kind(net, address),
        AddressKind::InVpc | AddressKind::Private
    );
    let failure = reach.failure.as_ref().filter(|_| private)?;
    let host = reach.path.need.host();
    let Shadow::Elsewhere {
        zone,
        leads_to,
        facts,
    } = shadow(net, &host)?
    else {
        return None;
    };
    let finding = Finding::observed(
        reach.stage,
        format!(
            "private hosted zone {zone} leads {host} to {}, and {address} does not answer",
            leads_to.join(", ")
        ),
    )
    .facts([failure.fact.clone()])
    .facts(facts)
    .missing([Missing::unknowable(
        format!("what answers at {address}"),
        "it is a private address and no endpoint's that was read",
    )])
    .remedies([let_through(case)]);
    Some(Judgement::Likely(finding))
}

fn let_through(case: &Case<'_>) -> Remedy {
    let vpc = broken::vpc_id(case);
    let region = &case.evidence.target.region;
    let net = &case.evidence.network;
    let hosts: Vec<String> = case.reaches.iter().map(|reach| reach.path.need.host()).collect();
    let in_the_way = |zone: &&HostedZone| {
        zone.owning_service.is_none() && hosts.iter().any(|host| covers(&zone.name, host))
    };
    let zones: Vec<&HostedZone> = net.hosted_zones.items().iter().filter(in_the_way).collect();
    let mut cli: Vec<String> = Vec::new();
    if net.dns_firewall.items().iter().any(|rule| rule.action == "BLOCK") {
        cli.push("# the DNS firewall: add the names to a list that a rule before it allows".to_owned());
        cli.push(format!("aws route53resolver update-firewall-domains --firewall-domain-list-id LIST_ID --operation ADD --domains '*.ecr.{region}.amazonaws.com' '*.s3.{region}.amazonaws.com'"));
    }
    for zone in zones {
        cli.push(format!(
            "# the private hosted zone {}, if nothing needs it any more:",
            zone.name
        ));
        cli.push(format!("aws route53 disassociate-vpc-from-hosted-zone --hosted-zone-id {} --vpc VPCRegion={region},VPCId={vpc}", zone.id));
    }
    let mut remedy = manual(
        "let_names_through",
        "Let the registry's names be found",
        Risk::Medium,
        cli.join("\n"),
        None,
    );
    remedy
        .notes
        .push("Whoever made the rule or zone meant something by it: ask them first.".to_owned());
    remedy
}
