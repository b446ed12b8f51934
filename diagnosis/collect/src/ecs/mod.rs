//! Reads Amazon ECS.

pub(crate) mod clusters;
pub(crate) mod instances;
pub(crate) mod services;
pub(crate) mod task_definitions;
pub(crate) mod tasks;

use aws_sdk_ecs::types;
use diagnosis::evidence::ecs::Tag;

use crate::observe::NotSeen;

fn tags(tags: &[types::Tag]) -> Vec<Tag> {
    tags.iter()
        .filter_map(|tag| {
            Some(Tag {
                key: tag.key()?.to_owned(),
                value: tag.value().unwrap_or_default().to_owned(),
            })
        })
        .collect()
}

/// Why a `Describe` call left something out: `MISSING` is how ECS says that it is not there.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html>
fn left_out(failures: &[types::Failure]) -> NotSeen {
    match failures.first().and_then(|failure| failure.reason()) {
        Some("MISSING") | None => NotSeen::Absent,
        Some(other) => NotSeen::Failed(format!("ECS answered {other}")),
    }
}
