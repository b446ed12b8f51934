//! What each layer says about a request.

use super::context::Context;
use super::document::{Statement, StatementEffect};
use super::policies::{Layer, NamedPolicy, Policies};
use super::principal_element::Named;
use super::request::Request;
use super::truth::Truth;

/// A statement that covers the request's action and takes in its principal; its resource and conditions are open.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate<'a> {
    pub layer: Layer,
    /// The level of a service control policy.
    pub level: usize,
    pub policy: &'a NamedPolicy,
    pub index: usize,
    pub statement: &'a Statement,
    pub named: Named,
    /// Whether the statement covers the resource, under the request's own context.
    pub covers: Truth,
    /// Whether the statement applies, under the request's own context.
    pub seen: Truth,
}

impl Candidate<'_> {
    /// Whether the statement applies under the request's context with some unknown keys filled in: what is certain without
    /// them stays so.
    pub(super) fn applies(&self, request: &Request, context: &Context) -> Truth {
        if !self.seen.is_unknown() {
            return self.seen;
        }
        let covers = if self.covers.is_unknown() {
            self.statement
                .covers_resource(&request.resource, self.layer, context)
        } else {
            self.covers
        };
        covers.and(self.statement.conditions_met(context))
    }

    pub(super) fn is_deny(&self) -> bool {
        self.statement.effect == StatementEffect::Deny
    }
}

/// What the unread policies of a layer are taken to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Assumed {
    pub layer: Layer,
    pub allow: Truth,
    pub deny: Truth,
}

/// What the layers say, taken together per layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Signals {
    /// Whether any statement of any layer denies.
    pub deny: Truth,
    /// Whether every level of service control policies allows.
    pub service_control: Truth,
    /// Whether an identity policy allows.
    pub identity: Truth,
    /// Whether the boundary allows, or there is none.
    pub boundary: Truth,
    /// Whether the endpoint's policy allows, or there is none.
    pub endpoint: Truth,
    /// Whether a resource policy allows the principal by its very self, or as one of everybody.
    pub granted_directly: Truth,
    /// Whether a resource policy allows the principal's role.
    pub granted_by_role: Truth,
    /// Whether a resource policy allows the principal's account.
    pub granted_by_account: Truth,
}

impl Signals {
    /// Whether a resource policy allows the principal, however it names it.
    pub(super) fn granted(self) -> Truth {
        self.granted_directly
            .or(self.granted_by_role)
            .or(self.granted_by_account)
    }
}

/// The statements of the layers that count for the request's principal.
pub(super) fn candidates<'a>(request: &Request, policies: &Policies<'a>) -> Vec<Candidate<'a>> {
    let action = request.action.to_lowercase();
    // A service has no boundary.
    let bounded = policies.is_bounded() && binds(Layer::Boundary, request);
    let mut candidates = Vec::new();
    for layer in Layer::ALL.into_iter().filter(|layer| binds(*layer, request)) {
        for (level, policy) in policies.of(layer) {
            for (index, statement) in policy.document.statements().iter().enumerate() {
                if !statement.covers_action(&action) {
                    continue;
                }
                if let Some(named) = statement.takes_in(&request.principal, bounded, layer) {
                    let context = &request.context;
                    let covers = statement.covers_resource(&request.resource, layer, context);
                    let seen = if covers.is_false() {
                        covers
                    } else {
                        covers.and(statement.conditions_met(context))
                    };
                    candidates.push(Candidate {
                        layer,
                        level,
                        policy,
                        index,
                        statement,
                        named,
                        covers,
                        seen,
                    });
                }
            }
        }
    }
    candidates
}

/// Whether policies of the layer bind the principal at all: a service has no identity in the account, and service control
/// policies do not bind service-linked roles.
pub(super) fn binds(layer: Layer, request: &Request) -> bool {
    match layer {
        Layer::Identity | Layer::Boundary => !request.principal.is_service(),
        Layer::ServiceControl => !request.principal.is_service() && !request.principal.is_service_linked(),
        Layer::Resource | Layer::Endpoint => true,
    }
}

/// What the layers say under a context and what is assumed of unread policies.
pub(super) fn signals(
    request: &Request,
    policies: &Policies<'_>,
    candidates: &[Candidate<'_>],
    context: &Context,
    assumed: &[Assumed],
) -> Signals {
    let mut levels: Vec<Option<Truth>> = policies
        .scps
        .iter()
        .map(|level| {
            if level.is_empty() {
                None
            } else {
                Some(Truth::False)
            }
        })
        .collect();
    let mut signals = Signals {
        deny: Truth::False,
        service_control: Truth::True,
        identity: Truth::False,
        boundary: policies.boundary.is_none().into(),
        endpoint: policies.endpoint.is_none().into(),
        granted_directly: Truth::False,
        granted_by_role: Truth::False,
        granted_by_account: Truth::False,
    };
    for assumption in assumed
        .iter()
        .filter(|assumption| binds(assumption.layer, request))
    {
        let allow = assumption.allow;
        signals.deny = signals.deny.or(assumption.deny);
        match assumption.layer {
            Layer::ServiceControl if levels.is_empty() => levels.push(Some(allow)),
            Layer::ServiceControl => {
                for level in levels.iter_mut().flatten() {
                    *level = allow;
                }
            }
            Layer::Identity => signals.identity = allow,
            Layer::Boundary => signals.boundary = allow,
            Layer::Endpoint => signals.endpoint = allow,
            Layer::Resource => signals.granted_directly = allow,
        }
    }
    for candidate in candidates {
        let applies = candidate.applies(request, context);
        let signal = match (candidate.statement.effect, candidate.layer) {
            (StatementEffect::Deny, _) => &mut signals.deny,
            (StatementEffect::Allow, Layer::ServiceControl) => {
                if let Some(Some(level)) = levels.get_mut(candidate.level) {
                    *level = level.or(applies);
                }
                continue;
            }
            (StatementEffect::Allow, Layer::Identity) => &mut signals.identity,
            (StatementEffect::Allow, Layer::Boundary) => &mut signals.boundary,
            (StatementEffect::Allow, Layer::Endpoint) => &mut signals.endpoint,
            (StatementEffect::Allow, Layer::Resource) => match candidate.named {
                Named::Directly => &mut signals.granted_directly,
                Named::ByRole => &mut signals.granted_by_role,
                Named::ByAccount => &mut signals.granted_by_account,
            },
        };
        *signal = signal.or(applies);
    }
    if binds(Layer::ServiceControl, request) {
        signals.service_control = Truth::all(levels.into_iter().flatten());
    }
    signals
}
