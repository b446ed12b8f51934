//! Whether what is not known can change the decision at all.

use super::context::Context;
use super::decision::Effect;
use super::evaluation::Case;
use super::layer::Signals;
use super::policies::Layer;

/// What becomes of a decision that Kleene's logic leaves open.
pub(super) enum Completion {
    /// Whatever is not known, the effect is this one; the context is one under which to explain it.
    Settled {
        effect: Effect,
        context: Context,
        signals: Signals,
    },
    /// These keys, and the unread policies of these layers, can change it.
    Open { keys: Vec<String>, layers: Vec<Layer> },
}

impl Completion {
    pub(super) fn effect(&self) -> Effect {
        match self {
            Self::Settled { effect, .. } => *effect,
            Self::Open { .. } => Effect::Unknown,
        }
    }
}

/// Names what a decision left open by Kleene's logic depends on.
pub(super) fn complete(case: &Case<'_>) -> Completion {
    let mut keys: Vec<(String, String)> = Vec::new();
    let context = &case.request.context;
    for candidate in &case.candidates {
        if !candidate.applies(case.request, context).is_unknown() {
            continue;
        }
        let statement = candidate.statement;
        let templates = statement.resource_templates().iter();
        let variables = templates
            .filter(|template| template.matches(&case.request.resource, context).is_unknown())
            .flat_map(|template| template.variables())
            .filter(|(_, folded)| context.get_folded(folded).is_none());
        let conditions = statement.conditions.iter();
        let tested = conditions
            .filter(|condition| condition.is_met(statement.effect, context).is_unknown())
            .flat_map(|condition| condition.unknown_keys(context));
        for (spelled, folded) in variables.chain(tested) {
            if !keys.iter().any(|(_, known)| known == folded) {
                keys.push((spelled.to_owned(), folded.to_owned()));
            }
        }
    }
    Completion::Open {
        keys: keys.into_iter().map(|(spelled, _)| spelled).collect(),
        layers: case.unread_layers(),
    }
}
