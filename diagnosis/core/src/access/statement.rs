//! Whether a statement speaks about a request.

use super::condition::Condition;
use super::context::Context;
use super::document::{ActionElement, ResourceElement, Statement, StatementEffect};
use super::policies::Layer;
use super::principal::Principal;
use super::principal_element::{Named, PrincipalElement, spares, strongest};
use super::truth::Truth;

impl Statement {
    /// Whether the statement covers the action, given in lower case.
    pub(super) fn covers_action(&self, lower_case: &str) -> bool {
        match &self.actions {
            ActionElement::Action(patterns) => patterns.iter().any(|pattern| pattern.matches(lower_case)),
            ActionElement::NotAction(patterns) => !patterns.iter().any(|pattern| pattern.matches(lower_case)),
        }
    }

    /// How the statement, in a policy of this layer, takes in the principal, if it does.
    ///
    /// A document that IAM would not accept never helps to grant: an Allow without the `Principal` that its layer needs, or
    /// with `NotPrincipal`, takes in nobody.
    pub(super) fn takes_in(&self, principal: &Principal, bounded: bool, layer: Layer) -> Option<Named> {
        let everybody = Some(Named::Directly);
        match (&self.principals, self.effect) {
            (None, _) if !layer.has_principals() => everybody,
            (None, StatementEffect::Deny) => everybody,
            (None | Some(PrincipalElement::NotPrincipal(_)), StatementEffect::Allow) => None,
            (Some(PrincipalElement::Principal(entries)), _) => strongest(entries, principal),
            (Some(PrincipalElement::NotPrincipal(entries)), StatementEffect::Deny) => {
                // Whoever has a permissions boundary is denied, listed or not.
                if bounded || !spares(entries, principal) {
                    everybody
                } else {
                    None
                }
            }
        }
    }

    /// Whether the statement covers the resource.
    pub(super) fn covers_resource(&self, resource: &str, layer: Layer, context: &Context) -> Truth {
        let any = |patterns: &[super::variables::Template]| {
            Truth::any(patterns.iter().map(|pattern| pattern.matches(resource, context)))
        };
        match &self.resources {
            // A policy that hangs on a resource means that resource; elsewhere IAM does not accept the omission.
            None => (layer.has_principals() || self.effect == StatementEffect::Deny).into(),
            Some(ResourceElement::Resource(patterns)) => any(patterns),
            Some(ResourceElement::NotResource(patterns)) => !any(patterns),
        }
    }

    /// Whether all its conditions are met.
    pub(super) fn conditions_met(&self, context: &Context) -> Truth {
        Truth::all(
            self.conditions
                .iter()
                .map(|condition| condition.is_met(self.effect, context)),
        )
    }

    /// The conditions that are not certainly met.
    pub(super) fn unmet_conditions<'a>(
        &'a self,
        context: &'a Context,
    ) -> impl Iterator<Item = &'a Condition> {
        self.conditions
            .iter()
            .filter(|condition| !condition.is_met(self.effect, context).is_true())
    }

    /// The values of `Resource` or `NotResource`.
    pub(super) fn resource_templates(&self) -> &[super::variables::Template] {
        match &self.resources {
            None => &[],
            Some(ResourceElement::Resource(patterns) | ResourceElement::NotResource(patterns)) => patterns,
        }
    }
}
