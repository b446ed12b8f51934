//! The NAT gateway runs out of ports: intermittent time-outs.
//!
//! # What fails
//! A NAT gateway has 55,000 ports per destination and address. Where many tasks start at once or hold connections, some
//! find none: their connections time out while others pass.
//!
//! # What the pull says
//! "… dial tcp …:443: i/o timeout", now and then, through a NAT gateway that looks fine.
//!
//! # What proves it
//! Nothing proves it of one connection. `ErrorPortAllocation` above zero around the failure makes it likely.
//!
//! # What rules it out
//! `ErrorPortAllocation` is zero around the failure; another break on the way; a failure that proves that the host was
//! reached.
//!
//! # What cannot be known
//! Which connection it was that found no port.
//!
//! # Remedies
//! More addresses on the NAT gateway, one NAT gateway a zone, or endpoints for ECR and S3.
//!
//! # References
//! <https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html#nat-gateway-troubleshooting-simultaneous-connections>,
//! <https://docs.aws.amazon.com/vpc/latest/userguide/metrics-dimensions-nat-gateway.html>

use super::{broken, nats};
use crate::case::Case;
use crate::case::attempts::Attempt;
use crate::case::reach::Reach;
use crate::evidence::network::NatPortErrors;
use crate::judgement::{Finding, Judgement, Subject, SubjectKind};
use crate::network::PathOutcome;
use crate::observed::{Missing, Present};
use crate::remedy::{Remedy, Risk, manual};

/// How far from the failure an error may be to count.
const AROUND: jiff::SignedDuration = jiff::SignedDuration::from_mins(15);

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let silent = case.reaches.iter().find_map(|reach| {
        let failure = reach.failure.as_ref()?;
        let silence = broken::silence(reach.stage).contains(&failure.reason.class);
        (silence && reach.path.outcome == PathOutcome::Open).then_some((reach, failure))
    });
    let Some((reach, failure)) = silent else {
        return Vec::new();
    };
    let errors = &case.evidence.network.nat_port_errors;
    nats::on_the_way(case)
        .into_iter()
        .map(|nat| {
            let of_nat = errors
                .seen()
                .and_then(|errors| errors.each().find(|errors| errors.nat == nat));
            let judgement = match of_nat {
                Some(errors) => of_errors(errors, reach, failure),
                None => Judgement::Unknown {
                    missing: vec![
                        errors
                            .missing(format!("ErrorPortAllocation of {nat}"))
                            .unwrap_or_else(|| {
                                Missing::unknowable(
                                    format!("ErrorPortAllocation of {nat}"),
                                    "CloudWatch has none",
                                )
                            }),
                    ],
                },
            };
            (Subject::new(SubjectKind::NatGateway, nat), judgement)
        })
        .collect()
}

fn of_errors(errors: Present<'_, NatPortErrors>, reach: &Reach<'_>, failure: &Attempt<'_>) -> Judgement {
    let nat = &errors.nat;
    let near = errors.points.iter().filter(|point| match failure.at {
        Some(at) => point.at.duration_since(at).abs() <= AROUND,
        None => true,
    });
    let count: f64 = near.map(|point| point.errors).sum();
    if count <= 0.0 {
        return Judgement::RuledOut {
            why: format!("NAT gateway {nat} had ports left around the failure"),
            facts: vec![errors.fact(format!("ErrorPortAllocation of {nat} is zero around the failure"))],
        };
    }
    let summary =
        format!("NAT gateway {nat} ran out of ports: {count:.0} connections found none around the failure");
    let finding = Finding::observed(reach.stage, summary)
        .facts([
            failure.fact.clone(),
            errors.fact(format!(
                "ErrorPortAllocation of {nat} adds up to {count:.0} around the failure"
            )),
        ])
        .facts(reach.path.proof.iter().cloned())
        .missing([Missing::unknowable(
            "whether this connection was among them",
            "CloudWatch counts them and does not name them",
        )])
        .remedies([more_addresses(nat)]);
    Judgement::Likely(finding)
}

fn more_addresses(nat: &str) -> Remedy {
    manual(
        "more_nat_addresses",
        "More addresses for the NAT gateway",
        Risk::Low,
        format!(
            "aws ec2 associate-nat-gateway-address --nat-gateway-id {nat} --allocation-ids ELASTIC_IP_ALLOCATION_ID"
        ),
        Some(
            "resource \"aws_nat_gateway\" \"…\" {\n  # …\n  secondary_allocation_ids = [aws_eip.more.id]\n}"
                .to_owned(),
        ),
    )
}
