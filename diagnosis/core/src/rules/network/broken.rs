//! What the rules about the network share: a way that breaks, mapped to judgements.
//!
//! The break is the rule's; everything else about it is the same for all: where tasks failed counts as observed, a
//! place where none failed is what fails next; what the failure's text proves was reached rules out what comes before;
//! the address that it names shows the way that was taken. Places that break by the same thing are judged once.

use crate::case::Case;
use crate::case::attempts::Attempt;
use crate::case::reach::{Reach, Shown, is_connection};
use crate::judgement::{Effect, Finding, Judgement, Subject, SubjectKind};
use crate::network::{Break, DnsAttribute, Need, Part, Path, PathOutcome, gap};
use crate::observed::{Fact, without_repeats};
use crate::remedy::Remedy;
use crate::stage::Stage;
use crate::stop_reason::StopClass;

/// What a rule asks of the network.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question {
    /// Whether the question arises here, so that ruling it out says something.
    pub(super) arises: bool,
    /// What the breaks are read off.
    pub(super) parts: &'static [Part],
}

/// A break on a way.
#[derive(Debug, Clone, Copy)]
struct Hit<'c, 'e> {
    reach: &'c Reach<'e>,
    at: &'c Break,
}

/// Judges every way of the pull: `fits` are the breaks that are this cause, `about` names what a judgement is about.
pub(super) fn judge(
    case: &Case<'_>,
    question: Question,
    fits: impl Fn(&Break, &Path) -> bool,
    about: impl Fn(&Break, &Path) -> Subject,
) -> Vec<(Subject, Judgement)> {
    let mut groups: Vec<(Subject, Vec<Hit<'_, '_>>)> = Vec::new();
    for reach in case
        .reaches
        .iter()
        .filter(|reach| !was_passed_otherwise(case, reach))
    {
        let Some(at) = reach.path.breaks().find(|at| fits(at, &reach.path)) else {
            continue;
        };
        let (subject, hit) = (about(at, &reach.path), Hit { reach, at });
        match groups.iter_mut().find(|(known, _)| *known == subject) {
            Some((_, hits)) => hits.push(hit),
            None => groups.push((subject, vec![hit])),
        }
    }
    if groups.is_empty() {
        return without_break(case, question).into_iter().collect();
    }
    groups
        .into_iter()
        .filter_map(|(subject, hits)| {
            let judgement = of_hits(case, &subject, &hits)?;
            Some((subject, judgement))
        })
        .collect()
}

/// Whether a pull came past a host whose way from an IPv6-only subnet looks broken: there the API has another name, which
/// is not read, so that it found one.
fn was_passed_otherwise(case: &Case<'_>, reach: &Reach<'_>) -> bool {
    let by_another_name = !matches!(reach.path.need, Need::Registry { .. });
    let passed = case.reached(None).is_some_and(|(_, stage)| stage > reach.stage);
    by_another_name && passed && has_only_v6(case, &reach.path.place.subnet)
}

/// Whether the failure is about the manifest, and the way is the one to the layers.
fn is_ahead(case: &Case<'_>, reach: &Reach<'_>) -> bool {
    let at_manifest = matches!(case.reached(None), Some((_, Stage::RegistryNetwork)));
    at_manifest && reach.stage == Stage::LayerNetwork
}

/// Whether a subnet has no IPv4: what mends it is IPv6's.
pub(super) fn has_only_v6(case: &Case<'_>, subnet: &str) -> bool {
    let subnets = case.evidence.network.subnets.items();
    subnets.iter().any(|known| known.id == subnet && known.ipv6_only)
}

/// The judgement of one thing that breaks ways.
fn of_hits(case: &Case<'_>, subject: &Subject, hits: &[Hit<'_, '_>]) -> Option<Judgement> {
    let hit = telling(case, hits)?;
    let (reach, at) = (hit.reach, hit.at);
    let path = &reach.path;
    let says = says(at, reach.stage);
    let said = said(case, reach, says);
    let later = path.broken() != Some(at);
    let failed_elsewhere = path.place.failed.is_empty()
        && case
            .network
            .places
            .known
            .iter()
            .any(|place| !place.failed.is_empty());
    let other_way = matches!(reach.shown, Shown::AnotherWay(_));
    let effect = match case.effect(None, reach.stage, says) {
        Effect::Observed if later || failed_elsewhere || is_ahead(case, reach) => Effect::Next,
        Effect::Observed if other_way => Effect::Since,
        effect => effect,
    };
    let finding = Finding::observed(reach.stage, summary(subject, hit, hits))
        .effect(effect)
        .facts(said.map(|attempt| attempt.fact.clone()))
        .facts(path.proof_of(at))
        .facts(path.place.facts.iter().cloned())
        .missing(path.caveats.iter().cloned())
        .missing(at.caveat());
    Some(match &reach.shown {
        Shown::Unsettled { missing, either_way } if !either_way.iter().any(|known| known.is_the_same(at)) => {
            Judgement::Likely(finding.missing(missing.iter().cloned()))
        }
        Shown::MendedSince(now) => Judgement::Likely(finding.facts(now.proof.iter().cloned())),
        // What is not read could still make a difference.
        _ if !path.caveats.is_empty() || at.caveat().is_some() => Judgement::Likely(finding),
        _ => Judgement::Confirmed(finding),
    })
}

/// The hit that tells most: where a connection failed at this host; else where a task failed, at the stage of which the
/// failure speaks; and what breaks first before what breaks later.
fn telling<'h, 'c, 'e>(case: &Case<'_>, hits: &'h [Hit<'c, 'e>]) -> Option<&'h Hit<'c, 'e>> {
    let spoken_of = case.reached(None).map(|(_, stage)| stage);
    hits.iter().min_by_key(|hit| {
        (
            hit.reach.failure.is_none(),
            hit.reach.path.place.failed.is_empty(),
            Some(hit.reach.stage) != spoken_of,
            hit.reach.path.broken() != Some(hit.at),
        )
    })
}

/// The failed pull whose words say that this way is broken.
fn said<'c, 'e>(case: &'c Case<'e>, reach: &'c Reach<'e>, says: &[StopClass]) -> Option<&'c Attempt<'e>> {
    let here = reach.failure.as_ref();
    here.filter(|attempt| says.contains(&attempt.reason.class))
        .or_else(|| case.said(says))
}

fn summary(subject: &Subject, hit: &Hit<'_, '_>, hits: &[Hit<'_, '_>]) -> String {
    let mut text = hit.at.to_string();
    let host = hit.reach.path.need.host();
    if subject.kind != SubjectKind::Subnet {
        let subnets = hits
            .iter()
            .filter(|other| other.reach.path.need == hit.reach.path.need)
            .map(|other| other.reach.path.place.subnet.clone());
        let subnets = without_repeats(subnets).join(", ");
        text = if text.contains(&host) {
            format!("{text}, from {subnets}")
        } else {
            format!("{text}: {host} cannot be reached from {subnets}")
        };
    } else if !text.contains(&host) {
        text = format!("{text}: {host} cannot be reached");
    }
    match &hit.reach.shown {
        Shown::MendedSince(_) => format!("{text}; so it was then, {host} is reached another way now"),
        _ => text,
    }
}

/// What the ways say of a cause that breaks none of them; nothing where another cause does.
fn without_break(case: &Case<'_>, question: Question) -> Option<(Subject, Judgement)> {
    let reaches = &case.reaches;
    if !question.arises || reaches.iter().any(|reach| reach.path.broken().is_some()) {
        return None;
    }
    let subject = of_network(case)?;
    let last = reaches.iter().map(|reach| reach.stage).max()?;
    let reached = case.reached(None);
    if let Some((attempt, stage)) = reached
        && stage > last
    {
        let ruled_out = Judgement::RuledOut {
            why: format!("the pull got as far as {}", stage.doing()),
            facts: vec![attempt.fact.clone()],
        };
        return Some((subject, ruled_out));
    }
    let explains = |reach: &&Reach<'_>| match reached {
        Some((attempt, stage)) => {
            reach.stage == stage && (is_connection(attempt.reason.class) || attempt.is_vague())
        }
        None => true,
    };
    let open = |reach: &Reach<'_>| reach.path.outcome == PathOutcome::Open;
    if reaches.iter().all(open) {
        let telling = reaches.iter().find(explains).or(reaches.first())?;
        let facts: Vec<Fact> = without_repeats(telling.path.proof.iter().cloned());
        let ruled_out = Judgement::RuledOut {
            why: "every host that the pull needs can be reached from there".to_owned(),
            facts,
        };
        return Some((subject, ruled_out));
    }
    let missing = without_repeats(
        reaches
            .iter()
            .filter(explains)
            .filter(|reach| matches!(reach.path.outcome, PathOutcome::Unknown(_)))
            .flat_map(|reach| gaps(case, reach, question.parts)),
    );
    (!missing.is_empty()).then_some((subject, Judgement::Unknown { missing }))
}

fn gaps(case: &Case<'_>, reach: &Reach<'_>, parts: &[Part]) -> Vec<crate::observed::Missing> {
    parts
        .iter()
        .filter_map(|part| gap(&case.evidence.network, &reach.path.place.subnet, *part))
        .collect()
}

/// The judgements, each with what would mend what it is about.
pub(super) fn mended<R: IntoIterator<Item = Remedy>>(
    judged: Vec<(Subject, Judgement)>,
    by: impl Fn(&Subject) -> R,
) -> Vec<(Subject, Judgement)> {
    judged
        .into_iter()
        .map(|(subject, judgement)| {
            let remedies = by(&subject);
            (subject, judgement.with_remedies(remedies))
        })
        .collect()
}

/// What a break is about that concerns the network as a whole.
pub(super) fn whole(case: &Case<'_>, path: &Path) -> Subject {
    of_network(case).unwrap_or_else(|| Subject::subnet(&path.place.subnet))
}

/// The puller's VPC; where it is not known, its first subnet.
pub(super) fn of_network(case: &Case<'_>) -> Option<Subject> {
    match case.evidence.network.vpc.value() {
        Some(vpc) => Some(Subject::vpc(&vpc.id)),
        None => Some(Subject::subnet(&case.network.places.known.first()?.subnet)),
    }
}

/// The puller's VPC for a command; a placeholder where it is not known.
pub(super) fn vpc_id<'c>(case: &'c Case<'_>) -> &'c str {
    let vpc = case.evidence.network.vpc.value();
    vpc.map_or("VPC_ID", |vpc| vpc.id.as_str())
}

/// The classes whose words mean that `at` keeps a host from being reached at `stage`.
pub(super) fn says(at: &Break, stage: Stage) -> &'static [StopClass] {
    match at {
        Break::VpcDnsDisabled {
            which: DnsAttribute::Support,
            ..
        }
        | Break::NameHidden { .. } => &[StopClass::DnsFailure],
        _ => silence(stage),
    }
}

/// The classes whose words mean that nobody answered at `stage`.
pub(super) fn silence(stage: Stage) -> &'static [StopClass] {
    match stage {
        Stage::TokenNetwork => &[StopClass::NetworkTimeoutEcrApi],
        Stage::RegistryNetwork => &[StopClass::NetworkTimeoutRegistry],
        // The agent replaces the layer's URL by the image's reference: the text then names the registry's host.
        Stage::LayerNetwork => &[
            StopClass::NetworkTimeoutS3Layers,
            StopClass::NetworkTimeoutRegistry,
        ],
        _ => &[],
    }
}

/// The last stage at which a host of this pull must be reached.
pub(super) fn last_stage(case: &Case<'_>) -> Stage {
    let stages = case.reaches.iter().map(|reach| reach.stage);
    stages.max().unwrap_or(Stage::RegistryNetwork)
}
