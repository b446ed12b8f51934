//! NAT gateways, and the second hop: a NAT gateway without a way out of its own is none.

use super::acls::{self, Ports};
use super::breaks::{Break, Direction};
use super::gateways::{Through, beyond, untold};
use super::groups::Remote;
use super::routes::{self, Table, destination};
use super::trail::{Check, Trail};
use super::walk::Walk;
use crate::evidence::network::{NatGateway, Route, RouteTarget};
use crate::observed::{Missing, Present};

impl Walk<'_> {
    /// A NAT gateway that a route leads to: its state, the way from its own subnet, and that subnet's ACL.
    pub(super) fn nat(&self, id: &str, remote: &Remote) -> Trail {
        let nats = self.view.nat_gateways();
        let what = format!("NAT gateway {id}");
        let unavailable = |state: &str, failure: Option<String>| Break::NatUnavailable {
            nat: id.to_owned(),
            state: state.to_owned(),
            failure,
        };
        let Some(nat) = nats.find(|nat| nat.id == id) else {
            return Trail::of(vec![match nats.none(|nat| nat.id == id) {
                Ok(absence) => {
                    let fact = absence.fact(format!("{what} is not among those of {}", self.view.vpc_id()));
                    Check::breaks(unavailable("gone", None), vec![fact])
                }
                Err(missing) => Check::unclear(what, vec![missing]),
            }]);
        };
        let fact = nat.fact(format!(
            "{what} in {} is {}, connectivity {}",
            nat.subnet, nat.state, nat.connectivity
        ));
        if nat.state != "available" {
            return Trail::of(vec![Check::breaks(
                unavailable(&nat.state, nat.failure.clone()),
                vec![fact],
            )]);
        }
        let mut trail = Trail::of(vec![Check::passes(format!("{what} is available"), vec![fact])]);
        if nat.subnet.is_empty() {
            trail.push(Check::unclear(
                format!("{what}, a regional one"),
                vec![Missing::unknowable(
                    format!("the way out of regional NAT gateway {id}"),
                    "it has no subnet whose routes could be read",
                )],
            ));
            return trail;
        }
        trail.extend(self.second_hop(nat, remote));
        if nat.subnet == self.view.subnet_id {
            // The own subnet's ACL is asked for the puller's ports; the NAT gateway listens on more.
            trail.push(acls::check(
                &self.view,
                &nat.subnet,
                Direction::Inbound,
                &remote.ranges,
                Ports::NAT,
                &remote.name,
            ));
        } else {
            trail.extend(self.nat_acls(&nat.subnet, remote));
        }
        trail
    }

    /// A NAT gateway that is still there and does not work: one that was deleted is listed for a while and is not.
    pub(super) fn failed_nat(&self, id: &str) -> Trail {
        let nats = self.view.nat_gateways();
        let failed = nats.find(|nat| nat.id == id && !matches!(nat.state.as_str(), "available" | "deleted"));
        let check = failed.map(|nat| {
            let fact = nat.fact(format!("NAT gateway {id} in {} is {}", nat.subnet, nat.state));
            let broken = Break::NatUnavailable {
                nat: id.to_owned(),
                state: nat.state.clone(),
                failure: nat.failure.clone(),
            };
            Check::breaks(broken, vec![fact])
        });
        Trail::of(check.into_iter().collect())
    }

    /// The way from the NAT gateway's own subnet: it must lead to an internet gateway.
    fn second_hop(&self, nat: Present<'_, NatGateway>, remote: &Remote) -> Trail {
        let table = match routes::table_of(&self.view, &nat.subnet) {
            Ok(table) => table,
            Err(missing) => {
                return Trail::of(vec![Check::unclear(
                    format!("routes of NAT gateway {}'s subnet {}", nat.id, nat.subnet),
                    vec![missing],
                )]);
            }
        };
        let fact = table.fact(&nat.subnet);
        let is_public = nat.connectivity == "public";
        let stranded = || {
            let broken = if is_public {
                Break::NatWithoutRoute {
                    nat: nat.id.clone(),
                    subnet: nat.subnet.clone(),
                    route_table: table.table.id.clone(),
                }
            } else {
                Break::NatPrivate { nat: nat.id.clone() }
            };
            Check::breaks(broken, vec![fact.clone()])
        };
        let trails = routes::ways(&self.view, table.table.value(), &remote.ranges, Some(self.need))
            .into_iter()
            .map(|way| match (&way.route, way.unclear) {
                (route, Some(missing)) => Trail::of(vec![untold(&table, route.as_ref(), missing)]),
                (Some(route), None) if !route.blackhole => {
                    self.behind_nat(&table, route, is_public, &nat, &stranded)
                }
                _ => Trail::of(vec![stranded()]),
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

    fn behind_nat(
        &self,
        table: &Table<'_>,
        route: &Route,
        is_public: bool,
        nat: &NatGateway,
        stranded: &dyn Fn() -> Check,
    ) -> Trail {
        let via = format!("route {} of {}", destination(route), table.table.id);
        match &route.target {
            RouteTarget::InternetGateway(id) if is_public => Trail::of(vec![
                Check::passes(
                    format!("{via}, of the NAT gateway's subnet, leads to {id}"),
                    vec![table.fact(&nat.subnet)],
                ),
                self.attached(id),
                self.block_public_access(&[&nat.subnet, self.view.subnet_id], Through::OutOnly),
            ]),
            RouteTarget::VpcEndpoint(id) => Trail::of(vec![self.route_endpoint(table, route, id)]),
            // Packets of a private NAT gateway are dropped at an internet gateway
            // (<https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html>).
            RouteTarget::InternetGateway(_)
            | RouteTarget::EgressOnlyInternetGateway(_)
            | RouteTarget::Local => Trail::of(vec![stranded()]),
            RouteTarget::NatGateway(_) if is_public => Trail::of(vec![stranded()]),
            RouteTarget::NatGateway(id) => Trail::of(vec![Check::unclear(
                format!("NAT gateway {} leads on to NAT gateway {id}", nat.id),
                vec![Missing::unknowable(
                    format!("whether NAT gateway {} may lead on to NAT gateway {id}", nat.id),
                    "what AWS does with that is not documented",
                )],
            )]),
            _ => Trail::of(vec![match beyond(&via, route) {
                Some(beyond) => Check::beyond(beyond, vec![table.fact(&nat.subnet)]),
                None => stranded(),
            }]),
        }
    }

    /// The ACL of the NAT gateway's subnet, which is crossed four times: in and out, there and back.
    fn nat_acls(&self, subnet: &str, remote: &Remote) -> Trail {
        let source = self.source(remote.ranges.family());
        let port = Ports::one(self.need.port());
        let check = |direction, ranges, ports, towards: &str| {
            acls::check(&self.view, subnet, direction, ranges, ports, towards)
        };
        Trail::of(vec![
            check(Direction::Inbound, &source, port, "the puller"),
            check(Direction::Outbound, &remote.ranges, port, &remote.name),
            check(Direction::Inbound, &remote.ranges, Ports::NAT, &remote.name),
            check(Direction::Outbound, &source, Ports::CLIENT, "the puller"),
        ])
    }
}
