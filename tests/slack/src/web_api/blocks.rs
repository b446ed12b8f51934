//! blocks.validate.

use std::sync::Arc;

use serde_json::{Value, json};

use super::answer::{Failure, Given, ok};
use super::args::Args;
use crate::Standin;
use crate::limits::{self, Refused};
use crate::workspace::Content;

/// <https://docs.slack.dev/reference/methods/blocks.validate>: exactly one of `blocks`, `message` and `view`.
pub(super) fn validate(_: &Arc<Standin>, args: &Args) -> Given {
    let blocks = args.json("blocks", "invalid_blocks")?;
    let message = args.json("message", "invalid_message")?;
    let view = args.json("view", "invalid_view")?;
    let (error, judged) = match (blocks, message, view) {
        (Some(blocks), None, None) => ("invalid_blocks", judge(&json!({ "blocks": blocks }))),
        (None, Some(message), None) => ("invalid_message", judge(&message)),
        (None, None, Some(view)) => ("invalid_view", limits::view(&view)),
        _ => return Err(Failure::new("invalid_arguments")),
    };
    match judged {
        Ok(()) => Ok(ok(json!({}))),
        Err(refused) => {
            let errors: Vec<Value> = refused.faults.iter().map(limits::Fault::to_wire).collect();
            Err(Failure::new(error).with("errors", errors))
        }
    }
}

fn judge(message: &Value) -> Result<(), Refused> {
    let list = |key: &str| {
        message
            .get(key)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    limits::message(&Content {
        text: message
            .get("text")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        blocks: list("blocks"),
        attachments: list("attachments"),
    })
}
