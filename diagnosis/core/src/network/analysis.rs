//! All paths of one diagnosis, and what they have in common.

use super::need::{Need, Needed, Puller, needs_of};
use super::path::{Path, PathOutcome};
use super::place::{Place, Places, places};
use super::walk::walk;
use crate::evidence::Evidence;
use crate::evidence::ecs::TaskDefinition;
use crate::observed::{Missing, Observed};

/// The network of one diagnosis, analysed once.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkAnalysis {
    /// Where the puller is or may be.
    pub places: Places,
    /// The paths: place by place, and within a place in the order in which a pull meets its needs.
    pub paths: Vec<Path>,
    /// What the paths say together, need by need, in the same order.
    pub summary: Vec<NeedSummary>,
    /// What kept paths from being walked at all.
    pub missing: Vec<Missing>,
}

/// What the paths to one need say together.
#[derive(Debug, Clone, PartialEq)]
pub struct NeedSummary {
    /// What must be reached.
    pub need: Need,
    /// Names of the containers that need it.
    pub by: Vec<String>,
    /// Whether the places agree.
    pub agreement: Agreement,
    /// Index into [`NetworkAnalysis::paths`] of the one that tells most: the first broken one of a place where a task
    /// failed, else the first broken one, else the first that is not open, else the first.
    pub telling: usize,
}

/// Whether all places fare alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Agreement {
    /// Open from everywhere.
    Open,
    /// Broken from everywhere.
    Broken,
    /// Broken from some and not from others: by subnet.
    Differs {
        /// Subnets from which it is broken.
        broken: Vec<String>,
        /// Subnets from which it is open.
        open: Vec<String>,
        /// Subnets from which it cannot be told.
        unknown: Vec<String>,
    },
    /// Broken from nowhere, and from somewhere it cannot be told.
    Unknown,
}

impl NetworkAnalysis {
    /// The path to `need` from the place in `subnet`.
    pub fn path(&self, subnet: &str, need: &Need) -> Option<&Path> {
        self.paths
            .iter()
            .find(|path| path.place.subnet == subnet && path.need == *need)
    }

    /// Paths from the place in `subnet`.
    pub fn from(&self, subnet: &str) -> impl Iterator<Item = &Path> {
        self.paths.iter().filter(move |path| path.place.subnet == subnet)
    }

    /// The path that tells most about a need.
    pub fn telling(&self, summary: &NeedSummary) -> Option<&Path> {
        self.paths.get(summary.telling)
    }
}

/// Walks every path of a diagnosis: to what the definitions need, and to what failures named besides.
pub fn analyse(evidence: &Evidence, named: &[Needed]) -> NetworkAnalysis {
    let places = places(evidence);
    let definitions = definitions(evidence);
    let mut missing: Vec<Missing> = places.missing.clone();
    if definitions.is_empty() {
        missing.extend(
            evidence
                .task_definitions
                .iter()
                .filter_map(|definition| definition.missing("the task definition")),
        );
    }
    let mut paths = Vec::new();
    let mut summary: Vec<NeedSummary> = Vec::new();
    for place in &places.known {
        let needed = needs(&definitions, place, &evidence.target.region);
        for needed in needed.into_iter().chain(named.iter().cloned()) {
            let at = paths.len();
            paths.push(walk(&evidence.network, place, &needed.need, None));
            match summary.iter_mut().find(|known| known.need == needed.need) {
                Some(known) => {
                    for name in needed.by {
                        if !known.by.contains(&name) {
                            known.by.push(name);
                        }
                    }
                }
                None => summary.push(NeedSummary {
                    need: needed.need,
                    by: needed.by,
                    agreement: Agreement::Unknown,
                    telling: at,
                }),
            }
        }
    }
    for need in &mut summary {
        let of_need: Vec<(usize, &Path)> = paths
            .iter()
            .enumerate()
            .filter(|(_, path)| path.need == need.need)
            .collect();
        need.agreement = agreement(&of_need);
        need.telling = telling(&of_need).unwrap_or(need.telling);
    }
    NetworkAnalysis {
        places,
        paths,
        summary,
        missing,
    }
}

/// Definitions whose images are pulled: those of the tasks that failed to start; without one, the first that was read.
fn definitions(evidence: &Evidence) -> Vec<&TaskDefinition> {
    let failed: Vec<&TaskDefinition> = evidence
        .tasks
        .value()
        .into_iter()
        .flat_map(|tasks| &tasks.items)
        .filter(|task| super::place::failed_to_start(task))
        .filter_map(|task| evidence.task_definition(&task.task_definition)?.value())
        .collect();
    let mut distinct: Vec<&TaskDefinition> = Vec::new();
    for definition in failed {
        if !distinct.iter().any(|known| known.arn == definition.arn) {
            distinct.push(definition);
        }
    }
    if distinct.is_empty() {
        distinct.extend(evidence.task_definitions.iter().find_map(Observed::value));
    }
    distinct
}

/// What the definitions need from a place, each once.
fn needs(definitions: &[&TaskDefinition], place: &Place, region: &str) -> Vec<Needed> {
    let puller = Puller {
        kind: place.kind,
        platform_version: place.platform_version.as_deref(),
        region,
    };
    let mut all: Vec<Needed> = Vec::new();
    for needed in definitions
        .iter()
        .flat_map(|definition| needs_of(definition, puller))
    {
        match all.iter_mut().find(|known| known.need == needed.need) {
            Some(known) => known.by.extend(needed.by),
            None => all.push(needed),
        }
    }
    for needed in &mut all {
        needed.by = crate::observed::without_repeats(std::mem::take(&mut needed.by));
    }
    all
}

fn agreement(paths: &[(usize, &Path)]) -> Agreement {
    let subnets = |fits: &dyn Fn(&PathOutcome) -> bool| -> Vec<String> {
        let of_paths = paths
            .iter()
            .filter(|(_, path)| fits(&path.outcome))
            .map(|(_, path)| path.place.subnet.clone());
        crate::observed::without_repeats(of_paths)
    };
    let broken = subnets(&|outcome| matches!(outcome, PathOutcome::Broken(_)));
    let open = subnets(&|outcome| matches!(outcome, PathOutcome::Open));
    let unknown = subnets(&|outcome| matches!(outcome, PathOutcome::Beyond(_) | PathOutcome::Unknown(_)));
    match (broken.is_empty(), open.is_empty(), unknown.is_empty()) {
        (false, true, true) => Agreement::Broken,
        (true, false, true) => Agreement::Open,
        (true, _, _) => Agreement::Unknown,
        (false, _, _) => Agreement::Differs {
            broken,
            open,
            unknown,
        },
    }
}

fn telling(paths: &[(usize, &Path)]) -> Option<usize> {
    let is_broken = |path: &Path| path.broken().is_some();
    let not_open = |path: &Path| path.outcome != PathOutcome::Open;
    let failed_there = |path: &Path| !path.place.failed.is_empty();
    let first = |fits: &dyn Fn(&Path) -> bool| paths.iter().find(|(_, path)| fits(path)).map(|(at, _)| *at);
    first(&|path| is_broken(path) && failed_there(path))
        .or_else(|| first(&is_broken))
        .or_else(|| first(&not_open))
        .or_else(|| paths.first().map(|(at, _)| *at))
}
