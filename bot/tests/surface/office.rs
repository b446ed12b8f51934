//! An office: Slack, the bot behind its signed addresses, a worker, and people who type and press.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use ecs_pull_why::conversation::{Conversation, ShowOnly};
use ecs_pull_why::jobs::{
    Backoff, Handles, Keys, Once, Pacing, Queue, QueueLimits, Redis, Worker, WorkerSettings,
};
use ecs_pull_why::settings::Settings;
use ecs_pull_why::slack::Surface;
use ecs_pull_why::slack::api::{Me, SlackApi};
use ecs_pull_why::slack::gate::Gate;
use ecs_pull_why::slack::http::{Entrance, routes};
use ecs_pull_why::work::Work;
use hmac::{Hmac, KeyInit, Mac};
use http_body_util::BodyExt;
use secrecy::SecretString;
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::time::{sleep, timeout};
use tower::ServiceExt;
use url::Url;

use crate::hired::Hired;
use crate::reports::Oracle;
use crate::server::RedisServer;
use crate::slack::{Message, Slack};

const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
/// Longest wait for something that must happen.
const SOON: Duration = Duration::from_secs(30);

pub(crate) struct Office {
    pub(crate) slack: Slack,
    pub(crate) redis: RedisServer,
    pub(crate) oracle: Oracle,
    pub(crate) queue: Queue<Work>,
    api_url: Url,
    app: Router,
    settings: Arc<Settings>,
}

impl Office {
    /// Everything but a worker.
    pub(crate) async fn open(oracle: Oracle) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let redis = RedisServer::start();
        let (slack, api_url) = Slack::start().await;
        let settings = Settings::from_variables(&|name| match name {
            "SLACK_API_URL" => Some(api_url.to_string()),
            "ALARM_CHANNELS" => Some("C0ALARMS".to_owned()),
            _ => None,
        })
        .unwrap();
        let settings = Arc::new(settings);
        let store = Redis::open(&SecretString::from(redis.url())).unwrap();
        let queue = Queue::new(store.clone(), Keys::default(), QueueLimits::default());
        let handles = Handles::new(store.clone(), Keys::default());
        let once = Once::new(store, Keys::default());
        let api = SlackApi::new(&api_url, &SecretString::from("xoxb-1")).unwrap();
        let surface = Surface::new(queue.clone(), handles, once, Arc::clone(&settings));
        let gate = Gate::new(&SecretString::from(SECRET));
        let app = routes(Entrance {
            gate,
            surface,
            slack: api,
        });
        Self {
            slack,
            redis,
            oracle,
            queue,
            api_url,
            app,
            settings,
        }
    }

    /// Starts a worker.
    pub(crate) fn hire(&self) -> Hired {
        self.hire_with(&WorkerSettings::default())
    }

    /// Starts a worker that tries `attempts` times, without pauses worth mentioning.
    pub(crate) fn hire_hasty(&self, attempts: u32) -> Hired {
        let pause = Duration::from_millis(50);
        self.hire_with(&WorkerSettings {
            attempts,
            backoff: Backoff {
                first: pause,
                longest: pause,
            },
            ..WorkerSettings::default()
        })
    }

    /// Starts a worker whose jobs are claimed by others this long after its last sign of life.
    pub(crate) fn hire_leasing(&self, lease: Duration) -> Hired {
        self.hire_with(&WorkerSettings {
            lease,
            heartbeat: lease / 3,
            reap: lease / 3,
            ..WorkerSettings::default()
        })
    }

    /// On threads and connections of its own, as a process has them.
    fn hire_with(&self, settings: &WorkerSettings) -> Hired {
        let (url, api_url) = (SecretString::from(self.redis.url()), self.api_url.clone());
        let (our_settings, oracle) = (Arc::clone(&self.settings), self.oracle.clone());
        let settings = settings.clone();
        Hired::start(async move |stopped| {
            let me = Me {
                user_id: "U0BOT".to_owned(),
                bot_id: None,
                team_id: "T0SHOP".to_owned(),
            };
            let (store, keys) = (Redis::open(&url).unwrap(), Keys::default());
            let conversation = Conversation::new(
                SlackApi::new(&api_url, &SecretString::from("xoxb-1")).unwrap(),
                Pacing::new(store.clone(), keys.clone()),
                Handles::new(store.clone(), keys.clone()),
                our_settings,
                Arc::new(OnceLock::from(me)),
                oracle,
                ShowOnly,
            );
            let settings = WorkerSettings {
                block: Duration::from_millis(50),
                ..settings
            };
            Worker::new(store, keys, settings)
                .run(Arc::new(conversation), stopped)
                .await;
        })
    }

    /// Sends a signed request.
    async fn send(&self, path: &str, kind: &str, body: String) -> (StatusCode, Value) {
        let at = jiff::Timestamp::now().as_second();
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(format!("v0:{at}:{body}").as_bytes());
        let signature: String = mac
            .finalize()
            .into_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let request = Request::post(path)
            .header("content-type", kind)
            .header("x-slack-request-timestamp", at.to_string())
            .header("x-slack-signature", format!("v0={signature}"))
            .body(Body::from(body))
            .unwrap();
        let response = self.app.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    /// Somebody types the command; what only they see at once.
    pub(crate) async fn types(&self, user: &str, channel: &str, text: &str) -> String {
        let trigger = uuid::Uuid::now_v7().to_string();
        let reply = self.reply_url(user);
        let form = [
            ("command", "/ecs-pull-why"),
            ("text", text),
            ("user_id", user),
            ("channel_id", channel),
            ("response_url", &reply),
            ("trigger_id", &trigger),
            ("team_id", "T0SHOP"),
        ];
        let body = serde_urlencoded::to_string(form).unwrap();
        let (status, answer) = self
            .send("/slack/commands", "application/x-www-form-urlencoded", body)
            .await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(answer["response_type"], "ephemeral");
        Message {
            channel: user.to_owned(),
            ts: String::new(),
            thread_ts: None,
            body: answer,
        }
        .text()
    }

    /// Slack delivers a message event; `None` as the id makes one up.
    pub(crate) async fn delivers(&self, event_id: &str, event: Value) -> StatusCode {
        let delivery = json!({ "type": "event_callback", "event_id": event_id, "api_app_id": "A0BOT", "team_id": "T0SHOP", "event": event });
        self.send("/slack/events", "application/json", delivery.to_string())
            .await
            .0
    }

    /// An alarm is posted; its `ts`.
    pub(crate) async fn alarm(&self, event_id: &str, text: &str) -> String {
        let ts = self.slack.post("C0ALARMS", json!({ "text": text }));
        assert_eq!(self.delivers(event_id, alarm(&ts, text)).await, StatusCode::OK);
        ts
    }

    /// Somebody presses a button.
    pub(crate) async fn presses(&self, user: &str, message: &Message, label: &str) -> StatusCode {
        let (action_id, value) = message.button(label);
        let payload = json!({
            "type": "block_actions", "trigger_id": uuid::Uuid::now_v7().to_string(),
            "user": { "id": user, "team_id": "T0SHOP" }, "team": { "id": "T0SHOP" },
            "container": { "type": "message", "message_ts": message.ts, "channel_id": message.channel, "thread_ts": message.thread_ts },
            "actions": [{ "type": "button", "action_id": action_id, "value": value }],
            "response_url": self.reply_url(user),
        });
        let body = serde_urlencoded::to_string([("payload", payload.to_string())]).unwrap();
        self.send("/slack/interactions", "application/x-www-form-urlencoded", body)
            .await
            .0
    }

    fn reply_url(&self, user: &str) -> String {
        format!("{}/reply/{user}", self.api_url.origin().ascii_serialization())
    }

    /// Waits until there is no work.
    pub(crate) async fn is_quiet(&self) {
        let idle = async || {
            let depth = self.queue.depth().await.unwrap();
            depth.queued == 0 && depth.delayed == 0
        };
        // The two counts are read one after the other, and a delayed job may become a queued one in between.
        eventually("all jobs have ended", async || idle().await && idle().await).await;
    }

    /// The one message in a channel, and the one in its thread.
    pub(crate) fn answer(&self, channel: &str) -> (Message, Message) {
        let top = self.slack.channel(channel);
        assert_eq!(
            top.len(),
            1,
            "{:?}",
            top.iter().map(Message::text).collect::<Vec<_>>()
        );
        let thread = self.slack.thread(&top[0].ts);
        assert_eq!(
            thread.len(),
            1,
            "{:?}",
            thread.iter().map(Message::text).collect::<Vec<_>>()
        );
        (top[0].clone(), thread[0].clone())
    }
}

/// Waits until something is so.
pub(crate) async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !is_so().await {
            sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(
        timeout(SOON, waiting).await.is_ok(),
        "not within {SOON:?}: {what}"
    );
}

/// An alarm message as an event.
pub(crate) fn alarm(ts: &str, text: &str) -> Value {
    json!({ "type": "message", "subtype": "bot_message", "bot_id": "B0SNS", "app_id": "A0SNS", "channel": "C0ALARMS", "ts": ts, "text": text })
}
