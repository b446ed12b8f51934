//! Requests to the bot: signed HTTP, or the socket, and how long Slack waits for the answer.

use std::time::Duration;

use reqwest::StatusCode;
use tokio::time::Instant;

use crate::Standin;
use crate::signing::sign;
use crate::traffic::Exchange;

/// Within this the bot must answer.
///
/// Source: <https://docs.slack.dev/interactivity/handling-user-interaction>, "Acknowledgment response".
pub(crate) const ACKNOWLEDGE_WITHIN: Duration = Duration::from_secs(3);

/// What the bot answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    /// `X-Slack-No-Retry: 1` was set.
    pub(crate) no_retry: bool,
}

/// Why there is no answer, as `X-Slack-Retry-Reason` names it.
///
/// Source: <https://docs.slack.dev/apis/events-api>, "Error handling".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Silence {
    Timeout,
    ConnectionFailed,
    TooManyRedirects,
    /// Socket Mode is on and nobody is connected.
    NotConnected,
}

impl Silence {
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Timeout => "http_timeout",
            Self::ConnectionFailed => "connection_failed",
            Self::TooManyRedirects => "too_many_redirects",
            Self::NotConnected => "not_connected",
        }
    }
}

impl Standin {
    /// Sends a signed request to `path` of the bot. `retry`: number and reason of a repeated delivery.
    pub(crate) async fn post(
        &self,
        path: &str,
        content_type: &str,
        body: String,
        retry: Option<(usize, &str)>,
    ) -> Result<Answer, Silence> {
        let (url, secret) = self.read(|state| {
            (
                format!("{}{path}", state.settings.bot_url),
                state.settings.signing_secret.clone(),
            )
        });
        let timestamp = self.clock.now().as_second();
        let mut headers = vec![
            ("Content-Type".to_owned(), content_type.to_owned()),
            ("X-Slack-Request-Timestamp".to_owned(), timestamp.to_string()),
            (
                "X-Slack-Signature".to_owned(),
                sign(&secret, timestamp, body.as_bytes()),
            ),
        ];
        if let Some((number, reason)) = retry {
            headers.push(("X-Slack-Retry-Num".to_owned(), number.to_string()));
            headers.push(("X-Slack-Retry-Reason".to_owned(), reason.to_owned()));
        }
        let mut request = self
            .http
            .post(url)
            .header("User-Agent", "Slackbot 1.0 (+https://api.slack.com/robots)");
        for (name, value) in &headers {
            request = request.header(name, value);
        }
        let begun = Instant::now();
        let exchange = async {
            let answer = request
                .body(body.clone())
                .send()
                .await
                .map_err(|error| silence(&error))?;
            let no_retry = answer
                .headers()
                .get("X-Slack-No-Retry")
                .is_some_and(|value| value == "1");
            let status = answer.status().as_u16();
            let body = answer.text().await.map_err(|error| silence(&error))?;
            Ok(Answer {
                status,
                body,
                no_retry,
            })
        };
        let answer = self
            .clock
            .within(ACKNOWLEDGE_WITHIN, exchange)
            .await
            .unwrap_or(Err(Silence::Timeout));
        self.record(Exchange {
            at: self.clock.now(),
            direction: "to_bot",
            transport: "http",
            what: path.to_owned(),
            headers,
            request: body,
            status: answer.as_ref().map_or(0, |answer| answer.status),
            answer: answer.as_ref().map_or_else(
                |silence| silence.reason().to_owned(),
                |answer| answer.body.clone(),
            ),
            elapsed_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        });
        answer
    }
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        StatusCode::from_u16(self.status).is_ok_and(|status| status.is_success())
    }
}

fn silence(error: &reqwest::Error) -> Silence {
    if error.is_redirect() {
        Silence::TooManyRedirects
    } else {
        Silence::ConnectionFailed
    }
}
