//! What an image is made for, against what its task runs on: in every combination that the registry and the text allow.

use diagnosis::Cause;
use diagnosis::evidence::Evidence;
use diagnosis::evidence::image::{Platform, Platforms};

use crate::world::{IMAGE, causes, change, failing, minutes_ago, report, seen};

const MISMATCH: &str = "CannotPullContainerError: pull image manifest has been retried 1 time(s): image Manifest does not contain descriptor matching platform 'linux/amd64'";
const NO_WINDOWS: &str = "CannotPullContainerError: pull image manifest has been retried 1 time(s): no matching manifest for windows/amd64 10.0.20348 in the manifest list entries";

/// `linux/arm64` or `windows/amd64 10.0.17763.5458`.
fn platform(text: &str) -> Platform {
    let (name, version) = text.split_once(' ').unwrap_or((text, ""));
    let (os, architecture) = name.split_once('/').unwrap();
    Platform {
        os: os.to_owned(),
        architecture: architecture.to_owned(),
        variant: None,
        os_version: (!version.is_empty()).then(|| version.to_owned()),
        digest: None,
    }
}

fn made_for(mut evidence: Evidence, index: bool, platforms: &[&str]) -> Evidence {
    let ecr = evidence.images[0].ecr.as_mut().unwrap();
    ecr.platforms = seen(
        "ecr:BatchGetImage",
        "shop/cart",
        Platforms {
            media_type: "application/vnd.oci.image.index.v1+json".to_owned(),
            index,
            platforms: platforms.iter().map(|text| platform(text)).collect(),
        },
    );
    evidence
}

fn on(mut evidence: Evidence, family: &str) -> Evidence {
    change(&mut evidence.task_definitions[0], |definition| {
        definition.os_family = Some(family.to_owned());
        definition.cpu_architecture = Some("X86_64".to_owned());
    });
    evidence
}

fn pushed(mut evidence: Evidence, minutes: i64) -> Evidence {
    let ecr = evidence.images[0].ecr.as_mut().unwrap();
    change(&mut ecr.image, |image| {
        image.pushed_at = Some(minutes_ago(minutes));
    });
    evidence
}

#[test]
fn an_index_without_the_tasks_platform_is_the_proof() {
    let report = report(&made_for(failing(MISMATCH), true, &["linux/arm64"]));
    assert_eq!(causes(&report), ["platform_mismatch Confirmed Observed"]);
    let offered = |id: &str| report.remedies.iter().any(|remedy| remedy.id == id);
    // The tasks are Fargate's, which has machines for it.
    assert!(offered("build_for_platform") && offered("run_on_architecture"));
}

#[test]
fn another_build_of_windows_is_another_platform() {
    let windows = |builds: &[&str]| {
        report(&on(
            made_for(failing(NO_WINDOWS), true, builds),
            "WINDOWS_SERVER_2022_CORE",
        ))
    };
    let other = windows(&["windows/amd64 10.0.17763.5458"]);
    assert_eq!(causes(&other), ["platform_mismatch Confirmed Observed"]);
    insta::assert_snapshot!(other.headline, @"shop/cart cannot pull its image: 444455556666.dkr.ecr.eu-central-1.amazonaws.com/shop/cart:2.0.1 has no image for windows/amd64 10.0.20348; it is made for windows/amd64 10.0.17763.5458");
    // There is no other architecture of Windows to run on.
    assert!(
        other
            .remedies
            .iter()
            .all(|remedy| remedy.id != "run_on_architecture")
    );
    let same = windows(&["windows/amd64 10.0.17763.5458", "windows/amd64 10.0.20348.2582"]);
    assert_eq!(causes(&same), ["platform_mismatch Likely Observed"]);
}

#[test]
fn an_image_that_fits_now_is_told_beside_the_words_that_it_did_not() {
    let fits = made_for(failing(MISMATCH), true, &["linux/amd64", "linux/arm64"]);
    let since = report(&pushed(fits.clone(), 2));
    insta::assert_snapshot!(since.headline, @"shop/cart cannot pull its image: 444455556666.dkr.ecr.eu-central-1.amazonaws.com/shop/cart:2.0.1 had no image for the task's platform when the pull failed, said the registry; it was pushed again at 11:58 UTC, and is made for linux/amd64");
    assert!(
        since
            .remedies
            .iter()
            .any(|remedy| remedy.id == "force_new_deployment")
    );
    let before = report(&pushed(fits, 700));
    insta::assert_snapshot!(before.headline, @"shop/cart cannot pull its image: 444455556666.dkr.ecr.eu-central-1.amazonaws.com/shop/cart:2.0.1 had no image for the task's platform when the pull failed, said the registry; it is made for linux/amd64 now");
    assert!(!before.causes[0].missing.is_empty());
}

#[test]
fn what_fits_and_was_not_complained_of_is_ruled_out() {
    let words = "CannotPullContainerError: write /usr/lib/x: no space left on device";
    for (index, platforms) in [
        (true, ["linux/amd64"]),
        (false, ["linux/amd64"]),
        // It pulls, and dies with `exec format error`.
        (false, ["linux/arm64"]),
    ] {
        let report = report(&made_for(failing(words), index, &platforms));
        assert!(
            report
                .ruled_out
                .iter()
                .any(|item| item.cause == Cause::PlatformMismatch),
            "{index} {platforms:?} {IMAGE}"
        );
    }
}
