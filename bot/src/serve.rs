//! `serve`: the server that Slack talks to, and the worker that answers.
//!
//! Both run in one process or in many; they share nothing but Redis. A process of any role answers probes.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics::histogram;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tower_http::timeout::TimeoutLayer;
use tracing::{info, warn};

use crate::conversation::{AwsDiagnoser, Conversation, Diagnoser, Remediator};
use crate::jobs::{
    Audit, Cache, Handles, JobsError, Keys, Once, Pacing, Queue, QueueLimits, Redis, Worker, WorkerSettings,
};
use crate::reader::{CACHE_VERSION, RedisReader};
use crate::remediate::AwsRemediator;
use crate::settings::{Entry, Serving, Settings, SettingsError};
use crate::slack::api::{Me, SlackApi};
use crate::slack::gate::Gate;
use crate::slack::http::{Entrance, routes};
use crate::slack::{Surface, socket_mode};
use crate::work::Work;

/// Longest that a request may take to arrive and be handled; Slack itself waits three seconds.
const HANDLED_WITHIN: Duration = Duration::from_secs(5);

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Role {
    /// Takes requests.
    Web,
    /// Answers them.
    Worker,
    /// Both.
    All,
}

/// Why a process cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Settings are missing.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The Redis address is wrong.
    #[error(transparent)]
    Redis(#[from] JobsError),
    /// The machine's root certificates cannot be read.
    #[error("the machine's root certificates cannot be read: {0}; install its package of CA certificates")]
    Roots(std::io::Error),
    /// An address is not to be had.
    #[error("cannot listen on `{address}` ({name}): {error}; choose another one")]
    Listen {
        /// The setting.
        name: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system says.
        error: std::io::Error,
    },
    /// Metrics were set up before, in this process.
    #[error("metrics cannot be recorded: {0}")]
    Metrics(String),
}

/// What a process listens on.
#[derive(Debug)]
pub struct Listeners {
    http: TcpListener,
    metrics: Option<(TcpListener, PrometheusHandle)>,
}

impl Listeners {
    /// Binds `BIND_ADDR` and, where it is set, `METRICS_ADDR`. Metrics are recorded from now on.
    pub async fn bind(settings: &Settings) -> Result<Self, ServeError> {
        let http = listen("BIND_ADDR", settings.bind_addr).await?;
        let metrics = match settings.metrics_addr {
            Some(address) => {
                let listener = listen("METRICS_ADDR", address).await?;
                let handle = PrometheusBuilder::new()
                    .install_recorder()
                    .map_err(|error| ServeError::Metrics(error.to_string()))?;
                Some((listener, handle))
            }
            None => None,
        };
        Ok(Self { http, metrics })
    }

    /// Where Slack's requests and probes arrive.
    pub fn http_addr(&self) -> std::io::Result<SocketAddr> {
        self.http.local_addr()
    }
}

async fn listen(name: &'static str, address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address)
        .await
        .map_err(|error| ServeError::Listen { name, address, error })
}

/// Everything that is kept in Redis.
#[derive(Debug, Clone)]
pub struct Stores {
    redis: Redis,
    keys: Keys,
    limits: QueueLimits,
}

impl Stores {
    /// The Redis of `serving`. Connects with the first command.
    pub fn open(settings: &Settings, serving: &Serving) -> Result<Self, ServeError> {
        Ok(Self {
            redis: Redis::open(&serving.redis_url)?,
            keys: Keys::default(),
            limits: QueueLimits {
                waiting: settings.limits.waiting_jobs,
                ..QueueLimits::default()
            },
        })
    }

    /// The queue.
    pub fn queue(&self) -> Queue<Work> {
        Queue::new(self.redis.clone(), self.keys.clone(), self.limits)
    }

    /// Values behind buttons.
    pub fn handles(&self) -> Handles {
        Handles::new(self.redis.clone(), self.keys.clone())
    }

    /// The audit log.
    pub fn audit(&self) -> Audit {
        Audit::new(self.redis.clone(), self.keys.clone())
    }

    /// Rate limits.
    pub fn pacing(&self) -> Pacing {
        Pacing::new(self.redis.clone(), self.keys.clone())
    }

    /// The evidence cache and CloudTrail's pace.
    pub fn reader(&self, settings: &Settings) -> RedisReader {
        let ttls = RedisReader::ttls(settings.evidence_ttl.clone());
        let cache = Cache::new(self.redis.clone(), self.keys.clone(), CACHE_VERSION, ttls);
        RedisReader::new(cache, self.pacing())
    }

    fn once(&self) -> Once {
        Once::new(self.redis.clone(), self.keys.clone())
    }
}

/// Serves until `shutdown` is cancelled, on real accounts.
///
/// # Errors
/// Where it cannot begin. Whatever is away later (Redis, Slack, AWS) is waited for.
pub async fn serve(
    settings: Settings,
    role: Role,
    listeners: Listeners,
    shutdown: CancellationToken,
) -> Result<(), ServeError> {
    let serving = settings.serving()?;
    let stores = Stores::open(&settings, &serving)?;
    let diagnoser = AwsDiagnoser::new(stores.reader(&settings), settings.limits.diagnosis);
    let settings = Arc::new(settings);
    let remediator = AwsRemediator::new(Arc::clone(&settings), stores.handles(), stores.audit());
    serve_with(
        settings, serving, stores, role, listeners, diagnoser, remediator, shutdown,
    )
    .await
}

/// Serves with a diagnoser of the caller's choice.
///
/// # Errors
/// Where it cannot begin.
#[expect(
    clippy::too_many_arguments,
    reason = "each is one part of the process, put together here and nowhere else"
)]
pub async fn serve_with<D: Diagnoser, R: Remediator>(
    settings: Arc<Settings>,
    serving: Serving,
    stores: Stores,
    role: Role,
    listeners: Listeners,
    diagnoser: D,
    remediator: R,
    shutdown: CancellationToken,
) -> Result<(), ServeError> {
    // Two of the libraries bring a provider each; without a choice the first TLS handshake over a socket would panic.
    // Somebody may have chosen already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let slack = SlackApi::new(&settings.slack.api_url, &serving.bot_token).map_err(ServeError::Roots)?;
    let mut tasks = JoinSet::new();
    let mut router = probes(stores.clone());

    if role != Role::Worker {
        let surface = Surface::new(
            stores.queue(),
            stores.handles(),
            stores.once(),
            Arc::clone(&settings),
        );
        match serving.entry {
            Entry::Http { signing_secret } => {
                let gate = Gate::new(&signing_secret);
                router = router.merge(routes(Entrance {
                    gate,
                    surface,
                    slack: slack.clone(),
                }));
            }
            Entry::SocketMode { app_token } => {
                let (slack, shutdown) = (slack.clone(), shutdown.clone());
                tasks.spawn(async move { socket_mode::receive(surface, slack, &app_token, shutdown).await });
            }
        }
    }
    if role != Role::Web {
        let me = Arc::new(OnceLock::new());
        tasks.spawn(introduce(slack.clone(), Arc::clone(&me), shutdown.clone()));
        let slots = settings.limits.jobs_at_once;
        let conversation = Conversation::new(
            slack,
            stores.pacing(),
            stores.handles(),
            settings,
            me,
            diagnoser,
            remediator,
        );
        let worker_settings = WorkerSettings {
            slots,
            ..WorkerSettings::default()
        };
        let worker = Worker::new(stores.redis.clone(), stores.keys.clone(), worker_settings);
        tasks.spawn(worker.run(Arc::new(conversation), shutdown.clone()));
    }
    if let Some((listener, handle)) = listeners.metrics {
        let router = Router::new().route("/metrics", get(async move || handle.render()));
        tasks.spawn(answer(listener, router, shutdown.clone()));
    }
    let router = router
        .layer(middleware::from_fn(measured))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            HANDLED_WITHIN,
        ));
    info!(?role, "serving");
    tasks.spawn(answer(listeners.http, router, shutdown));
    while tasks.join_next().await.is_some() {}
    info!("stopped");
    Ok(())
}

async fn answer(listener: TcpListener, router: Router, shutdown: CancellationToken) {
    let served = axum::serve(listener, router)
        .with_graceful_shutdown(shutdown.cancelled_owned())
        .await;
    if let Err(error) = served {
        warn!(%error, "a listener failed");
    }
}

/// `GET /healthz`: the process runs. `GET /readyz`: Redis answers, and the queue accepts.
fn probes(stores: Stores) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .with_state(stores)
}

async fn ready(State(stores): State<Stores>) -> Response {
    match crate::jobs::ready(&stores.redis, &stores.keys, &stores.limits).await {
        Ok(readiness) => {
            let status = if readiness.accepts() {
                StatusCode::OK
            } else {
                StatusCode::SERVICE_UNAVAILABLE
            };
            let mut text = String::new();
            if readiness.accepts() {
                text.push_str("ready\n");
            }
            for problem in &readiness.problems {
                text.push_str(&problem.to_string());
                text.push('\n');
            }
            (status, text).into_response()
        }
        // The address may be nobody's business: the log has it.
        Err(error) => {
            warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "Redis does not answer\n").into_response()
        }
    }
}

/// How long requests take.
async fn measured(request: Request, next: Next) -> Response {
    let path = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("other", MatchedPath::as_str)
        .to_owned();
    let began = Instant::now();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    histogram!("ecs_pull_why_http_seconds", "path" => path, "status" => status)
        .record(began.elapsed().as_secs_f64());
    response
}

/// Asks Slack who the bot is, until it says so.
async fn introduce(slack: SlackApi, me: Arc<OnceLock<Me>>, shutdown: CancellationToken) {
    let asking = async {
        loop {
            match slack.auth_test().await {
                Ok(found) => {
                    info!(bot = found.user_id, team = found.team_id, "known to Slack");
                    let _ = me.set(found);
                    return;
                }
                Err(error) => warn!(%error, "Slack does not say who the bot is; check SLACK_BOT_TOKEN"),
            }
            sleep(Duration::from_secs(30)).await;
        }
    };
    tokio::select! {
        () = asking => {}
        () = shutdown.cancelled() => {}
    }
}
