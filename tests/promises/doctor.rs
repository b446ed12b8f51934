//! What `doctor` says of a bot that would work, and of one that would not.

use std::process::{Command, Output};

use end_to_end::paths;

use crate::stack::{Run, Stack, aws};

fn doctor(stack: &Stack, set: &[(&str, &str)]) -> anyhow::Result<(i32, String)> {
    let mut command = Command::new(paths::product()?);
    stack.world.set_environment(aws(), &mut command);
    stack.set_environment(&mut command);
    command.arg("doctor").envs(set.iter().copied());
    let Output { status, stdout, .. } = command.output()?;
    Ok((status.code().unwrap_or(-1), String::from_utf8(stdout)?))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_named_with_what_to_do() -> anyhow::Result<()> {
    let stack = Stack::start("healthy-steady", Run::default()).await?;
    let (status, said) = doctor(&stack, &[])?;
    assert_eq!(status, 0, "{said}");
    for expected in [
        "ok           Slack scopes",
        "ok           Redis",
        "can be assumed",
        "the bot is a member",
    ] {
        assert!(said.contains(expected), "`{expected}` is missing:\n{said}");
    }
    let (status, said) = doctor(
        &stack,
        &[
            ("SLACK_BOT_TOKEN", "xoxb-wrong"),
            ("REDIS_URL", "redis://127.0.0.1:1"),
        ],
    )?;
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("problem      Slack token"), "{said}");
    assert!(said.contains("problem      Redis"), "{said}");
    assert!(!said.contains("xoxb-wrong"), "{said}");
    let (status, said) = doctor(&stack, &[("APPROVERS", "somebody")])?;
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("APPROVERS"), "{said}");
    Ok(())
}
