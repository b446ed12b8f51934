//! Whether what is not known can change the decision at all.
//!
//! Kleene's logic looks at each condition on its own: it calls `k = a, or k ≠ a` open while `k` is unknown. So where it leaves
//! a decision open, every way in which the unknown can turn out is tried: for each key one value for each way in which the
//! statements tell values apart, and absence; for the unread policies of a layer that they allow, deny, or say nothing.

mod kinds;
mod options;
mod scales;
mod texts;

use options::Open;

use super::context::Context;
use super::decision::Effect;
use super::evaluation::Case;
use super::layer::{Assumed, Signals};
use super::policies::Layer;
use super::truth::Truth;
use super::variables::Template;

/// How many ways to turn out are tried.
const MOST_COMBINATIONS: usize = 4_096;

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

/// A key that an open statement depends on.
struct OpenKey {
    spelled: String,
    folded: String,
}

/// One thing that is not known, and what it may turn out to be.
enum Dimension {
    Key {
        spelled: String,
        values: Vec<Vec<String>>,
    },
    Unread {
        layer: Layer,
    },
}

impl Dimension {
    fn len(&self) -> usize {
        match self {
            Self::Key { values, .. } => values.len(),
            Self::Unread { .. } => UNREAD.len(),
        }
    }
}

/// What the unread policies of a layer may say: nothing, Allow, Deny.
const UNREAD: [(Truth, Truth); 3] = [
    (Truth::False, Truth::False),
    (Truth::True, Truth::False),
    (Truth::False, Truth::True),
];

/// Settles a decision left open by Kleene's logic, or names what it depends on.
pub(super) fn complete(case: &Case<'_>) -> Completion {
    let context = &case.request.context;
    let open = Open {
        request: case.request,
        candidates: case
            .candidates
            .iter()
            .filter(|candidate| candidate.seen.is_unknown())
            .copied()
            .collect(),
    };
    let keys = open_keys(&open);
    let options = open.options(&keys);
    let exhaustive = options.iter().all(|options| options.exhaustive);
    let dimensions: Vec<Dimension> = keys
        .into_iter()
        .zip(options)
        .map(|(key, options)| Dimension::Key {
            spelled: key.spelled,
            values: options.values,
        })
        .chain(
            case.unread_layers()
                .into_iter()
                .map(|layer| Dimension::Unread { layer }),
        )
        .collect();
    let count = dimensions
        .iter()
        .try_fold(1_usize, |count, dimension| count.checked_mul(dimension.len()));
    let Some(count) = count.filter(|count| *count <= MOST_COMBINATIONS) else {
        return open_on(&dimensions, |_| true);
    };
    let worlds: Vec<_> = (0..count)
        .map(|index| world(index, &dimensions, context))
        .collect();
    let effects: Vec<_> = worlds
        .iter()
        .map(|(context, assumed)| case.evaluate(context, assumed))
        .collect();
    let differ = effects
        .windows(2)
        .any(|pair| matches!(pair, [(_, one), (_, other)] if one != other));
    match (worlds.into_iter().next(), effects.first()) {
        (Some((context, _)), Some((signals, effect))) if !differ && exhaustive => Completion::Settled {
            effect: *effect,
            context,
            signals: *signals,
        },
        // Nothing was found that changes it, but not everything could be tried.
        _ if !differ => open_on(&dimensions, |_| true),
        _ => {
            let mut stride = 1;
            let mut changes = Vec::new();
            for dimension in &dimensions {
                let options = dimension.len();
                // The next option of this dimension, all others the same, lies one stride further.
                changes.push((0..count).any(|index| {
                    let last = (index / stride) % options + 1 == options;
                    let effect = |index: usize| effects.get(index).map(|(_, effect)| *effect);
                    !last && effect(index) != effect(index + stride)
                }));
                stride *= options;
            }
            open_on(&dimensions, |index| changes.get(index).copied().unwrap_or(true))
        }
    }
}

/// One way to turn out: the option of each dimension is a digit of the index, the first dimension's the lowest.
fn world(index: usize, dimensions: &[Dimension], context: &Context) -> (Context, Vec<Assumed>) {
    let (mut context, mut assumed, mut rest) = (context.clone(), Vec::new(), index);
    for dimension in dimensions {
        let (option, options) = (rest % dimension.len(), dimension.len());
        rest /= options;
        match dimension {
            Dimension::Key { spelled, values } => {
                if let Some(values) = values.get(option) {
                    context.set(spelled.as_str(), values.iter().cloned());
                }
            }
            Dimension::Unread { layer } => {
                if let Some((allow, deny)) = UNREAD.get(option) {
                    assumed.push(Assumed {
                        layer: *layer,
                        allow: *allow,
                        deny: *deny,
                    });
                }
            }
        }
    }
    (context, assumed)
}

fn open_on(dimensions: &[Dimension], matters: impl Fn(usize) -> bool) -> Completion {
    let (mut keys, mut layers) = (Vec::new(), Vec::new());
    for (index, dimension) in dimensions.iter().enumerate() {
        match dimension {
            _ if !matters(index) => {}
            Dimension::Key { spelled, .. } => keys.push(spelled.clone()),
            Dimension::Unread { layer } => layers.push(*layer),
        }
    }
    Completion::Open { keys, layers }
}

/// The unknown keys of open statements, in the order in which the policies name them.
fn open_keys(open: &Open<'_>) -> Vec<OpenKey> {
    let context = &open.request.context;
    let mut keys: Vec<OpenKey> = Vec::new();
    for candidate in &open.candidates {
        let statement = candidate.statement;
        let variables = statement
            .resource_templates()
            .iter()
            .filter(|template| template.matches(&open.request.resource, context).is_unknown())
            .flat_map(Template::variables)
            .filter(|(_, folded)| context.get_folded(folded).is_none());
        let tested = statement
            .conditions
            .iter()
            .filter(|condition| condition.is_met(statement.effect, context).is_unknown())
            .flat_map(|condition| condition.unknown_keys(context));
        for (spelled, folded) in variables.chain(tested) {
            if !keys.iter().any(|known| known.folded == folded) {
                keys.push(OpenKey {
                    spelled: spelled.to_owned(),
                    folded: folded.to_owned(),
                });
            }
        }
    }
    keys
}
