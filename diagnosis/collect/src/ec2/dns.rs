//! How the VPC resolves names.

use aws_sdk_ec2::types;
use diagnosis::Observed;
use diagnosis::evidence::network::DhcpOptions;

use crate::actions::{EC2_DESCRIBE_DHCP_OPTIONS, EC2_DESCRIBE_VPC_ATTRIBUTE};
use crate::convert::text;
use crate::observe::NotSeen;
use crate::reader::Kind;
use crate::session::{Query, Session};
use crate::tally::Chain;

/// `enableDnsSupport`.
pub(crate) async fn support(session: &Session<'_>, vpc: &str, after: Chain) -> Observed<bool> {
    attribute(session, vpc, types::VpcAttributeName::EnableDnsSupport, after).await
}

/// `enableDnsHostnames`.
pub(crate) async fn hostnames(session: &Session<'_>, vpc: &str, after: Chain) -> Observed<bool> {
    attribute(session, vpc, types::VpcAttributeName::EnableDnsHostnames, after).await
}

async fn attribute(
    session: &Session<'_>,
    vpc: &str,
    name: types::VpcAttributeName,
    after: Chain,
) -> Observed<bool> {
    let resource = format!("{}/{vpc}", name.as_str());
    let query = Query::new(
        &EC2_DESCRIBE_VPC_ATTRIBUTE,
        resource,
        &session.region,
        Kind::Network,
        after,
    );
    session
        .read(query, async {
            let support = name == types::VpcAttributeName::EnableDnsSupport;
            let answer = session
                .ec2(&session.region)
                .describe_vpc_attribute()
                .vpc_id(vpc)
                .attribute(name)
                .send()
                .await?;
            let value = if support {
                answer.enable_dns_support()
            } else {
                answer.enable_dns_hostnames()
            };
            value
                .and_then(types::AttributeBooleanValue::value)
                .ok_or_else(|| NotSeen::Failed("the answer lacks the attribute".to_owned()))
        })
        .await
        .item
}

/// The DHCP options set of this id.
pub(crate) async fn dhcp_options(session: &Session<'_>, id: &str, after: Chain) -> Observed<DhcpOptions> {
    let query = Query::new(
        &EC2_DESCRIBE_DHCP_OPTIONS,
        id,
        &session.region,
        Kind::Network,
        after,
    );
    session
        .read(query, async {
            let answer = session
                .ec2(&session.region)
                .describe_dhcp_options()
                .dhcp_options_ids(id)
                .send()
                .await?;
            answer.dhcp_options().first().map(convert).ok_or(NotSeen::Absent)
        })
        .await
        .item
}

fn convert(options: &types::DhcpOptions) -> DhcpOptions {
    let servers = options
        .dhcp_configurations()
        .iter()
        .filter(|configuration| configuration.key() == Some("domain-name-servers"))
        .flat_map(types::DhcpConfiguration::values)
        .filter_map(types::AttributeValue::value);
    DhcpOptions {
        id: text(options.dhcp_options_id()),
        name_servers: servers.map(str::to_owned).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_name_servers_are_kept() {
        let configuration = |key: &str, value: &str| {
            types::DhcpConfiguration::builder()
                .key(key)
                .values(types::AttributeValue::builder().value(value).build())
                .build()
        };
        let options = types::DhcpOptions::builder()
            .dhcp_options_id("dopt-1")
            .dhcp_configurations(configuration("domain-name", "ec2.internal"))
            .dhcp_configurations(configuration("domain-name-servers", "10.0.0.53"))
            .build();
        assert_eq!(convert(&options).name_servers, ["10.0.0.53"]);
    }
}
