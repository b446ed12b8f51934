//! NAT gateways and internet gateways.

use aws_sdk_ec2::types;
use diagnosis::Listing;
use diagnosis::evidence::network::{InternetGateway, NatGateway};

use super::{PAGES, filter, of_vpc};
use crate::actions::{EC2_DESCRIBE_INTERNET_GATEWAYS, EC2_DESCRIBE_NAT_GATEWAYS};
use crate::convert::{maybe_text, text};
use crate::pages::pages;
use crate::reader::Kind;
use crate::session::{Query, Seen, Session};
use crate::tally::Chain;

/// All NAT gateways of the VPC; deleted ones stay visible for about an hour.
pub(crate) async fn nat(session: &Session<'_>, vpc: &str, after: Chain) -> Seen<Listing<NatGateway>> {
    let query = Query::new(
        &EC2_DESCRIBE_NAT_GATEWAYS,
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
                    .describe_nat_gateways()
                    .filter(of_vpc(vpc))
                    .set_next_token(token)
                    .send()
                    .await?;
                let gateways = answer.nat_gateways().iter().map(nat_gateway).collect();
                Ok((gateways, answer.next_token))
            })
            .await
        })
        .await
}

fn nat_gateway(gateway: &types::NatGateway) -> NatGateway {
    let failure = match (gateway.failure_code(), gateway.failure_message()) {
        (Some(code), Some(message)) => Some(format!("{code}: {message}")),
        (code, message) => maybe_text(code.or(message)),
    };
    NatGateway {
        id: text(gateway.nat_gateway_id()),
        subnet: text(gateway.subnet_id()),
        state: gateway.state().map_or("", |state| state.as_str()).to_owned(),
        connectivity: gateway
            .connectivity_type()
            .map_or("public", |kind| kind.as_str())
            .to_owned(),
        failure,
    }
}

/// The internet gateways attached to the VPC.
pub(crate) async fn internet(
    session: &Session<'_>,
    vpc: &str,
    after: Chain,
) -> Seen<Listing<InternetGateway>> {
    let query = Query::new(
        &EC2_DESCRIBE_INTERNET_GATEWAYS,
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
                    .describe_internet_gateways()
                    .filters(filter("attachment.vpc-id", [vpc]))
                    .set_next_token(token)
                    .send()
                    .await?;
                let gateways = answer.internet_gateways().iter().map(internet_gateway).collect();
                Ok((gateways, answer.next_token))
            })
            .await
        })
        .await
}

fn internet_gateway(gateway: &types::InternetGateway) -> InternetGateway {
    InternetGateway {
        id: text(gateway.internet_gateway_id()),
        vpcs: gateway
            .attachments()
            .iter()
            .filter_map(types::InternetGatewayAttachment::vpc_id)
            .map(str::to_owned)
            .collect(),
    }
}
