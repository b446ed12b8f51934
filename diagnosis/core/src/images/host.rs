//! Which registry a host is: every form that Amazon ECR has, told from what only looks like one.

use serde::{Deserialize, Serialize};

/// Kind of registry that an image reference names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Registry {
    /// A private Amazon ECR registry.
    EcrPrivate {
        /// Account that owns it, twelve digits.
        account: String,
        /// Its region.
        region: String,
        /// Whether the host is the FIPS one.
        fips: bool,
        /// Whether the host is the dual-stack one (IPv4 and IPv6).
        dual_stack: bool,
        /// Partition of its region: `aws`, `aws-cn`, `aws-us-gov`, …
        partition: String,
    },
    /// Amazon ECR Public.
    EcrPublic,
    /// Docker Hub.
    DockerHub,
    /// Any other registry.
    Other,
}

/// A partition of AWS, and what its ECR hosts end in.
struct Partition {
    name: &'static str,
    /// What its regions begin with. The first partition that fits counts, so `aws` comes last.
    region_prefixes: &'static [&'static str],
    /// Ending of the IPv4 hosts.
    suffix: &'static str,
    /// Ending of the dual-stack hosts, where there are any.
    dual_stack_suffix: Option<&'static str>,
}

/// The partitions, by the endings that AWS's own credential helper knows
/// (<https://github.com/awslabs/amazon-ecr-credential-helper>, `ecr-login/api/client.go`) and the regions of AWS's
/// list of ECR endpoints (<https://docs.aws.amazon.com/general/latest/gr/ecr.html>).
const PARTITIONS: [Partition; 8] = [
    Partition {
        name: "aws-cn",
        region_prefixes: &["cn-"],
        suffix: "amazonaws.com.cn",
        dual_stack_suffix: Some("on.amazonwebservices.com.cn"),
    },
    Partition {
        name: "aws-us-gov",
        region_prefixes: &["us-gov-"],
        suffix: "amazonaws.com",
        dual_stack_suffix: Some("on.aws"),
    },
    Partition {
        name: "aws-iso",
        region_prefixes: &["us-iso-"],
        suffix: "c2s.ic.gov",
        dual_stack_suffix: None,
    },
    Partition {
        name: "aws-iso-b",
        region_prefixes: &["us-isob-"],
        suffix: "sc2s.sgov.gov",
        dual_stack_suffix: None,
    },
    Partition {
        name: "aws-iso-e",
        region_prefixes: &["eu-isoe-"],
        suffix: "cloud.adc-e.uk",
        dual_stack_suffix: None,
    },
    Partition {
        name: "aws-iso-f",
        region_prefixes: &["us-isof-"],
        suffix: "csp.hci.ic.gov",
        dual_stack_suffix: None,
    },
    Partition {
        name: "aws-eusc",
        region_prefixes: &["eusc-"],
        suffix: "amazonaws.eu",
        dual_stack_suffix: Some("on.amazonwebservices.eu"),
    },
    Partition {
        name: "aws",
        region_prefixes: &["us-", "eu-", "ap-", "sa-", "ca-", "me-", "af-", "il-", "mx-"],
        suffix: "amazonaws.com",
        dual_stack_suffix: Some("on.aws"),
    },
];

/// What a host would be if it were an ECR host: its parts, before region and ending are checked.
struct EcrShape<'a> {
    account: &'a str,
    region: &'a str,
    suffix: &'a str,
    fips: bool,
    dual_stack: bool,
}

impl Registry {
    /// The registry behind `host`, which may carry a port and may be written in any case.
    pub fn of_host(host: &str) -> Self {
        let host = name_of(host);
        match host.as_str() {
            "docker.io" | "index.docker.io" | "registry-1.docker.io" | "registry.hub.docker.com" => {
                return Self::DockerHub;
            }
            // The second one is the dual-stack name.
            // <https://docs.aws.amazon.com/AmazonECR/latest/public/public-ecr-requests.html>
            "public.ecr.aws" | "ecr-public.aws.com" => return Self::EcrPublic,
            _ => {}
        }
        let Some(shape) = EcrShape::of(&host) else {
            return Self::Other;
        };
        let Some(partition) = partition_of(shape.region) else {
            return Self::Other;
        };
        if is_account(shape.account) && partition.suffix(shape.dual_stack) == Some(shape.suffix) {
            Self::EcrPrivate {
                account: shape.account.to_owned(),
                region: shape.region.to_owned(),
                fips: shape.fips,
                dual_stack: shape.dual_stack,
                partition: partition.name.to_owned(),
            }
        } else {
            Self::Other
        }
    }

    /// Region of a private ECR registry.
    pub fn ecr_region(&self) -> Option<&str> {
        match self {
            Self::EcrPrivate { region, .. } => Some(region),
            _ => None,
        }
    }
}

impl Partition {
    fn suffix(&self, dual_stack: bool) -> Option<&'static str> {
        if dual_stack {
            self.dual_stack_suffix
        } else {
            Some(self.suffix)
        }
    }
}

impl<'a> EcrShape<'a> {
    fn of(host: &'a str) -> Option<Self> {
        let (account, rest) = host.split_once('.')?;
        let (dual_stack, rest) = match rest.strip_prefix("dkr.ecr") {
            Some(rest) => (false, rest),
            None => (true, rest.strip_prefix("dkr-ecr")?),
        };
        let (fips, rest) = match rest.strip_prefix("-fips") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let (region, suffix) = rest.strip_prefix('.')?.split_once('.')?;
        Some(Self {
            account,
            region,
            suffix,
            fips,
            dual_stack,
        })
    }
}

/// What keeps a host that is built like an ECR host from being one, for a person, and the host that was probably
/// meant where that can be told. `None` for ECR hosts and for hosts that are nothing like one.
pub fn almost_ecr(host: &str) -> Option<(String, Option<String>)> {
    let host = name_of(host);
    let shape = EcrShape::of(&host)?;
    if matches!(Registry::of_host(&host), Registry::EcrPrivate { .. }) {
        return None;
    }
    if !is_account(shape.account) {
        return Some((
            format!("`{}` is no account id: those have twelve digits", shape.account),
            None,
        ));
    }
    let Some(partition) = partition_of(shape.region) else {
        return Some((format!("`{}` is no AWS region", shape.region), None));
    };
    let Some(suffix) = partition.suffix(shape.dual_stack) else {
        return Some((
            format!("partition `{}` has no dual-stack ECR hosts", partition.name),
            None,
        ));
    };
    let kind = match (shape.dual_stack, shape.fips) {
        (false, false) => "dkr.ecr",
        (false, true) => "dkr.ecr-fips",
        (true, false) => "dkr-ecr",
        (true, true) => "dkr-ecr-fips",
    };
    Some((
        format!(
            "ECR hosts of region `{}` end in `{suffix}`, this one in `{}`",
            shape.region, shape.suffix
        ),
        Some(format!("{}.{kind}.{}.{suffix}", shape.account, shape.region)),
    ))
}

/// The partition that a region belongs to: `aws`, `aws-cn`, …; `None` for what is no region.
pub fn partition_name(region: &str) -> Option<&'static str> {
    partition_of(region).map(|partition| partition.name)
}

/// What the names of AWS's services end in, in this region.
pub fn dns_suffix(region: &str) -> &'static str {
    partition_of(region).map_or("amazonaws.com", |partition| partition.suffix)
}

fn partition_of(region: &str) -> Option<&'static Partition> {
    if !is_region(region) {
        return None;
    }
    PARTITIONS.iter().find(|partition| {
        partition
            .region_prefixes
            .iter()
            .any(|prefix| region.starts_with(prefix))
    })
}

/// Whether this is built like a region: words of letters, then a number.
fn is_region(text: &str) -> bool {
    let words: Vec<&str> = text.split('-').collect();
    let Some((number, names)) = words.split_last() else {
        return false;
    };
    names.len() >= 2
        && names
            .iter()
            .all(|name| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase()))
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The name in `host[:port]`, lower case.
fn name_of(host: &str) -> String {
    host.split(':').next().unwrap_or(host).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ecr(region: &str, partition: &str, fips: bool, dual_stack: bool) -> Registry {
        Registry::EcrPrivate {
            account: "123456789012".to_owned(),
            region: region.to_owned(),
            fips,
            dual_stack,
            partition: partition.to_owned(),
        }
    }

    #[test]
    fn every_form_of_an_ecr_host_is_known() {
        for (host, expected) in [
            (
                "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
                ecr("eu-west-1", "aws", false, false),
            ),
            (
                "123456789012.DKR.ECR.EU-West-1.AmazonAWS.com:443",
                ecr("eu-west-1", "aws", false, false),
            ),
            (
                "123456789012.dkr.ecr-fips.us-east-2.amazonaws.com",
                ecr("us-east-2", "aws", true, false),
            ),
            (
                "123456789012.dkr-ecr.ap-southeast-4.on.aws",
                ecr("ap-southeast-4", "aws", false, true),
            ),
            (
                "123456789012.dkr-ecr-fips.us-west-2.on.aws",
                ecr("us-west-2", "aws", true, true),
            ),
            (
                "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn",
                ecr("cn-north-1", "aws-cn", false, false),
            ),
            (
                "123456789012.dkr-ecr.cn-northwest-1.on.amazonwebservices.com.cn",
                ecr("cn-northwest-1", "aws-cn", false, true),
            ),
            (
                "123456789012.dkr.ecr.us-gov-west-1.amazonaws.com",
                ecr("us-gov-west-1", "aws-us-gov", false, false),
            ),
            (
                "123456789012.dkr.ecr-fips.us-gov-east-1.amazonaws.com",
                ecr("us-gov-east-1", "aws-us-gov", true, false),
            ),
            (
                "123456789012.dkr-ecr-fips.us-gov-east-1.on.aws",
                ecr("us-gov-east-1", "aws-us-gov", true, true),
            ),
            (
                "123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov",
                ecr("us-iso-east-1", "aws-iso", false, false),
            ),
            (
                "123456789012.dkr.ecr.us-isob-east-1.sc2s.sgov.gov",
                ecr("us-isob-east-1", "aws-iso-b", false, false),
            ),
            (
                "123456789012.dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk",
                ecr("eu-isoe-west-1", "aws-iso-e", false, false),
            ),
            (
                "123456789012.dkr.ecr.us-isof-south-1.csp.hci.ic.gov",
                ecr("us-isof-south-1", "aws-iso-f", false, false),
            ),
            (
                "123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu",
                ecr("eusc-de-east-1", "aws-eusc", false, false),
            ),
            ("public.ecr.aws", Registry::EcrPublic),
            ("ecr-public.aws.com", Registry::EcrPublic),
            ("docker.io", Registry::DockerHub),
            ("registry-1.docker.io:443", Registry::DockerHub),
            ("ghcr.io", Registry::Other),
            ("localhost:5000", Registry::Other),
        ] {
            assert_eq!(Registry::of_host(host), expected, "{host}");
        }
    }

    #[test]
    fn a_look_alike_is_no_ecr_host() {
        for (host, why) in [
            ("123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.example", true),
            ("123456789012.dkr-ecr.us-east-1.evil.on.aws", true),
            ("123456789012.dkr.ecr.us-east-1.on.aws", true),
            ("123456789012.dkr-ecr.us-east-1.amazonaws.com", true),
            ("123456789012.dkr.ecr.cn-north-1.amazonaws.com", true),
            ("123456789012.dkr.ecr.eu-west-1.amazonaws.com.cn", true),
            ("12345678901.dkr.ecr.eu-west-1.amazonaws.com", true),
            ("team.dkr.ecr.eu-west-1.amazonaws.com", true),
            ("123456789012.dkr.ecr.nowhere.amazonaws.com", true),
            ("123456789012.dkr-ecr.us-iso-east-1.c2s.ic.gov", true),
            ("123456789012.dkr.ecr-fipsy.eu-west-1.amazonaws.com", false),
            ("x.123456789012.dkr.ecr.eu-west-1.amazonaws.com", false),
            ("123456789012.dkr.ecr.amazonaws.com", true),
            ("dkr.ecr.eu-west-1.amazonaws.com", false),
        ] {
            assert_eq!(Registry::of_host(host), Registry::Other, "{host}");
            assert_eq!(almost_ecr(host).is_some(), why, "{host}");
        }
    }

    #[test]
    fn a_near_miss_says_what_was_meant() {
        let (why, meant) = almost_ecr("123456789012.dkr.ecr.cn-north-1.amazonaws.com").unwrap();
        insta::assert_snapshot!(why, @"ECR hosts of region `cn-north-1` end in `amazonaws.com.cn`, this one in `amazonaws.com`");
        assert_eq!(
            meant.as_deref(),
            Some("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn")
        );
    }

    proptest! {
        #[test]
        fn no_host_panics_and_what_was_meant_is_ecr(host in "[a-z0-9.:-]{0,40}|[0-9]{12}\\.dkr[.-]ecr(-fips)?\\.[a-z]{2}-[a-z]{4,5}-[0-9]\\.[a-z.]{1,20}") {
            let _ = Registry::of_host(&host);
            if let Some((_, Some(meant))) = almost_ecr(&host) {
                let is_ecr = matches!(Registry::of_host(&meant), Registry::EcrPrivate { .. });
                prop_assert!(is_ecr, "{meant}");
            }
        }
    }
}
