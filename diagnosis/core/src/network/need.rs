//! What a pull must reach, and what the task needs besides before it starts.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::place::PlaceKind;
use super::service::Service;
use crate::evidence::ecs::TaskDefinition;
use crate::images::host::dns_suffix;
use crate::images::{ImageReference, Registry};
use crate::stage::Stage;

/// Something that must be reached over the network.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Need {
    /// The ECR API, for the authorization token.
    EcrApi {
        /// Region of the image's registry.
        region: String,
        /// Whether the image's host is a FIPS one. Whether the token is then asked for at the API's FIPS host too is
        /// the agent's setting and cannot be read.
        fips: bool,
    },
    /// A registry, for manifests.
    Registry {
        /// Its host, with its port where the reference has one.
        host: String,
        /// Its region, for a private ECR registry.
        region: Option<String>,
        /// Whether it is ECR's FIPS host.
        fips: bool,
        /// Whether it is ECR's dual-stack host.
        dual_stack: bool,
    },
    /// The bucket that holds the layers of ECR images.
    LayerStore {
        /// Region of the image's registry.
        region: String,
    },
    /// A host to which a registry that is not ECR sends its pullers for blobs, as a failure's words name it.
    Content {
        /// The host.
        host: String,
    },
    /// CloudWatch Logs, which the `awslogs` driver opens before the container starts.
    Logs {
        /// Region of the log group.
        region: String,
    },
    /// Secrets Manager: credentials of a private registry, and secrets.
    Secrets {
        /// Region of the secret.
        region: String,
    },
    /// Systems Manager's parameter store.
    Parameters {
        /// Region of the parameter.
        region: String,
    },
}

/// A need, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needed {
    /// What must be reached.
    pub need: Need,
    /// Names of the containers that need it.
    pub by: Vec<String>,
}

/// Registries, and hosts of their blobs, that are known to have addresses of the internet. Any other host may be inside a
/// VPC.
const PUBLIC_REGISTRIES: [&str; 21] = [
    "cgr.dev",
    "cloudfront.net",
    "docker.com",
    "docker.elastic.co",
    "ecr-public.aws.com",
    "gcr.io",
    "ghcr.io",
    "githubusercontent.com",
    "lscr.io",
    "mcr.microsoft.com",
    "nvcr.io",
    "public.ecr.aws",
    "quay.io",
    "r2.cloudflarestorage.com",
    "registry-1.docker.io",
    "registry.access.redhat.com",
    "registry.gitlab.com",
    "registry.k8s.io",
    "registry.redhat.io",
    "storage.googleapis.com",
    "pkg.dev",
];

impl Need {
    /// The host, for a person. Layers come from the bucket's own host.
    pub fn host(&self) -> String {
        match self {
            Self::EcrApi { region, .. } => format!("api.ecr.{region}.{}", dns_suffix(region)),
            Self::Registry { host, .. } | Self::Content { host } => host.clone(),
            Self::LayerStore { region } => {
                format!(
                    "prod-{region}-starport-layer-bucket.s3.{region}.{}",
                    dns_suffix(region)
                )
            }
            Self::Logs { region } => format!("logs.{region}.{}", dns_suffix(region)),
            Self::Secrets { region } => format!("secretsmanager.{region}.{}", dns_suffix(region)),
            Self::Parameters { region } => format!("ssm.{region}.{}", dns_suffix(region)),
        }
    }

    /// TCP port.
    pub fn port(&self) -> u16 {
        match self {
            Self::Registry { host, .. } => host
                .rsplit_once(':')
                .and_then(|(_, port)| port.parse().ok())
                .unwrap_or(443),
            _ => 443,
        }
    }

    /// The stage at which a pull without it fails. What is not part of the pull is met before it.
    pub fn stage(&self) -> Stage {
        match self {
            Self::EcrApi { .. } | Self::Secrets { .. } | Self::Parameters { .. } | Self::Logs { .. } => {
                Stage::TokenNetwork
            }
            Self::Registry { .. } => Stage::RegistryNetwork,
            Self::LayerStore { .. } | Self::Content { .. } => Stage::LayerNetwork,
        }
    }

    /// Whether the image pull itself needs it.
    pub fn is_of_the_pull(&self) -> bool {
        matches!(
            self,
            Self::EcrApi { .. } | Self::Registry { .. } | Self::LayerStore { .. } | Self::Content { .. }
        )
    }

    /// Service name of the endpoint that would serve it, `com.amazonaws.eu-west-1.ecr.dkr`, where one can.
    pub fn endpoint_service(&self) -> Option<String> {
        self.service().map(Service::endpoint_name)
    }

    pub(super) fn service(&self) -> Option<Service<'_>> {
        let (name, region, fips) = match self {
            Self::EcrApi { region, fips } => ("ecr.api", region, *fips),
            Self::Registry {
                region: Some(region),
                fips,
                ..
            } => ("ecr.dkr", region, *fips),
            Self::Registry { region: None, .. } | Self::Content { .. } => return None,
            Self::LayerStore { region } => ("s3", region, false),
            Self::Logs { region } => ("logs", region, false),
            Self::Secrets { region } => ("secretsmanager", region, false),
            Self::Parameters { region } => ("ssm", region, false),
        };
        Some(Service { name, region, fips })
    }

    /// Whether its name is certain to have addresses of the internet, unless an endpoint takes it over.
    pub(super) fn is_public(&self) -> bool {
        match self {
            Self::Registry {
                host, region: None, ..
            }
            | Self::Content { host } => {
                let name = host.split(':').next().unwrap_or(host);
                PUBLIC_REGISTRIES.iter().any(|known| {
                    name.strip_suffix(known)
                        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
                })
            }
            _ => true,
        }
    }

    /// Whether its name may have IPv6 addresses too.
    pub(super) fn may_have_v6(&self) -> bool {
        match self {
            Self::Registry {
                region: Some(_),
                dual_stack,
                ..
            } => *dual_stack,
            Self::Registry { region: None, .. } | Self::Content { .. } => true,
            _ => false,
        }
    }

    /// Whether it is S3 in this region.
    pub(super) fn is_s3_of(&self, here: &str) -> bool {
        matches!(self, Self::LayerStore { region } if region == here)
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Self::EcrApi { .. } => "ECR API",
            Self::Registry { region: Some(_), .. } => "ECR registry",
            Self::Registry { region: None, .. } => "registry",
            Self::LayerStore { .. } => "layer store",
            Self::Content { .. } => "host of the layers",
            Self::Logs { .. } => "CloudWatch Logs",
            Self::Secrets { .. } => "Secrets Manager",
            Self::Parameters { .. } => "Systems Manager",
        };
        write!(f, "{what} ({})", self.host())
    }
}

/// Where the puller runs, as far as it changes what is needed.
#[derive(Debug, Clone, Copy)]
pub struct Puller<'a> {
    /// Task interface or instance.
    pub kind: PlaceKind,
    /// Fargate's platform version, `LATEST`, `1.4.0`, `1.3.0`; `None` is the latest.
    pub platform_version: Option<&'a str>,
    /// Region of the cluster.
    pub region: &'a str,
}

impl Puller<'_> {
    /// Whether the token and secrets are fetched over an interface of Fargate's own, outside the task's subnet: so it
    /// was up to platform version 1.3.0 of Linux
    /// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-version-migration.html>). Windows began
    /// at 1.0.0 with the newer way.
    fn has_fargates_own_interface(self, definition: &TaskDefinition) -> bool {
        let windows = definition
            .os_family
            .as_deref()
            .is_some_and(|family| family.to_ascii_uppercase().starts_with("WINDOWS"));
        let old = self
            .platform_version
            .is_some_and(|version| matches!(version.trim(), "1.0.0" | "1.1.0" | "1.2.0" | "1.3.0"));
        self.kind == PlaceKind::TaskEni && old && !windows
    }
}

/// What the pull of one image must reach.
pub fn needs_of_image(image: &ImageReference) -> Vec<Need> {
    let registry = |host: &str, region: Option<&String>, fips, dual_stack| Need::Registry {
        host: host.to_owned(),
        region: region.cloned(),
        fips,
        dual_stack,
    };
    match &image.registry {
        Registry::EcrPrivate {
            region,
            fips,
            dual_stack,
            ..
        } => vec![
            Need::EcrApi {
                region: region.clone(),
                fips: *fips,
            },
            registry(&image.host, Some(region), *fips, *dual_stack),
            Need::LayerStore {
                region: region.clone(),
            },
        ],
        Registry::DockerHub => vec![registry("registry-1.docker.io", None, false, false)],
        Registry::EcrPublic | Registry::Other => vec![registry(&image.host, None, false, false)],
    }
}

/// What a task from this definition must reach before its containers start, in the order in which it is met.
///
/// Images that are no references need nothing: they fail before the network is asked.
pub fn needs_of(definition: &TaskDefinition, puller: Puller<'_>) -> Vec<Needed> {
    let away = puller.has_fargates_own_interface(definition);
    let mut all: Vec<Needed> = Vec::new();
    let mut add = |need: Need, container: &str| {
        let from_elsewhere = away
            && matches!(
                need,
                Need::EcrApi { .. } | Need::Secrets { .. } | Need::Parameters { .. }
            );
        if from_elsewhere {
            return;
        }
        match all.iter_mut().find(|known| known.need == need) {
            Some(known) if known.by.iter().any(|name| name == container) => {}
            Some(known) => known.by.push(container.to_owned()),
            None => all.push(Needed {
                need,
                by: vec![container.to_owned()],
            }),
        }
    };
    for container in &definition.containers {
        if let Some(secret) = &container.credentials_parameter {
            add(secret_need(secret, puller.region, true), &container.name);
        }
        if let Ok(image) = ImageReference::parse(&container.image) {
            for need in needs_of_image(&image) {
                add(need, &container.name);
            }
        }
    }
    for container in &definition.containers {
        for source in &container.secret_sources {
            add(secret_need(source, puller.region, false), &container.name);
        }
        if let Some(log) = container.log.as_ref().filter(|log| log.driver == "awslogs") {
            let region = log.region.clone().unwrap_or_else(|| puller.region.to_owned());
            add(Need::Logs { region }, &container.name);
        }
    }
    all
}

/// Where a secret is kept. A bare name is a secret for registry credentials, and a parameter for a `valueFrom`
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Secret.html>).
fn secret_need(source: &str, here: &str, is_secret: bool) -> Need {
    let parts: Vec<&str> = source.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", _, "secretsmanager", region, ..] => Need::Secrets {
            region: (*region).to_owned(),
        },
        ["arn", _, "ssm", region, ..] => Need::Parameters {
            region: (*region).to_owned(),
        },
        _ if is_secret => Need::Secrets {
            region: here.to_owned(),
        },
        _ => Need::Parameters {
            region: here.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(image: &str) -> Vec<String> {
        let image = ImageReference::parse(image).unwrap();
        needs_of_image(&image).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_ecr_image_needs_api_registry_and_layers_of_its_region() {
        assert_eq!(
            needs("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/app"),
            [
                "ECR API (api.ecr.cn-north-1.amazonaws.com.cn)",
                "ECR registry (123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn)",
                "layer store (prod-cn-north-1-starport-layer-bucket.s3.cn-north-1.amazonaws.com.cn)",
            ]
        );
        assert_eq!(needs("nginx"), ["registry (registry-1.docker.io)"]);
        assert_eq!(
            needs("harbor.example:8443/app"),
            ["registry (harbor.example:8443)"]
        );
    }

    #[test]
    fn only_known_registries_are_certain_to_be_on_the_internet() {
        for (image, public) in [
            ("nginx", true),
            ("europe-docker.pkg.dev/p/r/i", true),
            ("eu.gcr.io/p/i", true),
            ("evilgcr.io/p/i", false),
            ("harbor.example/app", false),
            ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/app", true),
        ] {
            let image = ImageReference::parse(image).unwrap();
            assert!(
                needs_of_image(&image)
                    .iter()
                    .all(|need| need.is_public() == public),
                "{}",
                image.original
            );
        }
    }
}
