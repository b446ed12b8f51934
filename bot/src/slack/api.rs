//! Slack's Web API, as far as it is used: each call bounded in time, each answer reduced to what matters.

mod error;
mod look;
mod response_url;
mod scopes;

use std::collections::BTreeMap;
use std::time::Duration;

use hyper_rustls::HttpsConnectorBuilder;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use slack_morphism::errors::SlackClientError;
use slack_morphism::prelude::{SlackApiToken, SlackClient, SlackClientHyperConnector, SlackHyperClient};
use tokio::time::timeout;
use url::Url;

use super::render::Message;
pub use error::SlackError;
pub use look::{Channel, Person};
pub use response_url::ResponseUrl;
pub use scopes::Scopes;

/// Longest wait for an answer. Shorter than a job's lease, so that nothing of a dead worker is still under way when
/// another takes over.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Longest wait for what only decorates.
const DECORATE_WITHIN: Duration = Duration::from_secs(2);
/// Type of the metadata that names our messages.
const EVENT_TYPE: &str = "ecs_pull_why";

/// Who the bot is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Me {
    /// Its user id.
    pub user_id: String,
    /// Its bot id.
    pub bot_id: Option<String>,
    /// The workspace.
    pub team_id: String,
}

/// What a message of ours is: kept in its metadata, so that a successor of a dead worker finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The job that says it.
    pub job: String,
    /// Which of the job's messages it is.
    pub part: String,
}

/// The Web API with the bot's token. Cheap to clone.
#[derive(Clone)]
pub struct SlackApi {
    client: std::sync::Arc<SlackHyperClient>,
    token: SlackApiToken,
    url: Url,
}

impl std::fmt::Debug for SlackApi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SlackApi")
            .field("url", &self.url.as_str())
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Deserialize)]
struct Posted {
    ts: String,
}

/// An answer of which nothing is used. Reading more could fail, and the call has been made by then.
#[derive(Debug, Deserialize)]
struct Nothing {}

/// Own types: those of the client fail on metadata that others wrote, and leave out `include_all_metadata`.
#[derive(Debug, Deserialize)]
struct Listed {
    #[serde(default)]
    messages: Vec<ListedMessage>,
}

#[derive(Debug, Deserialize)]
struct ListedMessage {
    ts: String,
    #[serde(default)]
    metadata: Option<Value>,
}

impl SlackApi {
    /// A client for the API at `url`, whose TLS roots are the machine's.
    ///
    /// # Errors
    /// Where the machine has no readable root certificates.
    pub fn new(url: &Url, token: &SecretString) -> std::io::Result<Self> {
        // The client's own connector refuses http, which a stand-in on the same machine speaks.
        let connector = HttpsConnectorBuilder::new()
            .with_native_roots()?
            .https_or_http()
            .enable_all_versions()
            .build();
        let connector = SlackClientHyperConnector::with_connector(connector)
            .with_slack_api_url(url.as_str().trim_end_matches('/'));
        Ok(Self {
            client: std::sync::Arc::new(SlackClient::new(connector)),
            token: SlackApiToken::new(token.expose_secret().into()),
            url: url.clone(),
        })
    }

    /// The client underneath, for Socket Mode.
    pub(super) fn client(&self) -> std::sync::Arc<SlackHyperClient> {
        std::sync::Arc::clone(&self.client)
    }

    /// Where the API is.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Who the bot is. <https://docs.slack.dev/reference/methods/auth.test>
    pub async fn auth_test(&self) -> Result<Me, SlackError> {
        self.call("auth.test", &json!({}), ANSWER_WITHIN).await
    }

    /// Posts a message and returns its `ts`. <https://docs.slack.dev/reference/methods/chat.postMessage>
    ///
    /// Slack has no idempotency key. After [`SlackError::Unknown`] it may be there: [`SlackApi::find`] tells.
    pub async fn post(
        &self,
        channel: &str,
        thread_ts: Option<&str>,
        message: &Message,
        mark: &Mark,
    ) -> Result<String, SlackError> {
        let mut body = body(message);
        body.insert("channel".to_owned(), json!(channel));
        body.insert("unfurl_links".to_owned(), json!(false));
        body.insert("unfurl_media".to_owned(), json!(false));
        body.insert(
            "metadata".to_owned(),
            // Strings only: the client library cannot read anything else back.
            json!({ "event_type": EVENT_TYPE, "event_payload": { "job": mark.job, "part": mark.part } }),
        );
        if let Some(thread_ts) = thread_ts {
            body.insert("thread_ts".to_owned(), json!(thread_ts));
        }
        let posted: Posted = self.call("chat.postMessage", &body, ANSWER_WITHIN).await?;
        Ok(posted.ts)
    }

    /// Replaces a message; its metadata stays. <https://docs.slack.dev/reference/methods/chat.update>
    pub async fn update(&self, channel: &str, ts: &str, message: &Message) -> Result<(), SlackError> {
        let mut body = body(message);
        body.insert("channel".to_owned(), json!(channel));
        body.insert("ts".to_owned(), json!(ts));
        self.call::<Nothing>("chat.update", &body, ANSWER_WITHIN)
            .await
            .map(|_| ())
    }

    /// Removes a message of ours; one that is gone is removed. <https://docs.slack.dev/reference/methods/chat.delete>
    pub async fn delete(&self, channel: &str, ts: &str) -> Result<(), SlackError> {
        let body = json!({ "channel": channel, "ts": ts });
        match self.call::<Nothing>("chat.delete", &body, ANSWER_WITHIN).await {
            Err(SlackError::Refused { code }) if code == "message_not_found" => Ok(()),
            answer => answer.map(|_| ()),
        }
    }

    /// Shows a message to one person. <https://docs.slack.dev/reference/methods/chat.postEphemeral>
    pub async fn post_ephemeral(
        &self,
        channel: &str,
        thread_ts: Option<&str>,
        user: &str,
        message: &Message,
    ) -> Result<(), SlackError> {
        let mut body = body(message);
        body.insert("channel".to_owned(), json!(channel));
        body.insert("user".to_owned(), json!(user));
        if let Some(thread_ts) = thread_ts {
            body.insert("thread_ts".to_owned(), json!(thread_ts));
        }
        self.call::<Nothing>("chat.postEphemeral", &body, ANSWER_WITHIN)
            .await
            .map(|_| ())
    }

    /// The messages of ours that carry `mark`, earliest first, among those since `oldest` (Unix seconds): in a thread,
    /// or on a channel's top level.
    ///
    /// <https://docs.slack.dev/reference/methods/conversations.replies>,
    /// <https://docs.slack.dev/reference/methods/conversations.history>
    pub async fn find(
        &self,
        channel: &str,
        thread_ts: Option<&str>,
        oldest: i64,
        mark: &Mark,
    ) -> Result<Vec<String>, SlackError> {
        let oldest = oldest.to_string();
        let mut query = BTreeMap::from([
            ("channel", channel),
            ("oldest", oldest.as_str()),
            ("inclusive", "true"),
            ("include_all_metadata", "true"),
            ("limit", "200"),
        ]);
        let method = match thread_ts {
            Some(thread_ts) => {
                query.insert("ts", thread_ts);
                "conversations.replies"
            }
            None => "conversations.history",
        };
        let listed: Listed = self.get(method, &query).await?;
        let ours = |message: &ListedMessage| {
            message.metadata.as_ref().is_some_and(|metadata| {
                let field = |name: &str| {
                    metadata
                        .get("event_payload")
                        .and_then(|payload| payload.get(name)?.as_str())
                };
                metadata.get("event_type").and_then(Value::as_str) == Some(EVENT_TYPE)
                    && field("job") == Some(mark.job.as_str())
                    && field("part") == Some(mark.part.as_str())
            })
        };
        let mut found: Vec<String> = listed
            .messages
            .into_iter()
            .filter(ours)
            .map(|message| message.ts)
            .collect();
        // `ts` is seconds and six digits: text sorts as time does.
        found.sort();
        Ok(found)
    }

    /// A link to a message. <https://docs.slack.dev/reference/methods/chat.getPermalink>
    pub async fn permalink(&self, channel: &str, ts: &str) -> Result<String, SlackError> {
        #[derive(Deserialize)]
        struct Permalink {
            permalink: String,
        }
        let query = BTreeMap::from([("channel", channel), ("message_ts", ts)]);
        self.get("chat.getPermalink", &query)
            .await
            .map(|answer: Permalink| answer.permalink)
    }

    /// Adds a reaction; one that is there is added. <https://docs.slack.dev/reference/methods/reactions.add>
    pub async fn react(&self, channel: &str, ts: &str, name: &str) -> Result<(), SlackError> {
        let body = json!({ "channel": channel, "timestamp": ts, "name": name });
        match self.call::<Nothing>("reactions.add", &body, ANSWER_WITHIN).await {
            Err(SlackError::Refused { code }) if code == "already_reacted" => Ok(()),
            answer => answer.map(|_| ()),
        }
    }

    /// Who is in a user group. <https://docs.slack.dev/reference/methods/usergroups.users.list>
    pub async fn group_members(&self, group: &str) -> Result<Vec<String>, SlackError> {
        #[derive(Deserialize)]
        struct Members {
            users: Vec<String>,
        }
        let query = BTreeMap::from([("usergroup", group)]);
        self.get("usergroups.users.list", &query)
            .await
            .map(|answer: Members| answer.users)
    }

    /// Shows what the bot is doing under a thread, for two minutes or until it says something. Decoration: whatever
    /// goes wrong is ignored. <https://docs.slack.dev/reference/methods/assistant.threads.setStatus>
    pub async fn set_status(&self, channel: &str, thread_ts: &str, status: &str) {
        let body = json!({ "channel_id": channel, "thread_ts": thread_ts, "status": status });
        let _ = self
            .call::<Nothing>("assistant.threads.setStatus", &body, DECORATE_WITHIN)
            .await;
    }

    /// Answers where only the person sees it, in a thread where that is where a button was pressed. The address works
    /// five times within half an hour.
    /// <https://docs.slack.dev/interactivity/handling-user-interaction#message_responses>
    pub async fn respond(
        &self,
        to: &ResponseUrl,
        thread_ts: Option<&str>,
        message: &Message,
    ) -> Result<(), SlackError> {
        let mut body = body(message);
        body.insert("response_type".to_owned(), json!("ephemeral"));
        body.insert("replace_original".to_owned(), json!(false));
        if let Some(thread_ts) = thread_ts {
            body.insert("thread_ts".to_owned(), json!(thread_ts));
        }
        let session = self.client.open_session(&self.token);
        // Without the token: the address is its own credential.
        let context = slack_morphism::SlackClientApiCallContext {
            rate_control_params: None,
            token: None,
            tracing_span: &session.http_session_api.span,
            is_sensitive_url: true,
        };
        let connector = std::sync::Arc::clone(&self.client.http_api.connector);
        let sending = slack_morphism::SlackClientHttpConnector::http_post_uri::<_, Value>(
            connector.as_ref(),
            to.url().clone(),
            &body,
            context,
        );
        let sending = async {
            match sending.await {
                // It answers `ok`, which the client takes for broken JSON.
                Err(SlackClientError::ProtocolError(_)) => Ok(Value::Null),
                answer => answer,
            }
        };
        bounded(sending, ANSWER_WITHIN, "response_url").await.map(|_| ())
    }

    async fn call<T: DeserializeOwned + Send>(
        &self,
        method: &'static str,
        body: &(impl serde::Serialize + Send + Sync),
        within: Duration,
    ) -> Result<T, SlackError> {
        let session = self.client.open_session(&self.token);
        bounded(
            session.http_session_api.http_post(method, body, None),
            within,
            method,
        )
        .await
    }

    async fn get<T: DeserializeOwned + Send>(
        &self,
        method: &'static str,
        query: &BTreeMap<&str, &str>,
    ) -> Result<T, SlackError> {
        let session = self.client.open_session(&self.token);
        let query: Vec<(&str, Option<&str>)> =
            query.iter().map(|(key, value)| (*key, Some(*value))).collect();
        bounded(
            session.http_session_api.http_get(method, &query, None),
            ANSWER_WITHIN,
            method,
        )
        .await
    }
}

fn body(message: &Message) -> serde_json::Map<String, Value> {
    match serde_json::to_value(message.clone().content()) {
        Ok(Value::Object(members)) => members,
        // Strings and lists of strings always have a JSON form.
        _ => serde_json::Map::new(),
    }
}

async fn bounded<T>(
    sending: impl Future<Output = Result<T, SlackClientError>>,
    within: Duration,
    method: &'static str,
) -> Result<T, SlackError> {
    let result = match timeout(within, sending).await {
        Ok(answer) => answer.map_err(|error| SlackError::of(error, method)),
        Err(_) => Err(SlackError::Unknown {
            what: format!("{method}: no answer within {} s", within.as_secs()),
        }),
    };
    let label = result.as_ref().map_or_else(SlackError::label, |_| "ok");
    metrics::counter!("ecs_pull_why_slack_calls_total", "method" => method, "result" => label).increment(1);
    result
}

#[cfg(test)]
mod tests;
