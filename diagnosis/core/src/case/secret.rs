//! The secrets that hold registries' credentials: whether they are there, and whether the execution role may read them.
//!
//! The agent reads the secret as the execution role, for Fargate and EC2 alike
//! (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/private-auth.html>). Its value is never read here.

use super::fate::ImageCase;
use super::key::{self, KeyState};
use super::permission::own::{OwnPolicies, ResourcePolicy};
use super::permission::{EndpointPolicy, context, gate_of, service_control};
use super::role::RoleCase;
use crate::access::{
    Decision, Effect, Layer, Policies, PolicyKind, Principal, Request, UnreadPolicy, decide,
};
use crate::evidence::Evidence;
use crate::evidence::access::{Secret, SecretEvidence};
use crate::evidence::short;
use crate::images::Registry;
use crate::network::{Gate, Need, NetworkAnalysis};
use crate::observed::{Absence, Fact, Missing, Present};

/// The action that reads a secret.
pub const GET_SECRET: &str = "secretsmanager:GetSecretValue";

/// A secret with a registry's credentials.
#[derive(Debug)]
pub struct SecretCase<'e> {
    /// `credentialsParameter`, as the task definition writes it.
    pub parameter: &'e str,
    /// The images whose registries it is for.
    pub images: Vec<&'e str>,
    /// What became of it.
    pub state: SecretState<'e>,
    /// The key that encrypts it, where that is one of the customer's, and whether the role may use it.
    pub key: Option<(&'e str, KeyState<'e>)>,
}

/// What became of a secret.
#[derive(Debug)]
pub enum SecretState<'e> {
    /// It does not exist.
    Gone(Absence<'e>),
    /// It is marked for deletion.
    Deleted(Present<'e, Secret>),
    /// It has no current version.
    Empty(Present<'e, Secret>),
    /// It is there, and the role may not read it.
    Refused(Box<Refused>),
    /// It is there, and the role may read it.
    Readable(Vec<Fact>),
    /// It cannot be told whether the role may read it.
    Unknown(Vec<Missing>),
}

/// Why a role may not read a secret.
#[derive(Debug)]
pub struct Refused {
    /// The decision.
    pub decision: Decision,
    /// What it rests on.
    pub facts: Vec<Fact>,
    /// ARN of the secret.
    pub secret: String,
}

/// What all decisions about one diagnosis' execution role share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a, 'e> {
    pub(super) evidence: &'e Evidence,
    pub(super) role: Option<&'a RoleCase<'e>>,
    pub(super) network: &'a NetworkAnalysis,
}

/// The secrets that the definition's images need.
pub(super) fn secrets<'e>(reader: Reader<'_, 'e>, images: &[ImageCase<'e>]) -> Vec<SecretCase<'e>> {
    let mut cases: Vec<SecretCase<'e>> = Vec::new();
    // On an ECR image they are a mistake of its own: no secret would be the right one.
    let other = images
        .iter()
        .filter(|image| !matches!(image.registry(), Some(Registry::EcrPrivate { .. })));
    for image in other {
        let parameters = image
            .containers
            .iter()
            .filter_map(|container| container.credentials_parameter.as_deref());
        for parameter in parameters {
            if let Some(known) = cases.iter_mut().find(|known| known.parameter == parameter) {
                known.images.push(image.reference);
                continue;
            }
            let read = reader.evidence.secret(parameter);
            let (state, key) = if let Some(read) = read {
                (state(reader, read), key::of_secret(reader, read))
            } else {
                let missing = Missing::unknowable(format!("secret {parameter}"), "it was not looked at");
                (SecretState::Unknown(vec![missing]), None)
            };
            cases.push(SecretCase {
                parameter,
                images: vec![image.reference],
                state,
                key,
            });
        }
    }
    cases
}

fn state<'e>(reader: Reader<'_, 'e>, read: &'e SecretEvidence) -> SecretState<'e> {
    let own = reader.evidence.target.account.as_deref();
    let foreign = read.parameter.starts_with("arn:") && own != Some(account_of(&read.parameter));
    if let Some(absence) = read.secret.absent() {
        if foreign {
            // Who may not look at another account's secret is not told whether it exists.
            let what = format!("secret {}", short_name(&read.parameter));
            return SecretState::Unknown(vec![Missing::unknowable(what, "it is another account's")]);
        }
        return SecretState::Gone(absence);
    }
    if let Some(secret) = read.secret.seen() {
        if secret.deleted_at.is_some() {
            return SecretState::Deleted(secret);
        }
        if !secret.has_current {
            return SecretState::Empty(secret);
        }
    }
    access(reader, read)
}

/// Whether the execution role may read the secret.
fn access<'e>(reader: Reader<'_, 'e>, read: &'e SecretEvidence) -> SecretState<'e> {
    let name = short_name(&read.parameter);
    let arn = match read.secret.value() {
        Some(secret) => secret.arn.as_str(),
        None if read.parameter.starts_with("arn:") => read.parameter.as_str(),
        None => {
            return SecretState::Unknown(
                read.secret
                    .missing(format!("secret {name}"))
                    .into_iter()
                    .collect(),
            );
        }
    };
    let region = arn.split(':').nth(3).unwrap_or_default();
    let policy = ResourcePolicy::of(
        &format!("policy of secret {name}"),
        PolicyKind::Resource,
        &read.policy,
    );
    let gate = gate_of(
        reader.evidence,
        reader.network,
        |need| matches!(need, Need::Secrets { region: of } if of == region),
    );
    let asked = Asked {
        action: GET_SECRET,
        resource: arn,
        policy: &policy,
        gate: Some(&gate),
        more: &[("secretsmanager:ResourceAccount", account_of(arn))],
    };
    let (decision, facts, mut missing) = match decided(reader, &asked) {
        Ok(answer) => answer,
        Err(missing) => return SecretState::Unknown(missing),
    };
    missing.extend(read.secret.missing(format!("secret {name}")));
    match decision.effect {
        Effect::Allowed if read.secret.seen().is_some() => SecretState::Readable(facts),
        Effect::Allowed | Effect::Unknown => SecretState::Unknown(missing),
        Effect::ImplicitDeny | Effect::ExplicitDeny => SecretState::Refused(Box::new(Refused {
            decision,
            facts,
            secret: arn.to_owned(),
        })),
    }
}

/// What the execution role asks for.
pub(super) struct Asked<'a> {
    pub(super) action: &'a str,
    pub(super) resource: &'a str,
    pub(super) policy: &'a ResourcePolicy,
    pub(super) gate: Option<&'a Gate<'a>>,
    /// Condition keys that are known besides.
    pub(super) more: &'a [(&'a str, &'a str)],
}

/// Decides what the execution role asks for: the decision, what it rests on, and what would settle it where it is open.
pub(super) fn decided(
    reader: Reader<'_, '_>,
    asked: &Asked<'_>,
) -> Result<(Decision, Vec<Fact>, Vec<Missing>), Vec<Missing>> {
    let evidence = reader.evidence;
    let missing = |what: String, why: &str| Err(vec![Missing::unknowable(what, why)]);
    let Some(role) = reader.role else {
        return missing(
            "policies of the execution role".to_owned(),
            "no execution role is named",
        );
    };
    let Some(read) = evidence.role(role.arn).filter(|read| !read.is_gone()) else {
        return missing(
            format!("policies of role {}", short(role.arn)),
            "the role was not read",
        );
    };
    let Ok(principal) = Principal::parse(role.arn) else {
        return missing(
            format!("policies of role {}", role.arn),
            "that is no ARN of a role",
        );
    };
    let own = OwnPolicies::of(read);
    let region = asked.resource.split(':').nth(3).unwrap_or_default();
    let owner = account_of(asked.resource);
    let mut known = context::of_call(evidence, role.arn, owner, region, asked.gate);
    for (key, value) in asked.more {
        known.set(*key, [*value]);
    }
    let request = Request {
        principal,
        action: asked.action.to_owned(),
        resource: asked.resource.to_owned(),
        context: known,
    };
    let mut unread = own.unread.clone();
    unread.extend(asked.policy.missing.iter().map(|missing| UnreadPolicy {
        name: missing.what.clone(),
        layer: Layer::Resource,
    }));
    let endpoint = asked
        .gate
        .and_then(Gate::endpoint)
        .map(|endpoint| EndpointPolicy::of(&endpoint));
    let scps = service_control(evidence);
    let policies = Policies {
        identity: &own.identity,
        boundary: own.boundary.as_ref(),
        resource: asked.policy.policy.as_ref(),
        registry: None,
        scps: &scps,
        endpoint: endpoint.as_ref().and_then(|endpoint| endpoint.policy.as_ref()),
        unread: &unread,
    };
    let decision = decide(&request, &policies);
    let mut facts = own.facts;
    match decision.layer {
        Some(Layer::Boundary) => facts.extend(own.boundary_facts),
        Some(Layer::Resource) => facts.extend(asked.policy.fact.clone()),
        Some(Layer::Endpoint) => facts.extend(endpoint.map(|endpoint| endpoint.fact)),
        _ => {}
    }
    let mut open: Vec<Missing> = own.missing.into_iter().map(|(_, missing)| missing).collect();
    open.extend(asked.policy.missing.clone());
    let keys = decision.missing_context.iter();
    open.extend(keys.map(|key| context::unknown(key, asked.action)));
    Ok((decision, facts, open))
}

/// The account in an ARN.
pub(super) fn account_of(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or_default()
}

/// The name of a secret, for prose: what follows `secret:` in its ARN.
pub fn short_name(parameter: &str) -> &str {
    parameter
        .split_once(":secret:")
        .map_or(parameter, |(_, name)| name)
}
