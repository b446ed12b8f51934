//! Which private ECR registry an image reference names.

use diagnosis::images::{ImageReference, Registry};

/// An image in a private ECR registry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EcrImage {
    /// The account that owns the registry.
    pub(crate) registry: String,
    /// Region of the registry.
    pub(crate) region: String,
    /// The repository: the whole path.
    pub(crate) repository: String,
    /// Tag, `latest` where the reference has neither tag nor digest.
    pub(crate) tag: Option<String>,
    /// Digest: wins over the tag.
    pub(crate) digest: Option<String>,
}

/// The private ECR image that a reference names; `None` for other registries and for what is no reference.
pub(crate) fn ecr_image(reference: &str) -> Option<EcrImage> {
    let parsed = ImageReference::parse(reference).ok()?;
    let Registry::EcrPrivate { account, region, .. } = parsed.registry else {
        return None;
    };
    Some(EcrImage {
        registry: account,
        region,
        repository: parsed.repository,
        tag: parsed.tag,
        digest: parsed.digest,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_private_registries_are_asked() {
        let host = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";
        let digest = format!("sha256:{}", "a".repeat(64));
        let image = ecr_image(&format!("{host}/team/payments:v1@{digest}")).unwrap();
        assert_eq!(
            (image.registry.as_str(), image.region.as_str()),
            ("111122223333", "eu-west-1")
        );
        assert_eq!(image.repository, "team/payments");
        assert_eq!(
            (image.tag.as_deref(), image.digest.as_deref()),
            (Some("v1"), Some(digest.as_str()))
        );
        assert_eq!(
            ecr_image(&format!("{host}/payments")).unwrap().tag.as_deref(),
            Some("latest")
        );
        for other in [
            "nginx",
            "public.ecr.aws/docker/library/nginx:1",
            &format!("{host}.evil.example/payments:v1"),
            &format!("{host}/Payments:v1"),
        ] {
            assert_eq!(ecr_image(other), None, "{other}");
        }
    }
}
