//! The AWS stand-in, and one account in it for each test.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, Weak};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_iam::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_iam::error::ProvideErrorMetadata;
use axum::body::Body;
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

/// Name of the inline policy that grants a pull.
pub(crate) const POLICY: &str = "ecs-pull-why-image-pull";
/// The role that pulls.
pub(crate) const PULLER: &str = "ecsTaskExecutionRole";

/// The stand-in's process: ends with the last test that uses it.
struct StandIn {
    process: Mutex<Child>,
    url: String,
}

impl StandIn {
    fn shared() -> Arc<Self> {
        static RUNNING: Mutex<Weak<StandIn>> = Mutex::new(Weak::new());
        let mut running = RUNNING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        running.upgrade().unwrap_or_else(|| {
            let started = Arc::new(Self::start());
            *running = Arc::downgrade(&started);
            started
        })
    }

    fn start() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let python = root.join("target/python/bin/python");
        let mut process = Command::new(&python)
            .args(["-m", "aws", "--while-stdin", "--scenarios", "scenarios"])
            .current_dir(root.join("tests"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("cannot run {}: {e}; tests/prepare installs it", python.display()));
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let url = lines
            .find_map(|line| Some(line.ok()?.split_once("listening on ")?.1.trim().to_owned()))
            .expect("the AWS stand-in ended before it listened");
        Self {
            process: Mutex::new(process),
            url,
        }
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        // A panic here would hide the test's own.
        if let Ok(process) = self.process.get_mut() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// An account with a scenario in it.
pub(crate) struct Aws {
    stand_in: Arc<StandIn>,
    /// What the scenario came to: ids and names.
    pub(crate) world: Value,
    /// Its number.
    pub(crate) account: String,
    /// As the user of the account, who may do everything.
    pub(crate) config: SdkConfig,
}

impl Aws {
    pub(crate) async fn with(scenario: &str) -> Self {
        let stand_in = StandIn::shared();
        let world = control(&stand_in.url, "scenario", json!({ "name": scenario })).await;
        let account = world["account"].as_str().unwrap().to_owned();
        let credentials = Credentials::new(&account, "stand-in", None, None, "test");
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(Region::new(world["region"].as_str().unwrap().to_owned()))
            .endpoint_url(&stand_in.url)
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .load()
            .await;
        Self {
            stand_in,
            world,
            account,
            config,
        }
    }

    /// Calls the control API about this account.
    pub(crate) async fn control(&self, name: &str, mut body: Value) -> Value {
        body["account"] = json!(self.account);
        control(&self.stand_in.url, name, body).await
    }

    /// The next calls of an action go wrong in this way.
    pub(crate) async fn fault(&self, kind: &str, action: &str, times: u32, more: Value) {
        let mut fault = json!({ "kind": kind, "action": action, "times": times });
        fault
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        self.control("faults", json!({ "faults": [fault] })).await;
    }

    /// Services try now what they would try later.
    pub(crate) async fn tick(&self) {
        self.control("tick", json!({})).await;
    }

    /// The calls of an operation that came over the wire, oldest first.
    pub(crate) async fn calls(&self, operation: &str) -> Vec<Value> {
        let answer = self.control("calls", json!({})).await;
        let calls = answer["calls"].as_array().unwrap().iter();
        calls
            .filter(|call| call["operation"] == operation)
            .cloned()
            .collect()
    }

    /// Operations that changed something, oldest first.
    pub(crate) async fn writes(&self) -> Vec<String> {
        let answer = self.control("calls", json!({ "writes": true })).await;
        let calls = answer["calls"].as_array().unwrap().iter();
        calls
            .map(|call| call["operation"].as_str().unwrap().to_owned())
            .collect()
    }

    /// The text of the puller's inline policy, byte for byte.
    pub(crate) async fn policy(&self) -> Option<String> {
        let iam = aws_sdk_iam::Client::new(&self.config);
        let answer = iam
            .get_role_policy()
            .role_name(PULLER)
            .policy_name(POLICY)
            .send()
            .await;
        match answer {
            Ok(found) => {
                let text = percent_decode_str(found.policy_document()).decode_utf8();
                Some(text.unwrap().into_owned())
            }
            Err(error) => {
                assert_eq!(error.code(), Some("NoSuchEntity"), "{error:?}");
                None
            }
        }
    }

    /// Writes the puller's inline policy, as somebody else does.
    pub(crate) async fn put_policy(&self, document: &str) {
        let iam = aws_sdk_iam::Client::new(&self.config);
        let call = iam.put_role_policy().role_name(PULLER).policy_name(POLICY);
        call.policy_document(document).send().await.unwrap();
    }

    /// Points the service to another definition, as somebody else does.
    pub(crate) async fn deploy(&self, definition: &str) {
        let ecs = aws_sdk_ecs::Client::new(&self.config);
        let call = ecs.update_service().cluster("prod").service("payments");
        call.task_definition(definition).send().await.unwrap();
    }

    /// The calls so far are forgotten: those of the test's own preparations.
    pub(crate) async fn forget_calls(&self) {
        self.control("forget_calls", json!({})).await;
    }
}

async fn control(url: &str, name: &str, body: Value) -> Value {
    let client: Client<_, Body> = Client::builder(TokioExecutor::new()).build_http();
    let request = http::Request::post(format!("{url}/_control/{name}"))
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let answer = client.request(request).await.unwrap();
    let status = answer.status();
    let text = answer.into_body().collect().await.unwrap().to_bytes();
    assert!(status.is_success(), "{name} {body}: {text:?}");
    serde_json::from_slice(&text).unwrap()
}
