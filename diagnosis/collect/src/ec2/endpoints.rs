//! VPC endpoints and the addresses of their interfaces.

use aws_sdk_ec2::types;
use diagnosis::Listing;
use diagnosis::evidence::network::{InterfaceAddress, VpcEndpoint};

use super::{PAGES, filter, of_vpc};
use crate::actions::{EC2_DESCRIBE_NETWORK_INTERFACES, EC2_DESCRIBE_VPC_ENDPOINTS};
use crate::convert::{maybe_text, maybe_time, text};
use crate::pages::pages;
use crate::reader::Kind;
use crate::session::{Query, Seen, Session};
use crate::tally::Chain;

/// All endpoints of the VPC.
pub(crate) async fn describe(session: &Session<'_>, vpc: &str, after: Chain) -> Seen<Listing<VpcEndpoint>> {
    let query = Query::new(
        &EC2_DESCRIBE_VPC_ENDPOINTS,
        vpc,
        &session.region,
        Kind::Network,
        after,
    );
    session
        .read(query, async {
            pages(PAGES, |token| async {
                let answer = session
                    .ec2(&session.region)
                    .describe_vpc_endpoints()
                    .filters(of_vpc(vpc))
                    .set_next_token(token)
                    .send()
                    .await?;
                let endpoints = answer.vpc_endpoints().iter().map(convert).collect();
                Ok((endpoints, answer.next_token))
            })
            .await
        })
        .await
}

fn convert(endpoint: &types::VpcEndpoint) -> VpcEndpoint {
    VpcEndpoint {
        id: text(endpoint.vpc_endpoint_id()),
        service: text(endpoint.service_name()),
        kind: endpoint
            .vpc_endpoint_type()
            .map_or("", |kind| kind.as_str())
            .to_owned(),
        // Documented in capitals, sent in small letters.
        state: endpoint
            .state()
            .map_or("", |state| state.as_str())
            .to_ascii_lowercase(),
        private_dns: endpoint.private_dns_enabled().unwrap_or(false),
        policy: endpoint
            .policy_document()
            .and_then(|text| serde_json::from_str(text).ok()),
        route_tables: endpoint.route_table_ids().to_vec(),
        subnets: endpoint.subnet_ids().to_vec(),
        security_groups: endpoint
            .groups()
            .iter()
            .filter_map(types::SecurityGroupIdentifier::group_id)
            .map(str::to_owned)
            .collect(),
        network_interfaces: endpoint.network_interface_ids().to_vec(),
        created_at: maybe_time(endpoint.creation_timestamp()),
    }
}

/// Addresses of these interfaces.
pub(crate) async fn addresses(
    session: &Session<'_>,
    vpc: &str,
    interfaces: &[String],
    after: Chain,
) -> Seen<Listing<InterfaceAddress>> {
    let query = Query::new(
        &EC2_DESCRIBE_NETWORK_INTERFACES,
        vpc,
        &session.region,
        Kind::Network,
        after,
    );
    session
        .read(query, async {
            pages(PAGES, |token| async {
                let answer = session
                    .ec2(&session.region)
                    .describe_network_interfaces()
                    .filters(filter(
                        "network-interface-id",
                        interfaces.iter().map(String::as_str),
                    ))
                    .set_next_token(token)
                    .send()
                    .await?;
                let found = answer.network_interfaces().iter().map(interface).collect();
                Ok((found, answer.next_token))
            })
            .await
        })
        .await
}

fn interface(interface: &types::NetworkInterface) -> InterfaceAddress {
    let ipv4 = interface
        .private_ip_addresses()
        .iter()
        .filter_map(types::NetworkInterfacePrivateIpAddress::private_ip_address);
    let ipv6 = interface
        .ipv6_addresses()
        .iter()
        .filter_map(types::NetworkInterfaceIpv6Address::ipv6_address);
    let mut addresses: Vec<std::net::IpAddr> = interface
        .private_ip_address()
        .into_iter()
        .chain(ipv4)
        .chain(ipv6)
        .filter_map(|text| text.parse().ok())
        .collect();
    addresses.sort();
    addresses.dedup();
    InterfaceAddress {
        interface: text(interface.network_interface_id()),
        subnet: maybe_text(interface.subnet_id()),
        addresses,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_keeps_its_policy_as_a_document() {
        let endpoint = types::VpcEndpoint::builder()
            .vpc_endpoint_id("vpce-1")
            .vpc_endpoint_type(types::VpcEndpointType::Interface)
            .state(types::State::PendingAcceptance)
            .private_dns_enabled(true)
            .policy_document(r#"{"Statement":[{"Effect":"Allow","Action":"*"}]}"#)
            .groups(types::SecurityGroupIdentifier::builder().group_id("sg-1").build())
            .build();
        let converted = convert(&endpoint);
        assert_eq!(converted.kind, "Interface");
        assert_eq!(converted.state, "pendingacceptance");
        assert_eq!(converted.security_groups, ["sg-1"]);
        assert_eq!(converted.policy.unwrap()["Statement"][0]["Action"], "*");
    }

    #[test]
    fn addresses_are_each_there_once() {
        let second = types::NetworkInterfacePrivateIpAddress::builder()
            .private_ip_address("10.0.0.5")
            .build();
        let built = types::NetworkInterface::builder()
            .network_interface_id("eni-1")
            .private_ip_address("10.0.0.5")
            .private_ip_addresses(second)
            .build();
        assert_eq!(interface(&built).addresses.len(), 1);
    }
}
