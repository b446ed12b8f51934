//! What a route leads to: gateways, and what lies behind them.

use super::breaks::Break;
use super::groups::Remote;
use super::path::{Beyond, BeyondKind};
use super::place::PublicIp;
use super::ranges::Family;
use super::routes::{self, Table, Way, destination, target};
use super::trail::{Check, Trail};
use super::walk::Walk;
use crate::evidence::network::{Route, RouteTarget};
use crate::observed::Missing;

/// How packets reach the internet gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Through {
    /// Straight, with a public address.
    Directly,
    /// By a NAT gateway or an egress-only internet gateway: nothing can come in.
    OutOnly,
}

impl Walk<'_> {
    /// What lies behind the routes that take packets from the puller's subnet to `remote`.
    pub(super) fn follow(&self, table: &Table<'_>, ways: Vec<Way>, remote: &Remote) -> Trail {
        let fact = table.fact(self.view.subnet_id);
        let trails = ways
            .into_iter()
            .map(|way| match (&way.route, way.unclear) {
                (route, Some(missing)) => Trail::of(vec![untold(table, route.as_ref(), missing)]),
                (None, None) => Trail::of(vec![self.no_way(table)]),
                (Some(route), None) => {
                    let leads = format!(
                        "route {} of {} leads to {}",
                        destination(route),
                        table.table.id,
                        target(route)
                    );
                    let mut trail = Trail::of(vec![Check::passes(leads, vec![fact.clone()])]);
                    trail.extend(self.behind(table, route, remote));
                    trail
                }
            })
            .collect();
        Trail::one_of(
            trails,
            &Missing::unknowable(
                format!("which address {} has", remote.name),
                format!(
                    "routes of {} take parts of what it can be to different targets",
                    table.table.id
                ),
            ),
        )
    }

    fn behind(&self, table: &Table<'_>, route: &Route, remote: &Remote) -> Trail {
        if route.blackhole {
            let gone = Check::breaks(
                Break::Blackhole {
                    route_table: table.table.id.clone(),
                    destination: destination(route),
                    target: target(route).to_owned(),
                },
                vec![table.fact(self.view.subnet_id)],
            );
            // A NAT gateway that is on its way out leaves a blackhole: it says why.
            let mut trail = match &route.target {
                RouteTarget::NatGateway(id) => self.failed_nat(id),
                _ => Trail::default(),
            };
            trail.push(gone);
            return trail;
        }
        let own = self.view.subnet_id;
        match &route.target {
            RouteTarget::Local => Trail::default(),
            RouteTarget::InternetGateway(id) => {
                let mut checks = vec![self.attached(id)];
                if remote.ranges.family() == Family::V4 {
                    checks.push(self.public_address(id));
                }
                checks.push(self.block_public_access(&[own], Through::Directly));
                Trail::of(checks)
            }
            RouteTarget::EgressOnlyInternetGateway(_) => {
                Trail::of(vec![self.block_public_access(&[own], Through::OutOnly)])
            }
            RouteTarget::NatGateway(id) => self.nat(id, remote),
            RouteTarget::VpcEndpoint(id) => Trail::of(vec![self.route_endpoint(table, route, id)]),
            _ => Trail::of(vec![match beyond(
                &format!("route {} of {}", destination(route), table.table.id),
                route,
            ) {
                Some(beyond) => Check::beyond(beyond, vec![table.fact(own)]),
                None => Check::passes("within the VPC", Vec::new()),
            }]),
        }
    }

    /// An endpoint that a route leads to: a gateway endpoint, or a firewall's.
    pub(super) fn route_endpoint(&self, table: &Table<'_>, route: &Route, id: &str) -> Check {
        let what = format!("endpoint {id}, which a route leads to");
        let endpoints = self.view.endpoints();
        let Some(endpoint) = endpoints.find(|endpoint| endpoint.id == id) else {
            let missing = endpoints
                .incomplete()
                .unwrap_or_else(|| Missing::unknowable(&what, "it is not among the VPC's endpoints"));
            return Check::unclear(what, vec![missing]);
        };
        if !routes::is_gateway(&endpoint) {
            let via = format!("route {} of {}", destination(route), table.table.id);
            return match beyond(&via, route) {
                Some(beyond) => Check::beyond(
                    beyond,
                    vec![endpoint.fact(format!("endpoint {id} is of kind {}", endpoint.kind))],
                ),
                None => Check::unclear(
                    what,
                    vec![Missing::unknowable(via, "what it leads to is not known")],
                ),
            };
        }
        let fact = endpoint.fact(format!(
            "gateway endpoint {id} for {} is {}",
            endpoint.service, endpoint.state
        ));
        if endpoint.state == "available" {
            Check::passes(
                format!("gateway endpoint {id} serves {}", endpoint.service),
                vec![fact],
            )
        } else {
            Check::breaks(
                Break::EndpointUnavailable {
                    endpoint: id.to_owned(),
                    service: endpoint.service.clone(),
                    state: endpoint.state.clone(),
                },
                vec![fact],
            )
        }
    }

    pub(super) fn attached(&self, id: &str) -> Check {
        let what = format!("internet gateway {id} is attached to {}", self.view.vpc_id());
        let Some(vpc) = self.view.known_vpc_id() else {
            return Check::unclear(what, vec![self.view.subnet_missing()]);
        };
        let gateways = self.view.internet_gateways();
        let detached = || Break::InternetGatewayDetached {
            internet_gateway: id.to_owned(),
            vpc: vpc.to_owned(),
        };
        match gateways.find(|gateway| gateway.id == id) {
            Some(gateway) if gateway.vpcs.iter().any(|attached| attached == vpc) => {
                let fact = gateway.fact(what.clone());
                Check::passes(what, vec![fact])
            }
            Some(gateway) => {
                let fact = gateway.fact(format!("internet gateway {id} is attached to {:?}", gateway.vpcs));
                Check::breaks(detached(), vec![fact])
            }
            None => match gateways.none(|gateway| gateway.id == id) {
                Ok(absence) => {
                    let fact = absence.fact(format!("internet gateway {id} is not among those of {vpc}"));
                    Check::breaks(detached(), vec![fact])
                }
                Err(missing) => Check::unclear(what, vec![missing]),
            },
        }
    }

    fn public_address(&self, internet_gateway: &str) -> Check {
        match self.place.public_ip {
            PublicIp::Yes => Check::passes("the puller has a public IP address", self.place.facts.clone()),
            PublicIp::No => Check::breaks(
                Break::NoPublicIp {
                    subnet: self.place.subnet.clone(),
                    internet_gateway: internet_gateway.to_owned(),
                },
                self.place.facts.clone(),
            ),
            PublicIp::Unknown => Check::unclear(
                "whether the puller has a public IP address",
                vec![Missing::unknowable(
                    format!(
                        "whether the puller in {} has a public IP address",
                        self.place.subnet
                    ),
                    "what started the task, and with which settings, is not known",
                )],
            ),
        }
    }

    /// VPC Block Public Access, for what crosses these subnets on its way to an internet gateway
    /// (<https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html>).
    pub(super) fn block_public_access(&self, crossed: &[&str], through: Through) -> Check {
        let what = "VPC Block Public Access";
        if let Some(hidden) = self.view.hidden() {
            return Check::unclear(what, vec![hidden.clone()]);
        }
        let observed = &self.view.net.block_public_access;
        let Some(seen) = observed.seen() else {
            return match (observed.absent(), observed.missing(what)) {
                (Some(absence), _) => Check::passes(
                    format!("{what} is off"),
                    vec![absence.fact(format!("{what} is not set up"))],
                ),
                (None, Some(missing)) => Check::unclear(what, vec![missing]),
                (None, None) => Check::unclear(what, Vec::new()),
            };
        };
        let mode = seen.internet_gateway_mode.as_str();
        let exempt = if seen.exclusions.is_empty() {
            String::new()
        } else {
            let ids: Vec<&str> = seen
                .value()
                .exclusions
                .iter()
                .map(|(id, _)| id.as_str())
                .collect();
            format!(", exempt {}", ids.join(", "))
        };
        let fact = seen.fact(format!("{what} is {mode}{exempt}"));
        if mode == "off" || (mode == "block-ingress" && through == Through::OutOnly) {
            return Check::passes(format!("{what} ({mode}) lets this out"), vec![fact]);
        }
        if mode != "block-ingress" && mode != "block-bidirectional" {
            return Check::unclear(
                what,
                vec![Missing::unknowable(
                    format!("what mode `{mode}` of {what} does"),
                    "it is not a documented one",
                )],
            );
        }
        let vpc = self.view.known_vpc_id();
        let exempt: Vec<Option<bool>> = crossed
            .iter()
            .map(|subnet| {
                let modes: Vec<&str> = seen
                    .value()
                    .exclusions
                    .iter()
                    .filter(|(id, _)| id == subnet || Some(id.as_str()) == vpc)
                    .map(|(_, mode)| mode.as_str())
                    .collect();
                // What `allow-egress` lets out without a NAT gateway is not documented.
                match (modes.contains(&"allow-bidirectional"), modes.is_empty()) {
                    (true, _) => Some(true),
                    (false, true) => Some(false),
                    (false, false) => (through == Through::OutOnly).then_some(true),
                }
            })
            .collect();
        if exempt.iter().all(|exempt| *exempt == Some(true)) {
            return Check::passes(format!("{what} ({mode}) exempts these subnets"), vec![fact]);
        }
        if exempt.iter().all(|exempt| *exempt == Some(false)) {
            return Check::breaks(
                Break::BlockPublicAccess {
                    mode: mode.to_owned(),
                    subnet: (*crossed.first().unwrap_or(&self.view.subnet_id)).to_owned(),
                },
                vec![fact],
            );
        }
        Check::unclear(
            what,
            vec![Missing::unknowable(
                format!("whether {what} lets this out"),
                format!(
                    "mode {mode}, and the exemptions cover only a part of the way: {:?}",
                    seen.exclusions
                ),
            )],
        )
    }
}

/// A route of which it is not known whether it takes the packets at all.
pub(super) fn untold(table: &Table<'_>, route: Option<&Route>, missing: Missing) -> Check {
    let which = route.map(destination).unwrap_or_default();
    Check::unclear(
        format!("whether route {which} of {} is taken", table.table.id),
        vec![missing],
    )
}

/// A route's target, if nobody here can see what is behind it.
pub(super) fn beyond(via: &str, route: &Route) -> Option<Beyond> {
    let (kind, hop, whom_to_ask) = match &route.target {
        RouteTarget::TransitGateway(id) => (
            BeyondKind::TransitGateway,
            id,
            "whoever runs that transit gateway",
        ),
        RouteTarget::Peering(id) => (
            BeyondKind::Peering,
            id,
            "whoever runs the network at its other end",
        ),
        RouteTarget::VirtualPrivateGateway(id) => (
            BeyondKind::VirtualPrivateGateway,
            id,
            "whoever runs the VPN or Direct Connect",
        ),
        RouteTarget::VpcEndpoint(id) => (BeyondKind::Firewall, id, "whoever runs that firewall"),
        RouteTarget::Appliance(id) => (BeyondKind::Appliance, id, "whoever runs that appliance"),
        RouteTarget::Other(id) => (BeyondKind::Other, id, "whoever set up that route"),
        RouteTarget::Local
        | RouteTarget::InternetGateway(_)
        | RouteTarget::EgressOnlyInternetGateway(_)
        | RouteTarget::NatGateway(_) => return None,
    };
    Some(Beyond {
        kind,
        hop: hop.clone(),
        via: via.to_owned(),
        whom_to_ask: whom_to_ask.to_owned(),
    })
}
