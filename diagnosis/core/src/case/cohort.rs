//! Who else fails, who runs.

use std::collections::BTreeSet;

use super::attempts::{Attempt, Attempts, brief, of_task};
use crate::catalogue::Family;
use crate::evidence::ecs::Task;
use crate::evidence::{Evidence, short};
use crate::observed::{Fact, Listing, Observed, Present};
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
    /// What sets the failures apart from the tasks that came to run around the same time.
    pub apart: Apart,
    /// The one container instance on which all failures are, while the same revision runs on others.
    pub one_instance: Option<Contrast>,
}

/// What sets the failures of the last hour apart from the tasks that came to run around the same time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Apart {
    /// One thing: what all failures have and no such task has.
    By(Trait, Contrast),
    /// Failures are alike in their words and have nothing else in common, and nothing came to run since they began.
    Everything {
        /// Number of failures.
        failed: usize,
    },
    /// Nothing, or more than one thing.
    Nothing,
}

/// What tasks can have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trait {
    /// The container instance: points to the host.
    Instance,
    /// The subnet: points to the network.
    Subnet,
    /// The execution role: points to permissions.
    Role,
    /// The image: points to the image.
    Image,
    /// The task definition: points to the image or its configuration.
    Definition,
}

/// A value that all failures have and no task has that came to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contrast {
    /// The value: an ARN, an id, an image reference.
    pub value: String,
    /// Number of tasks that came to run without it.
    pub runs: usize,
    /// Number of failures.
    pub failed: usize,
}

impl Trait {
    /// What people call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Instance => "container instance",
            Self::Subnet => "subnet",
            Self::Role => "execution role",
            Self::Image => "image",
            Self::Definition => "task definition",
        }
    }

    /// Whether a cause of this family becomes likelier by it.
    pub fn speaks_for(self, family: Family) -> bool {
        match self {
            // The rule about one host weighs that itself: other hosts may run what they have cached.
            Self::Instance => false,
            Self::Subnet => family == Family::Network,
            Self::Role => family == Family::Permission,
            Self::Image | Self::Definition => matches!(family, Family::Image | Family::Configuration),
        }
    }
}

impl Apart {
    /// In a sentence, where there is something to say.
    pub fn sentence(&self) -> Option<String> {
        match self {
            Self::By(what, contrast) => {
                let ran = if contrast.runs == 1 {
                    "the one task that came to run meanwhile does not have it".to_owned()
                } else {
                    format!(
                        "none of the {} tasks that came to run meanwhile has it",
                        contrast.runs
                    )
                };
                Some(format!(
                    "all {} failures have {} {} in common, and {ran}",
                    contrast.failed,
                    what.word(),
                    short(&contrast.value),
                ))
            }
            Self::Everything { failed } => Some(format!(
                "{failed} failures say the same and have neither image, subnet nor instance in common, and nothing \
                 came to run meanwhile: the registry or AWS itself is the suspect"
            )),
            Self::Nothing => None,
        }
    }
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
            .flat_map(|task| of_task(evidence, task))
            .filter(|attempt| attempt.is_pull() && !attempt.is_injected())
            .filter(|attempt| match (newest, attempt.at) {
                (Some(newest), Some(at)) => newest.duration_since(at).abs() <= WINDOW,
                _ => newest.is_none(),
            })
            .collect();
        failing.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.text.cmp(&b.text)));
        let mut seen = BTreeSet::new();
        let running: Vec<Present<'e, Task>> = each(&evidence.tasks)
            .chain(each(&evidence.siblings))
            .filter(|task| task.is_running() && seen.insert(task.value().arn.as_str()))
            .collect();
        let all: Vec<&Attempt<'e>> = attempts.pulls().chain(&failing).collect();
        let around = tasks_around(&all, &running);
        Self {
            apart: apart(evidence, &all, &around),
            one_instance: one_instance(attempts, &around),
            failing,
            running,
        }
    }

    /// The tasks that came to run on other instances than this one: as facts.
    pub fn elsewhere(&self, instance: &str) -> Vec<Fact> {
        let elsewhere = self.running.iter().filter(|task| {
            let on = task.value().container_instance.as_deref();
            on.is_some_and(|on| on != instance)
        });
        elsewhere
            .take(3)
            .map(|task| {
                let on = task.container_instance.as_deref().map(short).unwrap_or_default();
                task.fact_on(
                    &task.arn,
                    format!(
                        "task {} of {} runs on container instance {}",
                        brief(task.id()),
                        short(&task.task_definition),
                        brief(on)
                    ),
                )
            })
            .collect()
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

/// Tasks that came to run around the failures: what ran long before says nothing of now.
fn tasks_around<'e>(failed: &[&Attempt<'e>], running: &[Present<'e, Task>]) -> Vec<&'e Task> {
    let Some(first) = failed.iter().filter_map(|attempt| attempt.at).min() else {
        return Vec::new();
    };
    let since = first.checked_sub(WINDOW).unwrap_or(first);
    running
        .iter()
        .map(|task| task.value())
        .filter(|task| task.started_at.is_some_and(|at| at >= since))
        .collect()
}

fn apart(evidence: &Evidence, failed: &[&Attempt<'_>], around: &[&Task]) -> Apart {
    if failed.len() < 2 {
        return Apart::Nothing;
    }
    let of_attempt = |what: Trait, attempt: &Attempt<'_>| match what {
        Trait::Instance => attempt.task?.container_instance.clone(),
        Trait::Subnet => attempt.task?.subnet.clone(),
        Trait::Role => role(evidence, attempt.definition?),
        Trait::Image => attempt.image.clone(),
        Trait::Definition => attempt.definition.map(str::to_owned),
    };
    let has = |what: Trait, task: &Task, value: &str| match what {
        Trait::Instance => task.container_instance.as_deref() == Some(value),
        Trait::Subnet => task.subnet.as_deref() == Some(value),
        Trait::Role => role(evidence, &task.task_definition).is_none_or(|role| role == value),
        Trait::Image => task
            .containers
            .iter()
            .any(|container| container.image.as_deref() == Some(value)),
        Trait::Definition => task.task_definition == value,
    };
    let all = [
        Trait::Instance,
        Trait::Subnet,
        Trait::Role,
        Trait::Image,
        Trait::Definition,
    ];
    let shared: Vec<(Trait, String)> = all
        .into_iter()
        .filter_map(|what| Some((what, same(failed, |attempt| of_attempt(what, attempt))?)))
        .collect();
    // Services often share one role, which says nothing of a failure that is no refusal.
    let in_common = shared
        .iter()
        .any(|(what, _)| *what != Trait::Role || speaks_of_permissions(failed));
    if !in_common {
        // Each for a reason of its own is nobody's fault in common.
        let alike = same(failed, |attempt| Some(attempt.reason.class.code().to_owned())).is_some();
        let nothing_since = around.is_empty() && failed.iter().all(|attempt| attempt.task.is_some());
        if alike && nothing_since {
            return Apart::Everything { failed: failed.len() };
        }
    }
    let mut telling: Vec<(Trait, String)> = shared
        .into_iter()
        .filter(|(what, value)| !around.is_empty() && around.iter().all(|task| !has(*what, task, value)))
        .collect();
    // An image that only one task definition has sets apart what that definition does: they speak for the same.
    if telling.iter().any(|(what, _)| *what == Trait::Image) {
        telling.retain(|(what, _)| *what != Trait::Definition);
    }
    match (telling.pop(), telling.is_empty()) {
        (Some((what, value)), true) => Apart::By(
            what,
            Contrast {
                value,
                runs: around.len(),
                failed: failed.len(),
            },
        ),
        _ => Apart::Nothing,
    }
}

/// Whether any of the failures may be a refusal: of the second diagnosis rule of the playbook.
fn speaks_of_permissions(failed: &[&Attempt<'_>]) -> bool {
    failed.iter().any(|attempt| attempt.reason.class.rule() == 2)
}

/// The one instance on which the target's pulls fail, while the same revision came to run on others.
fn one_instance(attempts: &Attempts<'_>, around: &[&Task]) -> Option<Contrast> {
    let own: Vec<&Attempt<'_>> = attempts.pulls().collect();
    let value = same(&own, |attempt| attempt.task?.container_instance.clone())?;
    let definition = same(&own, |attempt| attempt.definition.map(str::to_owned))?;
    let same_revision: Vec<&&Task> = around
        .iter()
        .filter(|task| task.task_definition == definition)
        .collect();
    let on = |task: &Task| task.container_instance.as_deref() == Some(value.as_str());
    let runs = same_revision
        .iter()
        .filter(|task| task.container_instance.is_some())
        .count();
    (runs > 0 && !same_revision.iter().any(|task| on(task))).then_some(Contrast {
        runs,
        failed: own.len(),
        value,
    })
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
