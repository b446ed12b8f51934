//! A stand-in for Slack: what an app sees of a workspace, on the loopback interface, with people played by tests
//! or by a page in the browser.
//!
//! It shares nothing with the app under test but the wire.

mod bot;
mod clock;
mod commands;
mod control;
mod deliver;
mod events;
mod faults;
mod interactions;
mod limits;
mod page;
mod plain;
mod response_url;
mod signing;
mod socket_mode;
mod standin;
mod traffic;
mod triggers;
mod web_api;
mod workspace;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::{any, get, post};
use tokio::net::TcpListener;

pub use standin::Settings;
use standin::Standin;

/// How long open connections may take to end once the stand-in stops.
const GRACE: Duration = Duration::from_secs(2);

fn router(standin: Arc<Standin>) -> Router {
    Router::new()
        .route("/api/{method}", any(web_api::handle))
        .route("/response/{id}", post(response_url::handle))
        .route("/link/", get(socket_mode::handle))
        .nest("/control", control::routes())
        .merge(page::routes())
        .with_state(standin)
}

/// Serves on `listener` until `stop` is done. The listener must be on the loopback interface.
pub async fn serve(
    listener: TcpListener,
    settings: Settings,
    stop: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let address = listener.local_addr()?;
    anyhow::ensure!(
        address.ip().is_loopback(),
        "`{address}` is not a loopback address"
    );
    let standin = Standin::new(settings, format!("http://{address}"))?;
    let stopping = standin.stopping.clone();
    let watched = Arc::clone(&standin);
    let server =
        axum::serve(listener, router(standin)).with_graceful_shutdown(async move { watched.stopped().await });
    let server = server.into_future();
    tokio::pin!(server);
    tokio::select! {
        ended = &mut server => return Ok(ended?),
        () = stop => stopping.send_replace(true),
    };
    // Whoever keeps a connection open beyond the grace is cut off.
    if let Ok(ended) = tokio::time::timeout(GRACE, server).await {
        ended?;
    }
    Ok(())
}
