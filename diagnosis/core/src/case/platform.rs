//! The platform that a task runs on, and whether an image is made for it.

use super::Case;
use crate::evidence::image::Platform;
use crate::observed::{Fact, Observed};

/// Windows Server as `operatingSystemFamily` names it, without its edition, and its build.
///
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html>,
/// <https://learn.microsoft.com/en-us/virtualization/windowscontainers/deploy-containers/version-compatibility>
const WINDOWS: &[(&str, u32)] = &[
    ("WINDOWS_SERVER_2016", 14393),
    ("WINDOWS_SERVER_2019", 17763),
    ("WINDOWS_SERVER_2004", 19041),
    ("WINDOWS_SERVER_20H2", 19042),
    ("WINDOWS_SERVER_2022", LTSC_2022),
    ("WINDOWS_SERVER_2025", 26100),
];

/// The first build whose containers newer hosts run too.
///
/// <https://github.com/containerd/platforms/blob/main/platform_windows_compat.go>
const LTSC_2022: u32 = 20348;

/// The platform the task runs on, and how it is known.
pub fn wanted(case: &Case<'_>) -> Option<(Platform, Fact)> {
    let definition = case.definition?;
    let name = definition.name();
    let architecture = definition.cpu_architecture.as_deref();
    let family = definition.os_family.as_deref();
    if case.fargate() == Some(true) || architecture.is_some() && family.is_some() {
        let architecture = if architecture == Some("ARM64") {
            "arm64"
        } else {
            "amd64"
        };
        let platform = match family {
            Some(family) if family.starts_with("WINDOWS") => Platform {
                os_version: build_of_family(family).map(|build| format!("10.0.{build}")),
                ..platform("windows", architecture)
            },
            _ => platform("linux", architecture),
        };
        let fact = definition.fact(format!("{name} runs on {platform} (runtimePlatform)"));
        return Some((platform, fact));
    }
    case.evidence
        .instances
        .iter()
        .filter_map(Observed::seen)
        .find_map(|instance| {
            let os = instance.os_type.clone()?;
            let architecture = match instance.cpu_architecture.as_deref()? {
                "x86_64" => "amd64",
                other => other,
            };
            let platform = platform(&os, architecture);
            let fact = instance.fact(format!("the container instance is {platform}"));
            Some((platform, fact))
        })
}

fn platform(os: &str, architecture: &str) -> Platform {
    Platform {
        os: os.to_owned(),
        architecture: architecture.to_owned(),
        variant: None,
        os_version: None,
        digest: None,
    }
}

/// Whether an image for `made_for` is taken where `wanted` is asked for. A Windows build that either does not name is no
/// obstacle.
pub fn fits(made_for: &Platform, wanted: &Platform) -> bool {
    if made_for.os != wanted.os || made_for.architecture != wanted.architecture {
        return false;
    }
    match (build(made_for), build(wanted)) {
        (Some(image), Some(host)) => image == host || (LTSC_2022..=host).contains(&image),
        _ => true,
    }
}

/// The build in `10.0.20348.2582`.
fn build(platform: &Platform) -> Option<u32> {
    platform.os_version.as_deref()?.split('.').nth(2)?.parse().ok()
}

fn build_of_family(family: &str) -> Option<u32> {
    WINDOWS
        .iter()
        .find(|(name, _)| family.starts_with(name))
        .map(|(_, build)| *build)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Platform {
        let (name, version) = text.split_once(' ').unwrap_or((text, ""));
        let (os, architecture) = name.split_once('/').unwrap();
        Platform {
            os_version: (!version.is_empty()).then(|| version.to_owned()),
            ..platform(os, architecture)
        }
    }

    #[test]
    fn an_image_fits_a_platform_or_does_not() {
        let cases = [
            ("linux/amd64", "linux/amd64", true),
            ("linux/arm64", "linux/amd64", false),
            ("windows/amd64", "linux/amd64", false),
            // Either may leave its build out.
            ("windows/amd64", "windows/amd64 10.0.20348", true),
            ("windows/amd64 10.0.17763.5458", "windows/amd64", true),
            ("windows/amd64 10.0.17763.5458", "windows/amd64 10.0.17763", true),
            ("windows/amd64 10.0.17763.5458", "windows/amd64 10.0.20348", false),
            ("windows/amd64 10.0.20348.2582", "windows/amd64 10.0.17763", false),
            // From 2022 on, newer hosts run older images.
            ("windows/amd64 10.0.20348.2582", "windows/amd64 10.0.26100", true),
            ("windows/amd64 10.0.17763.5458", "windows/amd64 10.0.26100", false),
            ("windows/amd64 10.0.26100.1", "windows/amd64 10.0.20348", false),
        ];
        for (image, wanted, expected) in cases {
            assert_eq!(fits(&of(image), &of(wanted)), expected, "{image} on {wanted}");
        }
    }

    #[test]
    fn editions_of_windows_share_a_build() {
        assert_eq!(build_of_family("WINDOWS_SERVER_2022_CORE"), Some(20348));
        assert_eq!(build_of_family("WINDOWS_SERVER_2022_FULL"), Some(20348));
        assert_eq!(build_of_family("WINDOWS_SERVER_2031_CORE"), None);
    }
}
