//! VPC Block Public Access: drops internet traffic though routes, groups and ACLs allow it.
//!
//! <https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html>

use diagnosis::Observed;
use diagnosis::evidence::network::BlockPublicAccess;

use super::PAGES;
use crate::actions::{
    EC2_DESCRIBE_VPC_BLOCK_PUBLIC_ACCESS_EXCLUSIONS, EC2_DESCRIBE_VPC_BLOCK_PUBLIC_ACCESS_OPTIONS,
};
use crate::convert::text;
use crate::observe::NotSeen;
use crate::pages::pages;
use crate::reader::Kind;
use crate::session::{Query, Session};
use crate::tally::Chain;

/// What the account blocks in the region, and what is exempt.
///
/// Exemptions that cannot be read make the whole unreadable: without them nobody can tell whom the block hits.
pub(crate) async fn describe(session: &Session<'_>, after: Chain) -> Observed<BlockPublicAccess> {
    let region = &session.region;
    let query = Query::new(
        &EC2_DESCRIBE_VPC_BLOCK_PUBLIC_ACCESS_OPTIONS,
        "",
        region,
        Kind::Region,
        after,
    );
    let options = session
        .read(query, async {
            let answer = session
                .ec2(region)
                .describe_vpc_block_public_access_options()
                .send()
                .await?;
            let options = answer
                .vpc_block_public_access_options()
                .ok_or_else(|| NotSeen::Failed("the answer is empty".to_owned()))?;
            let mode = options.internet_gateway_block_mode();
            Ok(mode.map_or("off", |mode| mode.as_str()).to_owned())
        })
        .await;
    if options.value().is_none_or(|mode| mode == "off") {
        return options.item.map(|internet_gateway_mode| BlockPublicAccess {
            internet_gateway_mode,
            exclusions: Vec::new(),
        });
    }
    let query = Query::new(
        &EC2_DESCRIBE_VPC_BLOCK_PUBLIC_ACCESS_EXCLUSIONS,
        "",
        region,
        Kind::Region,
        options.chain,
    );
    let exclusions = session
        .read(query, async {
            pages(PAGES, |token| async {
                let answer = session
                    .ec2(region)
                    .describe_vpc_block_public_access_exclusions()
                    .set_next_token(token)
                    .send()
                    .await?;
                let found = answer
                    .vpc_block_public_access_exclusions()
                    .iter()
                    .map(|exclusion| {
                        let resource = text(exclusion.resource_arn());
                        let mode = exclusion.internet_gateway_exclusion_mode();
                        let id = diagnosis::evidence::short(&resource).to_owned();
                        (id, mode.map_or("", |mode| mode.as_str()).to_owned())
                    });
                Ok((found.collect::<Vec<_>>(), answer.next_token.clone()))
            })
            .await
        })
        .await;
    let mode = options.value().cloned().unwrap_or_default();
    exclusions.item.map(|listing| BlockPublicAccess {
        internet_gateway_mode: mode,
        exclusions: listing.items,
    })
}
