//! `parse-alarm`: what alarm messages name.

use serde_json::Value;

use super::{Failure, lines};
use crate::slack::alarms::parse_alarm;

pub(super) fn run() -> Result<u8, Failure> {
    lines::answer(|line| {
        let event: Value = serde_json::from_str(line).map_err(|error| format!("that is no JSON: {error}"))?;
        if !event.is_object() {
            return Err("that is no message event: expected a JSON object".to_owned());
        }
        Ok(parse_alarm(&event))
    })
}
