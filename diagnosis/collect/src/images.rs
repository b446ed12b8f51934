//! What became of every image that the task definitions name.

use std::collections::BTreeSet;

use diagnosis::evidence::ecs::{Task, TaskDefinition};
use diagnosis::evidence::image::{EcrEvidence, Image, ImageEvidence};
use diagnosis::{Listing, Observed, Outcome};
use futures::future::join_all;

use crate::access::Questions;
use crate::actions;
use crate::ecr::host::{EcrImage, ecr_image};
use crate::ecr::images::Which;
use crate::ecr::{images, platforms, registry, repositories};
use crate::failure::{speaks_of_platform, texts};
use crate::session::{Seen, Session};
use crate::tally::Chain;

/// Digests of one reference that are looked up beside its tag's.
const MOST_PINNED: usize = 3;

/// What the failure says about images.
pub(crate) struct Context<'a> {
    pub(crate) definition: &'a TaskDefinition,
    /// The target's tasks.
    pub(crate) tasks: &'a [Task],
    /// What the failures' words leave to be explained.
    pub(crate) questions: Questions,
    /// Architecture of the instance that pulls, where one does.
    pub(crate) instance_architecture: Option<&'a str>,
}

impl Context<'_> {
    /// Digests that ECS resolved for this reference, or that a failure text names with its repository.
    fn digests(&self, reference: &str, image: &EcrImage) -> Vec<String> {
        let mut digests = BTreeSet::new();
        for task in self.tasks {
            for container in task
                .containers
                .iter()
                .filter(|container| container.image.as_deref() == Some(reference))
            {
                digests.extend(container.image_digest.clone());
            }
            for text in texts(task) {
                digests.extend(digest_after(text, &image.repository));
            }
        }
        digests.into_iter().collect()
    }

    /// Whether the platform may be what is wrong: reading it leaves a trace in the repository, so not otherwise.
    fn platform_in_question(&self) -> bool {
        let said = self
            .tasks
            .iter()
            .filter(|task| task.is_stopped())
            .flat_map(texts)
            .any(speaks_of_platform);
        let unusual = |architecture: &str| {
            let architecture = architecture.to_ascii_lowercase();
            architecture != "x86_64" && architecture != "amd64"
        };
        said || self.definition.cpu_architecture.as_deref().is_some_and(unusual)
            || self.instance_architecture.is_some_and(unusual)
            || self
                .definition
                .os_family
                .as_deref()
                .is_some_and(|os| !os.eq_ignore_ascii_case("LINUX"))
    }
}

/// The digest that follows the repository's name in a text, as in `…/payments@sha256:…: not found`.
fn digest_after(text: &str, repository: &str) -> Option<String> {
    const PREFIX: &str = "sha256:";
    let start = text.find(&format!("/{repository}@{PREFIX}"))? + repository.len() + 2;
    let rest = text.get(start..)?;
    let hex: String = rest
        .get(PREFIX.len()..)?
        .chars()
        .take_while(char::is_ascii_hexdigit)
        .collect();
    (hex.len() == 64).then(|| format!("{PREFIX}{hex}"))
}

/// Every distinct image of the definition that failed, in full.
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
    join_all(
        references
            .iter()
            .map(|reference| in_full(session, context, reference, after)),
    )
    .await
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
    let known = repository.chain.max(found.chain);
    let no_repository = repository.item.absent().is_some();
    let gone = found.item.absent().is_some() || found.value().is_some_and(|image| image.status != "ACTIVE");
    let (repository_names, lifecycle, rules, pinned) = tokio::join!(
        async {
            if no_repository {
                repositories::names(session, &image, known).await
            } else {
                session.skipped_in(
                    &actions::ECR_DESCRIBE_REPOSITORIES,
                    &image.registry,
                    &image.region,
                    "the repository was found",
                )
            }
        },
        async {
            if gone && !no_repository {
                repositories::lifecycle(session, &image, known).await
            } else {
                let why = "the image is there (or its repository is not): no lifecycle policy is in question";
                session.skipped_in(
                    &actions::ECR_GET_LIFECYCLE_POLICY,
                    &image.repository,
                    &image.region,
                    why,
                )
            }
        },
        async {
            if gone || context.platform_in_question() {
                registry::cache_rules(session, &image, known).await
            } else {
                let why = "the image is in the repository: nothing needs to be fetched through the cache";
                let action = &actions::ECR_DESCRIBE_PULL_THROUGH_CACHE_RULES;
                Seen {
                    item: session.skipped_in(action, &image.registry, &image.region, why),
                    chain: known,
                }
            }
        },
        pinned(session, &image, context.digests(reference, &image), &found),
    );
    let platforms = match found.value() {
        Some(found) if context.platform_in_question() => {
            platforms::read(session, &image, found, &rules).await
        }
        Some(_) => {
            let why = "the platform is not in question, and reading it would be recorded as a pull";
            session.skipped_in(
                &actions::ECR_BATCH_GET_IMAGE,
                &image.repository,
                &image.region,
                why,
            )
        }
        None => {
            let why = "the image was not found";
            session.skipped_in(
                &actions::ECR_BATCH_GET_IMAGE,
                &image.repository,
                &image.region,
                why,
            )
        }
    };
    ImageEvidence {
        reference: reference.to_owned(),
        ecr: Some(EcrEvidence {
            registry: image.registry,
            region: image.region,
            repository_name: image.repository,
            repository: repository.item,
            repository_names,
            image: found.item,
            pinned,
            images: newest,
            policy,
            registry_policy,
            registry_policy_scope,
            lifecycle,
            platforms,
            cache_rules: rules.item,
        }),
    }
}

async fn pinned(
    session: &Session<'_>,
    image: &EcrImage,
    digests: Vec<String>,
    found: &Seen<Image>,
) -> Vec<Observed<Image>> {
    let current = found.value().map(|image| image.digest.as_str());
    let others = digests
        .iter()
        .filter(|digest| Some(digest.as_str()) != current && image.digest.as_ref() != Some(digest))
        .take(MOST_PINNED);
    let reads = others.map(|digest| async move {
        let which = Which::Digest(digest.clone());
        images::describe(session, image, &which, found.chain).await.item
    });
    join_all(reads).await
}

/// Images of other revisions: only whether they exist, read off what is known already where that suffices.
pub(crate) async fn of_others(
    session: &Session<'_>,
    definitions: &[&TaskDefinition],
    known: &[ImageEvidence],
    after: Chain,
) -> Vec<ImageEvidence> {
    let all = definitions
        .iter()
        .flat_map(|definition| &definition.containers)
        .map(|container| container.image.as_str());
    let new: Vec<String> = distinct(all)
        .into_iter()
        .filter(|reference| known.iter().all(|image| image.reference != *reference))
        .collect();
    join_all(
        new.iter()
            .map(|reference| in_brief(session, reference, known, after)),
    )
    .await
}

async fn in_brief(
    session: &Session<'_>,
    reference: &str,
    known: &[ImageEvidence],
    after: Chain,
) -> ImageEvidence {
    let Some(image) = ecr_image(reference) else {
        return ImageEvidence {
            reference: reference.to_owned(),
            ecr: None,
        };
    };
    let which = Which::of(&image);
    let same = known.iter().filter_map(|other| other.ecr.as_ref()).find(|other| {
        other.registry == image.registry
            && other.region == image.region
            && other.repository_name == image.repository
    });
    let read_off = same.and_then(|same| from_listing(&same.images, &which));
    let found = match read_off {
        Some(found) => found,
        None => images::describe(session, &image, &which, after).await.item,
    };
    let skip = "it was read only whether the image exists: another revision is in question";
    let platforms = session.skipped_in(
        &actions::ECR_BATCH_GET_IMAGE,
        &image.repository,
        &image.region,
        skip,
    );
    let (registry_policy, registry_policy_scope) = registry::unread_policy(session, &image, skip);
    let brief = match same {
        Some(same) => EcrEvidence {
            image: found,
            pinned: Vec::new(),
            platforms,
            ..same.clone()
        },
        None => EcrEvidence {
            repository: session.skipped_in(
                &actions::ECR_DESCRIBE_REPOSITORIES,
                &image.repository,
                &image.region,
                skip,
            ),
            repository_names: session.skipped_in(
                &actions::ECR_DESCRIBE_REPOSITORIES,
                &image.registry,
                &image.region,
                skip,
            ),
            image: found,
            pinned: Vec::new(),
            images: session.skipped_in(
                &actions::ECR_DESCRIBE_IMAGES,
                &image.repository,
                &image.region,
                skip,
            ),
            policy: session.skipped_in(
                &actions::ECR_GET_REPOSITORY_POLICY,
                &image.repository,
                &image.region,
                skip,
            ),
            registry_policy,
            registry_policy_scope,
            lifecycle: session.skipped_in(
                &actions::ECR_GET_LIFECYCLE_POLICY,
                &image.repository,
                &image.region,
                skip,
            ),
            platforms,
            cache_rules: session.skipped_in(
                &actions::ECR_DESCRIBE_PULL_THROUGH_CACHE_RULES,
                &image.registry,
                &image.region,
                skip,
            ),
            registry: image.registry,
            region: image.region,
            repository_name: image.repository,
        },
    };
    ImageEvidence {
        reference: reference.to_owned(),
        ecr: Some(brief),
    }
}

/// Whether an image is there, as far as a listing of the repository tells.
fn from_listing(listing: &Observed<Listing<Image>>, which: &Which) -> Option<Observed<Image>> {
    let outcome = match &listing.outcome {
        Outcome::Present(images) => match images.items.iter().find(|image| which.is(image)) {
            Some(image) => Outcome::Present(image.clone()),
            None if images.complete => Outcome::Absent,
            None => return None,
        },
        Outcome::Absent => Outcome::Absent,
        _ => return None,
    };
    Some(Observed {
        source: listing.source.clone(),
        at: listing.at,
        outcome,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_in_the_words_is_of_this_repository_only() {
        let digest = format!("sha256:{}", "0a".repeat(32));
        let text = format!(
            "failed to resolve ref 1.dkr.ecr.eu-west-1.amazonaws.com/team/payments@{digest}: not found"
        );
        assert_eq!(digest_after(&text, "team/payments"), Some(digest.clone()));
        assert_eq!(digest_after(&text, "other"), None);
        assert_eq!(
            digest_after("1.dkr.ecr.x.amazonaws.com/payments@sha256:abc: cut", "payments"),
            None
        );
    }
}
