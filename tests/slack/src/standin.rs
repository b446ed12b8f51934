//! The stand-in as a whole: its state behind one lock, its clock, its client, and word of every change.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;

use crate::clock::Clock;
use crate::faults::Faults;
use crate::limits::Refused;
use crate::response_url::ResponseUrl;
use crate::socket_mode::Sockets;
use crate::traffic::Exchange;
use crate::triggers::Triggers;
use crate::workspace::Workspace;

/// What is known when the stand-in starts; tests may change it later through the control API.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the bot serves `/slack/commands`, `/slack/events` and `/slack/interactions`, without a trailing slash.
    pub bot_url: String,
    /// The app's signing secret.
    pub signing_secret: String,
    /// The bot token that the Web API accepts.
    pub bot_token: String,
    /// The app-level token that apps.connections.open accepts.
    pub app_token: String,
    /// Commands, events and interactions go over a socket instead of HTTP.
    pub socket_mode: bool,
    /// Slash commands the app has.
    pub commands: Vec<String>,
    /// Scopes the bot token has; like `events`, those of the app's manifest unless they are changed.
    pub scopes: Vec<String>,
    /// Events the app is subscribed to, as a manifest names them (`message.channels`, `app_mention`).
    pub events: Vec<String>,
    /// How long after a failed delivery of an event the next one follows.
    ///
    /// Source: <https://docs.slack.dev/apis/events-api>, "Error handling": at once, one minute, five minutes.
    pub retry_delays: Vec<Duration>,
}

impl Default for Settings {
    fn default() -> Self {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            bot_url: "http://127.0.0.1:3000".to_owned(),
            signing_secret: "standin-signing-secret".to_owned(),
            bot_token: "xoxb-standin".to_owned(),
            app_token: "xapp-standin".to_owned(),
            socket_mode: false,
            commands: vec!["/ecs-pull-why".to_owned()],
            scopes: owned(&[
                "commands",
                "chat:write",
                "channels:history",
                "groups:history",
                "channels:read",
                "groups:read",
                "usergroups:read",
                "reactions:write",
            ]),
            events: owned(&["message.channels", "message.groups"]),
            retry_delays: [0, 60, 300].map(Duration::from_secs).to_vec(),
        }
    }
}

/// How many exchanges are kept for inspection.
const TRAFFIC_KEPT: usize = 5_000;

/// Everything that changes.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) settings: Settings,
    pub(crate) workspace: Workspace,
    pub(crate) response_urls: BTreeMap<String, ResponseUrl>,
    pub(crate) triggers: Triggers,
    pub(crate) faults: Faults,
    pub(crate) refusals: Vec<Value>,
    pub(crate) traffic: VecDeque<Exchange>,
    /// Event templates for the page's menu: name, channel, event.
    pub(crate) samples: Vec<Value>,
}

/// The stand-in; shared by every handler.
#[derive(Debug)]
pub(crate) struct Standin {
    state: Mutex<State>,
    /// Counts changes, so that waiting tests and pages look again.
    version: watch::Sender<u64>,
    /// Becomes true when the stand-in stops, which ends streams that would otherwise never end.
    pub(crate) stopping: watch::Sender<bool>,
    pub(crate) clock: Clock,
    pub(crate) http: reqwest::Client,
    pub(crate) sockets: Sockets,
    /// `http://127.0.0.1:PORT`, which its own links start with.
    pub(crate) address: String,
}

impl Standin {
    /// A workspace as seeded, reachable at `address` (`http://127.0.0.1:PORT`).
    pub(crate) fn new(settings: Settings, address: String) -> anyhow::Result<Arc<Self>> {
        // Slack follows at most two redirects. Source: <https://docs.slack.dev/apis/events-api>.
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::limited(2))
            .build()?;
        Ok(Arc::new(Self {
            state: Mutex::new(State {
                settings,
                workspace: Workspace::seeded(),
                response_urls: BTreeMap::new(),
                triggers: Triggers::default(),
                faults: Faults::default(),
                refusals: Vec::new(),
                traffic: VecDeque::new(),
                samples: Vec::new(),
            }),
            version: watch::Sender::new(0),
            stopping: watch::Sender::new(false),
            clock: Clock::default(),
            http,
            sockets: Sockets::default(),
            address,
        }))
    }

    /// Looks at the state. The lock is held meanwhile, so `look` must not wait.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the state and tells everybody who waits for it.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.version.send_modify(|version| *version += 1);
        changed
    }

    /// Done once the stand-in stops.
    pub(crate) async fn stopped(&self) {
        // An error would mean that the stand-in is gone, which is the same.
        let _done = self
            .stopping
            .subscribe()
            .wait_for(|stopping| *stopping)
            .await
            .is_ok();
    }

    /// Word of every later change.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }

    /// Keeps one exchange for inspection.
    pub(crate) fn record(&self, exchange: Exchange) {
        self.change(|state| {
            if state.traffic.len() == TRAFFIC_KEPT {
                state.traffic.pop_front();
            }
            state.traffic.push_back(exchange);
        });
    }

    /// Keeps a refusal: tests assert that there were none.
    pub(crate) fn refuse(&self, place: &str, refused: &Refused, request: &Value) {
        let lines: Vec<String> = refused.faults.iter().map(crate::limits::Fault::to_line).collect();
        let refusal = json!({
            "at": self.clock.now().to_string(), "place": place, "error": refused.error, "messages": lines,
            "request": request,
        });
        tracing::warn!(place, error = refused.error, ?lines, "refused");
        self.change(|state| state.refusals.push(refusal));
    }
}
