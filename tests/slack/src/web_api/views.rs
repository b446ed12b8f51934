//! views.open: modals are judged, accepted and kept; nobody can fill them in yet.

use std::sync::Arc;

use serde_json::{Value, json};

use super::answer::{Failure, Given, ok};
use super::args::Args;
use crate::Standin;
use crate::limits;
use crate::workspace::{APP_ID, BOT_ID, TEAM_ID};

/// <https://docs.slack.dev/reference/methods/views.open>
pub(super) fn open(standin: &Arc<Standin>, args: &Args) -> Given {
    let trigger = args.required("trigger_id")?;
    let view = args
        .json("view", "invalid_arguments")?
        .ok_or_else(|| Failure::missing("view"))?;
    let now = standin.clock.now();
    standin
        .change(|state| state.triggers.exchange(&trigger, now))
        .map_err(Failure::new)?;
    limits::view(&view).inspect_err(|refused| standin.refuse("views.open", refused, &view))?;
    let opened = standin.change(|state| {
        let mut opened = view.clone();
        let id = format!("V{:010}", state.workspace.next_number());
        if let Some(members) = opened.as_object_mut() {
            for (key, value) in [
                ("id", json!(id)),
                ("team_id", json!(TEAM_ID)),
                ("app_id", json!(APP_ID)),
                ("bot_id", json!(BOT_ID)),
                ("hash", json!(format!("{}.{id}", now.as_second()))),
                ("root_view_id", json!(id)),
                ("previous_view_id", Value::Null),
                ("state", json!({ "values": {} })),
            ] {
                members.insert(key.to_owned(), value);
            }
        }
        state.workspace.views.push(opened.clone());
        opened
    });
    Ok(ok(json!({ "view": opened })))
}
