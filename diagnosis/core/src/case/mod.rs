//! The case: the evidence, and the analyses that every rule reads.
//!
//! Each analysis runs once and ends in exclusive values. A rule maps these to its cause; it does not compute again, so
//! that no two rules can contradict each other.

pub mod attempts;
pub mod cohort;
pub mod definitions;
pub mod fate;
mod fixes;
pub mod key;
pub mod layers;
pub mod lifecycle;
pub mod permission;
pub mod platform;
pub mod puller;
pub mod reach;
pub mod role;
pub mod secret;
pub mod situation;
pub mod timeline;

use jiff::Timestamp;

use crate::evidence::Evidence;
use crate::evidence::ecs::{Cluster, Service, TaskDefinition};
use crate::judgement::Effect;
use crate::network::NetworkAnalysis;
use crate::observed::{Observed, Present};
use crate::stage::Stage;
use crate::stop_reason::StopClass;

use attempts::{Attempt, Attempts};
use cohort::Cohort;
use fate::ImageCase;
use key::RepositoryKey;
use layers::LayerStore;
use permission::Permissions;
use puller::Puller;
use reach::Reach;
use role::RoleCase;
use secret::SecretCase;

/// The evidence, and what the analyses made of it.
#[derive(Debug)]
pub struct Case<'e> {
    /// What was observed.
    pub evidence: &'e Evidence,
    /// The attempts to start a task that the texts tell of.
    pub attempts: Attempts<'e>,
    /// The task definition in question: the one that failed, or the one that is to be started.
    pub definition: Option<Present<'e, TaskDefinition>>,
    /// Each image of that definition, and what became of it.
    pub images: Vec<ImageCase<'e>>,
    /// Who pulls.
    pub puller: Puller<'e>,
    /// What the puller may do, per action and repository.
    pub permissions: Permissions<'e>,
    /// The execution role in question, where one is named.
    pub execution_role: Option<RoleCase<'e>>,
    /// The secrets with registries' credentials that the images need.
    pub secrets: Vec<SecretCase<'e>>,
    /// The keys of the images' repositories.
    pub repository_keys: Vec<RepositoryKey<'e>>,
    /// The layer stores that the images need.
    pub layer_stores: Vec<LayerStore<'e>>,
    /// The way from the puller to each host that the pull needs.
    pub network: NetworkAnalysis,
    /// Whether the puller reaches each host of the pull, with what the failures' words show of the way.
    pub reaches: Vec<Reach<'e>>,
    /// Who else fails, who runs.
    pub cohort: Cohort<'e>,
}

impl<'e> Case<'e> {
    /// Runs every analysis.
    pub fn new(evidence: &'e Evidence) -> Self {
        let attempts = Attempts::new(evidence);
        let definition = definition(evidence, &attempts);
        let puller = puller::puller(evidence, &attempts, definition);
        let images = fate::images(evidence, &attempts, definition);
        let network = crate::network::analyse(evidence, &reach::named_by_failures(&attempts));
        let permissions = permission::permissions(evidence, &puller, &images, &attempts, &network);
        let execution_role = role::role(evidence, &attempts, definition);
        let reader = secret::Reader {
            evidence,
            role: execution_role.as_ref(),
            network: &network,
        };
        let secrets = secret::secrets(reader, &images);
        let repository_keys = key::of_repositories(evidence, &images);
        let layer_stores = layers::stores(evidence, &images, &network);
        let reaches = reach::reaches(evidence, &attempts, &network);
        let cohort = Cohort::new(evidence, &attempts);
        Self {
            evidence,
            attempts,
            definition,
            images,
            puller,
            permissions,
            execution_role,
            secrets,
            repository_keys,
            layer_stores,
            network,
            reaches,
            cohort,
        }
    }

    /// How a cause that bites at `stage` relates to the failure of `image` (any image where `None`).
    ///
    /// `says` are the classes whose words mean this cause. The phase that a text proves was reached rules out what
    /// comes before it for that attempt: what is broken there now broke afterwards.
    pub fn effect(&self, image: Option<&str>, stage: Stage, says: &[StopClass]) -> Effect {
        let Some(attempt) = self.attempts.newest_pull(image) else {
            // Where the failure is another image's, this one fails as soon as that one is mended.
            let of_another = self.attempts.pulls().any(|attempt| {
                let named = attempt.image.as_deref();
                self.images.iter().any(|known| Some(known.reference) == named)
            });
            return if of_another {
                Effect::Next
            } else {
                Effect::Observed
            };
        };
        if says.contains(&attempt.reason.class) {
            return Effect::Observed;
        }
        match attempt.reason.detail.phase {
            Some(Stage::Layers) if stage == Stage::LayerNetwork && attempt.is_of_registry() => Effect::Next,
            Some(phase) if stage < phase => Effect::Since,
            Some(phase) if stage > phase => Effect::Next,
            Some(_) if !attempt.is_vague() => Effect::Next,
            _ => Effect::Observed,
        }
    }

    /// The stage that the newest failure of `image` proves was reached.
    pub fn reached(&self, image: Option<&str>) -> Option<(&Attempt<'e>, Stage)> {
        let attempt = self.attempts.newest_pull(image)?;
        Some((attempt, attempt.reason.detail.phase?))
    }

    /// The newest failed pull whose words say one of `classes`.
    pub fn said(&self, classes: &[StopClass]) -> Option<&Attempt<'e>> {
        self.attempts
            .pulls()
            .find(|attempt| classes.contains(&attempt.reason.class))
    }

    /// The newest failed pull of `image` whose words say one of `classes`.
    pub fn newest_saying(&self, image: &str, classes: &[StopClass]) -> Option<&Attempt<'e>> {
        self.attempts
            .newest_pull(Some(image))
            .filter(|attempt| classes.contains(&attempt.reason.class))
    }

    /// The cluster, if it was seen.
    pub fn cluster(&self) -> Option<&'e Cluster> {
        self.evidence.cluster.value()
    }

    /// The service, if it was seen.
    pub fn service(&self) -> Option<&'e Service> {
        self.evidence.service.value()
    }

    /// When the newest pull failed.
    pub fn failed_at(&self) -> Option<Timestamp> {
        self.attempts.newest_pull(None)?.at
    }

    /// Whether the task in question runs on Fargate: by its own word, then the service's. `None` where neither says.
    pub fn fargate(&self) -> Option<bool> {
        if let Some(ahead) = &self.evidence.preflight {
            return ahead.fargate();
        }
        let task = self.attempts.all.first().and_then(|attempt| attempt.task);
        let launch = task.and_then(|task| task.launch_type.as_deref());
        let launch = launch.or_else(|| self.service()?.launch_type.as_deref());
        if let Some(launch) = launch {
            return Some(launch == "FARGATE");
        }
        let providers = self
            .service()
            .map(|service| service.capacity_providers.as_slice())
            .unwrap_or_default();
        if providers.is_empty() {
            return None;
        }
        Some(providers.iter().all(|provider| provider.starts_with("FARGATE")))
    }
}

/// The task definition of the newest failure; without one, the task's or service's own.
fn definition<'e>(evidence: &'e Evidence, attempts: &Attempts<'e>) -> Option<Present<'e, TaskDefinition>> {
    let failed = attempts.all.iter().find_map(|attempt| attempt.definition);
    failed
        .and_then(|arn| evidence.task_definition(arn))
        .or_else(|| evidence.task_definitions.first())
        .and_then(Observed::seen)
}
