//! Whether the puller reaches each host of the pull, with what the failure's own words give away of the way it took.
//!
//! The address in a time-out is evidence: a public one shows that no endpoint answered for the name, an endpoint's that
//! it did. Where a failure names one, the way to that address counts, not the way that the name would take now.

use std::net::IpAddr;

use super::attempts::{Attempt, Attempts};
use crate::evidence::Evidence;
use crate::images::{ImageReference, Registry};
use crate::network::{
    AddressKind, Break, Need, Needed, NetworkAnalysis, Path, PathOutcome, address_kind, leads_outside,
    path_to,
};
use crate::observed::Missing;
use crate::stage::Stage;
use crate::stop_reason::StopClass;

/// The way from one place to one host that the pull needs.
#[derive(Debug, Clone)]
pub struct Reach<'e> {
    /// The way: to the address that a failure named, else by the host's name.
    pub path: Path,
    /// The stage of the pull that needs the host.
    pub stage: Stage,
    /// The newest connection that failed on this way, by its own words.
    pub failure: Option<Attempt<'e>>,
    /// What the address in the failure's words shows about the way.
    pub shown: Shown,
}

/// What the address in a failure's words shows.
#[derive(Debug, Clone, PartialEq)]
pub enum Shown {
    /// There is none, or it adds nothing.
    Nothing,
    /// The way that the pull took.
    Way(AddressKind),
    /// The pull took another way than the name takes now: what breaks there broke afterwards.
    AnotherWay(AddressKind),
    /// The pull took a way that is broken, and the name takes another now, which is not.
    MendedSince(Box<Path>),
    /// An address that the way which is broken now does not explain, or a way of which it is not known whether the name
    /// takes it still.
    Unsettled {
        /// What would tell.
        missing: Vec<Missing>,
        /// What breaks both ways, so that it does not matter which was taken.
        either_way: Vec<Break>,
    },
}

impl Reach<'_> {
    /// The address that the failure on this way names.
    pub fn address(&self) -> Option<IpAddr> {
        self.failure.as_ref()?.reason.detail.address
    }
}

/// Every way of the pull: place by place, and within a place in the order in which a pull meets its needs.
pub(super) fn reaches<'e>(
    evidence: &'e Evidence,
    attempts: &Attempts<'e>,
    network: &NetworkAnalysis,
) -> Vec<Reach<'e>> {
    network
        .paths
        .iter()
        .filter(|path| path.need.is_of_the_pull())
        .map(|path| reach(evidence, attempts, path))
        .collect()
}

/// Hosts of layers that no image names: a registry sends its pullers there, and only a failure tells where.
pub(super) fn named_by_failures(attempts: &Attempts<'_>) -> Vec<Needed> {
    let mut all: Vec<Needed> = Vec::new();
    for attempt in attempts.pulls() {
        let detail = &attempt.reason.detail;
        let Some(host) = detail.tried_host.as_deref() else {
            continue;
        };
        let image = attempt.image.as_deref().map(ImageReference::parse);
        let is_of_ecr_or_itself = match image {
            Some(Ok(image)) => {
                matches!(image.registry, Registry::EcrPrivate { .. }) && is_amazons(host)
                    || same_registry(&image.host, host)
            }
            _ => true,
        };
        let is_layers = is_connection(attempt.reason.class) && detail.phase == Some(Stage::LayerNetwork);
        if !is_layers || is_of_ecr_or_itself {
            continue;
        }
        let need = Need::Content {
            host: host.to_owned(),
        };
        if all.iter().all(|known| known.need != need) {
            let by = attempt.container.map(str::to_owned).into_iter().collect();
            all.push(Needed { need, by });
        }
    }
    all
}

/// Whether a host is one of AWS's own: S3 and ECR, which the images' own needs are about.
fn is_amazons(host: &str) -> bool {
    ["amazonaws.com", "amazonaws.com.cn", "on.aws", "api.aws"]
        .iter()
        .any(|suffix| host.ends_with(&format!(".{suffix}")))
}

fn reach<'e>(evidence: &'e Evidence, attempts: &Attempts<'e>, named: &Path) -> Reach<'e> {
    let stage = named.need.stage();
    let failure = attempts.pulls().find(|attempt| is_on(attempt, named)).cloned();
    // A lookup that failed names the DNS server's address.
    let address = failure
        .as_ref()
        .filter(|failure| failure.reason.class != StopClass::DnsFailure)
        .and_then(|failure| failure.reason.detail.address);
    let (path, shown) = match address {
        Some(address) => by_address(evidence, named, address),
        None => (named.clone(), Shown::Nothing),
    };
    Reach {
        path,
        stage,
        failure,
        shown,
    }
}

fn by_address(evidence: &Evidence, named: &Path, address: IpAddr) -> (Path, Shown) {
    let net = &evidence.network;
    let kind = address_kind(net, address);
    let taken = path_to(net, &named.place, &named.need, address);
    // What breaks both ways breaks the pull, whichever it took.
    let on_both = |at: &&Break| named.breaks().any(|known| known.is_the_same(at));
    let either_way: Vec<Break> = taken.breaks().filter(on_both).cloned().collect();
    let is_certain = matches!(kind, AddressKind::Public | AddressKind::EndpointInterface(_));
    match (is_certain, taken.broken(), &named.outcome) {
        (true, Some(_), PathOutcome::Open) => (taken, Shown::MendedSince(Box::new(named.clone()))),
        (true, Some(broken), outcome) => {
            // An endpoint's own address settles the way; a public one does where the name leads there still.
            let settled = kind != AddressKind::Public
                || on_both(&broken)
                || leads_outside(net, &named.place, &named.need);
            let missing = match outcome {
                PathOutcome::Unknown(missing) => missing.clone(),
                _ => Vec::new(),
            };
            let shown = if settled {
                Shown::Way(kind)
            } else {
                Shown::Unsettled { missing, either_way }
            };
            (taken, shown)
        }
        (true, None, PathOutcome::Broken(_)) => (named.clone(), Shown::AnotherWay(kind)),
        // The name leads elsewhere by now; what keeps the puller from the address that it dialled explains the failure.
        (false, Some(broken), PathOutcome::Broken(first))
            if kind == AddressKind::InVpc && !first.is_the_same(broken) =>
        {
            (taken, Shown::Way(kind))
        }
        (false, _, PathOutcome::Broken(broken))
            if kind == AddressKind::InVpc && !broken.is_on_the_public_way() =>
        {
            (named.clone(), Shown::Way(kind))
        }
        (false, _, PathOutcome::Broken(_)) => {
            let unexplained = Missing::unknowable(
                format!("what answers at {address}"),
                "the failure names this address, and it is no endpoint's that was read",
            );
            let shown = Shown::Unsettled {
                missing: vec![unexplained],
                either_way,
            };
            (named.clone(), shown)
        }
        (true, None, _) | (false, _, _) => (taken, Shown::Way(kind)),
    }
}

/// Whether a failed pull is a connection that failed on this way.
fn is_on(attempt: &Attempt<'_>, path: &Path) -> bool {
    let detail = &attempt.reason.detail;
    // Of a text that belongs to no task it is not known where it comes from: every place may be meant.
    let from_there = attempt
        .task
        .is_none_or(|task| path.place.failed.iter().any(|id| id == task.id()));
    let to_there = match (&path.need, detail.tried_host.as_deref()) {
        (Need::Registry { host, .. } | Need::Content { host }, Some(tried)) => same_registry(host, tried),
        _ => true,
    };
    from_there && to_there && is_connection(attempt.reason.class) && detail.phase == Some(path.need.stage())
}

/// Whether a host that was tried belongs to the registry: Docker Hub has several.
fn same_registry(registry: &str, tried: &str) -> bool {
    let name = |host: &str| host.split(':').next().unwrap_or(host).to_ascii_lowercase();
    let (registry, tried) = (name(registry), name(tried));
    registry == tried || registry.ends_with(".docker.io") && tried.ends_with(".docker.io")
}

/// Whether the words tell of a connection that failed, rather than of an answer.
pub(crate) fn is_connection(class: StopClass) -> bool {
    matches!(
        class,
        StopClass::NetworkTimeoutEcrApi
            | StopClass::NetworkTimeoutRegistry
            | StopClass::NetworkTimeoutS3Layers
            | StopClass::DnsFailure
            | StopClass::TlsFailure
            | StopClass::ConnectionRefusedOrReset
    )
}
