//! Image references by the OCI grammar, with Docker's defaults.

use std::fmt;

use oci_spec::distribution::Reference;

use super::host::Registry;
use super::mistake::ReferenceError;

/// What an image reference names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageReference {
    /// The reference as it was written.
    pub original: String,
    /// Registry host, lower case, with its port where one is given; `docker.io` where none is written.
    pub host: String,
    /// The whole path on that host: `team/app`; `library/nginx` for Docker Hub's own images.
    pub repository: String,
    /// Tag; `latest` where neither tag nor digest is written.
    pub tag: Option<String>,
    /// Digest, `sha256:…`. Where there is one it decides, whatever the tag says.
    pub digest: Option<String>,
    /// Which registry the host is.
    pub registry: Registry,
}

impl ImageReference {
    /// Reads a reference as a container runtime does.
    ///
    /// The grammar is <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests>
    /// with the defaults of <https://github.com/distribution/reference>.
    ///
    /// # Errors
    ///
    /// A [`ReferenceError`] that says what is wrong and, where it can be told, what was meant.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        let parsed: Reference = text
            .parse()
            .map_err(|error| ReferenceError::explain(text, &error))?;
        // `oci_spec` takes `Team/app` for a path, and hexadecimal digits in any case.
        let digest_upper = parsed
            .digest()
            .is_some_and(|digest| digest.bytes().any(|byte| byte.is_ascii_uppercase()));
        let name_upper = parsed.repository().bytes().any(|byte| byte.is_ascii_uppercase());
        if digest_upper || name_upper {
            return Err(ReferenceError::upper_case(text));
        }
        let host = parsed.registry().to_ascii_lowercase();
        Ok(Self {
            original: text.to_owned(),
            registry: Registry::of_host(&host),
            host,
            repository: parsed.repository().to_owned(),
            tag: parsed.tag().map(str::to_owned),
            digest: parsed.digest().map(str::to_owned),
        })
    }

    /// What is asked of the registry: the digest where there is one, else the tag.
    pub fn wanted(&self) -> &str {
        self.digest.as_deref().or(self.tag.as_deref()).unwrap_or("latest")
    }
}

/// The reference in full: host, path, tag, digest.
impl fmt::Display for ImageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn references_are_read_with_dockers_defaults() {
        let at_digest = format!("quay.io/org/app@{DIGEST}");
        let both = format!("ghcr.io/org/app:v2@{DIGEST}");
        for (text, host, repository, tag, digest) in [
            ("nginx", "docker.io", "library/nginx", Some("latest"), None),
            ("nginx:1.27", "docker.io", "library/nginx", Some("1.27"), None),
            ("org/app", "docker.io", "org/app", Some("latest"), None),
            (
                "index.docker.io/org/app:1",
                "docker.io",
                "org/app",
                Some("1"),
                None,
            ),
            ("localhost/app", "localhost", "app", Some("latest"), None),
            ("registry:5000/app", "registry:5000", "app", Some("latest"), None),
            ("registry:5000/a/b/c:d", "registry:5000", "a/b/c", Some("d"), None),
            (
                "registry.example:5000",
                "docker.io",
                "library/registry.example",
                Some("5000"),
                None,
            ),
            (&at_digest, "quay.io", "org/app", None, Some(DIGEST)),
            (&both, "ghcr.io", "org/app", Some("v2"), Some(DIGEST)),
            (
                "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app:Release_1.0-rc.1",
                "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
                "team/app",
                Some("Release_1.0-rc.1"),
                None,
            ),
            ("GHCR.io/org/app", "ghcr.io", "org/app", Some("latest"), None),
            ("a__b/c--d", "docker.io", "a__b/c--d", Some("latest"), None),
        ] {
            let read = ImageReference::parse(text).unwrap();
            assert_eq!(
                (
                    read.host.as_str(),
                    read.repository.as_str(),
                    read.tag.as_deref(),
                    read.digest.as_deref()
                ),
                (host, repository, tag, digest),
                "{text}"
            );
            assert_eq!(read.original, text);
        }
    }

    #[test]
    fn the_digest_decides() {
        let both = ImageReference::parse(&format!("ghcr.io/org/app:v2@{DIGEST}")).unwrap();
        assert_eq!(both.wanted(), DIGEST);
        assert_eq!(ImageReference::parse("nginx").unwrap().wanted(), "latest");
    }

    /// Mostly correct references, of every part.
    fn reference() -> impl Strategy<Value = String> {
        let host = prop_oneof![
            Just(String::new()),
            "[a-z]{1,5}\\.[a-z]{2,4}(:[0-9]{1,5})?/",
            Just("localhost/".to_owned()),
            "[0-9]{12}\\.dkr\\.ecr\\.eu-west-[123]\\.amazonaws\\.com/",
        ];
        let path = "[a-z0-9]{1,6}(([._]|__|-{1,2})[a-z0-9]{1,3})?(/[a-z0-9]{1,6}){0,3}";
        let tag = prop_oneof![Just(String::new()), ":[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}"];
        let digest = prop_oneof![
            Just(String::new()),
            "@sha256:[0-9a-f]{64}",
            "@sha512:[0-9a-f]{128}"
        ];
        (host, path, tag, digest).prop_map(|(host, path, tag, digest)| format!("{host}{path}{tag}{digest}"))
    }

    proptest! {
        #[test]
        fn written_in_full_it_names_the_same(text in reference()) {
            let read = ImageReference::parse(&text).unwrap();
            let again = ImageReference::parse(&read.to_string()).unwrap();
            prop_assert_eq!(&again.original, &read.to_string());
            prop_assert_eq!(ImageReference { original: text, ..again }, read);
        }

        #[test]
        fn nothing_panics_and_what_was_meant_is_a_reference(
            text in prop_oneof![any::<String>(), "[a-zA-Z0-9 ./:@${}<>_-]{0,40}", reference().prop_map(|good| good.replacen(':', "::", 1))]
        ) {
            if let Err(error) = ImageReference::parse(&text) {
                prop_assert!(!error.to_string().is_empty());
                if let Some(meant) = &error.meant {
                    prop_assert!(ImageReference::parse(meant).is_ok(), "{} -> {}", text, meant);
                }
            }
        }
    }
}
