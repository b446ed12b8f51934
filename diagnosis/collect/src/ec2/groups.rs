//! Security groups.

use aws_sdk_ec2::types;
use diagnosis::Listing;
use diagnosis::evidence::network::{Destination, SecurityGroup, SecurityGroupRule};

use super::{PAGES, of_vpc};
use crate::actions::EC2_DESCRIBE_SECURITY_GROUPS;
use crate::convert::{port, text};
use crate::pages::pages;
use crate::reader::Kind;
use crate::session::{Query, Seen, Session};
use crate::tally::Chain;

/// All security groups of the VPC: the puller's, the endpoints', and the default one.
pub(crate) async fn describe(session: &Session<'_>, vpc: &str, after: Chain) -> Seen<Listing<SecurityGroup>> {
    let query = Query::new(
        &EC2_DESCRIBE_SECURITY_GROUPS,
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
                    .describe_security_groups()
                    .filters(of_vpc(vpc))
                    .set_next_token(token)
                    .send()
                    .await?;
                let groups = answer.security_groups().iter().map(convert).collect();
                Ok((groups, answer.next_token))
            })
            .await
        })
        .await
}

fn convert(group: &types::SecurityGroup) -> SecurityGroup {
    SecurityGroup {
        id: text(group.group_id()),
        name: text(group.group_name()),
        ingress: group.ip_permissions().iter().map(rule).collect(),
        egress: group.ip_permissions_egress().iter().map(rule).collect(),
    }
}

fn rule(permission: &types::IpPermission) -> SecurityGroupRule {
    let range = |text: &str| {
        text.parse()
            .map_or_else(|_| Destination::Other(text.to_owned()), Destination::Cidr)
    };
    let ipv4 = permission
        .ip_ranges()
        .iter()
        .filter_map(types::IpRange::cidr_ip)
        .map(range);
    let ipv6 = permission
        .ipv6_ranges()
        .iter()
        .filter_map(types::Ipv6Range::cidr_ipv6)
        .map(range);
    let lists = permission
        .prefix_list_ids()
        .iter()
        .filter_map(types::PrefixListId::prefix_list_id)
        .map(|id| Destination::PrefixList(id.to_owned()));
    let groups = permission
        .user_id_group_pairs()
        .iter()
        .filter_map(types::UserIdGroupPair::group_id)
        .map(|id| Destination::SecurityGroup(id.to_owned()));
    SecurityGroupRule {
        protocol: text(permission.ip_protocol()),
        from_port: port(permission.from_port()),
        to_port: port(permission.to_port()),
        peers: ipv4.chain(ipv6).chain(lists).chain(groups).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_peer_is_kept() {
        let permission = types::IpPermission::builder()
            .ip_protocol("tcp")
            .from_port(443)
            .to_port(443)
            .ip_ranges(types::IpRange::builder().cidr_ip("10.0.0.0/16").build())
            .ipv6_ranges(types::Ipv6Range::builder().cidr_ipv6("::/0").build())
            .prefix_list_ids(types::PrefixListId::builder().prefix_list_id("pl-1").build())
            .user_id_group_pairs(types::UserIdGroupPair::builder().group_id("sg-2").build())
            .build();
        let converted = rule(&permission);
        assert_eq!(converted.peers.len(), 4);
        assert_eq!((converted.from_port, converted.to_port), (Some(443), Some(443)));
        assert!(
            converted
                .peers
                .contains(&Destination::SecurityGroup("sg-2".to_owned()))
        );
    }

    #[test]
    fn a_rule_for_everything_has_no_ports() {
        let all = types::IpPermission::builder().ip_protocol("-1").build();
        assert_eq!((rule(&all).from_port, rule(&all).protocol.as_str()), (None, "-1"));
    }
}
