//! users.*, usergroups.*, bots.info.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::answer::{Failure, Given, failure, ok};
use super::args::Args;
use super::conversations::page;
use crate::Standin;
use crate::workspace::{APP_ID, BOT_ID, BOT_USER, User};

/// <https://docs.slack.dev/reference/methods/users.info>
pub(super) fn info(standin: &Arc<Standin>, args: &Args) -> Given {
    let id = args.required("user")?;
    let user = standin.read(|state| {
        state
            .workspace
            .users
            .iter()
            .find(|user| user.id == id)
            .map(User::to_wire)
    });
    let user = user.ok_or_else(|| Failure::new("user_not_found"))?;
    Ok(ok(json!({ "user": user })))
}

/// <https://docs.slack.dev/reference/methods/users.list>
pub(super) fn list(standin: &Arc<Standin>, args: &Args) -> Given {
    let users: Vec<Value> = standin.read(|state| state.workspace.users.iter().map(User::to_wire).collect());
    let mut members = Map::new();
    members.insert("cache_ts".to_owned(), json!(standin.clock.now().as_second()));
    page(&users, args, 1_000, 1_000, "members", members)
}

/// <https://docs.slack.dev/reference/methods/usergroups.list>
#[expect(clippy::unnecessary_wraps, reason = "all methods have one signature")]
pub(super) fn groups(standin: &Arc<Standin>, args: &Args) -> Given {
    let with_users = args.flag("include_users");
    let groups: Vec<Value> = standin.read(|state| {
        state
            .workspace
            .usergroups
            .iter()
            .map(|group| group.to_wire(with_users))
            .collect()
    });
    Ok(ok(json!({ "usergroups": groups })))
}

/// <https://docs.slack.dev/reference/methods/usergroups.users.list>
pub(super) fn group_members(standin: &Arc<Standin>, args: &Args) -> Given {
    let id = args.required("usergroup")?;
    let users = standin.read(|state| {
        let group = state.workspace.usergroups.iter().find(|group| group.id == id);
        group.map(|group| group.users.clone())
    });
    let users = users.ok_or_else(|| Failure::new("no_such_subteam"))?;
    Ok(ok(json!({ "users": users })))
}

/// <https://docs.slack.dev/reference/methods/bots.info>
pub(super) fn bot(_: &Arc<Standin>, args: &Args) -> Given {
    match args.text("bot") {
        Some(id) if id == BOT_ID => Ok(ok(json!({ "bot": {
            "id": BOT_ID, "app_id": APP_ID, "user_id": BOT_USER, "name": "ecs-pull-why", "deleted": false,
            "updated": 1_700_000_000, "icons": {},
        } }))),
        _ => failure("bot_not_found"),
    }
}
