//! A stand-in, a bot, and short words for what tests do with them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use slack_standin::{Settings, serve};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

pub(crate) const SECRET: &str = "a secret of the tests";
/// Longer than anything here takes: reaching it is a failure.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the bot does with its next request; without instructions it answers 200 and nothing.
pub(crate) enum Does {
    Answer(u16, &'static str),
    AnswerWith(u16, &'static str, &'static str),
    /// Never answers.
    Hang,
}

/// A request that the bot got.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn form(&self, field: &str) -> String {
        let fields: Vec<(String, String)> = serde_urlencoded::from_str(&self.body).unwrap();
        fields.into_iter().find(|(key, _)| key == field).unwrap().1
    }
}

#[derive(Clone)]
struct Bot {
    orders: Arc<Mutex<VecDeque<Does>>>,
    got: mpsc::UnboundedSender<Got>,
}

async fn serve_bot(State(bot): State<Bot>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let order = bot.orders.lock().unwrap().pop_front();
    let body = String::from_utf8(body.to_vec()).unwrap();
    bot.got
        .send(Got {
            path: uri.path().to_owned(),
            headers,
            body,
        })
        .unwrap();
    let status = |code| StatusCode::from_u16(code).unwrap();
    match order {
        None => StatusCode::OK.into_response(),
        Some(Does::Answer(code, body)) => (status(code), body).into_response(),
        Some(Does::AnswerWith(code, header, body)) => (status(code), [(header, "1")], body).into_response(),
        Some(Does::Hang) => std::future::pending().await,
    }
}

pub(crate) struct Scene {
    pub(crate) address: String,
    orders: Arc<Mutex<VecDeque<Does>>>,
    got: tokio::sync::Mutex<mpsc::UnboundedReceiver<Got>>,
    http: reqwest::Client,
    _stop: oneshot::Sender<()>,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        let bot_listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let bot_url = format!("http://{}", bot_listener.local_addr().unwrap());
        let (sender, got) = mpsc::unbounded_channel();
        let orders = Arc::new(Mutex::new(VecDeque::new()));
        let bot = Bot {
            orders: Arc::clone(&orders),
            got: sender,
        };
        tokio::spawn(async move {
            axum::serve(bot_listener, Router::new().fallback(serve_bot).with_state(bot)).await
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let settings = Settings {
            bot_url,
            signing_secret: SECRET.to_owned(),
            ..Settings::default()
        };
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(serve(listener, settings, async move {
            let _dropped = stopped.await;
        }));
        let http = reqwest::Client::new();
        Self {
            address,
            orders,
            got: tokio::sync::Mutex::new(got),
            http,
            _stop: stop,
        }
    }

    pub(crate) fn bot_does(&self, order: Does) {
        self.orders.lock().unwrap().push_back(order);
    }

    /// The next request to the bot.
    pub(crate) async fn bot_gets(&self) -> Got {
        tokio::time::timeout(PATIENCE, self.got.lock().await.recv())
            .await
            .expect("the bot gets a request")
            .unwrap()
    }

    /// A request if one comes soon: for turning the clock in steps.
    async fn bot_gets_soon(&self) -> Option<Got> {
        tokio::time::timeout(Duration::from_millis(20), self.got.lock().await.recv())
            .await
            .ok()
            .flatten()
    }

    /// Whether no request has come so far.
    pub(crate) async fn bot_got_nothing(&self) -> bool {
        self.got.lock().await.try_recv().is_err()
    }

    /// Turns the clock in steps of ten seconds until the bot gets a request: it, and the seconds that took.
    pub(crate) async fn bot_gets_as_time_passes(&self) -> (Got, u64) {
        for turned in 1..=100 {
            self.advance(10_000).await;
            if let Some(got) = self.bot_gets_soon().await {
                return (got, turned * 10);
            }
        }
        panic!("nothing came in 1000 seconds");
    }

    pub(crate) async fn advance(&self, ms: u64) {
        self.control("advance", json!({ "ms": ms })).await;
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> (u16, HeaderMap, Value) {
        let answer = tokio::time::timeout(PATIENCE, request.send())
            .await
            .expect("an answer in time")
            .unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = answer.text().await.unwrap();
        let body = serde_json::from_str(&body).unwrap_or(Value::String(body));
        (status, headers, body)
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> (u16, HeaderMap, Value) {
        let request = self.http.post(format!("{}{path}", self.address));
        let request = request.header("content-type", "application/json; charset=utf-8");
        self.send(
            request
                .header("authorization", "Bearer xoxb-standin")
                .body(body.to_string()),
        )
        .await
    }

    /// A POST as it is written, to say what JSON cannot.
    pub(crate) async fn post_raw(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (u16, HeaderMap, Value) {
        let mut request = self
            .http
            .post(format!("{}{path}", self.address))
            .body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request).await
    }

    /// Calls a Web API method as the bot.
    pub(crate) async fn api(&self, method: &str, args: Value) -> Value {
        self.post(&format!("/api/{method}"), args).await.2
    }

    /// Calls it and expects `ok`.
    pub(crate) async fn api_ok(&self, method: &str, args: Value) -> Value {
        let answer = self.api(method, args).await;
        assert_eq!(answer["ok"], true, "{method}: {answer}");
        answer
    }

    pub(crate) async fn control(&self, path: &str, body: Value) -> Value {
        let (status, _, answer) = self.post(&format!("/control/{path}"), body).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    pub(crate) async fn look(&self, path: &str) -> Value {
        let (status, _, answer) = self.look_for(path).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    pub(crate) async fn look_for(&self, path: &str) -> (u16, HeaderMap, Value) {
        self.send(self.http.get(format!("{}/control/{path}", self.address)))
            .await
    }

    /// Posts as the bot in #payments and takes the event of it away.
    pub(crate) async fn bot_says(&self, message: Value) -> String {
        let mut args = json!({ "channel": "C0PAYMENTS1" });
        args.as_object_mut()
            .unwrap()
            .extend(message.as_object().unwrap().clone());
        let answer = self.api_ok("chat.postMessage", args).await;
        self.bot_gets().await;
        answer["ts"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn ana_types(&self, text: &str) -> Value {
        self.control(
            "command",
            json!({ "user": "ana", "channel": "#payments", "text": text }),
        )
        .await
    }
}

/// The texts of messages, in order.
pub(crate) fn texts(messages: &Value) -> Vec<&str> {
    messages
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["text"].as_str().unwrap())
        .collect()
}
