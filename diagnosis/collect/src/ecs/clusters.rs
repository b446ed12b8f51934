//! Clusters, and the names there are.

use diagnosis::evidence::ecs::Cluster;
use diagnosis::evidence::short;
use diagnosis::{Listing, Observed};

use super::left_out;
use crate::actions::{ECS_DESCRIBE_CLUSTERS, ECS_LIST_CLUSTERS, ECS_LIST_SERVICES};
use crate::convert::text;
use crate::pages::pages;
use crate::reader::Kind;
use crate::session::{Query, Seen, Session};
use crate::tally::Chain;

/// Pages of names that are read for a suggestion.
const NAME_PAGES: usize = 3;

/// The cluster of this name.
pub(crate) async fn describe(session: &Session<'_>, cluster: &str) -> Seen<Cluster> {
    let query = Query::new(
        &ECS_DESCRIBE_CLUSTERS,
        cluster,
        &session.region,
        Kind::Cluster,
        Chain::START,
    );
    session
        .read(query, async {
            let answer = session
                .ecs(&session.region)
                .describe_clusters()
                .clusters(cluster)
                .send()
                .await?;
            let Some(found) = answer.clusters().first() else {
                return Err(left_out(answer.failures()));
            };
            Ok(Cluster {
                arn: text(found.cluster_arn()),
                name: text(found.cluster_name()),
                status: text(found.status()),
            })
        })
        .await
}

/// Names of the account's clusters in the region.
pub(crate) async fn names(session: &Session<'_>, after: Chain) -> Observed<Listing<String>> {
    let query = Query::new(&ECS_LIST_CLUSTERS, "", &session.region, Kind::Cluster, after);
    session
        .read(query, async {
            pages(NAME_PAGES, |token| async {
                let answer = session
                    .ecs(&session.region)
                    .list_clusters()
                    .set_next_token(token)
                    .send()
                    .await?;
                Ok((names_in(answer.cluster_arns()), answer.next_token))
            })
            .await
        })
        .await
        .item
}

/// Names of the cluster's services.
pub(crate) async fn service_names(
    session: &Session<'_>,
    cluster: &str,
    after: Chain,
) -> Observed<Listing<String>> {
    let query = Query::new(&ECS_LIST_SERVICES, cluster, &session.region, Kind::Cluster, after);
    session
        .read(query, async {
            pages(NAME_PAGES, |token| async {
                let answer = session
                    .ecs(&session.region)
                    .list_services()
                    .cluster(cluster)
                    .max_results(100)
                    .set_next_token(token)
                    .send()
                    .await?;
                Ok((names_in(answer.service_arns()), answer.next_token))
            })
            .await
        })
        .await
        .item
}

fn names_in(arns: &[String]) -> Vec<String> {
    arns.iter().map(|arn| short(arn).to_owned()).collect()
}
