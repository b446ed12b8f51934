//! Where the programs under test are.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_owned)
        .unwrap_or_default()
}

/// The folder with this build's programs: the test runs from `TARGET/PROFILE/deps`.
///
/// # Errors
/// Where the test's own path cannot be told.
pub fn programs() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe().context("cannot tell the test's own path")?;
    own.ancestors()
        .nth(2)
        .map(Path::to_owned)
        .context("the test runs from an unexpected folder")
}

/// The product's program.
///
/// # Errors
/// Where it has not been built.
pub fn product() -> anyhow::Result<PathBuf> {
    built(programs()?.join("ecs-pull-why"))
}

/// The Slack stand-in's program.
///
/// # Errors
/// Where it has not been built.
pub fn slack() -> anyhow::Result<PathBuf> {
    built(root().join("target/slack/debug/slack-standin"))
}

/// The Python that the AWS stand-in runs on.
///
/// # Errors
/// Where it has not been installed.
pub fn python() -> anyhow::Result<PathBuf> {
    built(root().join("target/python/bin/python"))
}

fn built(path: PathBuf) -> anyhow::Result<PathBuf> {
    ensure!(
        path.exists(),
        "{} is missing: run tests/all, which builds and installs what the tests need",
        path.display()
    );
    Ok(path)
}
