//! What an image is made for: its index, or the configuration of the one image.
//!
//! `BatchGetImage` is recorded as a pull, and imports through a pull-through cache: so it is sent only where the
//! platform is in question or what the image is made of may be gone, and never for a repository that a cache rule serves.

use aws_sdk_ecr::types;
use diagnosis::evidence::image::{CacheRule, Image, Platform, Platforms};
use diagnosis::{Listing, Observed};
use serde::Deserialize;

use super::host::EcrImage;
use super::{layer, query};
use crate::actions::{ECR_BATCH_GET_IMAGE, ECR_GET_DOWNLOAD_URL_FOR_LAYER};
use crate::observe::NotSeen;
use crate::reader::Kind;
use crate::session::{Seen, Session};

const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
/// Media types of what names several images.
pub(crate) const INDEXES: [&str; 2] = [OCI_INDEX, DOCKER_LIST];
const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";

/// What an index or a manifest says, as far as it is of use here.
///
/// <https://github.com/opencontainers/image-spec/blob/main/image-index.md>
#[derive(Debug, Deserialize, serde::Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manifest {
    #[serde(default)]
    media_type: Option<String>,
    #[serde(default)]
    manifests: Option<Vec<Entry>>,
    #[serde(default)]
    config: Option<Entry>,
    #[serde(default)]
    layers: Option<Vec<Entry>>,
}

impl Manifest {
    /// Digests of an image's layers and its configuration.
    pub(super) fn contents(&self) -> Vec<String> {
        let layers = self.layers.iter().flatten();
        layers
            .chain(&self.config)
            .map(|entry| entry.digest.clone())
            .collect()
    }
}

#[derive(Debug, Deserialize, serde::Serialize, PartialEq, Eq)]
struct Entry {
    digest: String,
    #[serde(default)]
    platform: Option<PlatformOf>,
}

/// Platform of an index entry, or what an image's configuration says of it.
#[derive(Debug, Default, Deserialize, serde::Serialize, PartialEq, Eq)]
struct PlatformOf {
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
    #[serde(default)]
    variant: Option<String>,
    #[serde(default, rename = "os.version")]
    os_version: Option<String>,
}

/// The platforms of an image that exists.
pub(crate) async fn read(
    session: &Session<'_>,
    image: &EcrImage,
    found: &Image,
    rules: &Seen<Listing<CacheRule>>,
) -> Observed<Platforms> {
    let skip = |why: &str| session.skipped_in(&ECR_BATCH_GET_IMAGE, &image.repository, &image.region, why);
    if let Err(why) = may_read_manifest(image, rules) {
        return skip(why);
    }
    let manifest = manifest(session, image, &found.digest, rules).await;
    let Some(read) = manifest.value() else {
        return manifest.item.map(|_| Platforms {
            media_type: String::new(),
            index: false,
            platforms: Vec::new(),
        });
    };
    let media_type = read
        .media_type
        .clone()
        .or_else(|| found.manifest_media_type.clone())
        .unwrap_or_default();
    if let Some(platforms) = of_index(read) {
        return manifest.item.map(|_| Platforms {
            media_type,
            index: true,
            platforms,
        });
    }
    let Some(config) = read.config.as_ref().map(|config| config.digest.clone()) else {
        return skip("the manifest names no configuration to read the platform from");
    };
    configuration(session, image, &config, manifest.chain)
        .await
        .item
        .map(|config| Platforms {
            media_type,
            index: false,
            platforms: vec![platform(&config, None)],
        })
}

/// Whether reading a manifest imports nothing; why it might, otherwise.
pub(super) fn may_read_manifest(
    image: &EcrImage,
    rules: &Seen<Listing<CacheRule>>,
) -> Result<(), &'static str> {
    match rules.value() {
        Some(rules) if rules.items.iter().any(|rule| rule.serves(&image.repository)) => Err(
            "a pull-through cache rule serves the repository, and reading the manifest could import an image",
        ),
        Some(rules) if rules.complete => Ok(()),
        _ => Err(
            "the registry's pull-through cache rules were not read, and reading the manifest could import an image",
        ),
    }
}

pub(super) async fn manifest(
    session: &Session<'_>,
    image: &EcrImage,
    digest: &str,
    rules: &Seen<Listing<CacheRule>>,
) -> Seen<Manifest> {
    let mut query = query(&ECR_BATCH_GET_IMAGE, image, Kind::Manifest, rules.chain);
    query.resource = format!("{}@{digest}", image.repository);
    session
        .read(query, async {
            let id = types::ImageIdentifier::builder().image_digest(digest).build();
            let answer = session
                .ecr(&image.region)
                .batch_get_image()
                .registry_id(&image.registry)
                .repository_name(&image.repository)
                .image_ids(id)
                .accepted_media_types(OCI_INDEX)
                .accepted_media_types(DOCKER_LIST)
                .accepted_media_types(OCI_MANIFEST)
                .accepted_media_types(DOCKER_MANIFEST)
                .send()
                .await?;
            let Some(found) = answer.images().first() else {
                return Err(failure(answer.failures()));
            };
            let text = found.image_manifest().unwrap_or_default();
            let mut manifest: Manifest = serde_json::from_str(text)
                .map_err(|error| NotSeen::Failed(format!("the manifest is not JSON: {error}")))?;
            manifest.media_type = found
                .image_manifest_media_type()
                .map(str::to_owned)
                .or(manifest.media_type);
            Ok(manifest)
        })
        .await
}

fn failure(failures: &[types::ImageFailure]) -> NotSeen {
    match failures.first() {
        Some(failure) if failure.failure_code() == Some(&types::ImageFailureCode::ImageNotFound) => {
            NotSeen::Absent
        }
        Some(failure) => NotSeen::Failed(format!(
            "ECR answered {}: {}",
            failure
                .failure_code()
                .map_or("an unnamed failure", |code| code.as_str()),
            failure.failure_reason().unwrap_or("no reason given")
        )),
        None => NotSeen::Failed("ECR sent no manifest".to_owned()),
    }
}

async fn configuration(
    session: &Session<'_>,
    image: &EcrImage,
    digest: &str,
    after: crate::tally::Chain,
) -> Seen<PlatformOf> {
    let mut query = query(&ECR_GET_DOWNLOAD_URL_FOR_LAYER, image, Kind::Manifest, after);
    query.resource = format!("{}@{digest}", image.repository);
    session
        .read(query, async {
            let answer = session
                .ecr(&image.region)
                .get_download_url_for_layer()
                .registry_id(&image.registry)
                .repository_name(&image.repository)
                .layer_digest(digest)
                .send()
                .await?;
            let url = answer.download_url().unwrap_or_default();
            let body = layer::download(session, url, &image.region)
                .await
                .map_err(NotSeen::Failed)?;
            serde_json::from_slice(&body)
                .map_err(|error| NotSeen::Failed(format!("the image's configuration is not JSON: {error}")))
        })
        .await
}

/// The platforms of an index. Build attestations are listed as `unknown/unknown` and are none.
fn of_index(manifest: &Manifest) -> Option<Vec<Platform>> {
    let entries = manifest.manifests.as_ref()?;
    let platforms = entries.iter().filter_map(|entry| {
        let of = entry.platform.as_ref()?;
        (of.os != "unknown" && of.architecture != "unknown").then(|| platform(of, Some(&entry.digest)))
    });
    Some(platforms.collect())
}

fn platform(of: &PlatformOf, digest: Option<&str>) -> Platform {
    Platform {
        os: of.os.clone(),
        architecture: of.architecture.clone(),
        variant: of.variant.clone().filter(|variant| !variant.is_empty()),
        os_version: of.os_version.clone().filter(|version| !version.is_empty()),
        digest: digest.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attestations_are_no_platform() {
        let text = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[
            {"digest":"sha256:1","platform":{"os":"linux","architecture":"arm64","variant":"v8"}},
            {"digest":"sha256:2","platform":{"os":"unknown","architecture":"unknown"}},
            {"digest":"sha256:3","platform":{"os":"windows","architecture":"amd64","os.version":"10.0.20348.1"}},
            {"digest":"sha256:4"}]}"#;
        let platforms = of_index(&serde_json::from_str(text).unwrap()).unwrap();
        let shown: Vec<String> = platforms.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["linux/arm64/v8", "windows/amd64 10.0.20348.1"]);
        assert_eq!(platforms[1].os_version.as_deref(), Some("10.0.20348.1"));
        assert_eq!(platforms[0].digest.as_deref(), Some("sha256:1"));
    }

    #[test]
    fn a_single_manifest_is_no_index() {
        let text = r#"{"schemaVersion":2,"config":{"digest":"sha256:9","size":7},"layers":[]}"#;
        let manifest: Manifest = serde_json::from_str(text).unwrap();
        assert_eq!(of_index(&manifest), None);
        assert_eq!(manifest.config.unwrap().digest, "sha256:9");
    }
}
