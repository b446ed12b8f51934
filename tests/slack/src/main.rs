//! `slack-standin`: see the library.

use std::io::Write;
use std::net::Ipv4Addr;

use clap::Parser;
use slack_standin::{Settings, serve};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// A stand-in for Slack on the loopback interface.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Port to listen on; 0 picks a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Where the bot listens.
    #[arg(long, default_value = "http://127.0.0.1:3000")]
    bot_url: String,
    /// Secret that requests to the bot are signed with.
    #[arg(long)]
    signing_secret: String,
    /// Bot token that the Web API accepts.
    #[arg(long, default_value = "xoxb-standin")]
    bot_token: String,
    /// App-level token that apps.connections.open accepts.
    #[arg(long, default_value = "xapp-standin")]
    app_token: String,
    /// Send commands, events and interactions over a socket instead of HTTP.
    #[arg(long)]
    socket_mode: bool,
    /// Slash commands of the app.
    #[arg(long = "command", default_values_t = ["/ecs-pull-why".to_owned()])]
    commands: Vec<String>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let arguments = Arguments::parse();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.port)).await?;
    let mut out = std::io::stdout();
    writeln!(out, "listening on http://{}", listener.local_addr()?)?;
    out.flush()?;
    let settings = Settings {
        bot_url: arguments.bot_url.trim_end_matches('/').to_owned(),
        signing_secret: arguments.signing_secret,
        bot_token: arguments.bot_token,
        app_token: arguments.app_token,
        socket_mode: arguments.socket_mode,
        commands: arguments.commands,
        ..Settings::default()
    };
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let stop = async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    serve(listener, settings, stop).await
}
