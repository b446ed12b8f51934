//! Reads the network that a pull goes through, and the instances that pull.

pub(crate) mod acls;
pub(crate) mod dns;
pub(crate) mod endpoints;
pub(crate) mod gateways;
pub(crate) mod groups;
pub(crate) mod instances;
pub(crate) mod network;
pub(crate) mod prefix_lists;
pub(crate) mod public_access;
pub(crate) mod routes;
pub(crate) mod subnets;

use aws_sdk_ec2::types::Filter;

/// What belongs to a VPC.
fn of_vpc(vpc: &str) -> Filter {
    filter("vpc-id", [vpc])
}

fn filter<'a>(name: &str, values: impl IntoIterator<Item = &'a str>) -> Filter {
    Filter::builder()
        .name(name)
        .set_values(Some(values.into_iter().map(str::to_owned).collect()))
        .build()
}

/// Pages that are read of what belongs to one VPC. Its quotas are well below that.
///
/// <https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html>
const PAGES: usize = 3;
