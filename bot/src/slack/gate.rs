//! The one way in: whatever comes over HTTP is bounded, then proved to be Slack's, and only then read.

use std::error::Error;

use axum::body::Bytes;
use axum::extract::{FromRef, FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_body_util::LengthLimitError;
use metrics::counter;
use secrecy::{ExposeSecret, SecretString};
use slack_morphism::signature_verifier::{SlackEventSignatureVerifier, SlackEventSignatureVerifierError};
use tracing::warn;

/// Largest request that is read. Slack's own are far below: a message of 40,000 characters in an event is the largest.
pub const BODY_LIMIT: usize = 1024 * 1024;

/// Checks the signature of requests.
/// <https://docs.slack.dev/authentication/verifying-requests-from-slack>
#[derive(Clone)]
pub struct Gate {
    verifier: SlackEventSignatureVerifier,
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gate").finish_non_exhaustive()
    }
}

/// The body of a request that Slack signed. There is no other way to make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The body, byte for byte.
    pub body: String,
    /// Its signature; the same one twice is a replay.
    pub signature: String,
}

/// Why a request is refused. What was sent is never repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// More than [`BODY_LIMIT`].
    #[error("the request is larger than {BODY_LIMIT} bytes")]
    TooLarge,
    /// The connection broke off, or the body is not UTF-8.
    #[error("the request's body cannot be read")]
    Unreadable,
    /// No signature, or more than one.
    #[error("the request carries no signature of Slack")]
    Unsigned,
    /// Not signed with our secret.
    #[error("the request's signature is wrong")]
    WrongSignature,
    /// Signed too long ago, or for the future.
    #[error("the request was not signed within the last five minutes")]
    Stale,
    /// Seen before.
    #[error("the request was delivered before")]
    Replayed,
    /// Signed, and not what Slack sends.
    #[error("the request is not what Slack sends here")]
    Malformed,
}

impl Refused {
    fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unreadable | Self::Malformed => StatusCode::BAD_REQUEST,
            Self::Unsigned | Self::WrongSignature | Self::Stale | Self::Replayed => StatusCode::UNAUTHORIZED,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Unreadable => "unreadable",
            Self::Unsigned => "unsigned",
            Self::WrongSignature => "wrong_signature",
            Self::Stale => "stale",
            Self::Replayed => "replayed",
            Self::Malformed => "malformed",
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        warn!(reason = self.label(), "request refused");
        counter!("ecs_pull_why_requests_refused_total", "reason" => self.label()).increment(1);
        (self.status(), format!("{self}\n")).into_response()
    }
}

impl Gate {
    /// A gate for the app with this signing secret.
    pub fn new(signing_secret: &SecretString) -> Self {
        let secret = signing_secret.expose_secret().to_owned().into();
        Self {
            verifier: SlackEventSignatureVerifier::new(&secret),
        }
    }

    /// The body, if Slack signed it. Nothing of it is looked at before that: `ssl_check` and `url_verification` are
    /// signed as well.
    pub fn verify(&self, headers: &HeaderMap, body: Bytes) -> Result<Signed, Refused> {
        let signature = only(headers, SlackEventSignatureVerifier::SLACK_SIGNED_HASH_HEADER)?;
        let timestamp = only(headers, SlackEventSignatureVerifier::SLACK_SIGNED_TIMESTAMP)?;
        if timestamp.is_empty()
            || timestamp.len() > 12
            || !timestamp.bytes().all(|byte| byte.is_ascii_digit())
        {
            return Err(Refused::Unsigned);
        }
        let body = String::from_utf8(body.into()).map_err(|_| Refused::Unreadable)?;
        match self.verifier.verify(signature, &body, timestamp) {
            Ok(()) => Ok(Signed {
                body,
                signature: signature.to_owned(),
            }),
            Err(SlackEventSignatureVerifierError::IncorrectOrExpiredTimestampError(_)) => Err(Refused::Stale),
            Err(_) => Err(Refused::WrongSignature),
        }
    }
}

/// The header's value, where there is exactly one.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Result<&'a str, Refused> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().map_err(|_| Refused::Unsigned),
        _ => Err(Refused::Unsigned),
    }
}

impl<S> FromRequest<S> for Signed
where
    S: Send + Sync,
    Gate: FromRef<S>,
{
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        let gate = Gate::from_ref(state);
        let (parts, body) = request.into_parts();
        let announced = parts
            .headers
            .get(header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if announced.is_some_and(|length| length > BODY_LIMIT) {
            return Err(Refused::TooLarge);
        }
        let body = axum::body::to_bytes(body, BODY_LIMIT).await.map_err(|error| {
            let too_large = error.source().is_some_and(<dyn Error>::is::<LengthLimitError>);
            if too_large {
                Refused::TooLarge
            } else {
                Refused::Unreadable
            }
        })?;
        gate.verify(&parts.headers, body)
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::http::request::Builder;
    use axum::routing::post;
    use jiff::Timestamp;
    use tower::ServiceExt;

    use super::super::testing::{SECRET, signature};
    use super::*;

    fn app() -> Router {
        Router::new()
            .route("/", post(async |signed: Signed| signed.body))
            .with_state(Gate::new(&SecretString::from(SECRET)))
    }

    async fn status(request: Builder, body: impl Into<Body>) -> StatusCode {
        app()
            .oneshot(request.body(body.into()).unwrap())
            .await
            .unwrap()
            .status()
    }

    fn signed(body: &str, at: i64) -> Builder {
        Request::post("/")
            .header("x-slack-request-timestamp", at.to_string())
            .header("x-slack-signature", signature(body, at))
    }

    #[tokio::test]
    async fn only_what_slack_signed_a_moment_ago_passes() {
        let now = Timestamp::now().as_second();
        let body = "command=%2Fecs-pull-why&text=prod+payments";
        assert_eq!(status(signed(body, now), body).await, StatusCode::OK);
        assert_eq!(
            status(signed(body, now), "command=other").await,
            StatusCode::UNAUTHORIZED
        );
        assert_eq!(status(Request::post("/"), body).await, StatusCode::UNAUTHORIZED);
        for at in [now - 310, now + 310, 0] {
            assert_eq!(
                status(signed(body, at), body).await,
                StatusCode::UNAUTHORIZED,
                "{}",
                now - at
            );
        }
        for timestamp in [
            "",
            "now",
            "-1",
            "+1",
            "99999999999999999999",
            "9223372036854775807",
        ] {
            let request = Request::post("/")
                .header("x-slack-request-timestamp", timestamp)
                .header("x-slack-signature", signature(body, now));
            assert_eq!(
                status(request, body).await,
                StatusCode::UNAUTHORIZED,
                "{timestamp}"
            );
        }
        let twice = signed(body, now).header("x-slack-signature", "v0=00");
        assert_eq!(status(twice, body).await, StatusCode::UNAUTHORIZED);
    }

    #[tokio::test]
    async fn checks_of_slack_are_no_exception() {
        for body in [
            "ssl_check=1&token=x",
            r#"{"type":"url_verification","challenge":"c"}"#,
        ] {
            assert_eq!(status(Request::post("/"), body).await, StatusCode::UNAUTHORIZED);
        }
    }

    #[tokio::test]
    async fn large_bodies_are_refused_before_anything_else() {
        let now = Timestamp::now().as_second();
        let body = "x".repeat(BODY_LIMIT + 1);
        assert_eq!(
            status(signed(&body, now), body.clone()).await,
            StatusCode::PAYLOAD_TOO_LARGE
        );
        // Without an announced length.
        let chunks = futures::stream::iter(vec![Ok::<_, std::io::Error>(Bytes::from(body.clone()))]);
        assert_eq!(
            status(signed(&body, now), Body::from_stream(chunks)).await,
            StatusCode::PAYLOAD_TOO_LARGE
        );
        let fits = "x".repeat(BODY_LIMIT);
        assert_eq!(status(signed(&fits, now), fits.clone()).await, StatusCode::OK);
    }

    #[tokio::test]
    async fn what_is_not_text_is_malformed() {
        let now = Timestamp::now().as_second();
        assert_eq!(
            status(signed("x", now), vec![0xff, 0xfe]).await,
            StatusCode::BAD_REQUEST
        );
    }

    #[test]
    fn an_empty_secret_lets_nothing_pass() {
        let gate = Gate::new(&SecretString::from(""));
        let now = Timestamp::now().as_second();
        let mut headers = HeaderMap::new();
        headers.insert("x-slack-request-timestamp", now.to_string().parse().unwrap());
        headers.insert("x-slack-signature", "v0=".parse().unwrap());
        assert_eq!(
            gate.verify(&headers, Bytes::from_static(b"x")),
            Err(Refused::WrongSignature)
        );
    }
}
