//! assistant.threads.setStatus.

use std::sync::Arc;

use serde_json::json;

use super::answer::{Failure, Given, failure, ok};
use super::args::Args;
use super::conversations::member_channel;
use crate::Standin;

/// <https://docs.slack.dev/reference/methods/assistant.threads.setStatus>
pub(super) fn set_status(standin: &Arc<Standin>, args: &Args) -> Given {
    let channel = member_channel(standin, &args.required("channel_id")?)?;
    let thread_ts = args.required("thread_ts")?;
    let status = args.text("status").ok_or_else(|| Failure::missing("status"))?;
    let messages = args.list("loading_messages", "invalid_arguments")?;
    if messages.is_some_and(|messages| messages.len() > 10) {
        return failure("invalid_arguments");
    }
    if standin.read(|state| state.workspace.message(&channel.id, &thread_ts).is_none()) {
        return failure("invalid_thread_ts");
    }
    let now = standin.clock.now();
    standin.change(|state| state.workspace.set_status(&channel.id, &thread_ts, &status, now));
    Ok(ok(json!({})))
}
