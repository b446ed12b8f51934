//! The VPC uses its own DNS servers, and they do not answer for AWS names.
//!
//! # What fails
//! The VPC's DHCP options name DNS servers other than AWS's. They do not find the registry's name, cannot be reached,
//! or answer with public addresses for a name that an endpoint has taken over: endpoints' private names are known to
//! the VPC's own resolver only.
//!
//! # What the pull says
//! "… lookup api.ecr.REGION.amazonaws.com on 10.0.0.53:53: no such host" or "… i/o timeout"; or a time-out with a
//! public address though an endpoint with private DNS exists.
//!
//! # What proves it
//! Nothing here: the DHCP options and the failure's lookup make it likely; likelier still where the text names one of
//! these servers.
//!
//! # What rules it out
//! The VPC uses the resolver AWS provides; a failure that proves that the host was reached.
//!
//! # What cannot be known
//! What these servers answer, and why.
//!
//! # Remedies
//! A conditional forwarder on these servers, for `amazonaws.com` to the VPC's resolver (its range's base plus two); or
//! `AmazonProvidedDNS` in the DHCP options.
//!
//! # References
//! <https://docs.aws.amazon.com/vpc/latest/userguide/VPC_DHCP_Options.html>,
//! <https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html>

use super::broken;
use crate::case::Case;
use crate::case::reach::{Reach, Shown};
use crate::judgement::{Finding, Judgement, Subject};
use crate::network::{AddressKind, Beyond, BeyondKind};
use crate::observed::{Fact, Missing};
use crate::remedy::{Remedy, Risk, manual};
use crate::stop_reason::StopClass;

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let servers = |reach: &Reach<'_>| {
        let unseen = reach.path.unseen.iter();
        unseen
            .into_iter()
            .find(|(beyond, _)| beyond.kind == BeyondKind::DnsServer)
            .cloned()
    };
    let found = case.reaches.iter().find_map(|reach| {
        let (beyond, facts) = servers(reach)?;
        judgement(case, reach, &beyond, &facts)
    });
    let Some(subject) = broken::of_network(case) else {
        return Vec::new();
    };
    if let Some(judgement) = found {
        return vec![(subject, judgement)];
    }
    let Some(attempt) = case.said(&[StopClass::DnsFailure]) else {
        return Vec::new();
    };
    let options = &case.evidence.network.dhcp_options;
    match (options.seen(), options.missing("DHCP options of the VPC")) {
        (Some(seen), _) if case.reaches.iter().all(|reach| servers(reach).is_none()) => {
            let fact = seen.fact(format!(
                "DHCP options {} name {}",
                seen.id,
                seen.name_servers.join(", ")
            ));
            let ruled_out = Judgement::RuledOut {
                why: "the VPC uses the resolver that AWS provides".to_owned(),
                facts: vec![fact, attempt.fact.clone()],
            };
            vec![(subject, ruled_out)]
        }
        (None, Some(missing)) => vec![(
            subject,
            Judgement::Unknown {
                missing: vec![missing],
            },
        )],
        _ => Vec::new(),
    }
}

fn judgement(case: &Case<'_>, reach: &Reach<'_>, servers: &Beyond, facts: &[Fact]) -> Option<Judgement> {
    let failure = reach.failure.as_ref()?;
    let host = reach.path.need.host();
    let summary = if failure.reason.class == StopClass::DnsFailure {
        format!("DNS servers {} of the VPC do not resolve {host}", servers.hop)
    } else if matches!(reach.shown, Shown::Way(AddressKind::Public)) && leads_past_an_endpoint(case, reach) {
        format!(
            "DNS servers {} of the VPC answer for {host} with a public address, past its endpoint",
            servers.hop
        )
    } else {
        return None;
    };
    let asked = failure.reason.detail.address.map(|address| address.to_string());
    let named = asked.is_some_and(|address| servers.hop.split(", ").any(|server| server == address));
    let ask = Missing::unknowable(
        format!("what DNS servers {} answer for {host}", servers.hop),
        format!("they are not AWS's: ask {}", servers.whom_to_ask),
    );
    let finding = Finding::observed(reach.stage, summary)
        .facts([failure.fact.clone()])
        .facts(facts.iter().cloned())
        .missing([ask])
        .remedies([forward(case)]);
    let other_server =
        failure.reason.class == StopClass::DnsFailure && failure.reason.detail.address.is_some() && !named;
    Some(if other_server {
        Judgement::Possible(finding)
    } else {
        Judgement::Likely(finding)
    })
}

/// Whether the host has an endpoint with private DNS, whose address its name should have led to.
fn leads_past_an_endpoint(case: &Case<'_>, reach: &Reach<'_>) -> bool {
    let service = reach.path.need.endpoint_service();
    let endpoints = case.evidence.network.endpoints.items();
    endpoints
        .iter()
        .any(|endpoint| Some(&endpoint.service) == service.as_ref() && endpoint.private_dns)
}

fn forward(case: &Case<'_>) -> Remedy {
    let vpc = broken::vpc_id(case);
    manual(
        "forward_dns",
        "Forward AWS's names to the VPC's resolver",
        Risk::Medium,
        format!(
            "# on these DNS servers: forward amazonaws.com and on.aws to the VPC's resolver, its range's base plus two\n\
             # or let AWS answer for the whole VPC:\n\
             aws ec2 create-dhcp-options --dhcp-configurations Key=domain-name-servers,Values=AmazonProvidedDNS\n\
             aws ec2 associate-dhcp-options --vpc-id {vpc} --dhcp-options-id DHCP_OPTIONS_ID"
        ),
        Some(format!(
            "resource \"aws_vpc_dhcp_options\" \"amazon\" {{\n  domain_name_servers = [\"AmazonProvidedDNS\"]\n}}\n\nresource \"aws_vpc_dhcp_options_association\" \"amazon\" {{\n  vpc_id          = \"{vpc}\"\n  dhcp_options_id = aws_vpc_dhcp_options.amazon.id\n}}"
        )),
    )
}
