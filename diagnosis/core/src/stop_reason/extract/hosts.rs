//! The hosts that a failure text names, and which part they play in a pull.

use crate::stop_reason::text::{Text, patterns};

/// The part that a host plays in a pull.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::stop_reason) enum HostKind {
    /// ECR's API, which hands out tokens.
    EcrApi,
    /// A private ECR registry.
    EcrRegistry,
    /// Amazon ECR Public.
    EcrPublic,
    /// Docker Hub's registry.
    DockerHub,
    /// Docker Hub's token service.
    DockerHubToken,
    /// Any other registry.
    OtherRegistry,
    /// Where blobs lie: S3, or a registry's content network.
    LayerStore,
    /// Another AWS API, a web page, the container's own metadata: no part of a pull.
    Unrelated,
}

impl HostKind {
    /// True for hosts that serve manifests.
    pub(in crate::stop_reason) fn is_registry(self) -> bool {
        matches!(
            self,
            Self::EcrRegistry | Self::EcrPublic | Self::DockerHub | Self::OtherRegistry
        )
    }

    /// True for every host that a pull talks to.
    pub(in crate::stop_reason) fn is_in_a_pull(self) -> bool {
        self != Self::Unrelated
    }
}

/// A host that a text names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::stop_reason) struct Host {
    pub(in crate::stop_reason) name: String,
    pub(in crate::stop_reason) kind: HostKind,
}

impl Host {
    /// A host that stands in the text without a URL around it.
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind: kind(name, None),
        }
    }
}

patterns! {
    /// `https://HOST/PATH`; a host may hold the placeholders that people put over account numbers.
    URL = r#"(?i)https?://(?:[^\s/"'@]+@)?([a-z0-9<>{}_$.-]+)(:\d+)?(/[^\s"'`>]*)?"#;
    /// A name that was being looked up.
    LOOKUP = r"(?i)\blookup ([a-z0-9_.-]+?)\.?(?::| on |$| )";
    /// A request that was being made: the host it went to.
    REQUEST = r#"(?i)\b(?:get|head|post|put) "?https?://(?:[^\s/"'@]+@)?([a-z0-9<>{}_$.-]+)(:\d+)?(/[^\s"'`>]*)?"#;
    /// Docker Desktop's and containerd's ways of naming the host without a scheme.
    CONNECT = r"(?i)\b(?:connecting to|dialing|from host|could not resolve(?: host)?:?) ([a-z0-9-]+(?:\.[a-z0-9-]+)+)(?::\d+)?\b";
    /// A private ECR registry anywhere in the text, dual-stack names included.
    ECR = r"(?i)([a-z0-9<>{}_$-]+\.dkr[.-]ecr(?:-fips)?\.[a-z0-9<>{}_$-]+\.(?:amazonaws\.com(?:\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn|[a-z0-9.]*[a-z]))";
    /// An ECR API host anywhere in the text.
    ECR_API = r"(?i)(?:^|[^a-z0-9.*_}>-])((?:api\.ecr(?:-public)?(?:-fips)?|ecr-fips|ecr|ecr-public|vpce-[a-z0-9-]+\.api\.ecr)\.[a-z0-9-]+\.(?:vpce\.amazonaws\.com|amazonaws\.com(?:\.cn)?|api\.aws))";
    PATH_OF_A_REGISTRY = r"(?i)^/v[12](?:/|$)";
}

/// Every host named, in the order of the text: those of URLs, of lookups and of connections.
pub(in crate::stop_reason) fn hosts(text: &Text) -> Vec<Host> {
    let mut found: Vec<(usize, Host)> = Vec::new();
    for url in URL.captures_iter(&text.plain) {
        if let Some((at, host)) = from_url(&url) {
            found.push((at, host));
        }
    }
    for pattern in [&LOOKUP, &CONNECT, &ECR, &ECR_API] {
        let named = pattern
            .captures_iter(&text.plain)
            .filter_map(|found| found.get(1));
        found.extend(named.map(|name| (name.start(), Host::new(name.as_str()))));
    }
    found.sort_by_key(|(at, _)| *at);
    found.dedup();
    found.into_iter().map(|(_, host)| host).collect()
}

/// The host that was being talked to when the pull failed: the one looked up, else the one last requested, else dialled.
pub(in crate::stop_reason) fn tried(text: &Text) -> Option<Host> {
    let last_of = |pattern: &regex::Regex| {
        let named = pattern
            .captures_iter(&text.plain)
            .filter_map(|found| found.get(1))
            .last();
        named.map(|name| Host::new(name.as_str()))
    };
    let requested = || {
        REQUEST
            .captures_iter(&text.plain)
            .filter_map(|found| from_url(&found))
            .last()
    };
    last_of(&LOOKUP)
        .or_else(|| requested().map(|(_, host)| host))
        .or_else(|| last_of(&CONNECT))
}

/// The host that the text names as the registry; `image` is the image's own host.
///
/// `docker.io` is how references name Docker Hub, not a host that serves them: it counts where it was asked only. The ECR API and
/// Docker Hub's token service are named where no registry is; a layer store never.
pub(in crate::stop_reason) fn registry_host(hosts: &[Host], image: Option<&str>) -> Option<String> {
    let first = |test: fn(HostKind) -> bool| {
        hosts
            .iter()
            .find(|host| test(host.kind))
            .map(|host| host.name.clone())
    };
    first(HostKind::is_registry)
        .or_else(|| image.filter(|host| *host != "docker.io").map(str::to_owned))
        .or_else(|| first(|kind| matches!(kind, HostKind::EcrApi | HostKind::DockerHubToken)))
}

/// Host and port of a URL, and what they are in a pull.
fn from_url(url: &regex::Captures<'_>) -> Option<(usize, Host)> {
    let found = url.get(1)?;
    let name = found.as_str().trim_end_matches('.');
    // A host that lost its first part to somebody's redaction is no host.
    if name.starts_with('.') || (!name.contains('.') && url.get(2).is_none()) {
        return None;
    }
    let port = url.get(2).map_or("", |port| port.as_str());
    let kind = kind(name, url.get(3).map(|path| path.as_str()));
    Some((
        found.start(),
        Host {
            name: format!("{name}{port}"),
            kind,
        },
    ))
}

/// Hosts of web pages that failure texts point to.
const PAGES: [&str; 8] = [
    "docs.docker.com",
    "www.docker.com",
    "docs.aws.amazon.com",
    "aws.amazon.com",
    "github.com",
    "hub.docker.com",
    "curl.haxx.se",
    "console.aws.amazon.com",
];

/// Registries of packages: they fail in the words of image registries.
const PACKAGES: [&str; 4] = [
    "registry.npmjs.org",
    "registry.yarnpkg.com",
    "registry.terraform.io",
    "registry.opentofu.org",
];

/// True for registries of packages, which hold no images.
pub(in crate::stop_reason) fn is_package_registry(host: &str) -> bool {
    is_one_of(host, &PACKAGES)
}

/// Well-known registries; a leading dot stands for every host under that name.
const REGISTRIES: [&str; 21] = [
    "ghcr.io",
    "gcr.io",
    ".gcr.io",
    ".pkg.dev",
    "quay.io",
    "mcr.microsoft.com",
    ".azurecr.io",
    ".azurecr.cn",
    "registry.gitlab.com",
    "registry.k8s.io",
    "k8s.gcr.io",
    "nvcr.io",
    "docker.elastic.co",
    "lscr.io",
    "cgr.dev",
    "dhi.io",
    "registry.access.redhat.com",
    "registry.redhat.io",
    ".jfrog.io",
    "icr.io",
    ".ocir.io",
];

/// Where registries keep their blobs; a leading dot as above.
const STORES: [&str; 12] = [
    ".cloudfront.net",
    "production.cloudflare.docker.com",
    ".r2.cloudflarestorage.com",
    "pkg-containers.githubusercontent.com",
    "storage.googleapis.com",
    ".blob.core.windows.net",
    ".data.azurecr.io",
    ".data.mcr.microsoft.com",
    "cdn.quay.io",
    "cdn01.quay.io",
    "cdn02.quay.io",
    "cdn03.quay.io",
];

fn is_one_of(name: &str, list: &[&str]) -> bool {
    list.iter().any(|known| {
        if known.starts_with('.') {
            name.ends_with(known)
        } else {
            name == *known
        }
    })
}

fn kind(name: &str, path: Option<&str>) -> HostKind {
    let name = name.to_ascii_lowercase();
    if name.contains(".dkr.ecr.")
        || name.contains(".dkr.ecr-fips.")
        || name.contains(".dkr-ecr.")
        || name.contains(".dkr-ecr-fips.")
    {
        return HostKind::EcrRegistry;
    }
    if ECR_API
        .captures(&name)
        .and_then(|found| found.get(1))
        .is_some_and(|found| found.as_str() == name)
    {
        return HostKind::EcrApi;
    }
    if name == "public.ecr.aws" || name == "ecr-public.aws.com" {
        return HostKind::EcrPublic;
    }
    if name == "auth.docker.io" {
        return HostKind::DockerHubToken;
    }
    let in_aws = name.contains("amazonaws.com") || name.ends_with(".api.aws");
    let is_s3 = in_aws
        && (name.contains("starport-layer-bucket")
            || name.starts_with("s3.")
            || name.starts_with("s3-")
            || name.contains(".s3"));
    if is_s3 || name.contains("starport-layer-bucket") || is_one_of(&name, &STORES) {
        return HostKind::LayerStore;
    }
    if name == "docker.io"
        || name == "index.docker.io"
        || name == "registry.hub.docker.com"
        || (name.starts_with("registry") && name.ends_with(".docker.io"))
    {
        return HostKind::DockerHub;
    }
    if in_aws
        || is_one_of(&name, &PAGES)
        || name.starts_with("169.254.")
        || name.starts_with("localhost")
        || name == "127.0.0.1"
    {
        return HostKind::Unrelated;
    }
    let speaks_the_registry_protocol = path.is_some_and(|path| PATH_OF_A_REGISTRY.is_match(path));
    if speaks_the_registry_protocol
        || is_one_of(&name, &REGISTRIES)
        || (name.starts_with("registry.") && !is_package_registry(&name))
        || name.starts_with("harbor.")
        || name.starts_with("docker.")
    {
        return HostKind::OtherRegistry;
    }
    HostKind::Unrelated
}

#[cfg(test)]
mod tests {
    use super::{Host, HostKind, Text, hosts, kind, registry_host, tried};

    #[test]
    fn kinds_of_hosts() {
        for (name, expected) in [
            (
                "111122223333.dkr.ecr.eu-west-1.amazonaws.com",
                HostKind::EcrRegistry,
            ),
            ("111122223333.dkr-ecr.eu-west-1.on.aws", HostKind::EcrRegistry),
            ("api.ecr.eu-west-1.amazonaws.com", HostKind::EcrApi),
            ("ecr.eu-west-1.api.aws", HostKind::EcrApi),
            ("api.ecr.cn-north-1.amazonaws.com.cn", HostKind::EcrApi),
            (
                "prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com",
                HostKind::LayerStore,
            ),
            ("s3.eu-west-1.amazonaws.com", HostKind::LayerStore),
            ("d111111abcdef8.cloudfront.net", HostKind::LayerStore),
            ("registry-1.docker.io", HostKind::DockerHub),
            ("europe-docker.pkg.dev", HostKind::OtherRegistry),
            ("logs.eu-west-1.amazonaws.com", HostKind::Unrelated),
            ("docs.docker.com", HostKind::Unrelated),
        ] {
            assert_eq!(kind(name, None), expected, "{name}");
        }
        assert_eq!(
            kind("images.corp.example", Some("/v2/app/manifests/1")),
            HostKind::OtherRegistry
        );
    }

    #[test]
    fn the_host_that_was_asked_is_the_registry() {
        let text = Text::new(
            "failed to resolve ref docker.io/a/b:1: Head \"https://registry-1.docker.io/v2/a/b/manifests/1\": EOF",
        );
        assert_eq!(
            registry_host(&hosts(&text), Some("docker.io")).as_deref(),
            Some("registry-1.docker.io")
        );
        let text = Text::new(
            "Get \"https://prod-x-starport-layer-bucket.s3.amazonaws.com/k\": dial tcp 52.216.1.1:443: i/o timeout",
        );
        assert_eq!(registry_host(&hosts(&text), None), None);
        assert_eq!(
            tried(&text).map(|host: Host| host.kind),
            Some(HostKind::LayerStore)
        );
    }

    #[test]
    fn a_lookup_names_the_host_that_was_tried() {
        let text = Text::new(
            "Post \"https://api.ecr.eu-west-1.amazonaws.com/\": dial tcp: lookup api.ecr.eu-west-1.amazonaws.com on 10.0.0.2:53: no such host",
        );
        assert_eq!(
            tried(&text),
            Some(Host {
                name: "api.ecr.eu-west-1.amazonaws.com".to_owned(),
                kind: HostKind::EcrApi
            })
        );
    }
}
