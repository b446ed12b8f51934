//! Who else fails, who runs.

use std::collections::BTreeSet;

use super::attempts::{Attempt, Attempts, of_task};
use crate::evidence::ecs::Task;
use crate::evidence::{Evidence, short};
use crate::observed::{Listing, Observed, Present};
use crate::report::{BlastRadius, Shared};

/// How long before and after the newest failure other failures count as belonging together.
pub const WINDOW: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);

/// The other tasks of the cluster, set against the failure.
#[derive(Debug)]
pub struct Cohort<'e> {
    /// Pulls of other services' or families' tasks that failed within [`WINDOW`] of the newest failure, newest first.
    pub failing: Vec<Attempt<'e>>,
    /// Tasks of the cluster that run, the target's included.
    pub running: Vec<Present<'e, Task>>,
}

impl<'e> Cohort<'e> {
    pub(super) fn new(evidence: &'e Evidence, attempts: &Attempts<'e>) -> Self {
        let own: BTreeSet<&str> = evidence
            .tasks
            .items()
            .iter()
            .map(|task| task.arn.as_str())
            .collect();
        let newest = attempts.newest_pull(None).and_then(|attempt| attempt.at);
        let mut failing: Vec<Attempt<'e>> = each(&evidence.siblings)
            .filter(|task| !own.contains(task.arn.as_str()))
            .flat_map(of_task)
            .filter(|attempt| attempt.is_pull() && !attempt.is_injected())
            .filter(|attempt| match (newest, attempt.at) {
                (Some(newest), Some(at)) => newest.duration_since(at).abs() <= WINDOW,
                _ => newest.is_none(),
            })
            .collect();
        failing.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.text.cmp(&b.text)));
        let mut seen = BTreeSet::new();
        let running = each(&evidence.tasks)
            .chain(each(&evidence.siblings))
            .filter(|task| task.is_running() && seen.insert(task.value().arn.as_str()))
            .collect();
        Self { failing, running }
    }

    /// Who else is affected, and what they have in common with the failure.
    pub fn blast_radius(&self, evidence: &Evidence, attempts: &Attempts<'_>) -> BlastRadius {
        let Some(newest) = attempts.newest_pull(None) else {
            return BlastRadius::default();
        };
        let own: Vec<&Attempt<'_>> = attempts.pulls().collect();
        let all: Vec<&Attempt<'_>> = own.iter().copied().chain(&self.failing).collect();
        let shared = Shared {
            image: same(&all, |attempt| attempt.image.clone()),
            execution_role: same(&all, |attempt| role(evidence, attempt.definition?)),
            subnet: same(&all, |attempt| attempt.task?.subnet.clone()),
            instance: same(&all, |attempt| attempt.task?.container_instance.clone()),
        };
        let running_siblings = self.running.iter().filter(|task| {
            let value = task.value();
            shared.execution_role.is_some() && role(evidence, &value.task_definition) == shared.execution_role
                || shared.image.is_some()
                    && value
                        .containers
                        .iter()
                        .any(|container| container.image == shared.image)
                || shared.subnet.is_some() && value.subnet == shared.subnet
        });
        BlastRadius {
            running_siblings: u32::try_from(running_siblings.count()).unwrap_or(u32::MAX),
            task_definitions: names(
                self.failing
                    .iter()
                    .filter_map(|attempt| attempt.definition)
                    .map(short),
                &[newest.definition.map(short).unwrap_or_default()],
            ),
            services: names(
                self.failing.iter().filter_map(|attempt| attempt.task?.service()),
                &[evidence.target.service.as_deref().unwrap_or_default()],
            ),
            shared,
        }
    }
}

fn each(tasks: &Observed<Listing<Task>>) -> impl Iterator<Item = Present<'_, Task>> + use<'_> {
    tasks.seen().into_iter().flat_map(Present::each)
}

fn role(evidence: &Evidence, definition: &str) -> Option<String> {
    evidence
        .task_definition(definition)?
        .value()?
        .execution_role
        .clone()
}

/// What every attempt has in common, if they all have it.
fn same(attempts: &[&Attempt<'_>], pick: impl Fn(&Attempt<'_>) -> Option<String>) -> Option<String> {
    let mut values = attempts.iter().map(|attempt| pick(attempt));
    let first = values.next()??;
    values
        .all(|value| value.as_ref() == Some(&first))
        .then_some(first)
}

fn names<'n>(names: impl Iterator<Item = &'n str>, but: &[&str]) -> Vec<String> {
    let names: BTreeSet<&str> = names.filter(|name| !but.contains(name)).collect();
    names.into_iter().map(str::to_owned).collect()
}
