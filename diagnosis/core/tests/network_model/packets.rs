//! The naive model: one packet after the other, checked at everything it passes.
//!
//! Written for being obvious, not for being fast. It reads evidence that is all there.

use std::collections::BTreeSet;
use std::net::IpAddr;

use diagnosis::evidence::network::*;
use diagnosis::network::{Need, PublicIp};

use crate::v6::SUBNET_V6;
use crate::world::World;

/// What became of one packet and its answer.
#[derive(Debug, Clone)]
pub(crate) struct Fate {
    /// From where to where.
    pub(crate) packet: String,
    /// Whether the client's port is one that clients do choose.
    pub(crate) usual: bool,
    /// Everything that drops it. Empty: it arrives, as far as one can see.
    pub(crate) drops: BTreeSet<&'static str>,
    /// Whether it goes where nobody can see.
    pub(crate) lost_sight: bool,
}

/// Addresses of the internet, at least one for each way in which the worlds' ranges can treat them.
const PUBLIC: [&str; 4] = ["52.95.1.1", "54.239.0.9", "18.200.1.1", "203.0.113.9"];
const PUBLIC_V6: [&str; 4] = ["2600:1f18::1", "2a05:d018::9", "2406:da00::1", "2001:db8:ffff::9"];
const S3: [&str; 2] = ["52.218.1.1", "3.5.64.9"];
const CLIENT_PORTS: [u16; 5] = [1024, 2000, 32768, 61000, 65535];

fn value<T>(observed: &diagnosis::Observed<T>) -> &T {
    observed.value().expect("everything was read")
}

/// Sends one packet for each source, target and port there can be.
pub(crate) fn send(world: &World, need: &Need) -> Vec<Fate> {
    let net = &world.net;
    let by_v6 = world.place.subnet == SUBNET_V6;
    let sources: Vec<IpAddr> = match world.place.address {
        Some(address) => vec![address],
        None if by_v6 => vec!["2001:db8:0:6::5".parse().unwrap()],
        None if world.place.subnet == "subnet-a" => {
            vec!["10.0.1.5".parse().unwrap(), "10.0.1.200".parse().unwrap()]
        }
        None => vec!["10.0.100.5".parse().unwrap()],
    };
    let endpoint = named_endpoint(net, need);
    let targets: Vec<IpAddr> = match (endpoint, need) {
        (Some(endpoint), _) => value(&net.endpoint_addresses)
            .items
            .iter()
            .filter(|item| endpoint.network_interfaces.contains(&item.interface))
            .flat_map(|item| item.addresses.clone())
            .collect(),
        (None, Need::LayerStore { region }) if region == "eu-west-1" => {
            S3.iter().map(|text| text.parse().unwrap()).collect()
        }
        _ if by_v6 => PUBLIC_V6.iter().map(|text| text.parse().unwrap()).collect(),
        _ => PUBLIC.iter().map(|text| text.parse().unwrap()).collect(),
    };
    let mut fates = Vec::new();
    for from in &sources {
        for to in &targets {
            for port in CLIENT_PORTS {
                for nat_port in CLIENT_PORTS {
                    let mut packet = Packet {
                        world,
                        need,
                        from: *from,
                        to: *to,
                        port,
                        nat_port,
                        drops: BTreeSet::new(),
                        lost_sight: false,
                    };
                    packet.travel(endpoint);
                    fates.push(Fate {
                        packet: format!("{from}:{port} (NAT {nat_port}) to {to}"),
                        usual: port >= 32768,
                        drops: packet.drops,
                        lost_sight: packet.lost_sight,
                    });
                }
            }
        }
    }
    fates
}

/// The interface endpoint that the name leads to.
fn named_endpoint<'a>(net: &'a NetworkEvidence, need: &Need) -> Option<&'a VpcEndpoint> {
    let service = match need {
        Need::EcrApi { .. } => "com.amazonaws.eu-west-1.ecr.api",
        Need::LayerStore { region } if region == "eu-west-1" => "com.amazonaws.eu-west-1.s3",
        _ => return None,
    };
    value(&net.endpoints)
        .items
        .iter()
        .find(|endpoint| endpoint.kind == "Interface" && endpoint.service == service && endpoint.private_dns)
        .filter(|_| *value(&net.dns_support) && *value(&net.dns_hostnames))
}

struct Packet<'a> {
    world: &'a World,
    need: &'a Need,
    from: IpAddr,
    to: IpAddr,
    port: u16,
    nat_port: u16,
    drops: BTreeSet<&'static str>,
    lost_sight: bool,
}

impl Packet<'_> {
    fn travel(&mut self, endpoint: Option<&VpcEndpoint>) {
        let net = &self.world.net;
        if !value(&net.dns_support) {
            self.drops.insert("dns");
            return;
        }
        let own = self.world.place.subnet.clone();
        let own_groups = self.own_groups();
        let endpoint_groups = endpoint
            .map(|endpoint| endpoint.security_groups.clone())
            .unwrap_or_default();
        if !self.groups_let(&own_groups, false, self.to, &endpoint_groups) {
            self.drops.insert("egress");
        }
        let Some(endpoint) = endpoint else {
            self.acl(&own, true, self.to, 443);
            self.acl(&own, false, self.to, self.port);
            self.route(&own);
            return;
        };
        if !self.groups_let(&endpoint.security_groups, true, self.from, &own_groups) {
            self.drops.insert("ingress");
        }
        let there = value(&net.endpoint_addresses)
            .items
            .iter()
            .find(|item| item.addresses.contains(&self.to))
            .and_then(|item| item.subnet.clone())
            .unwrap();
        if there != own {
            self.acl(&own, true, self.to, 443);
            self.acl(&there, false, self.from, 443);
            self.acl(&there, true, self.from, self.port);
            self.acl(&own, false, self.to, self.port);
        }
    }

    fn own_groups(&self) -> Vec<String> {
        match &self.world.place.security_groups {
            Some(groups) if groups.is_empty() => vec!["sg-default".to_owned()],
            Some(groups) => groups.clone(),
            None => panic!("worlds have known groups"),
        }
    }

    fn groups_let(&self, ids: &[String], ingress: bool, other: IpAddr, others_groups: &[String]) -> bool {
        let net = &self.world.net;
        for group in &value(&net.security_groups).items {
            if !ids.contains(&group.id) {
                continue;
            }
            let rules = if ingress { &group.ingress } else { &group.egress };
            for rule in rules {
                if rule.from_port.unwrap_or(0) > 443 || rule.to_port.unwrap_or(65535) < 443 {
                    continue;
                }
                for peer in &rule.peers {
                    let fits = match peer {
                        Destination::Cidr(range) => range.contains(&other),
                        Destination::PrefixList(id) => in_list(net, id, other),
                        Destination::SecurityGroup(id) => others_groups.contains(id),
                        Destination::Other(_) => false,
                    };
                    if fits {
                        return true;
                    }
                }
            }
        }
        false
    }

    fn acl(&mut self, subnet: &str, egress: bool, other: IpAddr, port: u16) {
        let acls = &value(&self.world.net.network_acls).items;
        let acl = acls
            .iter()
            .find(|acl| acl.subnets.iter().any(|id| id == subnet))
            .unwrap();
        let mut entries: Vec<&NetworkAclEntry> = acl
            .entries
            .iter()
            .filter(|entry| entry.egress == egress)
            .collect();
        entries.sort_by_key(|entry| entry.number);
        for entry in entries {
            let in_range = entry.cidr.unwrap().contains(&other);
            let in_ports = entry.from_port.unwrap_or(0) <= port && port <= entry.to_port.unwrap_or(65535);
            if in_range && in_ports {
                if !entry.allow {
                    self.drops.insert("acl");
                }
                return;
            }
        }
        self.drops.insert("acl");
    }

    /// The route of one subnet for this packet: the narrowest that holds its target.
    fn narrowest(&self, subnet: &str) -> (Option<Route>, RouteTable) {
        let net = &self.world.net;
        let tables = &value(&net.route_tables).items;
        let table = tables
            .iter()
            .find(|table| table.subnets.iter().any(|id| id == subnet))
            .or(tables.iter().find(|table| table.main))
            .unwrap();
        let narrowness = |route: &&Route| match &route.destination {
            Destination::Cidr(range) => range.contains(&self.to).then_some(range.prefix_len()),
            Destination::PrefixList(id) => list(net, id)
                .iter()
                .filter(|range| range.contains(&self.to))
                .map(ipnet::IpNet::prefix_len)
                .max(),
            _ => None,
        };
        let best = table
            .routes
            .iter()
            .filter_map(|route| Some((narrowness(&route)?, route)))
            .max_by_key(|(narrow, _)| *narrow);
        (best.map(|(_, route)| route.clone()), table.clone())
    }

    fn route(&mut self, own: &str) {
        let (route, table) = self.narrowest(own);
        let Some(route) = route else {
            let into_another_network = table.routes.iter().any(|route| {
                let private = match &route.destination {
                    Destination::Cidr(range) => range.to_string() == "10.0.0.0/8",
                    _ => true,
                };
                private && !route.blackhole && matches!(route.target, RouteTarget::TransitGateway(_))
            });
            self.stranded(into_another_network);
            return;
        };
        if route.blackhole {
            self.drops.insert("blackhole");
            let nats = &value(&self.world.net.nat_gateways).items;
            let failed = nats
                .iter()
                .any(|nat| !matches!(nat.state.as_str(), "available" | "deleted"));
            if failed && matches!(route.target, RouteTarget::NatGateway(_)) {
                self.drops.insert("nat state");
            }
            return;
        }
        match &route.target {
            RouteTarget::InternetGateway(_) => {
                // Every IPv6 address is a public one.
                if self.world.place.public_ip == PublicIp::No && self.to.is_ipv4() {
                    self.drops.insert("public ip");
                    if self.endpoint_exists() {
                        self.stranded(false);
                    }
                }
                self.internet_gateway(&[own], true);
            }
            RouteTarget::EgressOnlyInternetGateway(_) => self.public_access(&[own], false),
            RouteTarget::NatGateway(_) => self.nat(own),
            RouteTarget::VpcEndpoint(_) => {}
            _ => self.lost_sight = true,
        }
    }

    /// No route: the words for it depend on what endpoints there are, but not its being dropped.
    fn stranded(&mut self, into_another_network: bool) {
        if self.endpoint_exists() {
            self.drops.insert(if *value(&self.world.net.dns_hostnames) {
                "private dns"
            } else {
                "dns"
            });
            self.drops.insert("private dns");
            return;
        }
        let gateway = matches!(self.need, Need::LayerStore { region } if region == "eu-west-1")
            && value(&self.world.net.endpoints)
                .items
                .iter()
                .any(|endpoint| endpoint.kind == "Gateway");
        if into_another_network && !gateway {
            self.lost_sight = true;
        } else {
            self.drops.insert("no route");
        }
    }

    /// An interface endpoint for the need, to which its name does not lead.
    fn endpoint_exists(&self) -> bool {
        let service = match self.need {
            Need::EcrApi { .. } => "com.amazonaws.eu-west-1.ecr.api",
            _ => return false,
        };
        value(&self.world.net.endpoints)
            .items
            .iter()
            .any(|endpoint| endpoint.service == service)
    }

    fn internet_gateway(&mut self, crossed: &[&str], directly: bool) {
        let net = &self.world.net;
        let attached = value(&net.internet_gateways)
            .items
            .iter()
            .any(|gateway| gateway.vpcs.iter().any(|id| id == "vpc-1"));
        if !attached {
            self.drops.insert("igw");
        }
        self.public_access(crossed, directly);
    }

    /// Block Public Access: what connections in could use, or everything.
    fn public_access(&mut self, crossed: &[&str], directly: bool) {
        let net = &self.world.net;
        let block = value(&net.block_public_access);
        let blocks = match block.internet_gateway_mode.as_str() {
            "off" => false,
            "block-ingress" => directly,
            _ => true,
        };
        if !blocks {
            return;
        }
        let exempt = |id: &str| block.exclusions.iter().any(|(known, _)| known == id);
        let spared = crossed
            .iter()
            .filter(|subnet| exempt(subnet) || exempt("vpc-1"))
            .count();
        if spared == 0 {
            self.drops.insert("bpa");
        } else if spared < crossed.len() {
            self.lost_sight = true;
        }
    }

    fn nat(&mut self, own: &str) {
        let net = &self.world.net;
        let Some(nat) = value(&net.nat_gateways).items.first().cloned() else {
            self.drops.insert("nat state");
            return;
        };
        if nat.state != "available" {
            self.drops.insert("nat state");
            return;
        }
        if nat.subnet == own {
            self.acl(own, false, self.to, self.nat_port);
        } else {
            self.acl(&nat.subnet, false, self.from, 443);
            self.acl(&nat.subnet, true, self.to, 443);
            self.acl(&nat.subnet, false, self.to, self.nat_port);
            self.acl(&nat.subnet, true, self.from, self.port);
        }
        let (route, _) = self.narrowest(&nat.subnet);
        match route.filter(|route| !route.blackhole).map(|route| route.target) {
            Some(RouteTarget::InternetGateway(_)) if nat.connectivity == "public" => {
                self.internet_gateway(&[&nat.subnet, own], false);
            }
            None | Some(RouteTarget::InternetGateway(_)) => {
                self.drops.insert("nat route");
            }
            Some(RouteTarget::NatGateway(_)) if nat.connectivity == "public" => {
                self.drops.insert("nat route");
            }
            Some(RouteTarget::VpcEndpoint(_)) => {}
            Some(_) => self.lost_sight = true,
        }
    }
}

fn list<'a>(net: &'a NetworkEvidence, id: &str) -> &'a [ipnet::IpNet] {
    value(&net.prefix_lists)
        .items
        .iter()
        .find(|list| list.id == id)
        .map(|list| list.cidrs.as_slice())
        .unwrap_or_default()
}

fn in_list(net: &NetworkEvidence, id: &str, address: IpAddr) -> bool {
    list(net, id).iter().any(|range| range.contains(&address))
}
