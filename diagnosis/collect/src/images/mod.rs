//! What became of every image that the task definitions name.

pub(crate) mod beside;
mod brief;
mod context;
mod elsewhere;

use diagnosis::evidence::image::{CacheRule, EcrEvidence, Image, ImageEvidence};
use diagnosis::stop_reason::StopClass;
use diagnosis::{Listing, Observed};
use futures::future::join_all;

use crate::actions;
use crate::ecr::host::{EcrImage, ecr_image};
use crate::ecr::images::Which;
use crate::ecr::{images, layers, platforms, registry, repositories, scan};
use crate::session::Session;
use crate::tally::Chain;

pub(crate) use brief::of_others;
pub(crate) use context::Context;

/// Digests of one reference that are looked up beside its tag's.
const MOST_PINNED: usize = 3;
/// Manifests of an index that are looked up.
const MOST_CHILDREN: usize = 2;

/// Every distinct image of the definition that failed: those in question in full, of others only that they are named.
pub(crate) async fn of_failed(
    session: &Session<'_>,
    context: &Context<'_>,
    after: Chain,
) -> Vec<ImageEvidence> {
    let references = distinct(
        context
            .definition
            .containers
            .iter()
            .map(|container| container.image.as_str()),
    );
    let in_question = &context.in_question(&references);
    join_all(references.iter().map(|reference| async move {
        if in_question.contains(&reference) {
            in_full(session, context, reference, after).await
        } else {
            not_in_question(session, reference)
        }
    }))
    .await
}

fn not_in_question(session: &Session<'_>, reference: &str) -> ImageEvidence {
    let why = "the failure is about another image";
    ImageEvidence {
        reference: reference.to_owned(),
        ecr: ecr_image(reference).map(|image| unread(session, &image, why)),
    }
}

fn distinct<'a>(references: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for reference in references.filter(|reference| !reference.is_empty()) {
        if found.iter().all(|known| known != reference) {
            found.push(reference.to_owned());
        }
    }
    found
}

async fn in_full(
    session: &Session<'_>,
    context: &Context<'_>,
    reference: &str,
    after: Chain,
) -> ImageEvidence {
    let Some(image) = ecr_image(reference) else {
        return ImageEvidence {
            reference: reference.to_owned(),
            ecr: None,
        };
    };
    let which = Which::of(&image);
    let (repository, found, newest, policy, (registry_policy, registry_policy_scope)) = tokio::join!(
        repositories::describe(session, &image, after),
        images::describe(session, &image, &which, after),
        images::newest(session, &image, after),
        repositories::policy(session, &image, after),
        registry::policy_in_question(session, &image, context.questions.refused, after),
    );
    let ecr = EcrEvidence {
        repository: repository.item,
        image: found.item.clone(),
        images: newest,
        policy,
        registry_policy,
        registry_policy_scope,
        ..unread(session, &image, "nothing that was seen makes it matter")
    };
    let asked = Asked {
        session,
        context,
        image: &image,
        reference,
        after: repository.chain.max(found.chain),
    };
    let ecr = match found.value() {
        Some(there) if there.status == "ACTIVE" => asked.there(ecr, there).await,
        _ => asked.not_there(ecr).await,
    };
    ImageEvidence {
        reference: reference.to_owned(),
        ecr: Some(ecr),
    }
}

/// An image, once the first answers about it have come.
struct Asked<'a> {
    session: &'a Session<'a>,
    context: &'a Context<'a>,
    image: &'a EcrImage,
    reference: &'a str,
    after: Chain,
}

impl Asked<'_> {
    /// What is to be known of an image that is not there to be pulled.
    async fn not_there(&self, ecr: EcrEvidence) -> EcrEvidence {
        let (session, image, after) = (self.session, self.image, self.after);
        let no_repository = ecr.repository.absent().is_some();
        let (repository_names, lifecycle, rules, pinned) = tokio::join!(
            async {
                if no_repository {
                    repositories::names(session, image, after).await
                } else {
                    ecr.repository_names.clone()
                }
            },
            async {
                if no_repository {
                    ecr.lifecycle.clone()
                } else {
                    repositories::lifecycle(session, image, after).await
                }
            },
            registry::cache_rules(session, image, after),
            self.pinned(&ecr.image),
        );
        let ecr = EcrEvidence {
            repository_names,
            lifecycle,
            pinned,
            cache_rules: rules.item,
            ..ecr
        };
        let rule = ecr
            .image
            .absent()
            .and_then(|_| serving(&ecr.cache_rules, &image.repository));
        let Some(rule) = rule.cloned() else {
            let elsewhere = elsewhere::look(session, image, &ecr, rules.chain).await;
            return EcrEvidence { elsewhere, ..ecr };
        };
        let (cache_validation, (registry_policy, registry_policy_scope)) =
            tokio::join!(registry::validation(session, image, &rule, rules.chain), async {
                if self.context.questions.refused {
                    return (ecr.registry_policy.clone(), ecr.registry_policy_scope.clone());
                }
                registry::policy_in_question(session, image, true, rules.chain).await
            },);
        EcrEvidence {
            cache_validation,
            registry_policy,
            registry_policy_scope,
            ..ecr
        }
    }

    /// What is to be known of an image that is there.
    async fn there(&self, ecr: EcrEvidence, there: &Image) -> EcrEvidence {
        let (session, image, after) = (self.session, self.image, self.after);
        let classes = self.context.classes(self.reference);
        let says = |class: &[StopClass]| class.iter().any(|class| classes.contains(class));
        let pinned = self.pinned(&ecr.image).await;
        let pinned_gone = pinned.iter().any(|pinned| pinned.absent().is_some());
        // The image is there, and its pull ends in "not found", or in words about a layer: something it is made of is gone.
        let part_gone = !pinned_gone
            && says(&[StopClass::TagNotFound, StopClass::DigestNotFound])
            && self.was_there(there);
        let layer_gone = says(&[StopClass::CorruptedLayer]) || part_gone;
        let chooses = self.context.chooses_ahead(there);
        let platform = chooses || self.context.platform_in_question(self.reference);
        let mut ecr = EcrEvidence { pinned, ..ecr };
        if pinned_gone {
            ecr.lifecycle = repositories::lifecycle(session, image, after).await;
        }
        if says(&[StopClass::ScanOrQuarantine]) {
            ecr.scan = scan::findings(session, image, &there.digest, after).await;
        }
        if !(platform || part_gone || layer_gone) {
            ecr.platforms = session.skipped_in(
                &actions::ECR_BATCH_GET_IMAGE,
                &image.repository,
                &image.region,
                "the platform is not in question, and reading it would be recorded as a pull",
            );
            return ecr;
        }
        let rules = registry::cache_rules(session, image, after).await;
        ecr.platforms = platforms::read(session, image, there, &rules).await;
        if part_gone || chooses {
            ecr.children = self.children(&ecr).await;
        }
        if layer_gone && ecr.children.iter().all(|child| child.absent().is_none()) {
            let child = ecr
                .platforms
                .value()
                .filter(|platforms| platforms.index)
                .and_then(|platforms| self.context.wanted(platforms).first()?.digest.clone());
            let digest = child.as_deref().unwrap_or(&there.digest);
            ecr.layers = layers::read(session, image, digest, &rules).await;
        }
        ecr.cache_rules = rules.item;
        ecr
    }

    /// Whether the image had been pushed when the newest of the tasks failed.
    fn was_there(&self, there: &Image) -> bool {
        let stopped = self.context.tasks.iter().filter(|task| task.is_stopped());
        let failed_at = stopped
            .filter_map(diagnosis::evidence::ecs::Task::failed_at)
            .max();
        match (there.pushed_at, failed_at) {
            (Some(pushed), Some(failed)) => pushed < failed,
            _ => true,
        }
    }

    /// The manifests that the index names for the task's platform.
    async fn children(&self, ecr: &EcrEvidence) -> Vec<Observed<Image>> {
        let platforms = ecr.platforms.value().filter(|platforms| platforms.index);
        let digests = platforms
            .map(|platforms| self.context.wanted(platforms))
            .unwrap_or_default()
            .into_iter()
            .filter_map(|platform| platform.digest.clone())
            .take(MOST_CHILDREN);
        let reads = digests.map(|digest| async move {
            images::describe(self.session, self.image, &Which::Digest(digest), self.after)
                .await
                .item
        });
        join_all(reads).await
    }

    /// The images behind the digests that ECS resolved the reference to.
    async fn pinned(&self, found: &Observed<Image>) -> Vec<Observed<Image>> {
        let current = found.value().map(|image| image.digest.as_str());
        let digests = self.context.digests(self.reference, self.image);
        let others = digests
            .into_iter()
            .filter(|digest| Some(digest.as_str()) != current && self.image.digest.as_ref() != Some(digest))
            .take(MOST_PINNED);
        let reads = others.map(|digest| async move {
            images::describe(self.session, self.image, &Which::Digest(digest), self.after)
                .await
                .item
        });
        join_all(reads).await
    }
}

/// The rule that serves a repository: the one with the longest prefix.
fn serving<'r>(rules: &'r Observed<Listing<CacheRule>>, repository: &str) -> Option<&'r CacheRule> {
    rules
        .items()
        .iter()
        .filter(|rule| rule.serves(repository))
        .max_by_key(|rule| {
            if rule.prefix == "ROOT" {
                0
            } else {
                rule.prefix.len()
            }
        })
}

/// An image of which nothing was read yet, and why.
fn unread(session: &Session<'_>, image: &EcrImage, why: &str) -> EcrEvidence {
    fn skipped<T>(
        session: &Session<'_>,
        image: &EcrImage,
        action: &actions::Action,
        resource: &str,
        why: &str,
    ) -> Observed<T> {
        let mut item: Observed<T> = session.skipped_in(action, resource, &image.region, why);
        item.source.account.clone_from(&image.registry);
        item
    }
    let (repository, registry) = (image.repository.as_str(), image.registry.as_str());
    let (registry_policy, registry_policy_scope) = registry::unread_policy(session, image, why);
    EcrEvidence {
        registry: image.registry.clone(),
        region: image.region.clone(),
        repository_name: image.repository.clone(),
        repository: skipped(
            session,
            image,
            &actions::ECR_DESCRIBE_REPOSITORIES,
            repository,
            why,
        ),
        repository_names: skipped(session, image, &actions::ECR_DESCRIBE_REPOSITORIES, registry, why),
        image: skipped(session, image, &actions::ECR_DESCRIBE_IMAGES, repository, why),
        elsewhere: Vec::new(),
        pinned: Vec::new(),
        images: skipped(session, image, &actions::ECR_DESCRIBE_IMAGES, repository, why),
        policy: skipped(
            session,
            image,
            &actions::ECR_GET_REPOSITORY_POLICY,
            repository,
            why,
        ),
        registry_policy,
        registry_policy_scope,
        lifecycle: skipped(
            session,
            image,
            &actions::ECR_GET_LIFECYCLE_POLICY,
            repository,
            why,
        ),
        platforms: skipped(session, image, &actions::ECR_BATCH_GET_IMAGE, repository, why),
        children: Vec::new(),
        layers: skipped(
            session,
            image,
            &actions::ECR_BATCH_CHECK_LAYER_AVAILABILITY,
            repository,
            why,
        ),
        scan: skipped(
            session,
            image,
            &actions::ECR_DESCRIBE_IMAGE_SCAN_FINDINGS,
            repository,
            why,
        ),
        cache_rules: skipped(
            session,
            image,
            &actions::ECR_DESCRIBE_PULL_THROUGH_CACHE_RULES,
            registry,
            why,
        ),
        cache_validation: skipped(
            session,
            image,
            &actions::ECR_VALIDATE_PULL_THROUGH_CACHE_RULE,
            registry,
            why,
        ),
    }
}
