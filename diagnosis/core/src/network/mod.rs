//! Whether a pull can reach what it must: for each place and each host the path, hop by hop, and the hop that breaks.
//!
//! Three values throughout: a path is open or broken only where everything that decides was read. What is proven
//! broken stays so whatever else was not read; what is beyond our view is named, with whom to ask.

mod acls;
mod address;
mod analysis;
mod breaks;
mod dead_end;
mod gaps;
mod gate;
mod gateways;
mod groups;
mod interface;
mod names;
mod nat;
mod need;
mod path;
mod place;
mod public;
mod ranges;
mod routes;
mod service;
mod settings;
mod shadow;
mod trail;
mod v6;
mod view;
mod walk;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

pub use address::{AddressKind, address_kind};
pub use analysis::{Agreement, NeedSummary, NetworkAnalysis, analyse};
pub use breaks::{Break, Direction, DnsAttribute};
pub use gaps::{Part, gap};
pub use gate::{Gate, gate};
pub use need::{Need, Needed, Puller, needs_of, needs_of_image};
pub use path::{Beyond, BeyondKind, Hop, HopState, Path, PathOutcome};
pub use place::{Place, PlaceKind, Places, PublicIp, places};
pub use shadow::{Shadow, covers, shadow};

use crate::evidence::network::{NetworkEvidence, RouteTable};
use crate::observed::Present;

/// The path from `place` to what `need` names, by its name.
pub fn path(net: &NetworkEvidence, place: &Place, need: &Need) -> Path {
    walk::walk(net, place, need, None)
}

/// The path from `place` to one address of what `need` names, which a failure's text gave: DNS is behind it.
pub fn path_to(net: &NetworkEvidence, place: &Place, need: &Need, address: IpAddr) -> Path {
    walk::walk(net, place, need, Some(address))
}

/// Whether the name of what `need` names is certain to lead to public addresses from `place`.
pub fn leads_outside(net: &NetworkEvidence, place: &Place, need: &Need) -> bool {
    let view = view::View::of(net, &place.subnet);
    let lead = names::lead(&view, need);
    let is_certain = lead
        .checks
        .iter()
        .all(|check| matches!(check.found, trail::Found::Passes));
    need.is_public() && is_certain && matches!(lead.to, names::To::Public)
}

/// The route table that a subnet uses: its own, else the VPC's main one. `None` where that cannot be told.
pub fn route_table<'a>(net: &'a NetworkEvidence, subnet: &'a str) -> Option<Present<'a, RouteTable>> {
    let view = view::View::of(net, subnet);
    routes::table_of(&view, subnet).ok().map(|table| table.table)
}
