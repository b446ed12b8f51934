//! What the bot's token may do.

use std::time::Duration;

use http::{Method, Request, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{Me, SlackApi, SlackError};

/// An answer of auth.test is a few hundred bytes.
const LONGEST: usize = 64 * 1024;
const WITHIN: Duration = Duration::from_secs(10);

/// Who the bot is, and what its token may do.
#[derive(Debug, Clone)]
pub struct Scopes {
    /// Who the bot is.
    pub me: Me,
    /// The scopes of its token.
    pub granted: Vec<String>,
}

#[derive(Deserialize)]
struct Answer {
    error: Option<String>,
    #[serde(flatten)]
    me: Option<Me>,
}

impl SlackApi {
    /// Calls auth.test by itself: the scopes stand in a header (`X-OAuth-Scopes`) that the client does not hand on.
    /// <https://docs.slack.dev/authentication/installing-with-oauth#test>
    ///
    /// # Errors
    /// Where Slack refuses the token, or does not answer.
    pub async fn scopes(&self, token: &SecretString) -> Result<Scopes, SlackError> {
        let unknown = |what: String| SlackError::Unknown {
            what: format!("auth.test: {what}"),
        };
        let connector = HttpsConnectorBuilder::new()
            .with_native_roots()
            .map_err(|error| unknown(error.to_string()))?
            .https_or_http()
            .enable_all_versions()
            .build();
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("{}/auth.test", self.url().as_str().trim_end_matches('/')))
            .header(header::AUTHORIZATION, format!("Bearer {}", token.expose_secret()))
            .body(Empty::<axum::body::Bytes>::new())
            .map_err(|error| unknown(error.to_string()))?;
        let client = Client::builder(TokioExecutor::new()).build(connector);
        let asking = async {
            let answer = client
                .request(request)
                .await
                .map_err(|error| unknown(error.to_string()))?;
            let granted = answer
                .headers()
                .get("x-oauth-scopes")
                .and_then(|scopes| scopes.to_str().ok())
                .unwrap_or_default()
                .split(',')
                .map(|scope| scope.trim().to_owned())
                .collect();
            let body = Limited::new(answer.into_body(), LONGEST)
                .collect()
                .await
                .map_err(|error| unknown(error.to_string()))?
                .to_bytes();
            let answer: Answer = serde_json::from_slice(&body).map_err(|error| unknown(error.to_string()))?;
            match (answer.me, answer.error) {
                (Some(me), None) => Ok(Scopes { me, granted }),
                (_, Some(code)) => Err(SlackError::Refused { code }),
                (None, None) => Err(unknown("the answer names nobody".to_owned())),
            }
        };
        tokio::time::timeout(WITHIN, asking)
            .await
            .unwrap_or_else(|_| Err(unknown(format!("no answer within {} s", WITHIN.as_secs()))))
    }
}
