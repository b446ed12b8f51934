//! api.test, auth.test, apps.connections.open.

use std::sync::Arc;

use serde_json::json;

use super::answer::{Failure, Given, ok};
use super::args::Args;
use crate::Standin;
use crate::workspace::{APP_ID, BOT_ID, BOT_USER, TEAM_ID, TEAM_NAME};

/// <https://docs.slack.dev/reference/methods/api.test>
pub(super) fn test(_: &Arc<Standin>, args: &Args) -> Given {
    match args.text("error") {
        Some(error) => Err(Failure::new(&error)),
        None => Ok(ok(json!({ "args": {} }))),
    }
}

/// <https://docs.slack.dev/reference/methods/auth.test>
#[expect(clippy::unnecessary_wraps, reason = "all methods have one signature")]
pub(super) fn auth_test(standin: &Arc<Standin>, _: &Args) -> Given {
    Ok(ok(json!({
        "url": format!("{}/", standin.address), "team": TEAM_NAME, "user": "ecs-pull-why", "team_id": TEAM_ID,
        "user_id": BOT_USER, "bot_id": BOT_ID, "app_id": APP_ID, "is_enterprise_install": false,
    })))
}

/// <https://docs.slack.dev/reference/methods/apps.connections.open>
#[expect(clippy::unnecessary_wraps, reason = "all methods have one signature")]
pub(super) fn connections_open(standin: &Arc<Standin>, _: &Args) -> Given {
    let address = standin.address.replacen("http", "ws", 1);
    let ticket = standin.sockets.ticket();
    Ok(ok(
        json!({ "url": format!("{address}/link/?ticket={ticket}&app_id={APP_ID}") }),
    ))
}
