//! AWS-managed prefix lists: the addresses of S3 in the region.

use aws_sdk_ec2::types;
use diagnosis::Listing;
use diagnosis::evidence::network::PrefixList;

use super::PAGES;
use crate::actions::EC2_DESCRIBE_PREFIX_LISTS;
use crate::convert::{ranges, text};
use crate::pages::pages;
use crate::reader::Kind;
use crate::session::{Query, Seen, Session};
use crate::tally::Chain;

/// The region's AWS-managed prefix lists that gateway endpoints use.
pub(crate) async fn describe(session: &Session<'_>, after: Chain) -> Seen<Listing<PrefixList>> {
    let query = Query::new(
        &EC2_DESCRIBE_PREFIX_LISTS,
        "",
        &session.region,
        Kind::Region,
        after,
    );
    session
        .read(query, async {
            pages(PAGES, |token| async {
                let answer = session
                    .ec2(&session.region)
                    .describe_prefix_lists()
                    .set_next_token(token)
                    .send()
                    .await?;
                let lists = answer.prefix_lists().iter().map(convert).collect();
                Ok((lists, answer.next_token))
            })
            .await
        })
        .await
}

fn convert(list: &types::PrefixList) -> PrefixList {
    PrefixList {
        id: text(list.prefix_list_id()),
        name: text(list.prefix_list_name()),
        cidrs: ranges(list.cidrs().iter().map(String::as_str)),
    }
}
