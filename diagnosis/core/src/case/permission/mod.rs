//! What the puller may do: one decision per pull action and repository, over every layer that AWS asks.
//!
//! `ecr:BatchCheckLayerAvailability` is not among the actions: a pull does not need it
//! (<https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html> lists it for pushing).
//!
//! Service control policies and registry policies that were not read do not keep a decision open: they are seldom
//! readable, and what was read decides as far as it goes. [`Permission::standing`] says of each layer what it is worth.

mod beside;
pub(in crate::case) mod context;
pub(in crate::case) mod own;
mod refusal;
mod standing;

use super::attempts::{Attempt, Attempts};
use super::fate::{Fate, ImageCase};
use super::puller::Puller;
use crate::access::{
    DecidedBy, Decision, Layer, NamedPolicy, Policies, PolicyKind, Principal, Request, UnreadPolicy, decide,
};
use crate::evidence::image::EcrEvidence;
use crate::evidence::role::RoleEvidence;
use crate::evidence::{Evidence, short};
use crate::images::Registry;
use crate::network::{Gate, Need, NetworkAnalysis, gate};
use crate::observed::{Fact, Missing};
use crate::stage::Stage;
use crate::stop_reason::{StopClass, own_credentials};

use beside::registry_policy;
pub(in crate::case) use beside::{EndpointPolicy, service_control};
use own::{OwnPolicies, ResourcePolicy};
pub use refusal::By;
pub use standing::Standing;

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
    /// Everything that certainly refuses it, the deciding one first, with the statement that does.
    pub refusals: Vec<(By, Option<DecidedBy>)>,
    /// The VPC endpoint that the call goes through.
    pub gate: Gate<'e>,
    /// The newest text that says that it was refused.
    pub said: Option<Said>,
    /// What each layer is read off, and what of it was not read.
    layers: standing::Layers,
}

/// A text that says that an action was refused.
#[derive(Debug, Clone)]
pub struct Said {
    /// By whom, where the text names that.
    pub by: Option<By>,
    /// Whether the words fit other troubles as well: a layer store's bare 403.
    pub vague: bool,
    /// The text.
    pub fact: Fact,
}

impl Permission<'_> {
    /// What decides that it is refused, if something certainly does.
    pub fn refused_by(&self) -> Option<By> {
        self.refusals.first().map(|(by, _)| *by)
    }

    /// The classes whose words mean that it was refused.
    pub fn says(&self) -> &'static [StopClass] {
        says(self.action)
    }
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

/// The classes whose words mean that an action was refused.
pub(crate) fn says(action: &str) -> &'static [StopClass] {
    match action {
        GET_TOKEN => &[StopClass::AuthToken],
        // A registry refuses a layer with a bare 403, as the layer store does.
        GET_LAYER => &[
            StopClass::AccessDeniedIdentity,
            StopClass::AccessDeniedResourcePolicy,
            StopClass::S3LayerForbidden,
        ],
        _ => &[
            StopClass::AccessDeniedIdentity,
            StopClass::AccessDeniedResourcePolicy,
        ],
    }
}

pub(super) fn permissions<'e>(
    evidence: &'e Evidence,
    puller: &Puller<'e>,
    images: &[ImageCase<'e>],
    attempts: &Attempts<'e>,
    network: &NetworkAnalysis,
) -> Permissions<'e> {
    let Some((arn, role)) = puller.role() else {
        return Permissions::default();
    };
    // A role that is not there has no policies to lack: that is another cause.
    if role.is_some_and(RoleEvidence::is_gone) {
        return Permissions::default();
    }
    let Ok(principal) = Principal::parse(arn) else {
        return Permissions {
            missing: vec![Missing::unknowable(
                format!("policies of role {arn}"),
                "that is no ARN of a role",
            )],
            ..Permissions::default()
        };
    };
    let principal = match role.and_then(|role| role.role.value()) {
        Some(role) => principal.with_unique_id(&role.id),
        None => principal,
    };
    let own = role.map_or_else(|| OwnPolicies::unread(short(arn)), OwnPolicies::of);
    let scps = service_control(evidence);
    let (mut each, mut import): (Vec<Permission<'_>>, Vec<Permission<'_>>) = (Vec::new(), Vec::new());
    for image in images {
        let (Some(Registry::EcrPrivate { .. }), Some(ecr)) = (image.registry(), image.ecr) else {
            continue;
        };
        let Some(repository) = image.repository_arn(&evidence.target.partition) else {
            continue;
        };
        let asked = Asked {
            evidence,
            role: arn,
            principal: &principal,
            own: &own,
            scps: &scps,
            ecr,
            network,
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
            // Whoever logs in with the credentials of a secret asks for no token.
            let logs_in = image
                .containers
                .iter()
                .any(|container| container.credentials_parameter.is_some());
            let said = if logs_in && token {
                None
            } else {
                said(attempts, action, image.reference)
            };
            each.push(asked.decided(action, stage, resource, image.reference, said));
        }
        if let Fate::NotCached {
            repository: there, ..
        } = &image.fate
        {
            let makes = (!there).then_some(CREATE_REPOSITORY);
            import.extend(
                makes
                    .into_iter()
                    .chain([IMPORT_IMAGE])
                    .map(|action| asked.decided(action, Stage::Manifest, &repository, image.reference, None)),
            );
        }
    }
    Permissions {
        each,
        import,
        facts: own.facts,
        missing: own.missing.into_iter().map(|(_, missing)| missing).collect(),
    }
}

/// Everything that one decision takes.
struct Asked<'a, 'e> {
    evidence: &'e Evidence,
    role: &'a str,
    principal: &'a Principal,
    own: &'a OwnPolicies,
    scps: &'a [Vec<NamedPolicy>],
    ecr: &'e EcrEvidence,
    network: &'a NetworkAnalysis,
}

impl<'e> Asked<'_, 'e> {
    fn decided(
        &self,
        action: &'static str,
        stage: Stage,
        resource: &str,
        image: &'e str,
        said: Option<Said>,
    ) -> Permission<'e> {
        let Self {
            evidence, ecr, own, ..
        } = self;
        let token = action == GET_TOKEN;
        let imports = matches!(action, CREATE_REPOSITORY | IMPORT_IMAGE);
        let is_needed = |need: &Need| match need {
            Need::EcrApi { region, .. } => token && *region == ecr.region,
            Need::Registry { region, .. } => !token && region.as_deref() == Some(&ecr.region),
            _ => false,
        };
        let gate = gate_of(evidence, self.network, is_needed);
        let (repository, registry) = if token {
            (ResourcePolicy::default(), ResourcePolicy::default())
        } else {
            let repository = format!("policy of repository {}", ecr.repository_name);
            let registry = format!("policy of registry {} in {}", ecr.registry, ecr.region);
            (
                ResourcePolicy::of(&repository, PolicyKind::Repository, &ecr.policy),
                if imports {
                    // Of either scope, it is about pull-through caches.
                    ResourcePolicy::of(&registry, PolicyKind::Registry, &ecr.registry_policy)
                } else {
                    registry_policy(&registry, ecr)
                },
            )
        };
        let endpoint = gate.endpoint().map(|endpoint| EndpointPolicy::of(&endpoint));
        let mut unread = own.unread.clone();
        // What a registry's policy allows of imports decides as often as what the role's own do.
        let registry_missing = registry.missing.iter().filter(|_| imports);
        unread.extend(
            repository
                .missing
                .iter()
                .chain(registry_missing)
                .map(|missing| UnreadPolicy {
                    name: missing.what.clone(),
                    layer: Layer::Resource,
                }),
        );
        let request = Request {
            principal: self.principal.clone(),
            action: action.to_owned(),
            resource: resource.to_owned(),
            context: context::of_call(evidence, self.role, &ecr.registry, &ecr.region, Some(&gate)),
        };
        let policies = Policies {
            identity: &own.identity,
            boundary: own.boundary.as_ref(),
            resource: repository.policy.as_ref(),
            registry: registry.policy.as_ref(),
            scps: self.scps,
            endpoint: endpoint.as_ref().and_then(|endpoint| endpoint.policy.as_ref()),
            unread: &unread,
        };
        let decision = decide(&request, &policies);
        let layers = standing::Layers::of(evidence, own, &repository, &registry, endpoint.as_ref(), &gate);
        Permission {
            action,
            resource: resource.to_owned(),
            image,
            stage,
            refusals: refusal::refusals(&decision, said.as_ref().and_then(|said| said.by)),
            decision,
            gate,
            said,
            layers,
        }
    }
}

/// The VPC endpoint on the way to what is needed, from the place that counts: one where a task failed goes first.
pub(in crate::case) fn gate_of<'e>(
    evidence: &'e Evidence,
    network: &NetworkAnalysis,
    is_needed: impl Fn(&Need) -> bool,
) -> Gate<'e> {
    let path = network.paths.iter().find(|path| is_needed(&path.need));
    match path {
        Some(path) => gate(&evidence.network, &path.place, &path.need),
        None => Gate::Unclear(
            None,
            network.missing.first().cloned().unwrap_or_else(|| {
                Missing::unknowable(
                    "whether the call goes through a VPC endpoint",
                    "from which network it comes is not known",
                )
            }),
        ),
    }
}

/// The newest text that says that `action` was refused, for this image where it names one.
fn said(attempts: &Attempts<'_>, action: &str, image: &str) -> Option<Said> {
    let fits = |attempt: &&Attempt<'_>| {
        // Whoever has no credentials was not refused for want of a permission.
        if attempt.reason.detail.action.is_none() && own_credentials(&attempt.text).is_some() {
            return false;
        }
        let named = attempt.reason.detail.action.as_deref();
        let same_image = action == GET_TOKEN || attempt.image.as_deref().is_none_or(|failed| failed == image);
        let same_action = match named {
            Some(named) => named.eq_ignore_ascii_case(action),
            // Words that name no action speak of the first one that is refused: the token's or the manifest's.
            None => action != GET_LAYER || attempt.reason.class == StopClass::S3LayerForbidden,
        };
        says(action).contains(&attempt.reason.class) && same_image && same_action
    };
    let attempt = attempts.pulls().find(fits)?;
    let denied = attempt.reason.detail.denied_by;
    let by = denied.and_then(By::said);
    if denied.is_some() && by.is_none() {
        return None;
    }
    Some(Said {
        by,
        vague: attempt.reason.class == StopClass::S3LayerForbidden,
        fact: attempt.fact.clone(),
    })
}
