//! How the layers come together: AWS's evaluation logic as truth tables.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html>

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::layer::Signals;
use super::policies::{Layer, Policies};
use super::request::Request;
use super::truth::Truth::{self, False, True, Unknown};

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It is allowed.
    Allowed,
    /// A statement denies it.
    ExplicitDeny,
    /// No statement denies it, but not all that must allow it do.
    ImplicitDeny,
    /// It depends on what is not known.
    Unknown,
}

impl Effect {
    /// The effect's name in `check-access`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::ExplicitDeny => "explicit_deny",
            Self::ImplicitDeny => "implicit_deny",
            Self::Unknown => "unknown",
        }
    }
}

/// How principal and resource stand to each other, which decides who must allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// One account: an identity policy or the resource's policy suffices.
    SameAccount,
    /// One account, but the resource is a KMS key or a role to assume: its policy must allow, or leave it to identity policies.
    SameAccountResourceDecides,
    /// Two accounts: both sides must allow.
    CrossAccount,
    /// An AWS service acts for itself: the resource's policy alone decides.
    Service,
}

impl Relation {
    pub(super) fn of(request: &Request, policies: &Policies<'_>) -> Self {
        let has_resource_policy =
            policies.resource.is_some() || policies.unread_in(Layer::Resource).next().is_some();
        if request.principal.is_service() {
            Self::Service
        } else if request.resource_account() != request.principal.account() {
            Self::CrossAccount
        } else if request.is_on_a_key() || (request.assumes_a_role() && has_resource_policy) {
            Self::SameAccountResourceDecides
        } else {
            Self::SameAccount
        }
    }
}

/// The last table: what denies, against whether everything that must allow does.
#[expect(clippy::match_same_arms, reason = "a sentence for each arm")]
pub(super) fn effect(deny: Truth, permitted: Truth) -> Effect {
    match (deny, permitted) {
        // A statement denies: nothing overrides that, whatever else is open.
        (True, _) => Effect::ExplicitDeny,
        // Nothing denies, and all that must allow do.
        (False, True) => Effect::Allowed,
        // Nothing denies, and something that must allow certainly does not.
        (False, False) => Effect::ImplicitDeny,
        // Nothing denies, but an Allow that is needed depends on what is not known.
        (False, Unknown) => Effect::Unknown,
        // Allowed, unless a Deny that depends on what is not known applies.
        (Unknown, True) => Effect::Unknown,
        // Denied either way, but whether by a statement or for want of one is open.
        (Unknown, False) => Effect::Unknown,
        // Both are open.
        (Unknown, Unknown) => Effect::Unknown,
    }
}

/// Whether everything that must allow does, denials aside.
pub(super) fn permitted(relation: Relation, signals: Signals) -> Truth {
    let limits = signals.service_control.and(signals.endpoint);
    let own = signals.identity.and(signals.boundary);
    let by_role = signals.granted_by_role.and(signals.boundary);
    match relation {
        // Either side suffices. A grant to the session itself, or to everybody, stands outside the boundary; one to the
        // role stands inside; one to the account only leaves it to identity policies, which decide anyway.
        Relation::SameAccount => limits.and(signals.granted_directly.or(by_role).or(own)),
        // The resource's policy must allow: directly, through the role, or through the account, which delegates.
        Relation::SameAccountResourceDecides => limits.and(
            signals
                .granted_directly
                .or(by_role)
                .or(signals.granted_by_account.and(own)),
        ),
        // Each account must allow on its side; a grant to the account is as good as one to the role.
        Relation::CrossAccount => limits.and(own).and(signals.granted()),
        // There is no identity, and so no boundary and no service control policy.
        Relation::Service => signals.endpoint.and(signals.granted()),
    }
}

/// The layers that would have to change before an implicitly denied request is allowed.
pub(super) fn blocking(relation: Relation, signals: Signals) -> Vec<Layer> {
    let no = |truth: Truth| !truth.is_true();
    let granted_to_role = signals.granted_directly.or(signals.granted_by_role);
    Layer::ALL
        .into_iter()
        .filter(|layer| match (layer, relation) {
            (Layer::Endpoint, _) => no(signals.endpoint),
            (Layer::Resource, Relation::SameAccount) => false,
            (Layer::Resource, _) => no(signals.granted()),
            (_, Relation::Service) => false,
            (Layer::ServiceControl, _) => no(signals.service_control),
            (Layer::Boundary, Relation::CrossAccount) => no(signals.boundary),
            // A grant that the session has directly needs no boundary.
            (Layer::Boundary, _) => no(signals.boundary) && no(signals.granted_directly),
            (Layer::Identity, Relation::CrossAccount) => no(signals.identity),
            (Layer::Identity, Relation::SameAccount) => no(signals.identity) && no(granted_to_role),
            // Without the account's delegation an identity policy would not help.
            (Layer::Identity, Relation::SameAccountResourceDecides) => {
                no(signals.identity) && no(granted_to_role) && !no(signals.granted_by_account)
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Effect, Relation, Truth, blocking, effect, permitted};
    use crate::access::layer::Signals;
    use crate::access::policies::Layer;
    use Truth::{False, True, Unknown};

    const SILENT: Signals = Signals {
        deny: False,
        service_control: True,
        identity: False,
        boundary: True,
        endpoint: True,
        granted_directly: False,
        granted_by_role: False,
        granted_by_account: False,
    };

    #[test]
    fn a_certain_deny_wins_over_everything() {
        for permitted in [False, Unknown, True] {
            assert_eq!(effect(True, permitted), Effect::ExplicitDeny);
            assert_eq!(effect(Unknown, permitted), Effect::Unknown);
        }
        assert_eq!(effect(False, True), Effect::Allowed);
        assert_eq!(effect(False, False), Effect::ImplicitDeny);
        assert_eq!(effect(False, Unknown), Effect::Unknown);
    }

    #[test]
    fn who_must_allow() {
        use Relation::{CrossAccount, SameAccount, SameAccountResourceDecides, Service};
        let identity = Signals {
            identity: True,
            ..SILENT
        };
        let account = Signals {
            granted_by_account: True,
            ..SILENT
        };
        let role = Signals {
            granted_by_role: True,
            ..SILENT
        };
        let direct = Signals {
            granted_directly: True,
            ..SILENT
        };
        let both = Signals {
            identity: True,
            granted_by_account: True,
            ..SILENT
        };
        for (signals, same, decides, cross, service) in [
            (SILENT, False, False, False, False),
            (identity, True, False, False, False),
            (account, False, False, False, True),
            (role, True, True, False, True),
            (direct, True, True, False, True),
            (both, True, True, True, True),
        ] {
            assert_eq!(permitted(SameAccount, signals), same, "same account: {signals:?}");
            assert_eq!(
                permitted(SameAccountResourceDecides, signals),
                decides,
                "decides: {signals:?}"
            );
            assert_eq!(
                permitted(CrossAccount, signals),
                cross,
                "cross-account: {signals:?}"
            );
            assert_eq!(permitted(Service, signals), service, "service: {signals:?}");
        }
    }

    #[test]
    fn a_boundary_limits_the_role_but_not_the_session() {
        let bounded = Signals {
            boundary: False,
            ..SILENT
        };
        for (signals, expected) in [
            (
                Signals {
                    identity: True,
                    ..bounded
                },
                False,
            ),
            (
                Signals {
                    granted_by_role: True,
                    ..bounded
                },
                False,
            ),
            (
                Signals {
                    granted_directly: True,
                    ..bounded
                },
                True,
            ),
        ] {
            assert_eq!(permitted(Relation::SameAccount, signals), expected, "{signals:?}");
        }
    }

    #[test]
    fn limits_hold_whoever_grants() {
        let granted = Signals {
            identity: True,
            granted_directly: True,
            ..SILENT
        };
        for limited in [
            Signals {
                service_control: False,
                ..granted
            },
            Signals {
                endpoint: False,
                ..granted
            },
        ] {
            for relation in [
                Relation::SameAccount,
                Relation::SameAccountResourceDecides,
                Relation::CrossAccount,
            ] {
                assert_eq!(permitted(relation, limited), False, "{relation:?}: {limited:?}");
            }
        }
    }

    #[test]
    fn what_blocks() {
        use Layer::{Boundary, Identity, Resource, ServiceControl};
        for (relation, signals, expected) in [
            (Relation::SameAccount, SILENT, vec![Identity]),
            (
                Relation::SameAccount,
                Signals {
                    identity: True,
                    boundary: False,
                    ..SILENT
                },
                vec![Boundary],
            ),
            (
                Relation::SameAccount,
                Signals {
                    boundary: False,
                    ..SILENT
                },
                vec![Identity, Boundary],
            ),
            (
                Relation::SameAccount,
                Signals {
                    identity: True,
                    service_control: False,
                    ..SILENT
                },
                vec![ServiceControl],
            ),
            (
                Relation::CrossAccount,
                Signals {
                    identity: True,
                    ..SILENT
                },
                vec![Resource],
            ),
            (Relation::CrossAccount, SILENT, vec![Identity, Resource]),
            (
                Relation::SameAccountResourceDecides,
                Signals {
                    identity: True,
                    ..SILENT
                },
                vec![Resource],
            ),
            (
                Relation::SameAccountResourceDecides,
                Signals {
                    granted_by_account: True,
                    ..SILENT
                },
                vec![Identity],
            ),
            (Relation::Service, SILENT, vec![Resource]),
        ] {
            assert_eq!(blocking(relation, signals), expected, "{relation:?}: {signals:?}");
        }
    }
}
