//! Subnets and their VPC.

use aws_sdk_ec2::types;
use diagnosis::Listing;
use diagnosis::evidence::network::{Subnet, Vpc};

use super::{PAGES, filter};
use crate::actions::{EC2_DESCRIBE_SUBNETS, EC2_DESCRIBE_VPCS};
use crate::convert::{maybe_text, ranges, text};
use crate::observe::NotSeen;
use crate::pages::pages;
use crate::reader::Kind;
use crate::session::{Query, Seen, Session};
use crate::tally::Chain;

/// The subnets of these ids. One that is gone is left out: asked for by id, it would hide the others.
pub(crate) async fn describe(session: &Session<'_>, ids: &[String], after: Chain) -> Seen<Listing<Subnet>> {
    let resource = ids.join(",");
    let query = Query::new(
        &EC2_DESCRIBE_SUBNETS,
        resource,
        &session.region,
        Kind::Network,
        after,
    );
    session
        .read(query, async {
            pages(PAGES, |token| async {
                let answer = session
                    .ec2(&session.region)
                    .describe_subnets()
                    .filters(filter("subnet-id", ids.iter().map(String::as_str)))
                    .set_next_token(token)
                    .send()
                    .await?;
                let subnets = answer.subnets().iter().map(convert).collect();
                Ok((subnets, answer.next_token))
            })
            .await
        })
        .await
}

fn convert(subnet: &types::Subnet) -> Subnet {
    let ipv6 = subnet
        .ipv6_cidr_block_association_set()
        .iter()
        .filter_map(types::SubnetIpv6CidrBlockAssociation::ipv6_cidr_block);
    let name = subnet.tags().iter().find(|tag| tag.key() == Some("Name"));
    Subnet {
        id: text(subnet.subnet_id()),
        vpc: text(subnet.vpc_id()),
        owner: text(subnet.owner_id()),
        availability_zone: text(subnet.availability_zone()),
        cidrs: ranges(subnet.cidr_block().into_iter().chain(ipv6)),
        ipv6_only: subnet.ipv6_native().unwrap_or(false),
        maps_public_ip: subnet.map_public_ip_on_launch().unwrap_or(false),
        name: name.and_then(|tag| maybe_text(tag.value())),
    }
}

/// The VPC of this id.
pub(crate) async fn vpc(session: &Session<'_>, id: &str, after: Chain) -> Seen<Vpc> {
    let query = Query::new(&EC2_DESCRIBE_VPCS, id, &session.region, Kind::Network, after);
    session
        .read(query, async {
            let answer = session
                .ec2(&session.region)
                .describe_vpcs()
                .vpc_ids(id)
                .send()
                .await?;
            answer.vpcs().first().map(convert_vpc).ok_or(NotSeen::Absent)
        })
        .await
}

fn convert_vpc(vpc: &types::Vpc) -> Vpc {
    let ipv4 = vpc
        .cidr_block_association_set()
        .iter()
        .filter_map(types::VpcCidrBlockAssociation::cidr_block);
    let ipv6 = vpc
        .ipv6_cidr_block_association_set()
        .iter()
        .filter_map(types::VpcIpv6CidrBlockAssociation::ipv6_cidr_block);
    let mut cidrs = ranges(vpc.cidr_block().into_iter().chain(ipv4).chain(ipv6));
    cidrs.sort();
    cidrs.dedup();
    Vpc {
        id: text(vpc.vpc_id()),
        owner: text(vpc.owner_id()),
        cidrs,
        dhcp_options: maybe_text(vpc.dhcp_options_id()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_families_of_ranges_are_kept() {
        let ipv6 = types::SubnetIpv6CidrBlockAssociation::builder()
            .ipv6_cidr_block("2001:db8::/64")
            .build();
        let subnet = types::Subnet::builder()
            .subnet_id("subnet-1")
            .cidr_block("10.0.1.0/24")
            .ipv6_cidr_block_association_set(ipv6)
            .tags(types::Tag::builder().key("Name").value("private-a").build())
            .build();
        let converted = convert(&subnet);
        assert_eq!(converted.cidrs.len(), 2);
        assert_eq!(converted.name.as_deref(), Some("private-a"));
        assert!(!converted.maps_public_ip);
    }
}
