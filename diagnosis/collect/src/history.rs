//! Who changed what before the failure: read beside and after the rest, because CloudTrail allows two requests a
//! second.

mod plan;

use std::collections::BTreeSet;

use diagnosis::evidence::changes::Change;
use diagnosis::evidence::short;
use diagnosis::{Listing, Observed, Outcome, Window};
use futures::future::join_all;
use serde::{Deserialize, Serialize};

use crate::actions::CLOUDTRAIL_LOOKUP_EVENTS;
use crate::aws::Aws;
use crate::cloudtrail::{By, lookup};
use crate::reader::Reader;
use crate::session::Session;
use crate::tally::{Budget, CallRecord, Cost};
use crate::trails;
pub(crate) use plan::plan;

/// When to give up.
const DEADLINE: std::time::Duration = std::time::Duration::from_secs(30);

/// What to ask CloudTrail, once the rest is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryRequest {
    /// Region of the target.
    pub region: String,
    /// Account, where it is known.
    pub account: Option<String>,
    /// Span of time to ask about.
    pub window: Window,
    /// Whether to bypass the cache.
    pub fresh: bool,
    lookups: BTreeSet<Lookup>,
    /// Questions that the evidence raises and that are not put, to keep within the calls of one diagnosis.
    #[serde(default)]
    unasked: BTreeSet<Lookup>,
    /// Calls that are left beside the lookups.
    #[serde(default)]
    spare: usize,
    /// Names and ids of what the diagnosis is about: an event that mentions none of them is none of its business.
    about: BTreeSet<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Lookup {
    region: String,
    /// Event name, or resource name.
    value: String,
    by_name: bool,
}

/// What CloudTrail had to say.
#[derive(Debug, Clone)]
pub struct History {
    /// One entry per region asked.
    pub changes: Vec<Observed<Listing<Change>>>,
    /// What asking cost.
    pub cost: Cost,
    /// The calls.
    pub calls: Vec<CallRecord>,
}

/// Reads change events. Never fails: what could not be read says so.
pub async fn history(aws: &Aws, reader: &dyn Reader, request: &HistoryRequest) -> History {
    let session = Session::new(
        aws,
        reader,
        request.region.clone(),
        request.account.clone(),
        DEADLINE,
        request.fresh,
        Budget::rest(request.lookups.len() + request.spare),
    );
    let regions: BTreeSet<&str> = request
        .lookups
        .iter()
        .map(|lookup| lookup.region.as_str())
        .collect();
    let may_read_trails = request.spare >= regions.len() * trails::CALLS;
    let reads = regions
        .into_iter()
        .map(|region| of_region(&session, request, region, may_read_trails));
    let mut changes: Vec<_> = join_all(reads).await.into_iter().flatten().collect();
    changes.extend(request.unasked.iter().map(|lookup| {
        let why = Budget::DIAGNOSIS.exceeded().to_string();
        session.skipped_in(&CLOUDTRAIL_LOOKUP_EVENTS, &lookup.value, &lookup.region, why)
    }));
    History {
        changes,
        cost: session.tally().cost(),
        calls: session.tally().records(),
    }
}

async fn of_region(
    session: &Session<'_>,
    request: &HistoryRequest,
    region: &str,
    may_read_trails: bool,
) -> Option<Observed<Listing<Change>>> {
    let lookups = request.lookups.iter().filter(|lookup| lookup.region == region);
    let questions: Vec<By> = lookups
        .map(|question| {
            if question.by_name {
                By::EventName(question.value.clone())
            } else {
                By::ResourceName(question.value.clone())
            }
        })
        .collect();
    let reads = questions
        .iter()
        .map(|by| lookup(session, region, by, request.window));
    let mut merged = crate::merge::listings(join_all(reads).await)?;
    if matches!(merged.outcome, Outcome::Denied { .. })
        && may_read_trails
        && let Some(read) = trails::changes(session, region, &questions, request.window).await
        && read.value().is_some()
    {
        merged = read;
    }
    Some(merged.map(|mut listing| {
        listing.items.retain(|change| concerns(change, &request.about));
        listing.items.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        listing.items.dedup_by(|a, b| a.id == b.id);
        listing.window = Some(request.window);
        listing
    }))
}

/// Whether an event mentions one of the names.
fn concerns(change: &Change, about: &BTreeSet<String>) -> bool {
    // What was deleted has left no id to compare with, and the event names no VPC.
    if change.name == "DeleteVpcEndpoints" {
        return true;
    }
    let touched = change
        .resources
        .iter()
        .any(|resource| about.contains(resource.as_str()) || about.contains(short(resource)));
    touched || mentions(&change.request, about) || mentions(&change.response, about)
}

fn mentions(value: &serde_json::Value, about: &BTreeSet<String>) -> bool {
    use serde_json::Value;
    match value {
        Value::String(text) => about.contains(text.as_str()) || about.contains(short(text)),
        Value::Array(items) => items.iter().any(|item| mentions(item, about)),
        Value::Object(members) => members.values().any(|member| mentions(member, about)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn change(name: &str, resources: &[&str], request: serde_json::Value) -> Change {
        Change {
            id: "e-1".to_owned(),
            at: jiff::Timestamp::UNIX_EPOCH,
            name: name.to_owned(),
            event_source: "ecs.amazonaws.com".to_owned(),
            actor: None,
            actor_arn: None,
            error_code: None,
            error_message: None,
            resources: resources.iter().map(|name| (*name).to_owned()).collect(),
            request,
            response: serde_json::Value::Null,
        }
    }

    #[test]
    fn events_of_other_things_are_left_out() {
        let about = BTreeSet::from([
            "payments".to_owned(),
            "arn:aws:ecr:eu-west-1:111122223333:repository/team/app".to_owned(),
        ]);
        let none = || json!(null);
        for (event, expected) in [
            (
                change(
                    "UpdateService",
                    &["arn:aws:ecs:eu-west-1:111122223333:service/prod/payments"],
                    none(),
                ),
                true,
            ),
            (change("UpdateService", &[], json!({"service": "payments"})), true),
            (change("UpdateService", &[], json!({"service": "web"})), false),
            (
                change(
                    "PolicyExecutionEvent",
                    &["arn:aws:ecr:eu-west-1:111122223333:repository/team/app"],
                    none(),
                ),
                true,
            ),
            (
                change(
                    "PolicyExecutionEvent",
                    &["arn:aws:ecr:eu-west-1:111122223333:repository/other/app"],
                    none(),
                ),
                false,
            ),
            (
                change("DeleteVpcEndpoints", &[], json!({"vpcEndpointId": ["vpce-1"]})),
                true,
            ),
        ] {
            assert_eq!(concerns(&event, &about), expected, "{event:?}");
        }
    }
}
