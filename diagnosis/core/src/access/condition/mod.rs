//! The `Condition` element of a statement.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html>

pub(super) mod operator;
pub(super) mod value;

use operator::{Comparison, Operator, SetOperator};
use value::Wanted;

use super::context::{Context, fold_key};
use super::document::StatementEffect;
use super::truth::Truth;
use super::variables::Template;

/// One key under one operator, with the values the policy wants.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Condition {
    /// The operator's name as the policy has it.
    pub operator_name: String,
    /// Nothing where IAM does not know the operator.
    operator: Option<Operator>,
    /// The key as the policy has it.
    pub key: String,
    key_folded: String,
    /// The values as the policy has them.
    pub values: Vec<String>,
    wanted: Vec<Wanted>,
}

impl Condition {
    pub(super) fn new(operator_name: &str, key: &str, values: Vec<String>, variables: bool) -> Self {
        let operator = Operator::parse(operator_name);
        let wanted = operator.map_or_else(Vec::new, |operator| {
            values
                .iter()
                .map(|text| Wanted::parse(operator.comparison, text, variables))
                .collect()
        });
        Self {
            operator_name: operator_name.to_owned(),
            operator,
            key: key.to_owned(),
            key_folded: fold_key(key),
            values,
            wanted,
        }
    }

    /// Whether the condition is met, in a statement of this effect.
    ///
    /// A key that is unknown leaves it open, whatever the operator. An operator IAM does not know never helps to grant, and
    /// counts as met on a Deny.
    pub(super) fn is_met(&self, effect: StatementEffect, context: &Context) -> Truth {
        let Some(operator) = self.operator else {
            return (effect == StatementEffect::Deny).into();
        };
        let Some(requested) = context.get_folded(&self.key_folded) else {
            return Truth::Unknown;
        };
        if operator.comparison == Comparison::Null {
            let absent = Some(requested.is_empty());
            return self.wanted.contains(&Wanted::Bool(absent)).into();
        }
        match operator.set {
            None if requested.is_empty() => (operator.if_exists || operator.negated).into(),
            None if operator.negated => Truth::all(
                requested
                    .iter()
                    .map(|value| self.passes(operator, value, context)),
            ),
            None => Truth::any(
                requested
                    .iter()
                    .map(|value| self.passes(operator, value, context)),
            ),
            Some(_) if requested.is_empty() && operator.if_exists => Truth::True,
            Some(set) => {
                // An empty value counts as none.
                let values = requested.iter().filter(|value| !value.is_empty());
                let passed = values.map(|value| self.passes(operator, value, context));
                match set {
                    SetOperator::ForAllValues => Truth::all(passed),
                    SetOperator::ForAnyValue => Truth::any(passed),
                }
            }
        }
    }

    /// Whether one value of the request passes: one of the wanted values for a positive operator, none for a negated one.
    fn passes(&self, operator: Operator, requested: &str, context: &Context) -> Truth {
        let matched = Truth::any(
            self.wanted
                .iter()
                .map(|wanted| wanted.matches(requested, context)),
        );
        if operator.negated { !matched } else { matched }
    }

    /// The keys the condition depends on and that are unknown: as spelled, and folded.
    pub(super) fn unknown_keys<'a>(
        &'a self,
        context: &'a Context,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        let known_operator = self.operator.is_some();
        let own =
            std::iter::once((self.key.as_str(), self.key_folded.as_str())).filter(move |_| known_operator);
        own.chain(self.templates().flat_map(Template::variables))
            .filter(|(_, folded)| context.get_folded(folded).is_none())
    }

    /// The key, folded.
    pub(super) fn key_folded(&self) -> &str {
        &self.key_folded
    }

    /// The operator, where IAM knows it.
    pub(super) fn operator(&self) -> Option<Operator> {
        self.operator
    }

    /// The wanted values in their types.
    pub(super) fn wanted(&self) -> &[Wanted] {
        &self.wanted
    }

    /// The wanted values that are texts or patterns.
    pub(super) fn templates(&self) -> impl Iterator<Item = &Template> {
        self.wanted.iter().filter_map(|wanted| match wanted {
            Wanted::Text(template) => Some(template),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests;
