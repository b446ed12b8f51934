//! What an unknown key may turn out to be: one value for every way in which the statements can tell values apart.

use super::OpenKey;
use super::kinds::Kinds;
use crate::access::condition::Condition;
use crate::access::context::Context;
use crate::access::layer::Candidate;
use crate::access::pattern::{Glob, Token};
use crate::access::request::Request;
use crate::access::truth::Truth;
use crate::access::variables::{Place, Template};

/// How many texts are considered to which a variable could be filled in.
const LONGEST_TEXT: usize = 400;

/// How many values of a key with several values are combined in every way.
const MOST_COMBINED: usize = 6;

/// The keys that have several values even where no set operator says so
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>).
const MULTIVALUED: [&str; 6] = [
    "aws:calledvia",
    "aws:principalorgpaths",
    "aws:principalservicenameslist",
    "aws:resourceorgpaths",
    "aws:sourceorgpaths",
    "aws:tagkeys",
];

/// What a key may turn out to be.
pub(super) struct Options {
    /// Lists of values; the empty one is there: any key may be absent.
    pub values: Vec<Vec<String>>,
    /// Whether they stand for all there is.
    pub exhaustive: bool,
}

/// The statements that are open.
pub(super) struct Open<'a> {
    pub request: &'a Request,
    pub candidates: Vec<Candidate<'a>>,
}

impl<'a> Open<'a> {
    fn context(&self) -> &'a Context {
        &self.request.context
    }

    /// The conditions of open statements that are open themselves.
    fn conditions(&self) -> impl Iterator<Item = &'a Condition> {
        let context = self.context();
        self.candidates.iter().flat_map(move |candidate| {
            let effect = candidate.statement.effect;
            candidate
                .statement
                .conditions
                .iter()
                .filter(move |condition| condition.is_met(effect, context).is_unknown())
        })
    }

    /// The templates that are compared with a known text: the resource, or a known value.
    fn comparisons(&self) -> Vec<(&'a Template, &'a str)> {
        let request: &'a Request = self.request;
        let resources = self.candidates.iter().flat_map(move |candidate| {
            let templates: &'a [Template] = candidate.statement.resource_templates();
            templates
                .iter()
                .map(move |template| (template, request.resource.as_str()))
        });
        let conditions = self.conditions().flat_map(|condition| {
            let requested = request
                .context
                .get_folded(condition.key_folded())
                .unwrap_or_default();
            condition
                .templates()
                .flat_map(move |template| requested.iter().map(move |text| (template, text.as_str())))
        });
        let open =
            |(template, text): &(&Template, &str)| template.matches(text, &request.context).is_unknown();
        resources.chain(conditions).filter(open).collect()
    }

    /// The conditions whose key is unknown and whose values hold variables that are unknown too: two unknowns are compared
    /// with each other.
    fn between_unknowns(&self) -> impl Iterator<Item = (&'a Condition, &'a Template)> {
        let context = self.context();
        self.conditions()
            .filter(|condition| context.get_folded(condition.key_folded()).is_none())
            .flat_map(move |condition| {
                let unknown = |template: &&Template| {
                    template
                        .variables()
                        .any(|(_, folded)| context.get_folded(folded).is_none())
                };
                condition
                    .templates()
                    .filter(unknown)
                    .map(move |template| (condition, template))
            })
    }

    /// Whether the key meets another unknown in one comparison.
    fn meets_another(&self, key: &OpenKey) -> bool {
        let context = self.context();
        let between = self.between_unknowns().any(|(condition, template)| {
            condition.key_folded() == key.folded
                || template.variables().any(|(_, folded)| folded == key.folded)
        });
        let several = self.comparisons().iter().any(|(template, _)| {
            let mut unknown: Vec<_> = template
                .variables()
                .map(|(_, folded)| folded)
                .filter(|folded| context.get_folded(folded).is_none())
                .collect();
            unknown.sort_unstable();
            unknown.dedup();
            unknown.len() > 1 && unknown.contains(&key.folded.as_str())
        });
        between || several
    }

    /// How the open statements see a value of one key.
    fn signature(&self, key: &OpenKey, values: &[String]) -> Vec<Truth> {
        let context = self
            .context()
            .clone()
            .with(key.spelled.as_str(), values.iter().cloned());
        let mut signature = Vec::new();
        for candidate in &self.candidates {
            let statement = candidate.statement;
            signature.push(statement.covers_resource(&self.request.resource, candidate.layer, &context));
            signature.extend(
                statement
                    .conditions
                    .iter()
                    .map(|condition| condition.is_met(statement.effect, &context)),
            );
        }
        signature
    }

    /// What each key may turn out to be.
    pub(super) fn options(&self, keys: &[OpenKey]) -> Vec<Options> {
        let mut singles: Vec<(Vec<String>, bool)> = keys.iter().map(|key| self.singles(key)).collect();
        self.relate(keys, &mut singles);
        let options = keys.iter().zip(singles);
        options
            .map(|(key, (values, exhaustive))| self.combine(key, values, exhaustive))
            .collect()
    }

    /// The single values of a key that the statements tell apart.
    fn singles(&self, key: &OpenKey) -> (Vec<String>, bool) {
        let mut kinds = Kinds::default();
        for condition in self
            .conditions()
            .filter(|condition| condition.key_folded() == key.folded)
        {
            kinds.add(condition, self.context());
        }
        let mut exhaustive = true;
        let mut fitting = Vec::new();
        for (template, text) in self.comparisons() {
            if template.variables().any(|(_, folded)| folded == key.folded) {
                match fillings(template, text, key, self.context()) {
                    Some(values) => fitting.extend(values),
                    None => exhaustive = false,
                }
            }
        }
        let (values, complete) = kinds.values(fitting);
        (values, exhaustive && complete)
    }

    /// Gives keys that are compared with each other values that meet.
    fn relate(&self, keys: &[OpenKey], singles: &mut [(Vec<String>, bool)]) {
        for (condition, template) in self.between_unknowns() {
            let position = |folded: &str| keys.iter().position(|key| key.folded == folded);
            let Some(tested) = position(condition.key_folded()) else {
                continue;
            };
            for (_, folded) in template.variables() {
                let Some(variable) = position(folded) else {
                    continue;
                };
                let (Some(key), Some((values, exhaustive))) = (keys.get(variable), singles.get_mut(variable))
                else {
                    continue;
                };
                *exhaustive = false;
                let mut met: Vec<String> = Vec::new();
                for value in values.iter() {
                    let context = self
                        .context()
                        .clone()
                        .with(key.spelled.as_str(), [value.as_str()]);
                    met.extend(template.widened(&context).map(|glob| shortest(&glob)));
                }
                if let Some((values, exhaustive)) = singles.get_mut(tested) {
                    *exhaustive = false;
                    values.extend(met);
                }
            }
        }
    }

    /// Single values, combined where the key has several, and absence; of values that no statement tells apart, one.
    fn combine(&self, key: &OpenKey, singles: Vec<String>, mut exhaustive: bool) -> Options {
        let distinct = !self.meets_another(key);
        let keep = |values: Vec<Vec<String>>| {
            let mut seen = Vec::new();
            let mut kept = Vec::new();
            for value in values {
                let signature = if distinct {
                    self.signature(key, &value)
                } else {
                    Vec::new()
                };
                let known = if distinct {
                    seen.contains(&signature)
                } else {
                    kept.contains(&value)
                };
                if !known {
                    seen.push(signature);
                    kept.push(value);
                }
            }
            kept
        };
        let mut values = keep(singles.into_iter().map(|value| vec![value]).collect());
        if self.is_multivalued(key) {
            if values.len() > MOST_COMBINED {
                exhaustive = false;
                let all = values.concat();
                values.push(all);
            } else {
                values = subsets(&values.concat());
            }
        }
        values.insert(0, Vec::new());
        Options {
            values: keep(values),
            exhaustive,
        }
    }

    fn is_multivalued(&self, key: &OpenKey) -> bool {
        let in_sets = |condition: &Condition| {
            condition
                .operator()
                .is_some_and(|operator| operator.set.is_some())
        };
        MULTIVALUED.contains(&key.folded.as_str())
            || self
                .conditions()
                .any(|condition| condition.key_folded() == key.folded && in_sets(condition))
    }
}

/// Every text that, filled in for the key, can make the template match; nothing where there are too many to look at.
fn fillings(template: &Template, text: &str, key: &OpenKey, context: &Context) -> Option<Vec<String>> {
    if text.len() > LONGEST_TEXT {
        return None;
    }
    // A value stands for all its spellings where case does not matter.
    let text = if template.place() == Place::ExactIgnoringCase {
        text.to_lowercase()
    } else {
        text.to_owned()
    };
    let before = template.widened_before(&key.folded, context);
    let bounds: Vec<usize> = text
        .char_indices()
        .map(|(at, _)| at)
        .chain([text.len()])
        .collect();
    let mut fitting = Vec::new();
    for start in &bounds {
        if !before.matches(text.get(..*start)?) {
            continue;
        }
        for end in bounds.iter().filter(|end| *end >= start) {
            let value = text.get(*start..*end)?;
            let filled = context.clone().with(key.spelled.as_str(), [value]);
            if !template.matches(&text, &filled).is_false() && !fitting.iter().any(|known| known == value) {
                fitting.push(value.to_owned());
            }
        }
    }
    Some(fitting)
}

/// A short text that the pattern matches.
fn shortest(glob: &Glob) -> String {
    let characters = glob.tokens().iter().filter_map(|token| match token {
        Token::Char(character) => Some(*character),
        Token::One { .. } => Some('x'),
        Token::Run { .. } => None,
    });
    characters.collect()
}

/// Every way to take some of the values.
fn subsets(values: &[String]) -> Vec<Vec<String>> {
    let mut subsets: Vec<Vec<String>> = vec![Vec::new()];
    for value in values {
        let with: Vec<_> = subsets
            .iter()
            .map(|subset| subset.iter().chain([value]).cloned().collect::<Vec<_>>())
            .collect();
        subsets.extend(with);
    }
    subsets.retain(|subset| !subset.is_empty());
    subsets
}
