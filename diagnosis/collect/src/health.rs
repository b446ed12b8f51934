//! Events that AWS itself reports for the services a pull uses.

use aws_sdk_health::types::{DateTimeRange, EventFilter, EventStatusCode, EventTypeCategory};
use diagnosis::evidence::logs::HealthEvent;
use diagnosis::{Listing, Observed, Window};

use crate::actions::HEALTH_DESCRIBE_EVENTS;
use crate::convert::{maybe_time, sdk_time, text};
use crate::pages::pages;
use crate::reader::Kind;
use crate::session::{Query, Session};
use crate::tally::Chain;

/// Services of which a pull needs one or the other, as AWS Health calls them.
const SERVICES: [&str; 4] = ["ECS", "ECR", "S3", "VPC"];
/// Pages of a hundred events.
const PAGES: usize = 2;

/// Issues of those services in the target's region that were open at some time in the window.
pub(crate) async fn events(session: &Session<'_>, window: Window) -> Observed<Listing<HealthEvent>> {
    let region = endpoint_region(session.partition());
    let query = Query::new(
        &HEALTH_DESCRIBE_EVENTS,
        format!("{} in {}", SERVICES.join(", "), session.region),
        region,
        Kind::Health,
        Chain::START,
    );
    session
        .read(query, async {
            pages(PAGES, |token| async {
                let answer = session
                    .health(region)
                    .describe_events()
                    .filter(filter(&session.region, window))
                    .max_results(100)
                    .set_next_token(token)
                    .send()
                    .await?;
                let events = answer.events().iter().map(|event| HealthEvent {
                    arn: text(event.arn()),
                    service: text(event.service()),
                    type_code: text(event.event_type_code()),
                    region: text(event.region()),
                    status: event
                        .status_code()
                        .map_or("", |status| status.as_str())
                        .to_owned(),
                    from: maybe_time(event.start_time()),
                    to: maybe_time(event.end_time()),
                });
                Ok((events.collect(), answer.next_token.clone()))
            })
            .await
        })
        .await
        .item
}

fn filter(region: &str, window: Window) -> EventFilter {
    EventFilter::builder()
        .set_services(Some(SERVICES.map(str::to_owned).to_vec()))
        .regions(region)
        .regions("global")
        .event_type_categories(EventTypeCategory::Issue)
        .event_status_codes(EventStatusCode::Open)
        .event_status_codes(EventStatusCode::Closed)
        .last_updated_times(DateTimeRange::builder().from(sdk_time(window.from)).build())
        .build()
}

/// AWS Health is asked in one region of each partition.
///
/// <https://docs.aws.amazon.com/general/latest/gr/health.html>
fn endpoint_region(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "cn-northwest-1",
        other => crate::aws::iam_region(other),
    }
}
