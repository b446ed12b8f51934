//! Causes of the configuration family.

pub(super) mod task_definition_inactive;
pub(super) mod task_definition_not_found;

use crate::case::Case;
use crate::case::timeline;
use crate::evidence::changes::Change;
use crate::observed::Present;

/// The newest call that took a task definition away.
fn removal_of<'e>(case: &Case<'e>, definition: &str) -> Option<Present<'e, Change>> {
    timeline::changes_of(case, &[definition])
        .into_iter()
        .find(|change| {
            matches!(
                change.name.as_str(),
                "DeregisterTaskDefinition" | "DeleteTaskDefinitions"
            )
        })
}
