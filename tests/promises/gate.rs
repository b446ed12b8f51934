//! What reaches the bot without being Slack's.

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::stack::{Run, Stack};

/// The status line in answer to a request that announces a body of `length` bytes and sends none of it.
async fn announced(stack: &Stack, path: &str, length: usize) -> anyhow::Result<String> {
    let address = stack.bot_url().replace("http://", "");
    let mut stream = BufReader::new(TcpStream::connect(&address).await?);
    let head = format!("POST /slack/{path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {length}\r\n\r\n");
    stream.get_mut().write_all(head.as_bytes()).await?;
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    Ok(line.trim_end().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn unsigned_and_oversized_requests_are_refused() -> anyhow::Result<()> {
    let stack = Stack::start("healthy-steady", Run::default()).await?;
    let http = reqwest::Client::new();
    for path in ["commands", "events", "interactions"] {
        let url = format!("{}/slack/{path}", stack.bot_url());
        let unsigned = http
            .post(&url)
            .body("text=prod+payments&ssl_check=1")
            .send()
            .await?;
        assert_eq!(unsigned.status(), 401, "{path}");
        let forged = http
            .post(&url)
            .header("X-Slack-Request-Timestamp", "1")
            .header("X-Slack-Signature", "v0=00")
            .body(r#"{"type":"url_verification","challenge":"x"}"#)
            .send()
            .await?;
        assert_eq!(forged.status(), 401, "{path}");
        assert_eq!(
            announced(&stack, path, 3 << 20).await?,
            "HTTP/1.1 413 Payload Too Large",
            "{path}"
        );
    }
    assert_eq!(
        http.get(format!("{}/healthz", stack.bot_url()))
            .send()
            .await?
            .status(),
        200
    );
    assert_eq!(
        http.get(format!("{}/metrics", stack.bot_url()))
            .send()
            .await?
            .status(),
        404
    );
    Ok(())
}
