//! The page's files and state, and the binary around all of it.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::json;

use crate::scene::Scene;

#[tokio::test]
async fn every_file_that_the_page_names_is_there() {
    let scene = Scene::new().await;
    let (_, _, index) = scene.look_for("../").await;
    let index = index.as_str().unwrap().to_owned();
    let (_, _, permalink) = scene.look_for("../archives/C0PAYMENTS1/p1").await;
    assert_eq!(permalink, json!(index));
    let mut sources = vec![index];
    let mut seen: Vec<String> = Vec::new();
    while let Some(source) = sources.pop() {
        let named = source
            .split(['"', '\''])
            .filter(|part| matches!(part.rsplit_once('.'), Some((_, "js" | "css"))));
        for name in named.filter_map(|part| part.rsplit('/').next()) {
            if !seen.contains(&name.to_owned()) {
                let (status, _, body) = scene.look_for(&format!("../page/{name}")).await;
                assert_eq!(status, 200, "{name}");
                sources.push(body.as_str().unwrap().to_owned());
                seen.push(name.to_owned());
            }
        }
    }
    assert_eq!(seen.len(), 9, "{seen:?}");
    assert_eq!(scene.look_for("../page/other.js").await.0, 404);
}

#[tokio::test]
async fn the_page_shows_what_its_reader_sees() {
    let scene = Scene::new().await;
    scene
        .control(
            "samples",
            json!({ "name": "An alarm", "channel": "#alarms", "event": { "text": "x" } }),
        )
        .await;
    scene
        .api_ok(
            "chat.postEphemeral",
            json!({ "channel": "C0PAYMENTS1", "user": "U0ANA000001", "text": "x" }),
        )
        .await;
    for (user, messages) in [("U0ANA000001", 1), ("U0BEN000001", 0)] {
        let state = scene.look(&format!("../page/state?user={user}")).await;
        assert_eq!(state["samples"][0]["channel"], "C0ALARMS001");
        assert_eq!(state["messages"].as_array().unwrap().len(), messages, "{user}");
    }
}

#[tokio::test]
async fn the_binary_says_where_it_listens_and_stops_cleanly_with_pages_open() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_slack-standin"))
        .args(["--port", "0", "--signing-secret", "s"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let address = line.trim().strip_prefix("listening on ").unwrap().to_owned();
    // A page that stays open must not keep it from stopping.
    let changes = reqwest::get(format!("{address}/page/changes")).await.unwrap();
    assert_eq!(changes.status(), 200);
    assert!(
        Command::new("kill")
            .args(["-TERM", &child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
    assert!(
        tokio::task::spawn_blocking(move || child.wait())
            .await
            .unwrap()
            .unwrap()
            .success()
    );
}
