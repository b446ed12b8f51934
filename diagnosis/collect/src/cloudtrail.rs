//! Change events that CloudTrail recorded.
//!
//! Events of IAM are recorded in one region of the partition; all others where the resource is. They may be up to
//! 15 minutes late, and two requests a second are allowed.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html>

use aws_sdk_cloudtrail::types;
use diagnosis::evidence::changes::Change;
use diagnosis::evidence::short;
use diagnosis::{Listing, Observed, Window};
use serde_json::Value;

use crate::actions::CLOUDTRAIL_LOOKUP_EVENTS;
use crate::convert::{maybe_text, maybe_time, sdk_time, text};
use crate::observe::NotSeen;
use crate::pages::pages;
use crate::reader::{Bucket, Kind};
use crate::secrets;
use crate::session::{Query, Session};
use crate::tally::Chain;
use diagnosis::stop_reason::redact;

/// Pages of 50 events for one question.
const PAGES: usize = 2;

/// What to look for: one attribute, which is all a lookup takes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum By {
    /// Events of this name.
    EventName(String),
    /// Events that touched a resource of this name or id.
    ResourceName(String),
}

/// Events of one kind in one region.
pub(crate) async fn lookup(
    session: &Session<'_>,
    region: &str,
    by: &By,
    window: Window,
) -> Observed<Listing<Change>> {
    let (key, value) = match by {
        By::EventName(name) => (types::LookupAttributeKey::EventName, name),
        By::ResourceName(name) => (types::LookupAttributeKey::ResourceName, name),
    };
    let query = Query::new(
        &CLOUDTRAIL_LOOKUP_EVENTS,
        value,
        region,
        Kind::Changes,
        Chain::START,
    )
    .variant(format!(
        "{} {}",
        key.as_str(),
        window.to.duration_since(window.from).as_secs()
    ));
    let bucket = Bucket {
        account: session.account().await,
        region: region.to_owned(),
    };
    session
        .read(query, async {
            let mut listing = pages(PAGES, |token| async {
                session.reader.pace(&bucket).await;
                let attribute = types::LookupAttribute::builder()
                    .attribute_key(key.clone())
                    .attribute_value(value)
                    .build()
                    .map_err(|error| NotSeen::Failed(error.to_string()))?;
                let answer = session
                    .cloudtrail(region)
                    .lookup_events()
                    .lookup_attributes(attribute)
                    .start_time(sdk_time(window.from))
                    .end_time(sdk_time(window.to))
                    .max_results(50)
                    .set_next_token(token)
                    .send()
                    .await?;
                let changes = answer.events().iter().filter_map(convert).collect();
                Ok((changes, answer.next_token))
            })
            .await?;
            listing.window = Some(window);
            Ok(listing)
        })
        .await
        .item
}

/// An event that changed something, or was refused; what merely read is left out.
fn convert(event: &types::Event) -> Option<Change> {
    let record: Value = serde_json::from_str(event.cloud_trail_event().unwrap_or("{}")).unwrap_or_default();
    if !is_telling(&record, event.event_name(), event.read_only() == Some("true")) {
        return None;
    }
    let listed = event
        .resources()
        .iter()
        .filter_map(types::Resource::resource_name);
    let change = Change {
        id: text(event.event_id()),
        at: maybe_time(event.event_time())?,
        name: text(event.event_name()),
        event_source: text(event.event_source()),
        ..change(&record, listed)
    };
    Some(Change {
        actor: maybe_text(event.username()).or(change.actor),
        ..change
    })
}

/// The same, from the record alone, as a trail writes it.
pub(crate) fn of_record(record: &Value) -> Option<Change> {
    let member = |name: &str| record.get(name).and_then(Value::as_str);
    if !is_telling(record, member("eventName"), false) {
        return None;
    }
    let change = change(record, std::iter::empty());
    let session = change.actor_arn.as_deref().map(|arn| short(arn).to_owned());
    Some(Change {
        id: text(member("eventID")),
        at: member("eventTime")?.parse().ok()?,
        name: text(member("eventName")),
        event_source: text(member("eventSource")),
        actor: session.or(change.actor),
        ..change
    })
}

/// Whether an event changed something or was refused. What AWS does by itself, such as a run of a lifecycle policy, is
/// recorded as read-only.
fn is_telling(record: &Value, name: Option<&str>, read_only: bool) -> bool {
    let by_aws = record.get("eventType").and_then(Value::as_str) == Some("AwsServiceEvent")
        || name == Some("PolicyExecutionEvent");
    let reads = read_only || record.get("readOnly") == Some(&Value::Bool(true));
    !reads || by_aws || record.get("errorCode").is_some_and(Value::is_string)
}

/// What a record says of who did what to what; its name, time and place are the caller's to fill in.
fn change<'r>(record: &'r Value, listed: impl Iterator<Item = &'r str>) -> Change {
    let member = |name: &str| record.get(name).and_then(Value::as_str);
    let identity = record.get("userIdentity");
    let part = |name: &str| {
        let found = identity?.get(name)?.as_str()?;
        Some(found.to_owned())
    };
    let stripped = |name: &str| {
        let mut value = record.get(name).cloned().unwrap_or_default();
        secrets::strip(&mut value);
        value
    };
    let request = stripped("requestParameters");
    Change {
        id: String::new(),
        at: jiff::Timestamp::UNIX_EPOCH,
        name: String::new(),
        event_source: String::new(),
        actor: part("invokedBy"),
        actor_arn: part("arn"),
        error_code: member("errorCode").map(str::to_owned),
        error_message: member("errorMessage").map(redact),
        resources: resources(listed, record, &request),
        request,
        // What ECR does by itself (lifecycle policies) has no answer, and tells its details elsewhere.
        response: match stripped("responseElements") {
            Value::Null => stripped("serviceEventDetails"),
            answer => answer,
        },
    }
}

/// Members of a request that name what it is about. CloudTrail itself lists no resources for many events of ECS.
const NAMING: &[&str] = &[
    "service",
    "taskDefinition",
    "family",
    "roleName",
    "policyArn",
    "repositoryName",
    "groupId",
    "routeTableId",
    "networkAclId",
    "vpcEndpointId",
    "natGatewayId",
    "subnetId",
    "vpcId",
];

/// Names and ARNs of what the event touched: what CloudTrail lists first, then what the request names.
fn resources<'r>(listed: impl Iterator<Item = &'r str>, record: &'r Value, request: &Value) -> Vec<String> {
    let recorded = record
        .get("resources")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let recorded = recorded.filter_map(|resource| resource.get("ARN")?.as_str());
    let named = NAMING.iter().filter_map(|name| request.get(name)?.as_str());
    let mut resources: Vec<String> = Vec::new();
    for resource in listed
        .chain(recorded)
        .map(str::to_owned)
        .chain(named.map(str::to_owned))
    {
        if resources.iter().all(|known| short(known) != short(&resource)) {
            resources.push(resource);
        }
    }
    resources
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::DateTime;

    use super::*;

    fn event(read_only: &str, record: &Value) -> types::Event {
        types::Event::builder()
            .event_id("e-1")
            .event_name("UpdateService")
            .event_source("ecs.amazonaws.com")
            .username("ana")
            .read_only(read_only)
            .event_time(DateTime::from_secs(60))
            .resources(types::Resource::builder().resource_name("payments").build())
            .cloud_trail_event(record.to_string())
            .build()
    }

    #[test]
    fn a_change_says_who_did_what_without_secrets() {
        let record = serde_json::json!({
            "userIdentity": {"arn": "arn:aws:sts::111122223333:assumed-role/deploy/ana", "accessKeyId": "hunter1"},
            "requestParameters": {"service": "payments", "taskDefinition": "payments:42", "environment": [{"value": "hunter2"}]},
            "responseElements": {"credentials": {"sessionToken": "hunter3"}},
            "resources": [{"ARN": "arn:aws:ecs:eu-west-1:111122223333:service/prod/payments"}],
        });
        let change = convert(&event("false", &record)).unwrap();
        assert_eq!(change.actor.as_deref(), Some("ana"));
        assert_eq!(
            change.actor_arn.as_deref(),
            Some("arn:aws:sts::111122223333:assumed-role/deploy/ana")
        );
        assert_eq!(change.request["service"], "payments");
        assert_eq!(change.resources, ["payments", "payments:42"]);
        assert!(!serde_json::to_string(&change).unwrap().contains("hunter"));
    }

    #[test]
    fn runs_of_lifecycle_policies_are_read_only_and_kept() {
        let record = serde_json::json!({
            "eventType": "AwsServiceEvent", "readOnly": true, "requestParameters": null, "responseElements": null,
            "serviceEventDetails": {"repositoryName": "payments"},
        });
        assert_eq!(
            convert(&event("true", &record)).unwrap().response["repositoryName"],
            "payments"
        );
    }

    #[test]
    fn what_only_reads_is_left_out_unless_it_was_refused() {
        assert!(convert(&event("true", &serde_json::json!({}))).is_none());
        let refused = serde_json::json!({"errorCode": "AccessDenied", "errorMessage": "no"});
        assert_eq!(
            convert(&event("true", &refused)).unwrap().error_code.as_deref(),
            Some("AccessDenied")
        );
    }
}
