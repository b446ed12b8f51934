//! How often a repository was pulled (`RepositoryPullCount`), and how often a NAT gateway had no port left
//! (`ErrorPortAllocation`).
//!
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-repository-metrics.html>,
//! <https://docs.aws.amazon.com/vpc/latest/userguide/metrics-dimensions-nat-gateway.html>

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types;
use diagnosis::evidence::image::{PullCount, PullCountPoint};
use diagnosis::evidence::network::{NatPortErrorPoint, NatPortErrors};
use diagnosis::{Listing, Observed, Window};
use futures::future::join_all;
use jiff::Timestamp;

use crate::actions::CLOUDWATCH_GET_METRIC_DATA;
use crate::convert::{sdk_time, time};
use crate::ecr::host::EcrImage;
use crate::observe::NotSeen;
use crate::reader::Kind;
use crate::session::{Query, Session};
use crate::tally::Chain;

/// Seconds that one value covers: a day fits into one page of the answer.
const PERIOD: i32 = 900;
/// The same for a NAT gateway: what counts is what happened around the failure.
const NAT_PERIOD: i32 = 300;

/// Pulls of the images' repositories within the window, in one call a region. A repository of another account has its
/// metrics there.
pub(crate) async fn pulls(
    session: &Session<'_>,
    images: &[EcrImage],
    window: Window,
    after: Chain,
) -> Vec<Observed<PullCount>> {
    let (foreign, own): (Vec<&EcrImage>, Vec<&EcrImage>) = images.iter().partition(|image| {
        session
            .known_account()
            .is_some_and(|account| account != image.registry)
    });
    let mut counts: Vec<Observed<PullCount>> = foreign
        .into_iter()
        .map(|image| {
            let why = format!("the metrics of the repository are in account {}", image.registry);
            session.skipped_in(&CLOUDWATCH_GET_METRIC_DATA, &image.repository, &image.region, why)
        })
        .collect();
    let mut regions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for image in own {
        regions.entry(&image.region).or_default().push(&image.repository);
    }
    let reads = regions
        .iter()
        .map(|(region, repositories)| of_region(session, region, repositories, window, after));
    counts.extend(join_all(reads).await.into_iter().flatten());
    counts
}

async fn of_region(
    session: &Session<'_>,
    region: &str,
    repositories: &[&str],
    window: Window,
    after: Chain,
) -> Vec<Observed<PullCount>> {
    let query = Query::new(
        &CLOUDWATCH_GET_METRIC_DATA,
        repositories.join(","),
        region,
        Kind::Metrics,
        after,
    );
    let read = session
        .read(query, async {
            let queries = repositories.iter().enumerate().map(|(number, name)| {
                let of = ("RepositoryName", *name);
                sum(&id(number), "AWS/ECR", "RepositoryPullCount", of, PERIOD)
            });
            let results = asked(session, region, queries.collect(), window).await?;
            repositories
                .iter()
                .enumerate()
                .map(|(number, name)| {
                    let id = id(number);
                    let result = results.iter().find(|result| result.id() == Some(&id));
                    let result =
                        result.ok_or_else(|| NotSeen::Failed("the answer has no result".to_owned()))?;
                    Ok(convert(name, result))
                })
                .collect::<Result<Vec<PullCount>, NotSeen>>()
        })
        .await
        .item;
    repositories
        .iter()
        .enumerate()
        .map(|(number, name)| {
            let mut one = read.clone().map(|counts| {
                let none = PullCount {
                    repository: (*name).to_owned(),
                    points: Vec::new(),
                };
                counts.into_iter().nth(number).unwrap_or(none)
            });
            (*name).clone_into(&mut one.source.resource);
            one
        })
        .collect()
}

fn id(number: usize) -> String {
    format!("pulls{number}")
}

fn sum(id: &str, namespace: &str, name: &str, of: (&str, &str), period: i32) -> types::MetricDataQuery {
    let dimension = types::Dimension::builder().name(of.0).value(of.1).build();
    let metric = types::Metric::builder()
        .namespace(namespace)
        .metric_name(name)
        .dimensions(dimension)
        .build();
    let stat = types::MetricStat::builder()
        .metric(metric)
        .period(period)
        .stat("Sum")
        .build();
    types::MetricDataQuery::builder().id(id).metric_stat(stat).build()
}

async fn asked(
    session: &Session<'_>,
    region: &str,
    queries: Vec<types::MetricDataQuery>,
    window: Window,
) -> Result<Vec<types::MetricDataResult>, NotSeen> {
    let answer = session
        .cloudwatch(region)
        .get_metric_data()
        .set_metric_data_queries(Some(queries))
        .start_time(sdk_time(window.from))
        .end_time(sdk_time(window.to))
        .scan_by(types::ScanBy::TimestampAscending)
        .send()
        .await?;
    Ok(answer.metric_data_results.unwrap_or_default())
}

/// When something was counted, and how much, in order of time.
fn counted(result: &types::MetricDataResult) -> Vec<(Timestamp, f64)> {
    let mut counted: Vec<(Timestamp, f64)> = result
        .timestamps()
        .iter()
        .zip(result.values())
        .filter(|(_, value)| **value > 0.0)
        .filter_map(|(at, value)| Some((time(at)?, *value)))
        .collect();
    counted.sort_by_key(|(at, _)| *at);
    counted
}

/// How often each of these NAT gateways had no port left within the window.
pub(crate) async fn nat_port_errors(
    session: &Session<'_>,
    nats: &[String],
    window: Window,
    after: Chain,
) -> Observed<Listing<NatPortErrors>> {
    let query = Query::new(
        &CLOUDWATCH_GET_METRIC_DATA,
        nats.join(","),
        &session.region,
        Kind::Metrics,
        after,
    );
    session
        .read(query, async {
            let queries = nats.iter().enumerate().map(|(number, nat)| {
                let id = format!("nat{number}");
                sum(
                    &id,
                    "AWS/NATGateway",
                    "ErrorPortAllocation",
                    ("NatGatewayId", nat),
                    NAT_PERIOD,
                )
            });
            let results = asked(session, &session.region, queries.collect(), window).await?;
            let items = nats.iter().enumerate().filter_map(|(number, nat)| {
                let id = format!("nat{number}");
                let result = results.iter().find(|result| result.id() == Some(&id))?;
                Some(port_errors(nat, result))
            });
            Ok(Listing::complete(items.collect()))
        })
        .await
        .item
}

fn port_errors(nat: &str, result: &types::MetricDataResult) -> NatPortErrors {
    let points = counted(result).into_iter();
    NatPortErrors {
        nat: nat.to_owned(),
        points: points
            .map(|(at, errors)| NatPortErrorPoint { at, errors })
            .collect(),
    }
}

fn convert(repository: &str, result: &types::MetricDataResult) -> PullCount {
    let points = counted(result).into_iter();
    PullCount {
        repository: repository.to_owned(),
        points: points.map(|(at, pulls)| PullCountPoint { at, pulls }).collect(),
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::DateTime;

    use super::*;

    #[test]
    fn quiet_periods_are_left_out_and_the_rest_is_in_order() {
        let result = types::MetricDataResult::builder()
            .timestamps(DateTime::from_secs(30))
            .timestamps(DateTime::from_secs(10))
            .timestamps(DateTime::from_secs(20))
            .values(2.0)
            .values(1.0)
            .values(0.0)
            .build();
        let counts = convert("payments", &result);
        let seen: Vec<_> = counts
            .points
            .iter()
            .map(|point| (point.at.as_second(), point.pulls))
            .collect();
        assert_eq!(seen, [(10, 1.0), (30, 2.0)]);
    }
}
