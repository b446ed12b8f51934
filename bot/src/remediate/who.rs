//! Who changed something since a plan was made.

use std::time::Duration;

use aws_config::{Region, SdkConfig};
use aws_sdk_cloudtrail::types::{Event, LookupAttribute, LookupAttributeKey};
use aws_smithy_types::DateTime;
use collect::iam_region;
use diagnosis::remedy::Action;
use jiff::Timestamp;
use jiff::fmt::strtime;
use serde_json::Value;

use super::state::name;

/// How long a person waits for a name.
const PATIENCE: Duration = Duration::from_secs(3);

/// `by dana@example.com at 13:52 UTC`: the last recorded change of what `action` changes; `None` where CloudTrail does
/// not tell. Its events may be 15 minutes late, so that this is an extra and never a proof.
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html>
pub(super) async fn changed(config: &SdkConfig, action: &Action, since: Timestamp) -> Option<String> {
    let (key, value, about, region) = match action {
        Action::GrantPull { role_arn, .. } => {
            let partition = role_arn.split(':').nth(1).unwrap_or_default();
            let role = name(role_arn);
            (
                LookupAttributeKey::ResourceName,
                role,
                role,
                Some(iam_region(partition)),
            )
        }
        Action::RollBack { service, .. } | Action::ForceNewDeployment { service, .. } => (
            LookupAttributeKey::EventName,
            "UpdateService",
            service.as_str(),
            None,
        ),
    };
    let mut config = config.to_builder();
    if let Some(region) = region {
        config = config.region(Region::new(region));
    }
    let attribute = LookupAttribute::builder()
        .attribute_key(key)
        .attribute_value(value)
        .build()
        .ok()?;
    let lookup = aws_sdk_cloudtrail::Client::new(&config.build())
        .lookup_events()
        .lookup_attributes(attribute)
        .start_time(DateTime::from_secs(since.as_second()))
        .max_results(50)
        .send();
    let answer = tokio::time::timeout(PATIENCE, lookup).await.ok()?.ok()?;
    // Newest first, and only what was carried out.
    let event = answer.events().iter().find(|event| is_change(event, about))?;
    let at = Timestamp::new(event.event_time()?.secs(), 0).ok()?;
    let at = strtime::format("%H:%M UTC", at).ok()?;
    Some(format!("by {} at {at}", event.username()?))
}

fn is_change(event: &Event, about: &str) -> bool {
    let record: Value =
        serde_json::from_str(event.cloud_trail_event().unwrap_or_default()).unwrap_or_default();
    let reads = event.read_only() == Some("true");
    !reads && record.get("errorCode").is_none() && mentions(record.get("requestParameters"), about)
}

fn mentions(value: Option<&Value>, about: &str) -> bool {
    match value {
        Some(Value::String(text)) => name(text) == about,
        Some(Value::Array(items)) => items.iter().any(|item| mentions(Some(item), about)),
        Some(Value::Object(members)) => members.values().any(|member| mentions(Some(member), about)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_changes_of_the_thing_itself_count() {
        let event = |reads: &str, record: &Value| {
            Event::builder()
                .read_only(reads)
                .cloud_trail_event(record.to_string())
                .build()
        };
        let touches =
            |service: &str| json!({ "requestParameters": { "cluster": "prod", "service": service } });
        assert!(is_change(&event("false", &touches("payments")), "payments"));
        assert!(is_change(
            &event(
                "false",
                &touches("arn:aws:ecs:eu-west-1:111122223333:service/prod/payments")
            ),
            "payments"
        ));
        assert!(!is_change(&event("false", &touches("web")), "payments"));
        assert!(!is_change(&event("true", &touches("payments")), "payments"));
        let mut denied = touches("payments");
        denied["errorCode"] = json!("AccessDenied");
        assert!(!is_change(&event("false", &denied), "payments"));
        assert!(!is_change(&Event::builder().build(), "payments"));
    }
}
