use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::any;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

use super::super::render::Line;
use super::*;

/// Answers every call with what it was given, and keeps what it was asked.
#[derive(Clone, Default)]
struct Server(Arc<Mutex<Vec<(String, String, bool)>>>);

async fn serve(
    status: StatusCode,
    headers: &'static [(&str, &str)],
    answer: &'static str,
) -> (SlackApi, Server) {
    let server = Server::default();
    let handler = async move |State(Server(calls)): State<Server>,
                              Path(method): Path<String>,
                              sent: HeaderMap,
                              body: String| {
        calls
            .lock()
            .unwrap()
            .push((method, body, sent.contains_key("authorization")));
        let mut response = (status, [("content-type", "application/json")], answer).into_response();
        for (name, value) in headers {
            response.headers_mut().insert(*name, value.parse().unwrap());
        }
        response
    };
    let router = Router::new()
        .route("/api/{method}", any(handler))
        .with_state(server.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/api", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    (
        SlackApi::new(&url, &SecretString::from("xoxb-1")).unwrap(),
        server,
    )
}

fn hello() -> Message {
    Message::of(vec![Line::new().text("hello")])
}

fn mark() -> Mark {
    Mark {
        job: "j1".to_owned(),
        part: "root".to_owned(),
    }
}

#[tokio::test]
async fn a_post_carries_its_mark_and_unfurls_nothing() {
    let (slack, server) = serve(
        StatusCode::OK,
        &[],
        r#"{"ok":true,"channel":"C1","ts":"17.000001"}"#,
    )
    .await;
    assert_eq!(
        slack.post("C1", Some("17.0"), &hello(), &mark()).await.unwrap(),
        "17.000001"
    );
    let calls = server.0.lock().unwrap();
    let sent: Value = serde_json::from_str(&calls[0].1).unwrap();
    assert_eq!(
        sent["metadata"],
        json!({ "event_type": "ecs_pull_why", "event_payload": { "job": "j1", "part": "root" } })
    );
    assert_eq!(
        (&sent["thread_ts"], &sent["unfurl_links"], &sent["text"]),
        (&json!("17.0"), &json!(false), &json!("hello"))
    );
}

#[tokio::test]
async fn our_messages_are_found_among_others() {
    let answer = r#"{"ok":true,"messages":[
        {"ts":"3.0","metadata":{"event_type":"ecs_pull_why","event_payload":{"job":"j1","part":"root"}}},
        {"ts":"2.0","metadata":{"event_type":"ecs_pull_why","event_payload":{"job":"j1","part":"root"}}},
        {"ts":"1.0","metadata":{"event_type":"ecs_pull_why","event_payload":{"job":"j2","part":"root"}}},
        {"ts":"4.0","metadata":{"event_type":"other","event_payload":{"job":"j1","part":"root","n":1}}},
        {"ts":"5.0","metadata":null},{"ts":"6.0"}]}"#;
    let (slack, server) = serve(StatusCode::OK, &[], answer).await;
    assert_eq!(
        slack.find("C1", Some("17.0"), 17, &mark()).await.unwrap(),
        ["2.0", "3.0"]
    );
    slack.find("C1", None, 17, &mark()).await.unwrap();
    let methods: Vec<String> = server
        .0
        .lock()
        .unwrap()
        .iter()
        .map(|call| call.0.clone())
        .collect();
    assert_eq!(methods, ["conversations.replies", "conversations.history"]);
}

#[tokio::test]
async fn refusals_limits_and_doubt_are_told_apart() {
    let post = async |slack: SlackApi| slack.post("C1", None, &hello(), &mark()).await.unwrap_err();
    let (slack, _) = serve(StatusCode::OK, &[], r#"{"ok":false,"error":"not_in_channel"}"#).await;
    let error = post(slack).await;
    assert!(error.is_outside());
    assert_eq!(
        error,
        SlackError::Refused {
            code: "not_in_channel".to_owned()
        }
    );

    let limited = &[("retry-after", "7")];
    let (slack, _) = serve(
        StatusCode::TOO_MANY_REQUESTS,
        limited,
        r#"{"ok":false,"error":"ratelimited"}"#,
    )
    .await;
    assert_eq!(
        post(slack).await,
        SlackError::RateLimited {
            after: Duration::from_secs(7)
        }
    );

    for (status, answer) in [
        (StatusCode::BAD_GATEWAY, ""),
        (StatusCode::OK, r#"{"ok":true}"#),
        (StatusCode::OK, "nonsense"),
    ] {
        let (slack, _) = serve(status, &[], answer).await;
        assert!(
            matches!(post(slack).await, SlackError::Unknown { .. }),
            "{status} {answer}"
        );
    }
}

#[tokio::test]
async fn no_error_repeats_what_slack_said() {
    let (slack, _) = serve(StatusCode::FORBIDDEN, &[], "xoxb-very-secret").await;
    let error = slack.auth_test().await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("secret"));
}

#[tokio::test]
async fn answers_to_a_person_carry_no_token() {
    let (slack, server) = serve(StatusCode::OK, &[], "ok").await;
    let to = ResponseUrl::checked(&format!("{}/reply", slack.url()), slack.url()).unwrap();
    slack.respond(&to, None, &hello()).await.unwrap();
    let calls = server.0.lock().unwrap();
    assert_eq!((calls[0].0.as_str(), calls[0].2), ("reply", false));
}
