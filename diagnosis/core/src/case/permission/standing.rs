//! What each layer says of an action, and what that rests on.

use super::context;
use super::own::{OwnPolicies, ResourcePolicy};
use super::refusal::is_of;
use super::{By, EndpointPolicy, GET_TOKEN, Permission};
use crate::access::{self, Layer, LayerVerdict, Relation};
use crate::evidence::Evidence;
use crate::network::Gate;
use crate::observed::{Fact, Missing, without_repeats};

/// What one way to be refused is worth for an action.
#[derive(Debug, Clone)]
pub enum Standing {
    /// It refuses; whether it is what decides.
    Refuses(bool),
    /// It does not refuse, as these facts show.
    Permits(Vec<Fact>),
    /// It may: this would tell.
    Open(Vec<Missing>),
    /// The question does not arise, or another way of the same layer answers it.
    Moot,
}

/// What each layer was read off, and what of it was not read.
#[derive(Debug, Clone, Default)]
pub(super) struct Layers {
    facts: Vec<(Part, Fact)>,
    missing: Vec<(Part, Missing)>,
}

/// A part that can be read or not on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Layer(Layer),
    Registry,
}

impl Part {
    fn of(by: By) -> Self {
        match by {
            By::Registry => Self::Registry,
            _ => Self::Layer(by.layer()),
        }
    }
}

impl Layers {
    pub(super) fn of(
        evidence: &Evidence,
        own: &OwnPolicies,
        repository: &ResourcePolicy,
        registry: &ResourcePolicy,
        endpoint: Option<&EndpointPolicy>,
        gate: &Gate<'_>,
    ) -> Self {
        let mut layers = Self::default();
        let resource = Part::Layer(Layer::Resource);
        layers.add(Part::Layer(Layer::Identity), own.facts.iter().cloned(), None);
        layers.add(
            Part::Layer(Layer::Boundary),
            own.boundary_facts.iter().cloned(),
            None,
        );
        layers.missing.extend(
            own.missing
                .iter()
                .map(|(layer, missing)| (Part::Layer(*layer), missing.clone())),
        );
        layers.add(resource, repository.fact.clone(), repository.missing.clone());
        layers.add(Part::Registry, registry.fact.clone(), registry.missing.clone());
        let endpoints = Part::Layer(Layer::Endpoint);
        match (gate, endpoint) {
            (_, Some(endpoint)) => {
                layers.add(endpoints, [endpoint.fact.clone()], endpoint.missing.clone());
            }
            (Gate::None(facts), None) => layers.add(endpoints, facts.iter().cloned(), None),
            (Gate::Unclear(_, missing), None) => layers.add(endpoints, None, Some(missing.clone())),
            (Gate::Endpoint(_), None) => {}
        }
        let organization = &evidence.organization;
        let facts = match (organization.seen(), organization.absent()) {
            (Some(seen), _) => Some(seen.fact(format!(
                "service control policies of {} levels of the organization were read",
                seen.levels.len()
            ))),
            (None, Some(absence)) => Some(absence.fact("the account is in no organization")),
            (None, None) => None,
        };
        let missing = organization.missing("service and resource control policies of the organization");
        layers.add(Part::Layer(Layer::ServiceControl), facts, missing);
        layers
    }

    fn add(&mut self, part: Part, facts: impl IntoIterator<Item = Fact>, missing: Option<Missing>) {
        self.facts.extend(facts.into_iter().map(|fact| (part, fact)));
        self.missing.extend(missing.map(|missing| (part, missing)));
    }
}

impl Permission<'_> {
    /// What the layer of `by` was read off.
    pub fn facts(&self, by: By) -> Vec<Fact> {
        let part = Part::of(by);
        let facts = self.layers.facts.iter().filter(|(of, _)| *of == part);
        facts.map(|(_, fact)| fact.clone()).collect()
    }

    /// What keeps the answer open: policies of that layer that were not read, and condition keys without a value.
    pub fn missing(&self, by: By) -> Vec<Missing> {
        let part = Part::of(by);
        let unread = self.layers.missing.iter().filter(|(of, _)| *of == part);
        let mut missing: Vec<Missing> = unread.map(|(_, missing)| missing.clone()).collect();
        let keys = self.decision.missing_context.iter();
        missing.extend(keys.map(|key| context::unknown(key, self.action)));
        without_repeats(missing)
    }

    /// What `by` is worth for this action.
    pub fn standing(&self, by: By) -> Standing {
        if let Some(at) = self.refusals.iter().position(|(refusal, _)| *refusal == by) {
            return Standing::Refuses(at == 0);
        }
        let resource = by.layer() == Layer::Resource;
        let crosses = self.decision.relation == Relation::CrossAccount;
        if (resource && self.action == GET_TOKEN) || (by == By::RepositorySilence && !crosses) {
            return Standing::Moot;
        }
        let part = Part::of(by);
        if self.layers.missing.iter().any(|(of, _)| *of == part) {
            return Standing::Open(self.missing(by));
        }
        let Some(result) = self.decision.layer_result(by.layer()) else {
            return Standing::Moot;
        };
        let permits = || match self.facts(by) {
            facts if facts.is_empty() => Standing::Moot,
            facts => Standing::Permits(facts),
        };
        match result.verdict {
            LayerVerdict::Unknown if self.decision.effect == access::Effect::Allowed => permits(),
            LayerVerdict::Unknown => {
                let open_deny = result
                    .open
                    .iter()
                    .any(|statement| is_deny(statement) && is_of(by, statement.kind));
                match by {
                    By::OwnDeny | By::RepositoryDeny | By::Registry if !open_deny => permits(),
                    _ => Standing::Open(self.missing(by)),
                }
            }
            // Another way of the same layer refuses.
            LayerVerdict::Denies => Standing::Moot,
            LayerVerdict::NotPresent | LayerVerdict::Allows | LayerVerdict::Delegates => permits(),
            LayerVerdict::Silent => match by {
                // A resource's policy may allow instead.
                By::OwnSilence if self.decision.effect == access::Effect::Allowed => permits(),
                By::OwnSilence | By::Boundary => Standing::Open(self.missing_of_resource()),
                _ => permits(),
            },
        }
    }

    /// What would tell whether the repository's policy allows what the role's own do not.
    fn missing_of_resource(&self) -> Vec<Missing> {
        self.missing(By::RepositoryDeny)
    }
}

fn is_deny(statement: &access::DecidedBy) -> bool {
    statement
        .statement
        .get("Effect")
        .is_some_and(|effect| effect == "Deny")
}

impl Permission<'_> {
    /// Where IAM's simulation disagrees with what was read: a witness, not a proof.
    pub fn doubt(&self, evidence: &Evidence) -> Option<Missing> {
        let simulation = evidence.simulation.value()?;
        let answer = simulation
            .answers
            .iter()
            .find(|answer| answer.action == self.action && answer.resource == self.resource)?;
        (answer.decision != "allowed" && answer.missing_context.is_empty()).then(|| {
            Missing::unknowable(
                format!("why IAM's simulation says {} for {}", answer.decision, answer.action),
                "the role's policies that were read allow it; the simulation may know others, and is no proof",
            )
        })
    }
}
