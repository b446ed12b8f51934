//! `serve`: the bot.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use super::Failure;
use crate::serve::{self, Listeners, Role};
use crate::settings::Settings;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What this process does.
    #[arg(long, value_enum, default_value = "all")]
    role: Part,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Takes requests from Slack.
    Web,
    /// Answers them.
    Worker,
    /// Both.
    All,
}

pub(super) async fn run(args: &Args) -> Result<u8, Failure> {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info")))
        .with_writer(std::io::stderr)
        .init();
    let settings = Settings::load().map_err(|error| Failure::usage(error.to_string()))?;
    let role = match args.role {
        Part::Web => Role::Web,
        Part::Worker => Role::Worker,
        Part::All => Role::All,
    };
    let listeners = Listeners::bind(&settings)
        .await
        .map_err(|error| Failure::usage(error.to_string()))?;
    let shutdown = CancellationToken::new();
    tokio::spawn(until_asked(shutdown.clone()));
    serve::serve(settings, role, listeners, shutdown)
        .await
        .map_err(|error| Failure::usage(error.to_string()))?;
    Ok(0)
}

/// Cancels `shutdown` on SIGINT or SIGTERM.
async fn until_asked(shutdown: CancellationToken) {
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        Err(error) => {
            tracing::warn!(%error, "cannot listen for SIGTERM; Ctrl-C still stops the bot");
            let _ = tokio::signal::ctrl_c().await;
        }
    }
    shutdown.cancel();
}
