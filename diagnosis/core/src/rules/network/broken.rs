//! What the rules about the network share: a path that breaks, mapped to judgements.
//!
//! The break is the rule's; everything else about it is the same for all: where tasks failed counts as observed, a
//! place where none failed is what fails next; what the failure's text proves was reached rules out what comes before.

use crate::case::Case;
use crate::judgement::{Effect, Finding, Judgement, Subject};
use crate::network::{Break, Need, Path, PathOutcome};
use crate::observed::{Fact, Missing, without_repeats};
use crate::stage::Stage;
use crate::stop_reason::StopClass;

/// Judges every place of the puller: `fits` are the breaks that are this cause, `about` names what a judgement is about.
pub(super) fn judge(
    case: &Case<'_>,
    fits: impl Fn(&Break) -> bool,
    about: impl Fn(&Break, &Path) -> Subject,
) -> Vec<(Subject, Judgement)> {
    let mut judged: Vec<(Subject, Judgement)> = Vec::new();
    for place in &case.network.places.known {
        let paths: Vec<(&Path, Stage)> = case
            .network
            .from(&place.subnet)
            .filter_map(|path| Some((path, stage(&path.need)?)))
            .collect();
        let broken: Vec<(&Path, &Break, Stage)> = paths
            .iter()
            .filter_map(|(path, stage)| Some((*path, path.breaks().find(|at| fits(at))?, *stage)))
            .collect();
        // Of several hosts that one break cuts off, the one that the failure's text speaks of.
        let spoken_of = case.reached(None).map(|(_, stage)| stage);
        let broken = broken
            .iter()
            .find(|(_, _, stage)| Some(*stage) == spoken_of)
            .or(broken.first());
        match broken {
            Some((path, at, stage)) => judged.push((about(at, path), of_break(case, path, at, *stage))),
            None => judged.extend(
                without_break(case, &paths).map(|judgement| (Subject::subnet(&place.subnet), judgement)),
            ),
        }
    }
    judged
}

fn of_break(case: &Case<'_>, path: &Path, at: &Break, stage: Stage) -> Judgement {
    let later = path.broken() != Some(at);
    let said = case.said(&says(at, stage));
    let failed_elsewhere = path.place.failed.is_empty()
        && case
            .network
            .places
            .known
            .iter()
            .any(|place| !place.failed.is_empty());
    let effect = match case.effect(None, stage, &says(at, stage)) {
        Effect::Observed if later || failed_elsewhere => Effect::Next,
        effect => effect,
    };
    let finding = Finding::observed(stage, at.to_string())
        .effect(effect)
        .facts(said.map(|attempt| attempt.fact.clone()))
        .facts(path.proof.iter().cloned())
        .facts(path.place.facts.iter().cloned())
        .missing(path.caveats.iter().cloned());
    // What is not read could still make a difference; the text that says the same settles it.
    if path.caveats.is_empty() || said.is_some() {
        Judgement::Confirmed(finding)
    } else {
        Judgement::Likely(finding)
    }
}
/// What the paths of one place say of a cause that breaks none of them; nothing where another cause does.
fn without_break(case: &Case<'_>, paths: &[(&Path, Stage)]) -> Option<Judgement> {
    if paths.is_empty() || paths.iter().any(|(path, _)| path.broken().is_some()) {
        return None;
    }
    let unknown: Vec<Missing> = paths
        .iter()
        .filter_map(|(path, _)| match &path.outcome {
            PathOutcome::Unknown(missing) => Some(missing.clone()),
            _ => None,
        })
        .flatten()
        .collect();
    let last = paths.iter().map(|(_, stage)| *stage).max()?;
    if let Some((attempt, reached)) = case.reached(None)
        && reached > last
    {
        return Some(Judgement::RuledOut {
            why: format!("the pull got as far as {}", reached.doing()),
            facts: vec![attempt.fact.clone()],
        });
    }
    if !unknown.is_empty() {
        return Some(Judgement::Unknown {
            missing: without_repeats(unknown),
        });
    }
    if paths
        .iter()
        .any(|(path, _)| matches!(path.outcome, PathOutcome::Beyond(_)))
    {
        return None;
    }
    let facts: Vec<Fact> = paths
        .iter()
        .flat_map(|(path, _)| path.proof.iter().cloned())
        .collect();
    Some(Judgement::RuledOut {
        why: "every host that the pull needs can be reached from there".to_owned(),
        facts: without_repeats(facts),
    })
}

/// Whether an endpoint's service name, `com.amazonaws.REGION.NAME`, ends in this name.
pub(super) fn is_of(service: &str, name: &str) -> bool {
    service.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'))
}

/// The stage of a pull at which a host is needed; none where the pull itself does not need it.
pub(super) fn stage(need: &Need) -> Option<Stage> {
    match need {
        Need::EcrApi { .. } => Some(Stage::TokenNetwork),
        Need::Registry { .. } => Some(Stage::RegistryNetwork),
        Need::LayerStore { .. } => Some(Stage::LayerNetwork),
        _ => None,
    }
}

/// The classes whose words mean that a host could not be reached at `stage` because of `at`.
fn says(at: &Break, stage: Stage) -> Vec<StopClass> {
    let mut says = match stage {
        Stage::TokenNetwork => vec![StopClass::NetworkTimeoutEcrApi],
        Stage::RegistryNetwork => vec![StopClass::NetworkTimeoutRegistry],
        // The agent replaces the layer's URL by the image's reference: the text then names the registry's host.
        Stage::LayerNetwork => vec![
            StopClass::NetworkTimeoutS3Layers,
            StopClass::NetworkTimeoutRegistry,
        ],
        _ => Vec::new(),
    };
    if let Break::VpcDnsDisabled { .. } = at {
        says.push(StopClass::DnsFailure);
    }
    says
}
