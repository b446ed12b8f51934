//! The network analysis against a second, naive model: packets with an address and a port each, sent one by one
//! through the same small networks.
//!
//! | property | in words |
//! | --- | --- |
//! | `open_and_broken_are_what_packets_do` | open: every packet arrives; broken: none does, and one is dropped for the reason named |
//! | `from_a_subnet_with_only_ipv6` | the same by IPv6; a name without IPv6 is never told open, and broken unless something may translate |
//! | `what_is_not_read_makes_nothing_certain` | with any one thing unread, nothing is open or broken that was not, nor by another thing |

#[cfg(test)]
mod packets;
#[cfg(test)]
mod v6;
#[cfg(test)]
mod world;

#[cfg(test)]
mod properties {
    use std::collections::BTreeSet;

    use diagnosis::evidence::network::NetworkEvidence;
    use diagnosis::network::{Break, Need, PathOutcome, path};
    use diagnosis::observed::{Listing, Observed, Outcome};
    use proptest::prelude::*;
    use proptest::strategy::ValueTree;

    use crate::packets::{self, Fate};
    use crate::v6;
    use crate::world::{World, needs, world};

    /// The word the naive model has for a break.
    fn reason(broken: &Break) -> &'static str {
        match broken {
            Break::NoRoute { .. }
            | Break::EndpointMissing { .. }
            | Break::GatewayNotOnRouteTable { .. }
            | Break::CrossRegionNoEgress { .. }
            | Break::FipsEndpointMissing { .. } => "no route",
            Break::EndpointPrivateDnsDisabled { .. } => "private dns",
            Break::VpcDnsDisabled { .. } => "dns",
            Break::NameHidden { .. } => "name",
            Break::EndpointUnavailable { .. } => "endpoint state",
            Break::NoPublicIp { .. } => "public ip",
            Break::Blackhole { .. } => "blackhole",
            Break::NatUnavailable { .. } => "nat state",
            Break::NatWithoutRoute { .. } | Break::NatPrivate { .. } => "nat route",
            Break::EgressBlocked { .. } => "egress",
            Break::EndpointIngressBlocked { .. } => "ingress",
            Break::NaclBlocked { .. } => "acl",
            Break::BlockPublicAccess { .. } => "bpa",
            Break::InternetGatewayDetached { .. } => "igw",
            Break::Ipv6Only { .. } => "ipv6",
        }
    }

    fn compare(world: &World, need: &Need) -> Result<&'static str, TestCaseError> {
        let told = path(&world.net, &world.place, need);
        let fates = packets::send(world, need);
        let arrives = |fate: &Fate| fate.drops.is_empty() && !fate.lost_sight;
        match &told.outcome {
            PathOutcome::Open => {
                let lost = fates.iter().find(|fate| fate.usual && !arrives(fate));
                if let Some(lost) = lost {
                    return Err(TestCaseError::fail(format!(
                        "{need} is told open; {}: {:?}",
                        lost.packet, lost.drops
                    )));
                }
                Ok("open")
            }
            PathOutcome::Broken(broken) => {
                let counts = |fate: &&Fate| fate.usual || broken.caveat().is_none();
                if let Some(found) = fates.iter().filter(counts).find(|fate| fate.drops.is_empty()) {
                    return Err(TestCaseError::fail(format!(
                        "{need} is told broken ({broken}); {} arrives",
                        found.packet
                    )));
                }
                let reasons: BTreeSet<&str> = fates
                    .iter()
                    .filter(counts)
                    .flat_map(|fate| fate.drops.iter().copied())
                    .collect();
                prop_assert!(
                    reasons.contains(reason(broken)),
                    "{} is told broken by {:?}: {:?}",
                    need,
                    broken,
                    reasons
                );
                Ok("broken")
            }
            PathOutcome::Beyond(_) | PathOutcome::Unknown(_) => {
                // Everything was read: where every packet arrives, that can be told.
                let all_arrive = fates.iter().filter(|fate| fate.usual).all(arrives);
                prop_assert!(!all_arrive, "{} is not told open: {:?}", need, told.outcome);
                // And where the same single thing drops every packet, that can be told too.
                let certain = fates.iter().all(|fate| fate.drops.contains("egress"));
                prop_assert!(!certain, "{} is not told broken: {:?}", need, told.outcome);
                Ok("unknown")
            }
        }
    }

    /// Whether two breaks are one. A VPC that was not read is called just that.
    fn is_the_same(one: &Break, other: &Break) -> bool {
        match (one, other) {
            (Break::VpcDnsDisabled { which, .. }, Break::VpcDnsDisabled { which: others, .. }) => {
                which == others
            }
            // A subnet of which it is not known that it has only IPv6: what breaks IPv4 there is true as well.
            (Break::Ipv6Only { .. }, _) => true,
            _ => one == other,
        }
    }

    type Unread = fn(&mut NetworkEvidence);

    fn denied<T>(observed: &mut Observed<T>) {
        observed.outcome = Outcome::Denied {
            action: observed.source.call.clone(),
            principal: None,
        };
    }

    fn cut_short<T>(observed: &mut Observed<Listing<T>>) {
        if let Outcome::Present(listing) = &mut observed.outcome {
            listing.items.truncate(1);
            listing.complete = false;
        }
    }

    const UNREAD: [(&str, Unread); 27] = [
        ("subnets", |net| denied(&mut net.subnets)),
        ("vpc", |net| denied(&mut net.vpc)),
        ("dns_support", |net| denied(&mut net.dns_support)),
        ("dns_hostnames", |net| denied(&mut net.dns_hostnames)),
        ("dhcp_options", |net| denied(&mut net.dhcp_options)),
        ("route_tables", |net| denied(&mut net.route_tables)),
        ("endpoints", |net| denied(&mut net.endpoints)),
        ("security_groups", |net| denied(&mut net.security_groups)),
        ("network_acls", |net| denied(&mut net.network_acls)),
        ("nat_gateways", |net| denied(&mut net.nat_gateways)),
        ("other_subnets", |net| denied(&mut net.other_subnets)),
        ("internet_gateways", |net| denied(&mut net.internet_gateways)),
        ("prefix_lists", |net| denied(&mut net.prefix_lists)),
        ("endpoint_addresses", |net| denied(&mut net.endpoint_addresses)),
        ("block_public_access", |net| denied(&mut net.block_public_access)),
        ("subnets and vpc", |net| {
            denied(&mut net.subnets);
            denied(&mut net.vpc);
        }),
        ("subnets, some", |net| cut_short(&mut net.subnets)),
        ("route_tables, some", |net| cut_short(&mut net.route_tables)),
        ("endpoints, some", |net| cut_short(&mut net.endpoints)),
        ("security_groups, some", |net| cut_short(&mut net.security_groups)),
        ("network_acls, some", |net| cut_short(&mut net.network_acls)),
        ("nat_gateways, some", |net| cut_short(&mut net.nat_gateways)),
        ("other_subnets, some", |net| cut_short(&mut net.other_subnets)),
        ("internet_gateways, some", |net| {
            cut_short(&mut net.internet_gateways);
        }),
        ("prefix_lists, some", |net| cut_short(&mut net.prefix_lists)),
        ("endpoint_addresses, some", |net| {
            cut_short(&mut net.endpoint_addresses);
        }),
        ("shared", |net| {
            if let Outcome::Present(subnets) = &mut net.subnets.outcome {
                for subnet in &mut subnets.items {
                    subnet.owner = "444455556666".to_owned();
                }
            }
            if let Outcome::Present(vpc) = &mut net.vpc.outcome {
                vpc.owner = "444455556666".to_owned();
            }
            cut_short(&mut net.endpoints);
            if let Outcome::Present(endpoints) = &mut net.endpoints.outcome {
                endpoints.complete = true;
            }
        }),
    ];

    proptest! {
        #[test]
        fn open_and_broken_are_what_packets_do(world in world(false)) {
            for need in needs() {
                compare(&world, &need)?;
            }
        }

        #[test]
        fn from_a_subnet_with_only_ipv6(world in v6::only_v6()) {
            let [dual_stack, only_v4] = v6::needs();
            compare(&world, &dual_stack)?;
            let told = path(&world.net, &world.place, &only_v4).outcome;
            let broken = matches!(told, PathOutcome::Broken(Break::Ipv6Only { .. }));
            prop_assert_eq!(broken, !v6::may_translate(&world.net), "{:?}", told);
            prop_assert!(told != PathOutcome::Open);
        }

        #[test]
        fn what_is_not_read_makes_nothing_certain((world, by_v6) in prop_oneof![
            5 => world(true).prop_map(|world| (world, false)),
            1 => v6::only_v6().prop_map(|world| (world, true)),
        ]) {
            let needs = if by_v6 { v6::needs().to_vec() } else { needs().to_vec() };
            for need in needs {
                let full = path(&world.net, &world.place, &need);
                for (name, unread) in UNREAD {
                    let mut net = world.net.clone();
                    unread(&mut net);
                    let less = path(&net, &world.place, &need);
                    match &less.outcome {
                        PathOutcome::Open => prop_assert!(
                            full.outcome == PathOutcome::Open,
                            "without {name}, {need} is open; with it: {:?}", full.outcome
                        ),
                        PathOutcome::Broken(broken) => prop_assert!(
                            full.breaks().any(|known| is_the_same(known, broken)),
                            "without {name}, {need} is broken by {broken:?}; with it: {:?}, {:?}", full.outcome, full.also
                        ),
                        PathOutcome::Beyond(_) | PathOutcome::Unknown(_) => {}
                    }
                }
            }
        }
    }

    /// The properties would hold for an analysis that never says anything: it must say something often.
    #[test]
    fn much_can_be_told() {
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let mut counts = std::collections::BTreeMap::<&str, u32>::new();
        for _ in 0..400 {
            let world = world(false).new_tree(&mut runner).unwrap().current();
            for need in needs() {
                *counts.entry(compare(&world, &need).unwrap()).or_default() += 1;
            }
        }
        let mut by_v6 = BTreeSet::new();
        for _ in 0..200 {
            let world = v6::only_v6().new_tree(&mut runner).unwrap().current();
            by_v6.insert(compare(&world, &v6::needs()[0]).unwrap());
        }
        assert_eq!(by_v6, BTreeSet::from(["open", "broken", "unknown"]));
        let all: u32 = counts.values().sum();
        let of = |kind| counts.get(kind).copied().unwrap_or_default() * 100 / all;
        assert!(
            of("open") >= 5 && of("broken") >= 30 && of("unknown") <= 60,
            "{counts:?}"
        );
    }
}
