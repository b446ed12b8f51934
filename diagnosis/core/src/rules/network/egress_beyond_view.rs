//! The way out leads through something whose state cannot be read: suspected, never confirmed.
//!
//! # What fails
//! The route to the registry leads to a transit gateway, a peering connection, a VPN, a firewall endpoint or an
//! appliance. Everything up to there lets the pull through; what lies behind it belongs to somebody else.
//!
//! # What the pull says
//! "… dial tcp …:443: i/o timeout"; "connection reset by peer" or "EOF" where a firewall ends it; "connection refused".
//!
//! # What proves it
//! Nothing here proves it. The route's target and the failure's words make it likely where all that can be seen on the
//! way is open; possible where something on the way was not read, or the words leave the reason open.
//!
//! # What rules it out
//! A failure that proves that the registry was reached; something broken before that hop.
//!
//! # What cannot be known
//! All that lies behind the hop: its route tables, its firewall's rules, its endpoints.
//!
//! # Remedies
//! None from here: the finding names the hop and whom to ask. A firewall must let TCP 443 out to
//! `*.ecr.REGION.amazonaws.com`, `*.dkr.ecr.REGION.amazonaws.com` and
//! `prod-REGION-starport-layer-bucket.s3.REGION.amazonaws.com`.
//!
//! # References
//! <https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html>,
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html>

use super::broken;
use crate::case::Case;
use crate::case::reach::{Reach, is_connection};
use crate::judgement::{Effect, Finding, Judgement, Subject, SubjectKind};
use crate::network::{Beyond, BeyondKind, HopState, PathOutcome};
use crate::observed::{Fact, Missing, without_repeats};

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let mut judged: Vec<(Subject, Judgement)> = Vec::new();
    for reach in &case.reaches {
        let Some((beyond, facts)) = hidden(reach) else {
            continue;
        };
        let subject = Subject::new(SubjectKind::Hop, &beyond.hop);
        if let Some(judgement) = of_hop(case, reach, beyond, facts)
            && judged.iter().all(|(known, _)| *known != subject)
        {
            judged.push((subject, judgement));
        }
    }
    judged
}

/// What hides the rest of the way, DNS servers apart: those are `custom_dns_cannot_resolve`.
fn hidden<'r>(reach: &'r Reach<'_>) -> Option<(&'r Beyond, &'r Vec<Fact>)> {
    if matches!(reach.path.outcome, PathOutcome::Broken(_) | PathOutcome::Open) {
        return None;
    }
    reach
        .path
        .unseen
        .iter()
        .find(|(beyond, _)| beyond.kind != BeyondKind::DnsServer)
        .map(|(beyond, facts)| (beyond, facts))
}

fn of_hop(case: &Case<'_>, reach: &Reach<'_>, beyond: &Beyond, facts: &[Fact]) -> Option<Judgement> {
    if let Some((attempt, reached)) = case.reached(None)
        && reached > reach.stage
        && reached > broken::last_stage(case)
    {
        return Some(Judgement::RuledOut {
            why: format!("the pull got through it as far as {}", reached.doing()),
            facts: vec![attempt.fact.clone()],
        });
    }
    let said = reach
        .failure
        .as_ref()
        .filter(|attempt| is_connection(attempt.reason.class));
    let vague = case.attempts.newest_pull(None).filter(|attempt| {
        attempt.is_vague()
            && attempt
                .reason
                .detail
                .phase
                .is_none_or(|phase| phase == reach.stage)
    });
    let attempt = said.or(vague)?;
    let ask = Missing::unknowable(
        format!("what lies behind {} {}", beyond.kind, beyond.hop),
        format!("it cannot be read from here: ask {}", beyond.whom_to_ask),
    );
    let host = reach.path.need.host();
    let summary = format!(
        "the way out leads through {} {}, behind which {host} does not answer",
        beyond.kind, beyond.hop
    );
    let finding = Finding::observed(reach.stage, summary)
        .effect(Effect::Observed)
        .facts([attempt.fact.clone()])
        .facts(facts.iter().cloned())
        .facts(reach.path.place.facts.iter().cloned())
        .missing([ask]);
    let unclear = reach
        .path
        .hops
        .iter()
        .filter(|hop| hop.state == HopState::Unknown)
        .count();
    // The hop itself is one that cannot be told.
    Some(if said.is_some() && unclear <= reach.path.unseen.len() {
        Judgement::Likely(finding)
    } else {
        Judgement::Possible(finding.missing(without_repeats(match &reach.path.outcome {
            PathOutcome::Unknown(missing) => missing.clone(),
            _ => Vec::new(),
        })))
    })
}
