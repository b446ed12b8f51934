//! What the paths say, table by table.

mod breaks;
mod places;
mod unusual;

use super::testing::{api, dkr, hub, isolated, items, s3, task, with_endpoints, with_nat};
use super::*;
use crate::evidence::network::NetworkEvidence;

/// The outcome in words.
fn told(net: &NetworkEvidence, place: &Place, need: &Need) -> String {
    match path(net, place, need).outcome {
        PathOutcome::Open => "open".to_owned(),
        PathOutcome::Broken(broken) => format!("broken: {broken}"),
        PathOutcome::Beyond(beyond) => format!("beyond: {beyond}"),
        PathOutcome::Unknown(missing) => {
            let what: Vec<String> = missing
                .iter()
                .map(|missing| format!("{}: {}", missing.what, missing.why))
                .collect();
            format!("unknown: {}", what.join("; "))
        }
    }
}

fn changed(mut net: NetworkEvidence, change: impl FnOnce(&mut NetworkEvidence)) -> NetworkEvidence {
    change(&mut net);
    net
}

fn public_task() -> Place {
    Place {
        subnet: "subnet-public".to_owned(),
        address: None,
        ..task()
    }
}

/// The VPC as the public subnet's tasks see it.
fn in_public(net: NetworkEvidence) -> NetworkEvidence {
    changed(net, |net| {
        let other = items(&mut net.other_subnets).clone();
        items(&mut net.subnets).extend(other);
    })
}

#[test]
fn an_ordinary_network_is_open() {
    for need in [api(), dkr(), s3(), hub()] {
        assert_eq!(told(&with_nat(), &task(), &need), "open", "{need}");
    }
    for need in [api(), dkr(), s3()] {
        assert_eq!(told(&with_endpoints(), &task(), &need), "open", "{need}");
    }
    let with_address = Place {
        public_ip: PublicIp::Yes,
        ..public_task()
    };
    for need in [api(), dkr(), s3(), hub()] {
        assert_eq!(
            told(&in_public(isolated()), &with_address, &need),
            "open",
            "{need}"
        );
    }
}
