//! The AWS stand-in and the worlds it holds.

use std::process::Command;

use anyhow::{Context, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::expectation::Expectation;
use crate::paths;
use crate::process::Process;

/// The AWS stand-in, running.
#[derive(Debug)]
pub struct Aws {
    _process: Process,
    /// Its address: what `AWS_ENDPOINT_URL` is set to.
    pub url: String,
    http: reqwest::Client,
}

/// A scenario that was loaded, in an account of its own.
#[derive(Debug, Clone, Deserialize)]
pub struct World {
    /// Account, twelve digits.
    pub account: String,
    /// Region.
    pub region: String,
    /// Access key id of the bot's user.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
    /// Role that remediation assumes.
    pub remediation_role_arn: String,
    /// What somebody asks.
    pub ask: Ask,
    /// What the report must say.
    pub expect: Expectation,
    /// The services, as loaded.
    pub services: Value,
}

/// What somebody asks.
#[derive(Debug, Clone, Deserialize)]
pub struct Ask {
    /// Cluster.
    pub cluster: String,
    /// Task, service or task definition.
    pub task: String,
}

impl Aws {
    /// Starts it.
    ///
    /// # Errors
    /// Where it cannot be started.
    pub fn start() -> anyhow::Result<Self> {
        let mut command = Command::new(paths::python()?);
        command
            .args(["-m", "aws", "--while-stdin", "--scenarios", "scenarios"])
            .current_dir(paths::root().join("tests"));
        let (process, url) = Process::listening(command)?;
        // Each test has a runtime of its own: a connection kept from another one's would be dead.
        let http = reqwest::Client::builder().pool_max_idle_per_host(0).build()?;
        Ok(Self {
            _process: process,
            url,
            http,
        })
    }

    /// Loads a scenario into a fresh account.
    ///
    /// # Errors
    /// Where the stand-in refuses it.
    pub async fn load(&self, scenario: &str) -> anyhow::Result<World> {
        self.control("scenario", json!({ "name": scenario })).await
    }

    /// Calls the control API.
    ///
    /// # Errors
    /// Where the stand-in refuses, or answers something else.
    pub async fn control<T: DeserializeOwned>(&self, name: &str, body: Value) -> anyhow::Result<T> {
        let answer = self
            .http
            .post(format!("{}/_control/{name}", self.url))
            .json(&body)
            .send()
            .await?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            bail!("the AWS stand-in refused {name} {body}: {text}");
        }
        serde_json::from_str(&text).with_context(|| format!("unexpected answer to {name}: {text}"))
    }
}

impl World {
    /// Sets the environment of a program that is to work in this world.
    pub fn set_environment(&self, aws: &Aws, command: &mut Command) {
        command
            .env_remove("AWS_PROFILE")
            .env_remove("AWS_SESSION_TOKEN")
            .env("AWS_ENDPOINT_URL", &aws.url)
            .env("AWS_REGION", &self.region)
            .env("AWS_ACCESS_KEY_ID", &self.access_key_id)
            .env("AWS_SECRET_ACCESS_KEY", &self.secret_access_key)
            .env("AWS_EC2_METADATA_DISABLED", "true");
    }
}
