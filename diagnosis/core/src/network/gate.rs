//! The VPC endpoint that requests to a host go through, if they go through one: its policy counts for them.

use super::names::{self, To};
use super::need::Need;
use super::place::Place;
use super::ranges::Family;
use super::routes;
use super::view::View;
use super::walk::Walk;
use crate::evidence::network::{NetworkEvidence, RouteTarget, VpcEndpoint};
use crate::observed::{Fact, Missing, Present};

/// The VPC endpoint between a place and a host.
#[derive(Debug, Clone)]
pub enum Gate<'e> {
    /// None: requests go to public addresses, and no endpoint's policy is asked. What that is read off.
    None(Vec<Fact>),
    /// This one.
    Endpoint(Present<'e, VpcEndpoint>),
    /// It cannot be told; the one that it may be.
    Unclear(Option<Present<'e, VpcEndpoint>>, Missing),
}

impl<'e> Gate<'e> {
    /// The endpoint, where requests certainly go through it.
    pub fn endpoint(&self) -> Option<Present<'e, VpcEndpoint>> {
        match self {
            Self::Endpoint(endpoint) => Some(*endpoint),
            Self::None(_) | Self::Unclear(..) => None,
        }
    }
}

/// The endpoint that requests from `place` to what `need` names go through.
///
/// An interface endpoint takes over the name; a gateway endpoint takes the packets by a route, the more specific one
/// (<https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html>).
pub fn gate<'e>(net: &'e NetworkEvidence, place: &Place, need: &Need) -> Gate<'e> {
    let view = View::of(net, &place.subnet);
    let lead = names::lead(&view, need);
    let gate = match lead.to {
        To::Endpoint(endpoint) => Gate::Endpoint(endpoint),
        To::Either(endpoint, missing) => Gate::Unclear(endpoint, missing),
        To::Public => {
            let facts = lead.checks.into_iter().flat_map(|check| check.facts).collect();
            by_route(&view, place, need, facts)
        }
    };
    // The endpoint lives as long as the evidence, the view only as long as the place.
    let lasting = |endpoint: Present<'_, VpcEndpoint>| {
        let endpoints = net.endpoints.seen()?;
        endpoints.each().find(|known| known.id == endpoint.id)
    };
    match gate {
        Gate::None(facts) => Gate::None(facts),
        Gate::Endpoint(endpoint) => match lasting(endpoint) {
            Some(endpoint) => Gate::Endpoint(endpoint),
            None => Gate::None(Vec::new()),
        },
        Gate::Unclear(endpoint, missing) => Gate::Unclear(endpoint.and_then(lasting), missing),
    }
}

/// The gateway endpoint that takes the packets to the host's public addresses.
fn by_route<'a>(view: &View<'a>, place: &'a Place, need: &'a Need, mut facts: Vec<Fact>) -> Gate<'a> {
    if !need.is_s3_of(view.region()) {
        return Gate::None(facts);
    }
    let table = match routes::table_of(view, view.subnet_id) {
        Ok(table) => table,
        Err(missing) => return Gate::Unclear(None, missing),
    };
    let endpoints = view.endpoints();
    let walk = Walk {
        view: view.clone(),
        place,
        need,
        known: None,
    };
    let ways = routes::ways(
        view,
        table.table.value(),
        &walk.public(Family::V4).ranges,
        Some(need),
    );
    let gateways: Vec<Option<Present<'a, VpcEndpoint>>> = ways
        .iter()
        .map(|way| match way.route.as_ref().map(|route| &route.target) {
            Some(RouteTarget::VpcEndpoint(id)) => {
                endpoints.find(|endpoint| endpoint.id == *id && routes::is_gateway(endpoint))
            }
            _ => None,
        })
        .collect();
    let unclear = ways.into_iter().find_map(|way| way.unclear);
    let any = gateways.iter().flatten().next().copied();
    match (any, unclear) {
        (_, Some(missing)) => Gate::Unclear(any, missing),
        (None, None) => {
            if let Some(missing) = endpoints.incomplete() {
                return Gate::Unclear(None, missing);
            }
            facts.push(table.fact(view.subnet_id));
            Gate::None(facts)
        }
        (Some(endpoint), None) if gateways.iter().all(Option::is_some) => Gate::Endpoint(endpoint),
        (Some(endpoint), None) => Gate::Unclear(
            Some(endpoint),
            Missing::unknowable(
                format!("whether layers come through endpoint {}", endpoint.id),
                "only a part of the layer store's addresses is routed to it",
            ),
        ),
    }
}
