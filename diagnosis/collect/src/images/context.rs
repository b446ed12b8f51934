//! What the failure says about images: which digests it is about, and what is in question.

use std::collections::BTreeSet;

use diagnosis::evidence::ecs::{ServiceEvent, Task, TaskDefinition};
use diagnosis::evidence::image::{Image, Platform, Platforms};
use diagnosis::stop_reason::{StopClass, understand};

use crate::access::Questions;
use crate::ecr::host::{EcrImage, ecr_image};
use crate::ecr::platforms::INDEXES;
use crate::failure::{speaks_of_platform, texts};

/// What the failure says about images.
pub(crate) struct Context<'a> {
    pub(crate) definition: &'a TaskDefinition,
    /// The target's tasks.
    pub(crate) tasks: &'a [Task],
    /// What the failures' words leave to be explained.
    pub(crate) questions: Questions,
    /// The service's events.
    pub(crate) events: &'a [ServiceEvent],
    /// Whether nothing has failed: the images of a task that is to be started.
    pub(crate) ahead: bool,
    /// Architecture of the instance that pulls, where one does.
    pub(crate) instance_architecture: Option<&'a str>,
}

impl Context<'_> {
    /// Digests that a failed pull asked for: those that its text names with the repository, those that ECS had resolved.
    pub(super) fn digests(&self, reference: &str, image: &EcrImage) -> Vec<String> {
        let mut digests: Vec<String> = Vec::new();
        let said = self
            .texts()
            .filter_map(|text| digest_after(text, &image.repository));
        let resolved = self
            .tasks
            .iter()
            .filter(|task| task.is_stopped())
            .flat_map(|task| &task.containers)
            .filter(|container| container.image.as_deref() == Some(reference))
            .filter_map(|container| container.image_digest.clone());
        for digest in said.chain(resolved) {
            if !digests.contains(&digest) {
                digests.push(digest);
            }
        }
        digests
    }

    /// The images that the failures' words are about; the first, where they are about none of them. Before a start, all.
    pub(super) fn in_question<'r>(&self, references: &'r [String]) -> Vec<&'r String> {
        if self.ahead {
            return references.iter().collect();
        }
        let named: Vec<&String> = references
            .iter()
            .filter(|reference| self.texts().any(|text| names(text, reference)))
            .collect();
        if named.is_empty() {
            return references.first().into_iter().collect();
        }
        named
    }

    /// Whether a text is about this image: it names it, or no image of the definition.
    fn is_about(&self, text: &str, reference: &str) -> bool {
        let images = || {
            self.definition
                .containers
                .iter()
                .map(|container| &container.image)
        };
        names(text, reference) || !images().any(|image| names(text, image))
    }

    /// What failed tasks say, and the service's events.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let of_tasks = self.tasks.iter().filter(|task| task.is_stopped()).flat_map(texts);
        of_tasks.chain(self.events.iter().map(|event| event.message.as_str()))
    }

    /// The classes of what failed tasks say about this image; of the service's events, where there is no such task.
    pub(super) fn classes(&self, reference: &str) -> BTreeSet<StopClass> {
        let pull = |text| {
            let class = understand(text).class;
            (class != StopClass::NotPullFailure).then_some((text, class))
        };
        let of_tasks = self.tasks.iter().filter(|task| task.is_stopped()).flat_map(texts);
        let mut said: Vec<(&str, StopClass)> = of_tasks.filter_map(pull).collect();
        if said.is_empty() {
            let events = self.events.iter().map(|event| event.message.as_str());
            said = events.filter_map(pull).collect();
        }
        said.into_iter()
            .filter(|(text, _)| self.is_about(text, reference))
            .map(|(_, class)| class)
            .collect()
    }

    /// Whether the platform may be what is wrong: reading it leaves a trace in the repository, so not otherwise.
    pub(super) fn platform_in_question(&self, reference: &str) -> bool {
        let said = self
            .tasks
            .iter()
            .filter(|task| task.is_stopped())
            .flat_map(texts)
            .any(|text| speaks_of_platform(text) && self.is_about(text, reference));
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

    /// Whether an image is a choice of several of which the pull takes the one for the platform. Before a task is started
    /// that is in question for every such image; a single one is pulled whatever it is made for.
    pub(super) fn chooses_ahead(&self, image: &Image) -> bool {
        let media_type = image.manifest_media_type.as_deref().unwrap_or_default();
        self.ahead && INDEXES.contains(&media_type)
    }

    /// The platforms of an index that the task could run on; all of them where none of it fits.
    pub(super) fn wanted<'p>(&self, platforms: &'p Platforms) -> Vec<&'p Platform> {
        let arm =
            |architecture: &str| matches!(architecture.to_ascii_lowercase().as_str(), "arm64" | "aarch64");
        let architecture = self
            .definition
            .cpu_architecture
            .as_deref()
            .or(self.instance_architecture);
        let wanted = if architecture.is_some_and(arm) {
            "arm64"
        } else {
            "amd64"
        };
        let fits: Vec<&Platform> = platforms
            .platforms
            .iter()
            .filter(|platform| platform.architecture == wanted)
            .collect();
        if fits.is_empty() {
            platforms.platforms.iter().collect()
        } else {
            fits
        }
    }
}

/// Whether a text names an image: as it is written in the definition, by its digest, or by its repository.
fn names(text: &str, reference: &str) -> bool {
    text.contains(reference)
        || ecr_image(reference).is_some_and(|EcrImage { repository, .. }| {
            [
                format!("/{repository}@"),
                format!(":repository/{repository}"),
                format!("name '{repository}'"),
            ]
            .iter()
            .any(|mention| text.contains(mention))
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_names_an_image_in_any_of_the_ways_that_pulls_do() {
        let reference = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/cart:1.2";
        for text in [
            "failed to resolve ref 111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/cart:1.2: not found",
            "failed to resolve ref 111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop/cart@sha256:0a: not found",
            "not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:eu-west-1:111122223333:repository/shop/cart",
            "name unknown: The repository with name 'shop/cart' does not exist in the registry",
        ] {
            assert!(names(text, reference), "{text}");
        }
        assert!(!names("manifest for nginx:1.27 not found", reference));
        assert!(names("manifest for nginx:1.27 not found", "nginx:1.27"));
    }

    #[test]
    fn before_a_start_only_a_choice_of_images_puts_the_platform_in_question() {
        let definition: TaskDefinition = serde_json::from_value(serde_json::json!({
            "arn": "", "family": "payments", "revision": 1, "status": "ACTIVE", "execution_role": null,
            "task_role": null, "network_mode": null, "requires_compatibilities": [], "requires_attributes": [],
            "os_family": null, "cpu_architecture": null, "ephemeral_storage_gib": null, "registered_at": null,
            "registered_by": null, "containers": [], "tags": []}))
        .unwrap();
        let chooses = |ahead: bool, media_type: &str| {
            let context = Context {
                definition: &definition,
                tasks: &[],
                questions: Questions::default(),
                events: &[],
                ahead,
                instance_architecture: None,
            };
            let image = Image {
                digest: String::new(),
                tags: Vec::new(),
                pushed_at: None,
                last_pulled_at: None,
                archived_at: None,
                size_bytes: None,
                status: "ACTIVE".to_owned(),
                manifest_media_type: Some(media_type.to_owned()),
                artifact_media_type: None,
            };
            context.chooses_ahead(&image)
        };
        for index in INDEXES {
            assert!(chooses(true, index));
            assert!(!chooses(false, index), "a failure says what is in question");
        }
        assert!(!chooses(true, "application/vnd.oci.image.manifest.v1+json"));
    }

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
