//! The evaluation of a request, and its explanation.

mod answer;

use serde_json::Value;

pub use answer::{Actual, DecidedBy, Decision, LayerResult, LayerVerdict, UnmetCondition};

use super::completion::{self, Completion};
use super::context::Context;
use super::decision::{self, Effect, Relation};
use super::layer::{Assumed, Candidate, Signals, binds, candidates, signals};
use super::policies::{Layer, Policies};
use super::principal_element::Named;
use super::request::Request;
use super::truth::Truth;

/// Decides a request.
pub fn decide(request: &Request, policies: &Policies<'_>) -> Decision {
    Case::new(request, policies).decide()
}

/// A request and what bears on it, prepared once.
pub(super) struct Case<'a> {
    pub request: &'a Request,
    pub policies: &'a Policies<'a>,
    pub relation: Relation,
    pub candidates: Vec<Candidate<'a>>,
}

impl<'a> Case<'a> {
    fn new(request: &'a Request, policies: &'a Policies<'a>) -> Self {
        let relation = Relation::of(request, policies);
        Self {
            request,
            policies,
            relation,
            candidates: candidates(request, policies),
        }
    }

    /// What the layers say under a context, and what becomes of the request.
    pub(super) fn evaluate(&self, context: &Context, assumed: &[Assumed]) -> (Signals, Effect) {
        let signals = signals(self.request, self.policies, &self.candidates, context, assumed);
        (
            signals,
            decision::effect(signals.deny, decision::permitted(self.relation, signals)),
        )
    }

    /// The layers with policies that could not be read.
    pub(super) fn unread_layers(&self) -> Vec<Layer> {
        let unread = |layer: &Layer| self.policies.unread_in(*layer).next().is_some();
        Layer::ALL
            .into_iter()
            .filter(|layer| binds(*layer, self.request) && unread(layer))
            .collect()
    }

    fn decide(&self) -> Decision {
        let unread = self.unread_layers();
        let open: Vec<_> = unread
            .iter()
            .map(|layer| Assumed {
                layer: *layer,
                allow: Truth::Unknown,
                deny: Truth::Unknown,
            })
            .collect();
        let (signals, effect) = self.evaluate(&self.request.context, &open);
        let completion = match effect {
            Effect::Unknown => completion::complete(self),
            _ => Completion::Settled {
                effect,
                context: self.request.context.clone(),
                signals,
            },
        };
        let effect_as_read = if unread.is_empty() {
            completion.effect()
        } else {
            let read = Policies {
                unread: &[],
                ..*self.policies
            };
            Case::new(self.request, &read).decide().effect
        };
        self.explain(&completion, effect_as_read, signals)
    }

    fn explain(&self, completion: &Completion, effect_as_read: Effect, seen: Signals) -> Decision {
        let layers = Layer::ALL
            .into_iter()
            .map(|layer| self.layer_result(layer, seen))
            .collect();
        let mut decision = Decision {
            effect: completion.effect(),
            decided_by: None,
            layer: None,
            blocking: Vec::new(),
            missing_context: Vec::new(),
            missing_policies: Vec::new(),
            effect_as_read,
            relation: self.relation,
            layers,
            unmet: self.unmet(),
            reason: String::new(),
        };
        match completion {
            Completion::Open { keys, layers } => {
                decision.missing_context.clone_from(keys);
                let unread = layers.iter().flat_map(|layer| self.policies.unread_in(*layer));
                decision.missing_policies = unread.map(|unread| unread.name.clone()).collect();
            }
            Completion::Settled {
                effect,
                context,
                signals,
            } => {
                let decider = match effect {
                    Effect::ExplicitDeny => self.first(context, Candidate::is_deny),
                    Effect::Allowed => self.grant(context, *signals),
                    Effect::ImplicitDeny | Effect::Unknown => None,
                };
                if *effect == Effect::ExplicitDeny {
                    decision.layer = decider.as_ref().map(|decider| decider.layer);
                } else if *effect == Effect::ImplicitDeny {
                    decision.blocking = decision::blocking(self.relation, *signals);
                    decision.layer = decision.blocking.first().copied();
                }
                decision.decided_by = decider;
            }
        }
        decision.reason = self.reason(&decision);
        decision
    }

    fn reason(&self, decision: &Decision) -> String {
        let (action, resource) = (&self.request.action, &self.request.resource);
        match decision.effect {
            Effect::Allowed => match &decision.decided_by {
                Some(statement) => format!("{statement} allows {action} on {resource}"),
                None => format!("{action} on {resource} is allowed"),
            },
            Effect::ExplicitDeny => match &decision.decided_by {
                Some(statement) => format!("{statement} denies {action} on {resource}"),
                None => format!("{action} on {resource} is denied"),
            },
            Effect::ImplicitDeny => {
                let layers: Vec<_> = decision.blocking.iter().map(|layer| layer.words()).collect();
                format!("no {} allows {action} on {resource}", layers.join(" and no "))
            }
            Effect::Unknown => {
                let missing: Vec<_> = decision
                    .missing_context
                    .iter()
                    .chain(&decision.missing_policies)
                    .map(String::as_str)
                    .collect();
                format!(
                    "whether {action} on {resource} is allowed depends on {}",
                    missing.join(", ")
                )
            }
        }
    }

    /// The first statement of this sort that applies under the context.
    fn first(&self, context: &Context, wanted: impl Fn(&Candidate<'a>) -> bool) -> Option<DecidedBy> {
        let mut found = self.candidates.iter().filter(|candidate| wanted(candidate));
        found
            .find(|candidate| candidate.applies(self.request, context).is_true())
            .map(decided_by)
    }

    /// The Allow that grants: the identity's where it is needed, else the resource policy's.
    fn grant(&self, context: &Context, signals: Signals) -> Option<DecidedBy> {
        let allow_in = |layer: Layer, named: Option<Named>| {
            self.first(context, |candidate| {
                !candidate.is_deny()
                    && candidate.layer == layer
                    && named.is_none_or(|named| candidate.named == named)
            })
        };
        if signals.identity.and(signals.boundary).is_true() {
            return allow_in(Layer::Identity, None);
        }
        allow_in(Layer::Resource, Some(Named::Directly)).or_else(|| allow_in(Layer::Resource, None))
    }

    fn layer_result(&self, layer: Layer, seen: Signals) -> LayerResult {
        let mut result = LayerResult {
            layer,
            verdict: LayerVerdict::NotPresent,
            denied_by: Vec::new(),
            allowed_by: Vec::new(),
            open: Vec::new(),
        };
        let mut delegates = Truth::False;
        for candidate in self
            .candidates
            .iter()
            .filter(|candidate| candidate.layer == layer)
        {
            let only_delegates = layer == Layer::Resource
                && candidate.named == Named::ByAccount
                && self.relation != Relation::CrossAccount;
            match (candidate.seen, candidate.is_deny()) {
                (Truth::False, _) => {}
                (Truth::Unknown, _) => result.open.push(decided_by(candidate)),
                (Truth::True, true) => result.denied_by.push(decided_by(candidate)),
                (Truth::True, false) if only_delegates => {
                    delegates = Truth::True;
                    result.allowed_by.push(decided_by(candidate));
                }
                (Truth::True, false) => result.allowed_by.push(decided_by(candidate)),
            }
        }
        result.verdict = self.verdict(&result, delegates, seen);
        result
    }

    fn verdict(&self, result: &LayerResult, delegates: Truth, seen: Signals) -> LayerVerdict {
        let layer = result.layer;
        let unread = self.policies.unread_in(layer).next().is_some();
        let present = unread || !self.policies.of(layer).is_empty();
        if !present || !binds(layer, self.request) {
            return LayerVerdict::NotPresent;
        }
        if !result.denied_by.is_empty() {
            return LayerVerdict::Denies;
        }
        if unread || result.open.iter().any(|open| is_deny(&open.statement)) {
            return LayerVerdict::Unknown;
        }
        let allows = match layer {
            Layer::ServiceControl => seen.service_control,
            Layer::Identity => seen.identity,
            Layer::Boundary => seen.boundary,
            Layer::Endpoint => seen.endpoint,
            Layer::Resource if self.relation == Relation::CrossAccount => seen.granted(),
            Layer::Resource => seen.granted_directly.or(seen.granted_by_role),
        };
        match allows {
            Truth::True => LayerVerdict::Allows,
            Truth::Unknown => LayerVerdict::Unknown,
            Truth::False if delegates.is_true() => LayerVerdict::Delegates,
            // A delegation that is open.
            Truth::False if !result.open.is_empty() => LayerVerdict::Unknown,
            Truth::False => LayerVerdict::Silent,
        }
    }

    fn unmet(&self) -> Vec<UnmetCondition> {
        let context = &self.request.context;
        let mut unmet = Vec::new();
        for candidate in self.candidates.iter().filter(|candidate| !candidate.is_deny()) {
            if candidate.covers.is_false() || candidate.seen.is_true() {
                continue;
            }
            unmet.extend(candidate.statement.unmet_conditions(context).map(|condition| {
                UnmetCondition {
                    policy: candidate.policy.name.clone(),
                    layer: candidate.layer,
                    statement_index: candidate.index,
                    operator: condition.operator_name.clone(),
                    key: condition.key.clone(),
                    wanted: condition.values.clone(),
                    actual: context
                        .get(&condition.key)
                        .map_or(Actual::Unknown, |values| Actual::Known(values.to_vec())),
                }
            }));
        }
        unmet
    }
}

fn decided_by(candidate: &Candidate<'_>) -> DecidedBy {
    DecidedBy {
        policy: candidate.policy.name.clone(),
        kind: candidate.policy.kind,
        layer: candidate.layer,
        statement_index: candidate.index,
        sid: candidate.statement.sid.clone(),
        statement: candidate
            .policy
            .document
            .statement_source(candidate.index)
            .cloned()
            .unwrap_or_default(),
    }
}

fn is_deny(statement: &Value) -> bool {
    statement.get("Effect").is_some_and(|effect| effect == "Deny")
}

#[cfg(test)]
mod tests;
