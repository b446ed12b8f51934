//! Of the network: every place from which the task may pull, known, and an open way from there to each host.

use super::{Requirement, State};
use crate::case::Case;
use crate::catalogue::Cause;
use crate::evidence::preflight::Preflight;
use crate::judgement::Subject;
use crate::network::{Gate, Need, Path, PathOutcome, gate};
use crate::observed::Missing;

pub(super) fn network(case: &Case<'_>, ahead: &Preflight) -> Vec<Requirement> {
    if case.images.iter().all(|image| image.parsed.is_err()) {
        // Nothing of it gets as far as the network.
        return Vec::new();
    }
    let definition = case
        .definition
        .map(|definition| definition.value().arn.clone())
        .unwrap_or_default();
    let of_definition = |state| Requirement {
        cause: Cause::NoRouteToRegistry,
        subject: Subject::task_definition(&definition),
        state,
    };
    let mut all: Vec<Requirement> = Vec::new();
    let missing = case.network.missing.iter().cloned();
    if case.network.paths.is_empty() {
        all.push(of_definition(State::open(missing, || {
            Missing::unknowable(
                "the task's network",
                "nothing that was read tells where it would be",
            )
        })));
        return all;
    }
    all.push(of_definition(State::unless(missing)));
    if ahead.on_instances() == Some(true) {
        all.push(of_definition(State::unless(unseen_instances(case, ahead))));
    }
    all.extend(case.network.paths.iter().map(way));
    all.push(names(case));
    all.extend(other_gates(case));
    all
}

/// One way, from one place to one host.
fn way(path: &Path) -> Requirement {
    let host = || format!("the way to {} from {}", path.need.host(), path.place.subnet);
    let (cause, state) = match &path.outcome {
        PathOutcome::Open => (Cause::NoRouteToRegistry, State::Met),
        PathOutcome::Broken(at) => {
            let caveats: Vec<Missing> = path.caveats.iter().cloned().chain(at.caveat()).collect();
            let state = if caveats.is_empty() {
                State::Broken
            } else {
                State::Open(caveats)
            };
            (Cause::NoRouteToRegistry, state)
        }
        PathOutcome::Beyond(beyond) => {
            let missing = Missing::unknowable(host(), format!("it leads through {beyond}"));
            (Cause::EgressBeyondView, State::Open(vec![missing]))
        }
        PathOutcome::Unknown(missing) => {
            let state = State::open(missing.iter().cloned(), || {
                Missing::unknowable(host(), "it cannot be told")
            });
            (Cause::NoRouteToRegistry, state)
        }
    };
    Requirement {
        cause,
        subject: Subject::subnet(&path.place.subnet),
        state,
    }
}

/// Instances of the cluster that were not looked at: the task may be placed there.
fn unseen_instances(case: &Case<'_>, ahead: &Preflight) -> Vec<Missing> {
    let mut missing: Vec<Missing> = ahead
        .container_instances
        .incomplete("container instances of the cluster")
        .into_iter()
        .collect();
    let (all, seen) = (
        ahead.container_instances.items().len(),
        case.evidence.instances.len(),
    );
    if all > seen {
        missing.push(Missing::unknowable(
            format!("{} of the cluster's {all} container instances", all - seen),
            format!("no more than {seen} are looked at"),
        ));
    }
    missing
}

/// What could hide a host's name.
fn names(case: &Case<'_>) -> Requirement {
    let net = &case.evidence.network;
    let zones = net.hosted_zones.incomplete("private hosted zones of the VPC");
    let firewall = net.dns_firewall.incomplete("DNS firewall rules of the VPC");
    let vpc = net.vpc.value().map(|vpc| vpc.id.as_str());
    Requirement {
        cause: Cause::DnsBlockedOrShadowed,
        subject: Subject::vpc(vpc.unwrap_or(&net.vpc.source.resource)),
        state: State::unless(zones.into_iter().chain(firewall)),
    }
}

/// Endpoints whose policies were not evaluated: that of the first place was.
fn other_gates(case: &Case<'_>) -> Vec<Requirement> {
    let net = &case.evidence.network;
    let mut all = Vec::new();
    for need in case.network.summary.iter().map(|summary| &summary.need) {
        if !matches!(
            need,
            Need::EcrApi { .. } | Need::LayerStore { .. } | Need::Registry { region: Some(_), .. }
        ) {
            continue;
        }
        let mut gates = case
            .network
            .paths
            .iter()
            .filter(|path| path.need == *need)
            .map(|path| (path, gate(net, &path.place, need)));
        let evaluated = gates
            .next()
            .and_then(|(_, gate)| Some(gate.endpoint()?.value().id.clone()));
        all.extend(gates.filter_map(|(path, other)| {
            let missing = match other {
                Gate::None(_) => return None,
                Gate::Endpoint(endpoint) if Some(&endpoint.id) == evaluated.as_ref() => return None,
                Gate::Endpoint(endpoint) => Missing::unknowable(
                    format!(
                        "policy of endpoint {}, on the way from {}",
                        endpoint.id, path.place.subnet
                    ),
                    "the policy of another place's endpoint was looked into",
                ),
                Gate::Unclear(_, missing) => missing,
            };
            Some(Requirement {
                cause: match need {
                    Need::LayerStore { .. } => Cause::EndpointPolicyDeniesS3,
                    _ => Cause::EndpointPolicyDeniesEcr,
                },
                subject: Subject::subnet(&path.place.subnet),
                state: State::Open(vec![missing]),
            })
        }));
    }
    all
}
