//! What decides about access besides roles and repositories, read where the case needs it: secrets and keys where they are
//! named, the organization and IAM's simulation where a refusal is to be explained.

use diagnosis::case::Case;
use diagnosis::case::permission::{GET_LAYER, GET_MANIFEST, GET_TOKEN};
use diagnosis::evidence::Evidence;
use diagnosis::evidence::access::{KeyEvidence, SecretEvidence};
use diagnosis::evidence::ecs::{Task, TaskDefinition};
use diagnosis::evidence::image::ImageEvidence;
use diagnosis::stop_reason::{DenyingPolicy, StopClass, understand_knowing};
use futures::future::join_all;

use crate::failure::texts;
use crate::kms::{self, For};
use crate::session::Session;
use crate::tally::Chain;
use crate::{organization, registry_secrets, simulation};

/// What the words of the failures leave to be explained.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Questions {
    /// A pull action was refused, or may have been.
    pub(crate) refused: bool,
    /// The words name the organization's policies.
    pub(crate) names_organization: bool,
    /// A key could not be used.
    pub(crate) key: bool,
}

impl Questions {
    /// Before anything was refused: everything that could refuse is in question, the organization if nothing else does.
    pub(crate) const AHEAD: Self = Self {
        refused: true,
        names_organization: false,
        key: true,
    };

    /// What the stopped tasks' words ask.
    pub(crate) fn of(tasks: &[Task], definition: Option<&TaskDefinition>) -> Self {
        let secrets = definition
            .map(TaskDefinition::registry_secrets)
            .unwrap_or_default();
        let mut found = Self::default();
        for text in tasks.iter().filter(|task| task.is_stopped()).flat_map(texts) {
            let reason = understand_knowing(text, &secrets);
            match reason.class {
                StopClass::AccessDeniedIdentity
                | StopClass::AccessDeniedResourcePolicy
                | StopClass::AuthToken => {
                    found.refused = true;
                    found.names_organization |= reason.detail.denied_by.is_some_and(|denied| {
                        matches!(denied.policy, DenyingPolicy::Scp | DenyingPolicy::Rcp)
                    });
                }
                StopClass::AmbiguousDeniedOrMissing => found.refused = true,
                StopClass::KmsDenied => found.key = true,
                _ => {}
            }
        }
        found
    }
}

/// The secrets with registries' credentials that the definition names, and their keys.
pub(crate) async fn secrets(
    session: &Session<'_>,
    definition: Option<&TaskDefinition>,
    after: Chain,
) -> (Vec<SecretEvidence>, Vec<KeyEvidence>) {
    let mut parameters: Vec<&str> = definition
        .into_iter()
        .flat_map(|definition| &definition.containers)
        .filter_map(|container| container.credentials_parameter.as_deref())
        .collect();
    parameters.sort_unstable();
    parameters.dedup();
    let reads = parameters.iter().map(|parameter| async move {
        let (secret, chain) = registry_secrets::secret(session, parameter, after).await;
        let region = registry_secrets::region(session, parameter);
        let key = match secret.secret.value().and_then(|secret| secret.kms_key.as_deref()) {
            Some(name) => Some(kms::key(session, name, &region, For::Secret, chain).await),
            None => None,
        };
        (secret, key)
    });
    let (secrets, keys): (Vec<_>, Vec<_>) = join_all(reads).await.into_iter().unzip();
    (secrets, keys.into_iter().flatten().collect())
}

/// The keys of the images' repositories.
pub(crate) async fn repository_keys(
    session: &Session<'_>,
    images: &[ImageEvidence],
    questions: Questions,
    after: Chain,
) -> Vec<KeyEvidence> {
    let mut keys: Vec<(&str, &str)> = images
        .iter()
        .filter_map(|image| {
            let ecr = image.ecr.as_ref()?;
            Some((ecr.repository.value()?.kms_key.as_deref()?, ecr.region.as_str()))
        })
        .collect();
    keys.sort_unstable();
    keys.dedup();
    let needed_for = For::Repository {
        grants: questions.key,
    };
    join_all(
        keys.into_iter()
            .map(|(name, region)| kms::key(session, name, region, needed_for, after)),
    )
    .await
}

/// Where a refusal is to be explained and nothing that was read refuses: what the organization says, and IAM's
/// simulation. Where the words name the organization, it is asked whatever else refuses.
pub(crate) async fn explain(
    session: &Session<'_>,
    evidence: &mut Evidence,
    questions: Questions,
    after: Chain,
) {
    if !questions.refused && !questions.names_organization {
        return;
    }
    let case = Case::new(evidence);
    let each = &case.permissions.each;
    let unexplained = !each.is_empty() && each.iter().all(|permission| permission.refusals.is_empty());
    let allowed = each
        .iter()
        .all(|permission| permission.decision.effect == diagnosis::access::Effect::Allowed);
    let mut resources: Vec<String> = each
        .iter()
        .map(|permission| permission.resource.clone())
        .collect();
    resources.sort();
    resources.dedup();
    let role = case.puller.role().map(|(arn, _)| arn.to_owned());
    if unexplained || questions.names_organization {
        let account = session.account().await;
        if !account.is_empty() {
            evidence.organization = organization::policies(session, &account, after).await;
        }
    }
    // What the organization's own policies say is worth more than a simulation of them.
    let Some(role) = role.filter(|_| unexplained && allowed && evidence.organization.value().is_none())
    else {
        return;
    };
    let region = resources
        .iter()
        .find_map(|resource| resource.split(':').nth(3))
        .unwrap_or(&session.region)
        .to_owned();
    let actions = [GET_TOKEN, GET_MANIFEST, GET_LAYER];
    evidence.simulation = simulation::of_role(session, &role, &actions, &resources, &region, after).await;
}
