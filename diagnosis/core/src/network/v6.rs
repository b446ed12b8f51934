//! Subnets that have only IPv6.

use super::breaks::Break;
use super::need::Need;
use super::ranges::{Family, Ranges};
use super::routes;
use super::trail::{Check, Trail};
use super::walk::Walk;
use crate::evidence::network::RouteTarget;
use crate::observed::Missing;

impl Walk<'_> {
    /// From a subnet without IPv4
    /// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking-awsvpc.html>).
    pub(super) fn by_v6_only(&self) -> Trail {
        let host = self.need.host();
        let subnet_fact = self
            .view
            .subnet
            .map(|subnet| subnet.fact(format!("subnet {} has only IPv6", subnet.id)));
        let endpoints = self.view.endpoints();
        let serving =
            endpoints.find(|endpoint| routes::is_interface(endpoint) && routes::serves(endpoint, self.need));
        let unseen = self.need.service().and_then(|_| endpoints.incomplete());
        if serving.is_some() || unseen.is_some() {
            let missing = unseen.unwrap_or_else(|| {
                Missing::unknowable(
                    format!("whether an endpoint answers for {host} by IPv6"),
                    "the endpoint's IP address type is not read",
                )
            });
            return Trail::of(vec![Check::unclear(format!("IPv6 to {host}"), vec![missing])]);
        }
        // AWS's own agents ask the dual-stack names of its APIs from there.
        let is_registry = matches!(self.need, Need::Registry { .. });
        if self.need.may_have_v6() || !is_registry {
            let mut trail = self.by_name(Family::V6);
            if !matches!(self.need, Need::Registry { dual_stack: true, .. }) {
                trail.push(Check::unclear(
                    format!("whether {host} has an IPv6 address"),
                    vec![Missing::unknowable(
                        format!("whether {host} has an IPv6 address"),
                        "names are not resolved from here",
                    )],
                ));
            }
            return trail;
        }
        // Only a NAT gateway that translates (NAT64), at its own prefix, leads to IPv4 from here.
        let translated = Ranges::of(
            Family::V6,
            &"64:ff9b::/96".parse().ok().into_iter().collect::<Vec<_>>(),
        );
        let broken = Check::breaks(
            Break::Ipv6Only {
                subnet: self.view.subnet_id.to_owned(),
                host: host.clone(),
            },
            subnet_fact.into_iter().collect(),
        );
        let table = match routes::table_of(&self.view, self.view.subnet_id) {
            Ok(table) => table,
            Err(missing) => return Trail::of(vec![Check::unclear(format!("IPv6 to {host}"), vec![missing])]),
        };
        let ways = routes::ways(&self.view, table.table.value(), &translated, None);
        let never_translated = ways.iter().all(|way| {
            way.unclear.is_none()
                && way.route.as_ref().is_none_or(|route| {
                    route.blackhole
                        || matches!(
                            route.target,
                            RouteTarget::InternetGateway(_)
                                | RouteTarget::EgressOnlyInternetGateway(_)
                                | RouteTarget::Local
                        )
                })
        });
        if never_translated {
            return Trail::of(vec![broken.with_facts([table.fact(self.view.subnet_id)])]);
        }
        Trail::of(vec![Check::unclear(
            format!("{host} by NAT64"),
            vec![Missing::unknowable(
                format!("whether {host} is reached by DNS64 and NAT64"),
                "the subnet's DNS64 setting is not read",
            )],
        )])
    }
}
