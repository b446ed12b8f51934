//! What can break a way through the network.

use std::fmt;

use crate::observed::Missing;

/// A direction, as a subnet sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Into the subnet.
    Inbound,
    /// Out of the subnet.
    Outbound,
}

/// An attribute of a VPC that names depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DnsAttribute {
    /// `enableDnsSupport`: the VPC's resolver answers.
    Support,
    /// `enableDnsHostnames`: endpoints' private names count.
    Hostnames,
}

/// What breaks a way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Break {
    /// Neither a way out nor any of the endpoints that would be needed.
    NoRoute {
        /// The puller's subnet.
        subnet: String,
        /// The route table it uses.
        route_table: String,
    },
    /// The route leads to an internet gateway, and the puller has no public address.
    NoPublicIp {
        /// The puller's subnet.
        subnet: String,
        /// The gateway.
        internet_gateway: String,
    },
    /// The route leads to something that is gone.
    Blackhole {
        /// The route table.
        route_table: String,
        /// The route's destination, as written.
        destination: String,
        /// What it led to.
        target: String,
    },
    /// The NAT gateway on the way does not work.
    NatUnavailable {
        /// The NAT gateway.
        nat: String,
        /// Its state; `gone` where AWS no longer lists it.
        state: String,
        /// Why it failed, where AWS says.
        failure: Option<String>,
    },
    /// The NAT gateway's own subnet has no way out.
    NatWithoutRoute {
        /// The NAT gateway.
        nat: String,
        /// Its subnet.
        subnet: String,
        /// The route table that subnet uses.
        route_table: String,
    },
    /// The NAT gateway is a private one and leads to the internet.
    NatPrivate {
        /// The NAT gateway.
        nat: String,
    },
    /// No way out, and of the endpoints that are needed this one is missing.
    EndpointMissing {
        /// Its service name, `com.amazonaws.eu-west-1.ecr.api`.
        service: String,
    },
    /// No way out, and the gateway endpoint that would serve is not on the route table.
    GatewayNotOnRouteTable {
        /// The gateway endpoint.
        endpoint: String,
        /// The route table that the subnet uses.
        route_table: String,
    },
    /// No way out, and the endpoint's private name is off, so that the public address is looked for.
    EndpointPrivateDnsDisabled {
        /// The endpoint.
        endpoint: String,
        /// Its service name.
        service: String,
    },
    /// The VPC's DNS is off.
    VpcDnsDisabled {
        /// The VPC.
        vpc: String,
        /// Which attribute.
        which: DnsAttribute,
    },
    /// A DNS firewall rule or a private hosted zone keeps the name from being found.
    NameHidden {
        /// The host.
        host: String,
        /// The rule or zone, for a person.
        by: String,
    },
    /// The puller's security groups let nothing out to there.
    EgressBlocked {
        /// The groups, all of them together.
        groups: Vec<String>,
        /// TCP port.
        port: u16,
        /// Towards what, for a person.
        towards: String,
    },
    /// The endpoint's security groups let the puller in not at all.
    EndpointIngressBlocked {
        /// The endpoint.
        endpoint: String,
        /// Its groups.
        groups: Vec<String>,
    },
    /// A network ACL blocks the way there or the way back.
    NaclBlocked {
        /// The ACL.
        acl: String,
        /// Number of the entry that decides; 32767 is the implicit last one.
        entry: u32,
        /// Which way.
        direction: Direction,
        /// The subnet it is on.
        subnet: String,
        /// The ports that do not pass: 443, or those a client listens on for answers.
        ports: (u16, u16),
    },
    /// The endpoint exists and does not serve.
    EndpointUnavailable {
        /// The endpoint.
        endpoint: String,
        /// Its service name.
        service: String,
        /// Its state.
        state: String,
    },
    /// VPC Block Public Access drops what goes through the internet gateway.
    BlockPublicAccess {
        /// Its mode.
        mode: String,
        /// The subnet that is not exempt.
        subnet: String,
    },
    /// The subnet has only IPv6, and the host only IPv4.
    Ipv6Only {
        /// The subnet.
        subnet: String,
        /// The host.
        host: String,
    },
    /// The image is in another region, whose hosts the endpoints here do not serve, and there is no other way out.
    CrossRegionNoEgress {
        /// The image's region.
        region: String,
        /// The puller's region.
        here: String,
    },
    /// The host is a FIPS one, only the plain endpoints exist, and there is no other way out.
    FipsEndpointMissing {
        /// Service name of the plain endpoint that exists.
        plain: String,
    },
    /// The internet gateway that the route leads to is not attached to the VPC.
    InternetGatewayDetached {
        /// The gateway.
        internet_gateway: String,
        /// The VPC.
        vpc: String,
    },
}

impl Break {
    /// Whether it is the same thing that breaks, whatever words tell towards what.
    pub fn is_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::EgressBlocked { groups, port, .. },
                Self::EgressBlocked {
                    groups: others,
                    port: other_port,
                    ..
                },
            ) => groups == others && port == other_port,
            _ => self == other,
        }
    }

    /// What could make it no break after all.
    pub fn caveat(&self) -> Option<Missing> {
        match self {
            // Other ports pass.
            Self::NaclBlocked {
                acl,
                ports: (from @ 1025.., u16::MAX),
                ..
            } => Some(Missing::unknowable(
                "the ports from which the puller connects",
                format!(
                    "{acl} stops those from {from}, which Linux and Windows take unless they are set otherwise"
                ),
            )),
            _ => None,
        }
    }

    /// Whether it is met only on the way to a public address, not on the one to an endpoint.
    pub fn is_on_the_public_way(&self) -> bool {
        !matches!(
            self,
            Self::EndpointIngressBlocked { .. }
                | Self::EndpointUnavailable { .. }
                | Self::EgressBlocked { .. }
                | Self::NaclBlocked { .. }
                | Self::NameHidden { .. }
                | Self::VpcDnsDisabled { .. }
        )
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
        })
    }
}

impl fmt::Display for DnsAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Support => "enableDnsSupport",
            Self::Hostnames => "enableDnsHostnames",
        })
    }
}

/// The break in one sentence without a full stop.
impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRoute { subnet, route_table } => write!(
                f,
                "{subnet} has no way out (route table {route_table}) and no endpoint that would serve"
            ),
            Self::NoPublicIp {
                subnet,
                internet_gateway,
            } => write!(
                f,
                "{subnet} leads to internet gateway {internet_gateway} and the puller has no public IP address"
            ),
            Self::Blackhole {
                route_table,
                destination,
                target,
            } => write!(
                f,
                "the route for {destination} in {route_table} leads to {target}, which is gone"
            ),
            Self::NatUnavailable { nat, state, failure } => {
                match state.as_str() {
                    "failed" => write!(f, "NAT gateway {nat} has failed")?,
                    state => write!(f, "NAT gateway {nat} is {state}")?,
                }
                match failure {
                    Some(failure) => write!(f, " ({failure})"),
                    None => Ok(()),
                }
            }
            Self::NatWithoutRoute {
                nat,
                subnet,
                route_table,
            } => write!(
                f,
                "NAT gateway {nat} is in {subnet}, whose route table {route_table} has no way to an internet gateway"
            ),
            Self::NatPrivate { nat } => {
                write!(
                    f,
                    "NAT gateway {nat} is a private one and cannot reach the internet"
                )
            }
            Self::EndpointMissing { service } => {
                write!(f, "there is no way out and no endpoint for {service}")
            }
            Self::GatewayNotOnRouteTable {
                endpoint,
                route_table,
            } => write!(
                f,
                "gateway endpoint {endpoint} is not on route table {route_table}"
            ),
            Self::EndpointPrivateDnsDisabled { endpoint, service } => {
                write!(
                    f,
                    "endpoint {endpoint} for {service} has private DNS switched off"
                )
            }
            Self::VpcDnsDisabled { vpc, which } => write!(f, "{vpc} has {which} switched off"),
            Self::NameHidden { host, by } => write!(f, "{by} keeps {host} from being found"),
            Self::EgressBlocked {
                groups,
                port,
                towards,
            } => write!(
                f,
                "security groups {} let no TCP {port} out to {towards}",
                groups.join(", ")
            ),
            Self::EndpointIngressBlocked { endpoint, groups } => write!(
                f,
                "security groups {} of endpoint {endpoint} let no TCP 443 in from the puller",
                groups.join(", ")
            ),
            Self::NaclBlocked {
                acl,
                entry,
                direction,
                subnet,
                ports,
            } => {
                let ports = if ports.0 == ports.1 {
                    format!("port {}", ports.0)
                } else {
                    format!("ports {}-{}", ports.0, ports.1)
                };
                write!(
                    f,
                    "network ACL {acl} of {subnet} blocks {direction} TCP {ports} by "
                )?;
                match entry {
                    32767 => write!(f, "its last entry: no other allows it"),
                    entry => write!(f, "entry {entry}"),
                }
            }
            Self::EndpointUnavailable {
                endpoint,
                service,
                state,
            } => write!(f, "endpoint {endpoint} for {service} is {state}"),
            Self::BlockPublicAccess { mode, subnet } => write!(
                f,
                "VPC Block Public Access is on ({mode}) and {subnet} is not exempt"
            ),
            Self::Ipv6Only { subnet, host } => {
                write!(f, "{subnet} has only IPv6 and {host} has only IPv4")
            }
            Self::CrossRegionNoEgress { region, here } => write!(
                f,
                "the image is in {region}, the endpoints are for {here}, and there is no other way out"
            ),
            Self::FipsEndpointMissing { plain } => write!(
                f,
                "the host is a FIPS one, endpoint service {plain} does not serve it, and there is no other way out"
            ),
            Self::InternetGatewayDetached {
                internet_gateway,
                vpc,
            } => write!(f, "internet gateway {internet_gateway} is not attached to {vpc}"),
        }
    }
}
