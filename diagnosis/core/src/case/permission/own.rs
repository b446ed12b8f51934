//! The role's own policies, as far as they were read.

use serde_json::Value;

use crate::access::{Layer, NamedPolicy, PolicyDocument, PolicyKind, UnreadPolicy};
use crate::evidence::role::{NamedDocument, RoleEvidence};
use crate::evidence::short;
use crate::observed::{Fact, Missing, Observed};

/// Policies of a role, and what of them was not read.
#[derive(Debug, Default)]
pub(in crate::case) struct OwnPolicies {
    pub(in crate::case) identity: Vec<NamedPolicy>,
    pub(in crate::case) boundary: Option<NamedPolicy>,
    pub(in crate::case) unread: Vec<UnreadPolicy>,
    /// What the identity policies are.
    pub(in crate::case) facts: Vec<Fact>,
    /// What the boundary is, or that there is none.
    pub(in crate::case) boundary_facts: Vec<Fact>,
    pub(in crate::case) missing: Vec<(Layer, Missing)>,
}

impl OwnPolicies {
    pub(in crate::case) fn of(role: &RoleEvidence) -> Self {
        let name = role.name();
        let mut own = Self::default();
        own.lack(
            Layer::Identity,
            role.inline_names
                .incomplete(&format!("inline policies of role {name}")),
        );
        own.lack(
            Layer::Identity,
            role.attached_arns
                .incomplete(&format!("attached policies of role {name}")),
        );
        for (kind, policies) in [
            (PolicyKind::Inline, &role.inline),
            (PolicyKind::Managed, &role.attached),
        ] {
            for policy in policies {
                let (read, missing) = document(name, kind, policy);
                own.identity.extend(read);
                own.lack(Layer::Identity, missing);
            }
        }
        if let (Some(inline), Some(attached)) = (role.inline_names.seen(), role.attached_arns.seen()) {
            own.facts.push(attached.fact(format!(
                "role {name} has {}",
                counted(&inline.items, &attached.items)
            )));
        }
        let (boundary, missing) = document(name, PolicyKind::PermissionsBoundary, &role.boundary);
        match (&boundary, role.boundary.seen(), role.boundary.absent()) {
            (Some(boundary), Some(seen), _) => own.boundary_facts.push(seen.fact(format!(
                "role {name} has permissions boundary {}",
                short(&boundary.name)
            ))),
            (_, _, Some(absence)) => own
                .boundary_facts
                .push(absence.fact(format!("role {name} has no permissions boundary"))),
            _ => {}
        }
        own.boundary = boundary;
        own.lack(Layer::Boundary, missing);
        own
    }

    /// Those of a role that was not read.
    pub(in crate::case) fn unread(name: &str) -> Self {
        let mut own = Self::default();
        let unread =
            |what: &str| Missing::unknowable(format!("{what} of role {name}"), "the role was not read");
        own.lack(Layer::Identity, Some(unread("policies")));
        own.lack(Layer::Boundary, Some(unread("permissions boundary")));
        own
    }

    fn lack(&mut self, layer: Layer, missing: Option<Missing>) {
        let Some(missing) = missing else { return };
        self.unread.push(UnreadPolicy {
            name: missing.what.clone(),
            layer,
        });
        self.missing.push((layer, missing));
    }
}

/// The policy, or what is missing where it was not read or cannot be; neither where there is none.
fn document(
    role: &str,
    kind: PolicyKind,
    policy: &Observed<NamedDocument>,
) -> (Option<NamedPolicy>, Option<Missing>) {
    let what = format!(
        "{} {} of role {role}",
        kind.words(),
        short(&policy.source.resource)
    );
    let Some(seen) = policy.seen() else {
        return (None, policy.missing(what));
    };
    match named(&seen.name, kind, &seen.document) {
        Some(policy) => (Some(policy), None),
        None => (
            None,
            Some(Missing::unknowable(
                what,
                "its document cannot be read as a policy",
            )),
        ),
    }
}

/// A policy under a name; `None` where the document is none.
pub(in crate::case) fn named(name: &str, kind: PolicyKind, document: &Value) -> Option<NamedPolicy> {
    let document = PolicyDocument::parse(document).ok()?;
    Some(NamedPolicy {
        name: name.to_owned(),
        kind,
        document,
    })
}

/// A policy of a resource: what it says, the fact that it was read or is none, or what is missing.
#[derive(Debug, Default)]
pub(in crate::case) struct ResourcePolicy {
    pub(in crate::case) policy: Option<NamedPolicy>,
    pub(in crate::case) fact: Option<Fact>,
    pub(in crate::case) missing: Option<Missing>,
}

impl ResourcePolicy {
    /// Reads a document that is called `name`, `policy of repository payments`.
    pub(in crate::case) fn of(name: &str, kind: PolicyKind, document: &Observed<Value>) -> Self {
        if let Some(absence) = document.absent() {
            return Self {
                fact: Some(absence.fact(format!("there is no {name}"))),
                ..Self::default()
            };
        }
        let Some(seen) = document.seen() else {
            return Self {
                missing: document.missing(name),
                ..Self::default()
            };
        };
        match named(name, kind, &seen) {
            Some(policy) => Self {
                fact: Some(seen.fact(format!(
                    "{name}: {}",
                    crate::names::at_most(&seen.to_string(), 600)
                ))),
                policy: Some(policy),
                missing: None,
            },
            None => Self {
                missing: Some(Missing::unknowable(
                    name,
                    "its document cannot be read as a policy",
                )),
                ..Self::default()
            },
        }
    }
}

fn counted(inline: &[String], attached: &[String]) -> String {
    if inline.is_empty() && attached.is_empty() {
        return "no policies at all".to_owned();
    }
    let names: Vec<&str> = attached
        .iter()
        .map(|arn| short(arn))
        .chain(inline.iter().map(String::as_str))
        .collect();
    format!(
        "{} {}: {}",
        names.len(),
        if names.len() == 1 { "policy" } else { "policies" },
        names.join(", ")
    )
}
