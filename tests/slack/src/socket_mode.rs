//! Socket Mode: tickets, connections, envelopes and their acknowledgements.
//!
//! Source: <https://docs.slack.dev/apis/events-api/using-socket-mode>

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::Standin;
use crate::bot::{ACKNOWLEDGE_WITHIN, Silence};
use crate::traffic::Exchange;
use crate::workspace::APP_ID;

/// Connections an app may hold at a time.
const CONNECTIONS: usize = 10;
/// How long a connection stays after the warning that it will be refreshed.
const WARNING: Duration = Duration::from_secs(10);

/// The app's sockets.
#[derive(Debug, Default)]
pub(crate) struct Sockets {
    hub: Mutex<Hub>,
}

#[derive(Debug, Default)]
struct Hub {
    tickets: BTreeSet<String>,
    connections: BTreeMap<u64, mpsc::UnboundedSender<Outgoing>>,
    waiting: BTreeMap<String, oneshot::Sender<Option<Value>>>,
    last: u64,
    /// The connection that got the last envelope: the next goes to the one after it.
    turn: u64,
}

#[derive(Debug)]
enum Outgoing {
    Frame(Value),
    Close,
}

impl Sockets {
    fn hub<T>(&self, look: impl FnOnce(&mut Hub) -> T) -> T {
        look(&mut self.hub.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many sockets are open.
    pub(crate) fn count(&self) -> usize {
        self.hub(|hub| hub.connections.len())
    }

    /// A ticket for one connection.
    pub(crate) fn ticket(&self) -> String {
        self.hub(|hub| {
            hub.last += 1;
            let ticket = format!("ticket-{}", hub.last);
            hub.tickets.insert(ticket.clone());
            ticket
        })
    }

    /// Sends a frame to the connection whose turn it is.
    fn send(&self, frame: &Value) -> bool {
        self.hub(|hub| {
            for _ in 0..hub.connections.len() {
                let after = hub.connections.range(hub.turn + 1..).next();
                let Some((id, connection)) = after.or_else(|| hub.connections.iter().next()) else {
                    return false;
                };
                hub.turn = *id;
                if connection.send(Outgoing::Frame(frame.clone())).is_ok() {
                    return true;
                }
            }
            false
        })
    }

    fn acknowledge(&self, envelope: &str, payload: Option<Value>) {
        let waiting = self.hub(|hub| hub.waiting.remove(envelope));
        if let Some(waiting) = waiting {
            // Nobody waits any more when the deadline passed meanwhile.
            let _late = waiting.send(payload);
        }
    }
}

impl Standin {
    /// Sends an envelope over one socket and waits for its acknowledgement: the payload, if it had one.
    pub(crate) async fn over_socket(
        &self,
        kind: &str,
        payload: &Value,
        retry: Option<(usize, &str)>,
    ) -> Result<Option<Value>, Silence> {
        let begun = Instant::now();
        let number = self.change(|state| state.workspace.next_number());
        let envelope_id = format!("00000000-0000-4000-8000-{number:012}");
        let mut envelope = json!({
            "envelope_id": envelope_id, "type": kind, "payload": payload,
            "accepts_response_payload": kind != "events_api",
        });
        if let (true, Some(members)) = (kind == "events_api", envelope.as_object_mut()) {
            members.insert(
                "retry_attempt".to_owned(),
                json!(retry.map_or(0, |(number, _)| number)),
            );
            members.insert(
                "retry_reason".to_owned(),
                json!(retry.map_or("", |(_, reason)| reason)),
            );
        }
        let (done, acknowledged) = oneshot::channel();
        self.sockets
            .hub(|hub| hub.waiting.insert(envelope_id.clone(), done));
        let answer = if self.sockets.send(&envelope) {
            let answer = self.clock.within(ACKNOWLEDGE_WITHIN, acknowledged).await;
            answer.and_then(Result::ok).ok_or(Silence::Timeout)
        } else {
            Err(Silence::NotConnected)
        };
        self.sockets.hub(|hub| hub.waiting.remove(&envelope_id));
        self.record(Exchange {
            at: self.clock.now(),
            direction: "to_bot",
            transport: "socket",
            what: kind.to_owned(),
            headers: Vec::new(),
            request: envelope.to_string(),
            status: if answer.is_ok() { 200 } else { 0 },
            answer: match &answer {
                Ok(payload) => payload.as_ref().map(Value::to_string).unwrap_or_default(),
                Err(silence) => silence.reason().to_owned(),
            },
            elapsed_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        });
        answer
    }

    /// Tells every connection to go. After a `warning` it stays a while, otherwise it is closed at once.
    pub(crate) fn disconnect(self: &Arc<Self>, reason: &str) -> usize {
        let frame = json!({ "type": "disconnect", "reason": reason, "debug_info": { "host": "standin" } });
        let leaving = self.sockets.hub(|hub| std::mem::take(&mut hub.connections));
        let count = leaving.len();
        for connection in leaving.into_values() {
            let _gone = connection.send(Outgoing::Frame(frame.clone()));
            let (standin, wait) = (Arc::clone(self), reason == "warning");
            tokio::spawn(async move {
                if wait {
                    standin.clock.sleep(WARNING).await;
                }
                let _gone = connection.send(Outgoing::Close);
            });
        }
        count
    }

    async fn serve_socket(self: Arc<Self>, mut socket: WebSocket) {
        let (sender, mut outgoing) = mpsc::unbounded_channel();
        let joined = self.sockets.hub(|hub| {
            if hub.connections.len() >= CONNECTIONS {
                return None;
            }
            hub.last += 1;
            hub.connections.insert(hub.last, sender);
            Some((hub.last, hub.connections.len()))
        });
        let Some((id, count)) = joined else {
            let frame = json!({ "type": "disconnect", "reason": "too_many_websockets", "debug_info": { "host": "standin" } });
            let _gone = socket.send(Message::Text(frame.to_string().into())).await;
            return;
        };
        let hello = json!({
            "type": "hello", "num_connections": count, "connection_info": { "app_id": APP_ID },
            "debug_info": { "host": "standin", "build_number": 1, "approximate_connection_time": 18_060 },
        });
        let mut open = socket.send(Message::Text(hello.to_string().into())).await.is_ok();
        self.change(|_| ());
        while open {
            open = tokio::select! {
                () = self.stopped() => false,
                next = outgoing.recv() => match next {
                    Some(Outgoing::Frame(frame)) => socket.send(Message::Text(frame.to_string().into())).await.is_ok(),
                    Some(Outgoing::Close) | None => false,
                },
                got = socket.recv() => match got {
                    Some(Ok(Message::Text(text))) => { self.take_acknowledgement(&text); true }
                    Some(Ok(Message::Close(_)) | Err(_)) | None => false,
                    Some(Ok(_)) => true,
                },
            };
        }
        self.sockets.hub(|hub| hub.connections.remove(&id));
        self.change(|_| ());
        let _gone = socket.send(Message::Close(None)).await;
    }

    fn take_acknowledgement(&self, frame: &str) {
        let frame: Value = serde_json::from_str(frame).unwrap_or_default();
        if let Some(envelope) = frame.get("envelope_id").and_then(Value::as_str) {
            self.sockets.acknowledge(envelope, frame.get("payload").cloned());
        }
    }
}

/// `GET /link?ticket=…`: the WebSocket. A ticket opens it once.
pub(crate) async fn handle(
    State(standin): State<Arc<Standin>>,
    Query(query): Query<BTreeMap<String, String>>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let ticket = query.get("ticket").map(String::as_str).unwrap_or_default();
    if standin.sockets.hub(|hub| hub.tickets.remove(ticket)) {
        upgrade.on_upgrade(|socket| standin.serve_socket(socket))
    } else {
        (StatusCode::FORBIDDEN, "invalid ticket").into_response()
    }
}
