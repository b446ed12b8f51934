//! Which private ECR registry an image reference names.

use oci_spec::distribution::Reference;

use crate::aws::{partition, valid_region};

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

impl EcrImage {
    /// ARN of the repository.
    pub(crate) fn repository_arn(&self) -> String {
        let Self {
            registry,
            region,
            repository,
            ..
        } = self;
        format!(
            "arn:{}:ecr:{region}:{registry}:repository/{repository}",
            partition(region)
        )
    }
}

/// The private ECR image that a reference names; `None` for other registries and for what is no reference.
pub(crate) fn ecr_image(reference: &str) -> Option<EcrImage> {
    let parsed: Reference = reference.parse().ok()?;
    let (registry, region) = registry_of(parsed.registry())?;
    Some(EcrImage {
        registry,
        region,
        repository: parsed.repository().to_owned(),
        tag: parsed.tag().map(str::to_owned),
        digest: parsed.digest().map(str::to_owned),
    })
}

/// Account and region of an ECR host, in the forms that AWS gives out.
///
/// <https://docs.aws.amazon.com/general/latest/gr/ecr.html>
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-requests.html>
fn registry_of(host: &str) -> Option<(String, String)> {
    let host = host.to_ascii_lowercase();
    let host = host.strip_suffix(":443").unwrap_or(&host);
    let (account, rest) = host.split_once('.')?;
    if account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    const FORMS: &[(&str, &[&str])] = &[
        ("dkr.ecr.", SUFFIXES),
        ("dkr.ecr-fips.", SUFFIXES),
        ("dkr-ecr.", DUAL_STACK),
        ("dkr-ecr-fips.", DUAL_STACK),
    ];
    FORMS.iter().find_map(|(prefix, suffixes)| {
        let rest = rest.strip_prefix(prefix)?;
        let region = suffixes.iter().find_map(|suffix| rest.strip_suffix(suffix))?;
        valid_region(region).then(|| (account.to_owned(), region.to_owned()))
    })
}

const SUFFIXES: &[&str] = &[
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".amazonaws.eu",
    ".c2s.ic.gov",
    ".sc2s.sgov.gov",
    ".cloud.adc-e.uk",
    ".csp.hci.ic.gov",
];

const DUAL_STACK: &[&str] = &[
    ".on.aws",
    ".on.amazonwebservices.com.cn",
    ".on.amazonwebservices.eu",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_host_is_known() {
        for (host, region) in [
            ("111122223333.dkr.ecr.eu-west-1.amazonaws.com", "eu-west-1"),
            ("111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            (
                "111122223333.dkr.ecr-fips.us-gov-west-1.amazonaws.com",
                "us-gov-west-1",
            ),
            ("111122223333.dkr-ecr.eu-west-1.on.aws", "eu-west-1"),
            ("111122223333.dkr-ecr-fips.us-east-1.on.aws", "us-east-1"),
            (
                "111122223333.dkr.ecr.eusc-de-east-1.amazonaws.eu",
                "eusc-de-east-1",
            ),
        ] {
            let image = ecr_image(&format!("{host}/team/payments:v1")).unwrap();
            assert_eq!(image.region, region);
            assert_eq!(image.registry, "111122223333");
            assert_eq!(image.repository, "team/payments");
            assert_eq!(image.tag.as_deref(), Some("v1"));
        }
    }

    #[test]
    fn other_registries_and_look_alikes_are_not_asked() {
        for reference in [
            "nginx",
            "docker.io/library/nginx:1",
            "public.ecr.aws/docker/library/nginx:1",
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com.evil.example/payments:v1",
            "111122223333.dkr.ecr.eu-west-1.evil.amazonaws.com/payments:v1",
            "11112222333.dkr.ecr.eu-west-1.amazonaws.com/payments:v1",
            "111122223333.dkr-ecr.eu-west-1.evil.on.aws/payments",
            "111122223333.dkr.ecr.eu-west-1.amazonaws.com/Payments:v1",
        ] {
            assert_eq!(ecr_image(reference), None, "{reference}");
        }
    }

    #[test]
    fn digest_and_default_tag() {
        let host = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";
        let digest = format!("sha256:{}", "a".repeat(64));
        let both = ecr_image(&format!("{host}/payments:v1@{digest}")).unwrap();
        assert_eq!(
            (both.tag.as_deref(), both.digest.as_deref()),
            (Some("v1"), Some(digest.as_str()))
        );
        assert_eq!(
            ecr_image(&format!("{host}/payments")).unwrap().tag.as_deref(),
            Some("latest")
        );
        assert_eq!(
            both.repository_arn(),
            "arn:aws:ecr:eu-west-1:111122223333:repository/payments"
        );
    }
}
