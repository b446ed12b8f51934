//! How often a repository was pulled: `RepositoryPullCount`.
//!
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-repository-metrics.html>

use aws_sdk_cloudwatch::types;
use diagnosis::evidence::image::{PullCount, PullCountPoint};
use diagnosis::{Observed, Window};

use crate::actions::CLOUDWATCH_GET_METRIC_DATA;
use crate::convert::{sdk_time, time};
use crate::ecr::host::EcrImage;
use crate::observe::NotSeen;
use crate::reader::Kind;
use crate::session::{Query, Session};
use crate::tally::Chain;

/// Seconds that one value covers: a day fits into one page of the answer.
const PERIOD: i32 = 900;

/// Pulls of the image's repository within the window. A repository of another account has its metrics there.
pub(crate) async fn pulls(
    session: &Session<'_>,
    image: &EcrImage,
    window: Window,
    after: Chain,
) -> Observed<PullCount> {
    if session
        .known_account()
        .is_some_and(|account| account != image.registry)
    {
        let why = format!("the metrics of the repository are in account {}", image.registry);
        return session.skipped_in(&CLOUDWATCH_GET_METRIC_DATA, &image.repository, &image.region, why);
    }
    let query = Query::new(
        &CLOUDWATCH_GET_METRIC_DATA,
        &image.repository,
        &image.region,
        Kind::Metrics,
        after,
    );
    session
        .read(query, async {
            let answer = session
                .cloudwatch(&image.region)
                .get_metric_data()
                .metric_data_queries(pull_count(&image.repository))
                .start_time(sdk_time(window.from))
                .end_time(sdk_time(window.to))
                .scan_by(types::ScanBy::TimestampAscending)
                .send()
                .await?;
            let result = answer
                .metric_data_results()
                .first()
                .ok_or_else(|| NotSeen::Failed("the answer has no result".to_owned()))?;
            Ok(convert(&image.repository, result))
        })
        .await
        .item
}

fn pull_count(repository: &str) -> types::MetricDataQuery {
    let dimension = types::Dimension::builder()
        .name("RepositoryName")
        .value(repository)
        .build();
    let metric = types::Metric::builder()
        .namespace("AWS/ECR")
        .metric_name("RepositoryPullCount")
        .dimensions(dimension)
        .build();
    let stat = types::MetricStat::builder()
        .metric(metric)
        .period(PERIOD)
        .stat("Sum")
        .build();
    types::MetricDataQuery::builder()
        .id("pulls")
        .metric_stat(stat)
        .build()
}

fn convert(repository: &str, result: &types::MetricDataResult) -> PullCount {
    let mut points: Vec<PullCountPoint> = result
        .timestamps()
        .iter()
        .zip(result.values())
        .filter(|(_, pulls)| **pulls > 0.0)
        .filter_map(|(at, pulls)| {
            Some(PullCountPoint {
                at: time(at)?,
                pulls: *pulls,
            })
        })
        .collect();
    points.sort_by_key(|point| point.at);
    PullCount {
        repository: repository.to_owned(),
        points,
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
