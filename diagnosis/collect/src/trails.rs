//! Change events from the log group of a trail, where CloudTrail's own history may not be asked.
//!
//! A trail can hand its events to CloudWatch Logs, one JSON record a line
//! (<https://docs.aws.amazon.com/awscloudtrail/latest/userguide/monitor-cloudtrail-log-files-with-cloudwatch-logs.html>).

use diagnosis::evidence::changes::Change;
use diagnosis::{Listing, Observed, Window};

use crate::actions::{CLOUDTRAIL_DESCRIBE_TRAILS, LOGS_FILTER_LOG_EVENTS};
use crate::cloudtrail::{By, of_record};
use crate::observe::NotSeen;
use crate::reader::Kind;
use crate::session::{Query, Session};
use crate::tally::Chain;

/// Calls that this takes at most.
pub(crate) const CALLS: usize = 2;
/// Records that are read.
const MOST_RECORDS: i32 = 100;
/// Members of requests by which a resource is touched.
const TOUCHES: &[&str] = &["roleName", "policyArn", "groupId", "routeTableId"];

/// A trail's log group.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Group {
    name: String,
    region: String,
}

/// The events that `questions` ask for, by the trail that covers `region`; `None` where no trail hands its events to a log
/// group, or where that cannot be told.
pub(crate) async fn changes(
    session: &Session<'_>,
    region: &str,
    questions: &[By],
    window: Window,
) -> Option<Observed<Listing<Change>>> {
    let query = Query::new(
        &CLOUDTRAIL_DESCRIBE_TRAILS,
        "trails",
        region,
        Kind::Changes,
        Chain::START,
    );
    let groups = session
        .read(query, async {
            let answer = session
                .cloudtrail(region)
                .describe_trails()
                .include_shadow_trails(true)
                .send()
                .await?;
            let covers = |trail: &&aws_sdk_cloudtrail::types::Trail| {
                trail.is_multi_region_trail() == Some(true) || trail.home_region() == Some(region)
            };
            let trails = answer.trail_list().iter().filter(covers);
            let groups = trails.filter_map(|trail| group_of(trail.cloud_watch_logs_log_group_arn()?));
            Ok::<_, NotSeen>(Listing::complete(groups.collect::<Vec<Group>>()))
        })
        .await;
    let group = groups.value()?.items.first()?.clone();
    let query = Query::new(
        &LOGS_FILTER_LOG_EVENTS,
        &group.name,
        &group.region,
        Kind::Changes,
        groups.chain,
    )
    .variant(format!("{region} {}", pattern(region, questions)));
    let read = session
        .read(query, async {
            let answer = session
                .logs(&group.region)
                .filter_log_events()
                .log_group_name(&group.name)
                .filter_pattern(pattern(region, questions))
                .start_time(window.from.as_millisecond())
                .end_time(window.to.as_millisecond())
                .limit(MOST_RECORDS)
                .send()
                .await?;
            let records = answer
                .events()
                .iter()
                .filter_map(|event| serde_json::from_str(event.message()?).ok());
            Ok::<_, NotSeen>(Listing {
                items: records
                    .filter(|record: &serde_json::Value| {
                        record.get("awsRegion").is_some_and(|at| at == region)
                    })
                    .filter_map(|record| of_record(&record))
                    .collect(),
                complete: answer.next_token().is_none(),
                window: Some(window),
            })
        })
        .await;
    Some(read.item)
}

/// `arn:aws:logs:REGION:ACCOUNT:log-group:NAME:*`
fn group_of(arn: &str) -> Option<Group> {
    let (head, name) = arn.split_once(":log-group:")?;
    Some(Group {
        name: name.strip_suffix(":*").unwrap_or(name).to_owned(),
        region: head.split(':').nth(3)?.to_owned(),
    })
}

/// What to look for, in the syntax for JSON records
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForLogEvents.html>).
fn pattern(region: &str, questions: &[By]) -> String {
    let one = |question: &By| match question {
        By::EventName(name) => vec![format!("($.eventName = {name:?})")],
        By::ResourceName(name) => TOUCHES
            .iter()
            .map(|member| format!("($.requestParameters.{member} = {name:?})"))
            .collect(),
    };
    let any: Vec<String> = questions.iter().flat_map(one).collect();
    format!("{{ ($.awsRegion = {region:?}) && ({}) }}", any.join(" || "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_named_without_the_arns_end() {
        let group =
            group_of("arn:aws:logs:eu-west-1:111122223333:log-group:CloudTrail/DefaultLogGroup:*").unwrap();
        assert_eq!(group.name, "CloudTrail/DefaultLogGroup");
        assert_eq!(group.region, "eu-west-1");
        assert!(group_of("arn:aws:s3:::trail").is_none());
    }

    #[test]
    fn questions_become_one_pattern() {
        let questions = [
            By::EventName("UpdateService".to_owned()),
            By::ResourceName("exec".to_owned()),
        ];
        assert_eq!(
            pattern("eu-west-1", &questions),
            "{ ($.awsRegion = \"eu-west-1\") && (($.eventName = \"UpdateService\") || \
             ($.requestParameters.roleName = \"exec\") || ($.requestParameters.policyArn = \"exec\") || \
             ($.requestParameters.groupId = \"exec\") || ($.requestParameters.routeTableId = \"exec\")) }"
        );
    }
}
