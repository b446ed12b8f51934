//! The network a pull goes through: VPC, subnets, routes, gateways, endpoints, groups and ACLs.

use ipnet::IpNet;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::observed::{Listing, Observed};

/// What was seen of the puller's network. Everything is of one VPC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NetworkEvidence {
    /// The subnets the puller is or may be in (`ec2:DescribeSubnets`).
    pub subnets: Observed<Listing<Subnet>>,
    /// The VPC (`ec2:DescribeVpcs`).
    pub vpc: Observed<Vpc>,
    /// `enableDnsSupport` (`ec2:DescribeVpcAttribute`).
    pub dns_support: Observed<bool>,
    /// `enableDnsHostnames` (`ec2:DescribeVpcAttribute`).
    pub dns_hostnames: Observed<bool>,
    /// The VPC's DHCP options (`ec2:DescribeDhcpOptions`).
    pub dhcp_options: Observed<DhcpOptions>,
    /// All route tables of the VPC (`ec2:DescribeRouteTables`).
    pub route_tables: Observed<Listing<RouteTable>>,
    /// All VPC endpoints of the VPC (`ec2:DescribeVpcEndpoints`).
    pub endpoints: Observed<Listing<VpcEndpoint>>,
    /// The security groups of the puller and of the endpoints (`ec2:DescribeSecurityGroups`).
    pub security_groups: Observed<Listing<SecurityGroup>>,
    /// All network ACLs of the VPC (`ec2:DescribeNetworkAcls`).
    pub network_acls: Observed<Listing<NetworkAcl>>,
    /// All NAT gateways of the VPC (`ec2:DescribeNatGateways`).
    pub nat_gateways: Observed<Listing<NatGateway>>,
    /// Subnets of NAT gateways and endpoints that are not the puller's.
    pub other_subnets: Observed<Listing<Subnet>>,
    /// The internet gateways attached to the VPC (`ec2:DescribeInternetGateways`).
    pub internet_gateways: Observed<Listing<InternetGateway>>,
    /// AWS-managed prefix lists by id (`ec2:DescribePrefixLists`): S3's, for routes and rules.
    pub prefix_lists: Observed<Listing<PrefixList>>,
    /// Addresses of the endpoints' network interfaces (`ec2:DescribeNetworkInterfaces`).
    pub endpoint_addresses: Observed<Listing<InterfaceAddress>>,
    /// VPC Block Public Access of the account and region (`ec2:DescribeVpcBlockPublicAccessOptions`).
    pub block_public_access: Observed<BlockPublicAccess>,
    /// Private hosted zones of the VPC (`route53:ListHostedZonesByVPC`); read where names are in question.
    pub hosted_zones: Observed<Listing<HostedZone>>,
    /// Rules of the Resolver DNS Firewall on the VPC (`route53resolver:ListFirewallRules`), in the order in which they
    /// are asked; read where names are in question.
    pub dns_firewall: Observed<Listing<DnsFirewallRule>>,
    /// `ErrorPortAllocation` of the NAT gateways on the way (`cloudwatch:GetMetricData`); read where one that looks
    /// fine is on the way of a time-out.
    pub nat_port_errors: Observed<Listing<NatPortErrors>>,
}

/// A subnet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subnet {
    /// Its id.
    pub id: String,
    /// Its VPC.
    pub vpc: String,
    /// Account that owns it: another one where the VPC is shared.
    pub owner: String,
    /// Availability Zone.
    pub availability_zone: String,
    /// IPv4 and IPv6 ranges.
    pub cidrs: Vec<IpNet>,
    /// Whether it has no IPv4 (`Ipv6Native`).
    pub ipv6_only: bool,
    /// `MapPublicIpOnLaunch`: does not count for Fargate tasks.
    pub maps_public_ip: bool,
    /// Its `Name` tag.
    pub name: Option<String>,
}

/// A VPC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vpc {
    /// Its id.
    pub id: String,
    /// Account that owns it.
    pub owner: String,
    /// IPv4 and IPv6 ranges.
    pub cidrs: Vec<IpNet>,
    /// Its DHCP options set.
    pub dhcp_options: Option<String>,
}

/// A DHCP options set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DhcpOptions {
    /// Its id.
    pub id: String,
    /// `domain-name-servers`: `AmazonProvidedDNS` or addresses.
    pub name_servers: Vec<String>,
}

/// A route table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteTable {
    /// Its id.
    pub id: String,
    /// Whether it is the VPC's main table, which subnets without an association use.
    pub main: bool,
    /// Subnets that are associated with it explicitly.
    pub subnets: Vec<String>,
    /// Its routes.
    pub routes: Vec<Route>,
}

/// A route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Where it leads to.
    pub destination: Destination,
    /// Kind of target.
    pub target: RouteTarget,
    /// Whether its target is gone (`State` is `blackhole`).
    pub blackhole: bool,
}

/// Destination of a route, or the other side of a security group rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Destination {
    /// A range.
    Cidr(IpNet),
    /// A managed prefix list, by id.
    PrefixList(String),
    /// A security group, by id.
    SecurityGroup(String),
    /// Something that could not be read as either.
    Other(String),
}

/// Target of a route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "id")]
pub enum RouteTarget {
    /// Within the VPC.
    Local,
    /// Internet gateway `igw-…`.
    InternetGateway(String),
    /// Egress-only internet gateway `eigw-…` (IPv6).
    EgressOnlyInternetGateway(String),
    /// NAT gateway `nat-…`.
    NatGateway(String),
    /// VPC endpoint `vpce-…`: a gateway endpoint, or a Gateway Load Balancer's (a firewall).
    VpcEndpoint(String),
    /// Transit gateway `tgw-…`.
    TransitGateway(String),
    /// Peering connection `pcx-…`.
    Peering(String),
    /// Virtual private gateway `vgw-…`.
    VirtualPrivateGateway(String),
    /// Network interface `eni-…` or instance `i-…`: an appliance.
    Appliance(String),
    /// Anything else.
    Other(String),
}

/// A VPC endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VpcEndpoint {
    /// Its id.
    pub id: String,
    /// Service name, `com.amazonaws.eu-west-1.ecr.api`.
    pub service: String,
    /// `Interface`, `Gateway` or `GatewayLoadBalancer`.
    pub kind: String,
    /// `available`, `pending`, …, lower case.
    pub state: String,
    /// Whether the service's own name resolves to it.
    pub private_dns: bool,
    /// Its policy document.
    pub policy: Option<serde_json::Value>,
    /// Route tables a gateway endpoint is on.
    pub route_tables: Vec<String>,
    /// Subnets an interface endpoint is in.
    pub subnets: Vec<String>,
    /// Security groups of an interface endpoint.
    pub security_groups: Vec<String>,
    /// Its network interfaces.
    pub network_interfaces: Vec<String>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
}

/// A security group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityGroup {
    /// Its id.
    pub id: String,
    /// Its name; `default` is the VPC's own.
    pub name: String,
    /// What it lets in.
    pub ingress: Vec<SecurityGroupRule>,
    /// What it lets out.
    pub egress: Vec<SecurityGroupRule>,
}

/// A rule of a security group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityGroupRule {
    /// `tcp`, `udp`, a number, or `-1` for all.
    pub protocol: String,
    /// First port; `None` means all.
    pub from_port: Option<u16>,
    /// Last port; `None` means all.
    pub to_port: Option<u16>,
    /// The other sides it applies to.
    pub peers: Vec<Destination>,
}

/// A network ACL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkAcl {
    /// Its id.
    pub id: String,
    /// Whether it is the VPC's default one.
    pub default: bool,
    /// Subnets it is on.
    pub subnets: Vec<String>,
    /// Its entries, in no particular order.
    pub entries: Vec<NetworkAclEntry>,
}

/// An entry of a network ACL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkAclEntry {
    /// Its number: the lowest that fits decides. 32767 is the implicit last one.
    pub number: u32,
    /// Whether it is about traffic out of the subnet.
    pub egress: bool,
    /// Whether it allows.
    pub allow: bool,
    /// IP protocol number, `-1` for all.
    pub protocol: String,
    /// Range of the other side.
    pub cidr: Option<IpNet>,
    /// First port; `None` means all.
    pub from_port: Option<u16>,
    /// Last port; `None` means all.
    pub to_port: Option<u16>,
}

/// A NAT gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NatGateway {
    /// Its id.
    pub id: String,
    /// The subnet it is in.
    pub subnet: String,
    /// `available`, `failed`, `deleted`, …
    pub state: String,
    /// `public` or `private`.
    pub connectivity: String,
    /// Why it failed.
    pub failure: Option<String>,
}

/// An internet gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InternetGateway {
    /// Its id.
    pub id: String,
    /// VPCs it is attached to.
    pub vpcs: Vec<String>,
}

/// An AWS-managed prefix list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrefixList {
    /// Its id, `pl-…`.
    pub id: String,
    /// Its name, `com.amazonaws.eu-west-1.s3`.
    pub name: String,
    /// Its ranges.
    pub cidrs: Vec<IpNet>,
}

/// Addresses of a network interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterfaceAddress {
    /// Its id, `eni-…`.
    pub interface: String,
    /// Its subnet.
    pub subnet: Option<String>,
    /// Its private addresses.
    pub addresses: Vec<std::net::IpAddr>,
}

/// VPC Block Public Access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockPublicAccess {
    /// `off`, `block-bidirectional` or `block-ingress`.
    pub internet_gateway_mode: String,
    /// VPCs and subnets that are exempt, with the mode that they are allowed.
    pub exclusions: Vec<(String, String)>,
}

/// A private hosted zone of the VPC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HostedZone {
    /// Its id, `Z…`.
    pub id: String,
    /// Its name, without the last dot.
    pub name: String,
    /// The AWS service that made it, where one did: the zones of interface endpoints are such.
    pub owning_service: Option<String>,
    /// Its records (`route53:ListResourceRecordSets`); read where it stands above a name that the pull needs.
    pub records: Observed<Listing<ZoneRecord>>,
}

/// A record of a hosted zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneRecord {
    /// Its name, without the last dot; `*` as its first label stands for any.
    pub name: String,
    /// Its type, `A`.
    pub kind: String,
    /// Its values, or the name that it is an alias of.
    pub values: Vec<String>,
}

/// A rule of the Resolver DNS Firewall.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DnsFirewallRule {
    /// Its rule group, `rslvr-frg-…`.
    pub group: String,
    /// Its name.
    pub name: String,
    /// `ALLOW`, `BLOCK` or `ALERT`.
    pub action: String,
    /// What a blocked name is answered with: `NODATA`, `NXDOMAIN` or `OVERRIDE`.
    pub block_response: Option<String>,
    /// Whether its domain list is one of AWS's own, whose domains are not told: they are malicious ones.
    pub managed_list: bool,
    /// The domains it is about (`route53resolver:ListFirewallDomains`).
    pub domains: Observed<Listing<String>>,
}

/// How often a NAT gateway had no port left for a connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NatPortErrors {
    /// The NAT gateway.
    pub nat: String,
    /// Periods in which it happened, oldest first.
    pub points: Vec<NatPortErrorPoint>,
}

/// Failed port allocations within one period.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NatPortErrorPoint {
    /// Its beginning.
    pub at: Timestamp,
    /// Number of failed allocations.
    pub errors: f64,
}
