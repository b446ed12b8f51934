//! AWS in a closure, for tests: what an operation answers, and which were asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use futures::future::BoxFuture;

use crate::aws::Aws;
use crate::reader::{Bucket, CacheKey, Reader};

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const REGION: &str = "eu-west-1";

/// What an operation is answered with.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// Status and body.
    Http(u16, String),
    /// No connection.
    Refused,
    /// Nothing, ever.
    Silence,
}

impl Answer {
    pub(crate) fn json(value: &serde_json::Value) -> Self {
        Self::Http(200, value.to_string())
    }

    /// An error in the form of the operation's protocol, as far as both can be told from one body.
    pub(crate) fn error(code: &str) -> Self {
        Self::Http(
            400,
            format!(r#"{{"__type":"{code}","message":"said by the fake"}}"#),
        )
    }

    pub(crate) fn xml_error(code: &str) -> Self {
        Self::Http(
            403,
            format!(
                "<ErrorResponse><Error><Code>{code}</Code><Message>said by the fake</Message></Error></ErrorResponse>"
            ),
        )
    }
}

type Answers = dyn Fn(&str, &str) -> Answer + Send + Sync;

#[derive(Clone)]
struct Fake {
    answers: Arc<Answers>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl std::fmt::Debug for Fake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fake")
    }
}

impl HttpConnector for Fake {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        let target = request
            .headers()
            .get("x-amz-target")
            .and_then(|target| target.rsplit('.').next());
        let form = body.split('&').find_map(|pair| pair.strip_prefix("Action="));
        let path = request.uri().rsplit('/').next();
        let operation = target.or(form).or(path).unwrap_or_default().to_owned();
        self.asked.lock().unwrap().push(operation.clone());
        let answer = match operation.as_str() {
            "GetCallerIdentity" => default_identity((self.answers)(&operation, &body)),
            _ => (self.answers)(&operation, &body),
        };
        match answer {
            Answer::Http(status, body) => {
                let response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
                HttpConnectorFuture::ready(Ok(response))
            }
            Answer::Refused => {
                HttpConnectorFuture::ready(Err(ConnectorError::io("connection refused".into())))
            }
            Answer::Silence => HttpConnectorFuture::new(std::future::pending()),
        }
    }
}

/// Who asks is always known, unless a test says otherwise.
fn default_identity(answer: Answer) -> Answer {
    match answer {
        Answer::Http(404, _) => Answer::Http(
            200,
            format!(
                "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>{ACCOUNT}</Account>\
                 </GetCallerIdentityResult></GetCallerIdentityResponse>"
            ),
        ),
        other => other,
    }
}

/// An account that answers so, and the operations that it was asked.
pub(crate) fn aws(
    answers: impl Fn(&str, &str) -> Answer + Send + Sync + 'static,
) -> (Aws, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let fake = Fake {
        answers: Arc::new(answers),
        asked: Arc::clone(&asked),
    };
    let credentials = Credentials::new("id", "secret", None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http_client_fn(move |_, _| SharedHttpConnector::new(fake.clone())))
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(2)
                .with_initial_backoff(Duration::from_millis(1)),
        )
        .build();
    (Aws::of(config, REGION.to_owned()), asked)
}

/// A cache in memory that never forgets.
#[derive(Debug, Default)]
pub(crate) struct Kept(pub(crate) Mutex<BTreeMap<String, String>>);

impl Reader for Kept {
    fn cached<'a>(&'a self, key: &'a CacheKey) -> BoxFuture<'a, Option<String>> {
        Box::pin(async { self.0.lock().unwrap().get(&key.to_string()).cloned() })
    }

    fn store<'a>(&'a self, key: &'a CacheKey, json: String) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            self.0.lock().unwrap().insert(key.to_string(), json);
        })
    }

    fn pace<'a>(&'a self, _bucket: &'a Bucket) -> BoxFuture<'a, ()> {
        Box::pin(std::future::ready(()))
    }
}
