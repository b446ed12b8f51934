//! Everything a conversation needs, running: Redis, both stand-ins and the bot. All of it ends with the test.

use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use end_to_end::aws::{Aws, World};
use end_to_end::paths;
use end_to_end::process::Process;

use crate::redis::RedisServer;
use crate::slack::Workspace;

/// How long anything may take before the test gives up on it.
pub(crate) const DEADLINE: Duration = Duration::from_mins(1);
/// The channel whose messages are alarms.
pub(crate) const ALARMS: &str = "C0ALARMS001";
/// The group of approvers; Ben is in it, Ana is not.
const APPROVERS: &str = "S0SREONCALL";
const SECRET: &str = "a signing secret";

/// The one AWS stand-in of this test program; every test has an account of its own in it.
pub(crate) fn aws() -> &'static Aws {
    static AWS: OnceLock<Aws> = OnceLock::new();
    AWS.get_or_init(|| Aws::start().unwrap())
}

/// How to run the bot.
#[derive(Debug, Clone, Default)]
pub(crate) struct Run {
    /// Over Socket Mode rather than HTTP.
    pub(crate) socket_mode: bool,
    /// Variables to set besides.
    pub(crate) set: Vec<(&'static str, String)>,
}

/// Everything, running.
pub(crate) struct Stack {
    pub(crate) world: World,
    pub(crate) slack: Workspace,
    pub(crate) redis: RedisServer,
    run: Run,
    port: u16,
    bots: Vec<Process>,
    _slack: Process,
}

impl Stack {
    /// Starts everything in the world of a scenario.
    pub(crate) async fn start(scenario: &str, run: Run) -> anyhow::Result<Self> {
        let world = aws().load(scenario).await?;
        let redis = RedisServer::start();
        let port = free_port()?;
        let mut command = Command::new(paths::slack()?);
        command
            .args(["--port", "0", "--signing-secret", SECRET, "--bot-url"])
            .arg(format!("http://127.0.0.1:{port}"));
        if run.socket_mode {
            command.arg("--socket-mode");
        }
        let (process, url) = Process::listening(command)?;
        let mut stack = Self {
            world,
            slack: Workspace::at(url),
            redis,
            run,
            port,
            bots: Vec::new(),
            _slack: process,
        };
        stack.start_bot("all").await?;
        Ok(stack)
    }

    /// Starts the bot in a role, and waits until it is ready.
    pub(crate) async fn start_bot(&mut self, role: &str) -> anyhow::Result<()> {
        let serves = role != "worker";
        let mut command = Command::new(paths::product()?);
        self.world.set_environment(aws(), &mut command);
        self.set_environment(&mut command);
        command
            .args(["serve", "--role", role])
            .stdout(Stdio::null())
            .stderr(Stdio::inherit());
        if !serves {
            command.env("BIND_ADDR", format!("127.0.0.1:{}", free_port()?));
        }
        self.bots.push(Process::started(command)?);
        if serves { self.ready().await } else { Ok(()) }
    }

    /// Sets the environment that the bot runs in, AWS apart.
    pub(crate) fn set_environment(&self, command: &mut Command) {
        command
            .env("SLACK_API_URL", format!("{}/api", self.slack.url))
            .env("SLACK_BOT_TOKEN", "xoxb-standin")
            .env("SLACK_SIGNING_SECRET", SECRET)
            .env("BIND_ADDR", format!("127.0.0.1:{}", self.port))
            .env("REDIS_URL", self.redis.url())
            .env("ALARM_CHANNELS", ALARMS)
            .env("APPROVERS", APPROVERS)
            .env("REMEDIATION_ROLE_ARN", &self.world.remediation_role_arn);
        if self.run.socket_mode {
            command.env("SLACK_APP_TOKEN", "xapp-standin");
        }
        for (name, value) in &self.run.set {
            command.env(name, value);
        }
    }

    /// Waits until the bot is ready.
    pub(crate) async fn ready(&self) -> anyhow::Result<()> {
        let url = format!("{}/readyz", self.bot_url());
        let until = Instant::now() + DEADLINE;
        while Instant::now() < until {
            if let Ok(answer) = reqwest::get(&url).await
                && answer.status().is_success()
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("the bot was not ready within {DEADLINE:?}")
    }

    /// Kills every process of the bot at once, as a crash does.
    pub(crate) fn kill_bots(&mut self) -> anyhow::Result<()> {
        self.bots.drain(..).try_for_each(Process::kill)
    }

    /// The bot's address.
    pub(crate) fn bot_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The calls that changed something in this world's account and came from the bot.
    pub(crate) async fn writes(&self) -> anyhow::Result<Vec<serde_json::Value>> {
        let answer: serde_json::Value = aws()
            .control(
                "calls",
                serde_json::json!({ "account": self.world.account, "writes": true }),
            )
            .await?;
        answer
            .get("calls")
            .and_then(|calls| calls.as_array())
            .cloned()
            .context("no list of calls")
    }
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
