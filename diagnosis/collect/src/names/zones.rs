//! Private hosted zones of a VPC.
//!
//! <https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHostedZonesByVPC.html>

use aws_sdk_route53::types;
use diagnosis::evidence::network::{HostedZone, ZoneRecord};
use diagnosis::network::covers;
use diagnosis::{Listing, Observed};
use futures::future::join_all;

use crate::actions::{ROUTE53_LIST_HOSTED_ZONES_BY_VPC, ROUTE53_LIST_RESOURCE_RECORD_SETS};
use crate::observe::NotSeen;
use crate::pages::pages;
use crate::reader::Kind;
use crate::session::{Query, Seen, Session};
use crate::tally::Chain;

/// Pages of zones that are read: a hundred each.
const PAGES: usize = 3;
/// Zones whose records are read. Those above the names of one pull are one or two.
const MOST_READ: usize = 2;

/// The private hosted zones of the VPC, with the records of those that stand above one of `hosts`.
pub(crate) async fn of_vpc(
    session: &Session<'_>,
    vpc: &str,
    hosts: &[String],
    after: Chain,
) -> Observed<Listing<HostedZone>> {
    let mut zones = list(session, vpc, after).await;
    let chain = zones.chain;
    if let diagnosis::Outcome::Present(listing) = &mut zones.item.outcome {
        let above: Vec<&mut HostedZone> = listing
            .items
            .iter_mut()
            .filter(|zone| zone.owning_service.is_none())
            .filter(|zone| hosts.iter().any(|host| covers(&zone.name, host)))
            .take(MOST_READ)
            .collect();
        join_all(above.into_iter().map(|zone| async move {
            zone.records = records(session, &zone.id, chain).await;
        }))
        .await;
    }
    zones.item
}

async fn list(session: &Session<'_>, vpc: &str, after: Chain) -> Seen<Listing<HostedZone>> {
    let region = session.iam_region();
    let query = Query::new(
        &ROUTE53_LIST_HOSTED_ZONES_BY_VPC,
        vpc,
        region,
        Kind::Network,
        after,
    );
    session
        .read(query, async {
            pages(PAGES, |token| async {
                let answer = session
                    .route53(region)
                    .list_hosted_zones_by_vpc()
                    .vpc_id(vpc)
                    .vpc_region(types::VpcRegion::from(session.region.as_str()))
                    .set_next_token(token)
                    .send()
                    .await?;
                let zones = answer
                    .hosted_zone_summaries()
                    .iter()
                    .map(|zone| convert(session, zone));
                Ok((zones.collect(), answer.next_token.clone()))
            })
            .await
        })
        .await
}

fn convert(session: &Session<'_>, zone: &types::HostedZoneSummary) -> HostedZone {
    let owner = zone.owner().and_then(types::HostedZoneOwner::owning_service);
    HostedZone {
        id: diagnosis::evidence::short(zone.hosted_zone_id()).to_owned(),
        name: without_dot(zone.name()),
        owning_service: owner.map(str::to_owned),
        records: session.skipped_in(
            &ROUTE53_LIST_RESOURCE_RECORD_SETS,
            zone.hosted_zone_id(),
            session.iam_region(),
            "no name that the pull needs is under this zone",
        ),
    }
}

async fn records(session: &Session<'_>, zone: &str, after: Chain) -> Observed<Listing<ZoneRecord>> {
    let region = session.iam_region();
    let query = Query::new(
        &ROUTE53_LIST_RESOURCE_RECORD_SETS,
        zone,
        region,
        Kind::Network,
        after,
    );
    session
        .read(query, async {
            let answer = session
                .route53(region)
                .list_resource_record_sets()
                .hosted_zone_id(zone)
                .send()
                .await?;
            let records = answer.resource_record_sets().iter().map(record).collect();
            Ok::<_, NotSeen>(if answer.is_truncated() {
                Listing::partial(records)
            } else {
                Listing::complete(records)
            })
        })
        .await
        .item
}

fn record(set: &types::ResourceRecordSet) -> ZoneRecord {
    let values = set
        .resource_records()
        .iter()
        .map(|record| record.value().to_owned());
    let alias = set.alias_target().map(|alias| without_dot(alias.dns_name()));
    ZoneRecord {
        name: without_dot(set.name()),
        kind: set.r#type().as_str().to_owned(),
        values: values.chain(alias).collect(),
    }
}

/// A name as people write it: Route 53 ends it with a dot and writes `*` as `\052`
/// (<https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html>).
fn without_dot(name: &str) -> String {
    name.strip_suffix('.')
        .unwrap_or(name)
        .replace("\\052", "*")
        .to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_written_as_people_write_them() {
        let set = types::ResourceRecordSet::builder()
            .name("\\052.dkr.ecr.eu-west-1.amazonaws.com.")
            .r#type(types::RrType::A)
            .alias_target(
                types::AliasTarget::builder()
                    .hosted_zone_id("Z1")
                    .dns_name("vpce-1.ecr.eu-west-1.vpce.amazonaws.com.")
                    .evaluate_target_health(false)
                    .build()
                    .unwrap(),
            )
            .build()
            .unwrap();
        let record = record(&set);
        assert_eq!(record.name, "*.dkr.ecr.eu-west-1.amazonaws.com");
        assert_eq!(record.values, ["vpce-1.ecr.eu-west-1.vpce.amazonaws.com"]);
    }
}
