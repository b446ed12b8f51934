//! Network ACLs.

use aws_sdk_ec2::types;
use diagnosis::Listing;
use diagnosis::evidence::network::{NetworkAcl, NetworkAclEntry};

use super::{PAGES, of_vpc};
use crate::actions::EC2_DESCRIBE_NETWORK_ACLS;
use crate::convert::{count, port, text};
use crate::pages::pages;
use crate::reader::Kind;
use crate::session::{Query, Seen, Session};
use crate::tally::Chain;

/// All network ACLs of the VPC.
pub(crate) async fn describe(session: &Session<'_>, vpc: &str, after: Chain) -> Seen<Listing<NetworkAcl>> {
    let query = Query::new(
        &EC2_DESCRIBE_NETWORK_ACLS,
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
                    .describe_network_acls()
                    .filters(of_vpc(vpc))
                    .set_next_token(token)
                    .send()
                    .await?;
                let acls = answer.network_acls().iter().map(convert).collect();
                Ok((acls, answer.next_token))
            })
            .await
        })
        .await
}

fn convert(acl: &types::NetworkAcl) -> NetworkAcl {
    NetworkAcl {
        id: text(acl.network_acl_id()),
        default: acl.is_default().unwrap_or(false),
        subnets: acl
            .associations()
            .iter()
            .filter_map(types::NetworkAclAssociation::subnet_id)
            .map(str::to_owned)
            .collect(),
        entries: acl.entries().iter().map(entry).collect(),
    }
}

fn entry(entry: &types::NetworkAclEntry) -> NetworkAclEntry {
    let range = entry.cidr_block().or_else(|| entry.ipv6_cidr_block());
    let ports = entry.port_range();
    NetworkAclEntry {
        number: count(entry.rule_number().unwrap_or_default()),
        egress: entry.egress().unwrap_or(false),
        allow: entry.rule_action() == Some(&types::RuleAction::Allow),
        protocol: text(entry.protocol()),
        cidr: range.and_then(|text| text.parse().ok()),
        from_port: ports.and_then(|ports| port(ports.from())),
        to_port: ports.and_then(|ports| port(ports.to())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_keep_number_direction_and_ports() {
        let ports = types::PortRange::builder().from(1024).to(65535).build();
        let built = types::NetworkAclEntry::builder()
            .rule_number(100)
            .egress(false)
            .rule_action(types::RuleAction::Allow)
            .protocol("6")
            .cidr_block("0.0.0.0/0")
            .port_range(ports)
            .build();
        let converted = entry(&built);
        assert_eq!(
            (converted.number, converted.egress, converted.allow),
            (100, false, true)
        );
        assert_eq!(
            (converted.from_port, converted.to_port),
            (Some(1024), Some(65535))
        );
    }

    #[test]
    fn the_last_entry_denies_all() {
        let last = types::NetworkAclEntry::builder()
            .rule_number(32767)
            .rule_action(types::RuleAction::Deny)
            .protocol("-1")
            .ipv6_cidr_block("::/0")
            .build();
        let converted = entry(&last);
        assert!(!converted.allow);
        assert_eq!(converted.cidr, "::/0".parse().ok());
        assert_eq!(converted.from_port, None);
    }
}
