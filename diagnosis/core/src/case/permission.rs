//! What the puller may do: one decision per pull action and repository.
//!
//! `ecr:BatchCheckLayerAvailability` is not among the actions: a pull does not need it
//! (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html> lists it for pushing).

use serde_json::Value;

use super::fate::{Fate, ImageCase};
use super::puller::Puller;
use crate::access::{
    Context, Decision, Layer, NamedPolicy, Policies, PolicyDocument, PolicyKind, Principal, Request,
    UnreadPolicy, decide,
};
use crate::evidence::role::{NamedDocument, RoleEvidence};
use crate::evidence::{Evidence, short};
use crate::images::Registry;
use crate::observed::{Fact, Missing, Observed};
use crate::stage::Stage;

/// The action that gets an authorization token. It has no resource.
pub const GET_TOKEN: &str = "ecr:GetAuthorizationToken";
/// The action that reads a manifest.
pub const GET_MANIFEST: &str = "ecr:BatchGetImage";
/// The action that reads a layer.
pub const GET_LAYER: &str = "ecr:GetDownloadUrlForLayer";

/// The action that makes the repository of a pull-through cache, on the first pull.
pub const CREATE_REPOSITORY: &str = "ecr:CreateRepository";
/// The action that fetches an image into the repository of a pull-through cache.
pub const IMPORT_IMAGE: &str = "ecr:BatchImportUpstreamImage";

/// One action on one resource, decided.
#[derive(Debug)]
pub struct Permission<'e> {
    /// The action.
    pub action: &'static str,
    /// The resource's ARN, or `*`.
    pub resource: String,
    /// The image it is for.
    pub image: &'e str,
    /// The stage at which it is needed.
    pub stage: Stage,
    /// The decision over everything that was read.
    pub decision: Decision,
}

/// What the puller may do.
#[derive(Debug, Default)]
pub struct Permissions<'e> {
    /// One per action and repository, in the order of a pull.
    pub each: Vec<Permission<'e>>,
    /// What a pull takes besides where a pull-through cache has to fetch the image first.
    pub import: Vec<Permission<'e>>,
    /// What of the role's policies was read: the ground of every decision.
    pub facts: Vec<Fact>,
    /// What of them was not.
    pub missing: Vec<Missing>,
}

impl<'e> Permissions<'e> {
    /// The decisions about one action.
    pub fn of(&self, action: &str) -> impl Iterator<Item = &Permission<'e>> {
        self.each
            .iter()
            .filter(move |permission| permission.action == action)
    }
}

pub(super) fn permissions<'e>(
    evidence: &'e Evidence,
    puller: &Puller<'e>,
    images: &[ImageCase<'e>],
) -> Permissions<'e> {
    let Some((arn, role)) = puller.role() else {
        return Permissions::default();
    };
    let Some(role) = role else {
        return Permissions {
            missing: vec![Missing::unknowable(
                format!("policies of role {}", short(arn)),
                "the role was not read",
            )],
            ..Permissions::default()
        };
    };
    let Ok(principal) = Principal::parse(arn) else {
        return Permissions {
            missing: vec![Missing::unknowable(
                format!("policies of role {arn}"),
                "that is no ARN of a role",
            )],
            ..Permissions::default()
        };
    };
    let OwnPolicies {
        identity,
        boundary,
        unread,
        facts,
        missing,
    } = OwnPolicies::of(role);
    let (mut each, mut import): (Vec<Permission<'_>>, Vec<Permission<'_>>) = (Vec::new(), Vec::new());
    for image in images {
        let (Some(Registry::EcrPrivate { account, region, .. }), Some(ecr)) = (image.registry(), image.ecr)
        else {
            continue;
        };
        let Some(repository) = image.repository_arn(&evidence.target.partition) else {
            continue;
        };
        let repository_policy = ResourcePolicy::of(
            format!("policy of repository {}", short(&repository)),
            PolicyKind::Repository,
            &ecr.policy,
        );
        let registry_policy = ResourcePolicy::of(
            format!("policy of registry {}", ecr.registry),
            PolicyKind::Registry,
            &ecr.registry_policy,
        );
        let decided =
            |action: &'static str, stage: Stage, resource: &str, with: [Option<&ResourcePolicy>; 2]| {
                let request = Request {
                    principal: principal.clone(),
                    action: action.to_owned(),
                    resource: resource.to_owned(),
                    context: context(evidence, arn, account, region),
                };
                let mut unread = unread.clone();
                unread.extend(
                    with.into_iter()
                        .flatten()
                        .filter_map(|policy| policy.unread.clone()),
                );
                let [repository, registry] = with.map(|policy| policy?.policy.as_ref());
                let policies = Policies {
                    identity: &identity,
                    boundary: boundary.as_ref(),
                    resource: repository,
                    registry,
                    unread: &unread,
                    ..Policies::default()
                };
                Permission {
                    action,
                    resource: resource.to_owned(),
                    image: image.reference,
                    stage,
                    decision: decide(&request, &policies),
                }
            };
        for (action, stage) in [
            (GET_TOKEN, Stage::Token),
            (GET_MANIFEST, Stage::Manifest),
            (GET_LAYER, Stage::Layers),
        ] {
            let token = action == GET_TOKEN;
            let resource = if token { "*" } else { repository.as_str() };
            if each
                .iter()
                .any(|known: &Permission<'_>| known.action == action && known.resource == resource)
            {
                continue;
            }
            let with = [Some(&repository_policy).filter(|_| !token), None];
            each.push(decided(action, stage, resource, with));
        }
        if let Fate::NotCached {
            repository: there, ..
        } = &image.fate
        {
            // A repository that is to be made has no policy yet.
            let with = [
                Some(&repository_policy).filter(|_| *there),
                Some(&registry_policy),
            ];
            if !there {
                import.push(decided(CREATE_REPOSITORY, Stage::Manifest, &repository, with));
            }
            import.push(decided(IMPORT_IMAGE, Stage::Manifest, &repository, with));
        }
    }
    Permissions {
        each,
        import,
        facts,
        missing,
    }
}

/// A policy of a resource, as far as it was read.
struct ResourcePolicy {
    policy: Option<NamedPolicy>,
    unread: Option<UnreadPolicy>,
}

impl ResourcePolicy {
    fn of(name: String, kind: PolicyKind, document: &Observed<Value>) -> Self {
        Self {
            policy: document.value().and_then(|document| named(&name, kind, document)),
            unread: document.missing("").map(|_| UnreadPolicy {
                name,
                layer: Layer::Resource,
            }),
        }
    }
}

/// The role's own policies, as far as they were read.
struct OwnPolicies {
    identity: Vec<NamedPolicy>,
    boundary: Option<NamedPolicy>,
    unread: Vec<UnreadPolicy>,
    facts: Vec<Fact>,
    missing: Vec<Missing>,
}

impl OwnPolicies {
    fn of(role: &RoleEvidence) -> Self {
        let name = role.name();
        let mut own = Self {
            identity: Vec::new(),
            boundary: None,
            unread: Vec::new(),
            facts: Vec::new(),
            missing: Vec::new(),
        };
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
        if let (Some(boundary), Some(seen)) = (&boundary, role.boundary.seen()) {
            own.facts.push(seen.fact(format!(
                "role {name} has permissions boundary {}",
                short(&boundary.name)
            )));
        }
        own.boundary = boundary;
        own.lack(Layer::Boundary, missing);
        own
    }

    fn lack(&mut self, layer: Layer, missing: Option<Missing>) {
        self.unread.extend(missing.iter().map(|missing| UnreadPolicy {
            name: missing.what.clone(),
            layer,
        }));
        self.missing.extend(missing);
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

fn named(name: &str, kind: PolicyKind, document: &Value) -> Option<NamedPolicy> {
    let document = PolicyDocument::parse(document).ok()?;
    Some(NamedPolicy {
        name: name.to_owned(),
        kind,
        document,
    })
}

/// The condition keys that are known at diagnosis time; every other key is unknown.
/// Keys: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>.
fn context(evidence: &Evidence, role: &str, registry: &str, region: &str) -> Context {
    let account = role.split(':').nth(4).unwrap_or_default();
    Context::new()
        .with("aws:PrincipalArn", [role])
        .with("aws:PrincipalAccount", [account])
        .with("aws:PrincipalType", ["AssumedRole"])
        .with("aws:ResourceAccount", [registry])
        .with("aws:RequestedRegion", [region])
        .with("aws:SecureTransport", ["true"])
        .with("aws:CurrentTime", [evidence.observed_at.to_string()])
}
