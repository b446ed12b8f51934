//! `trigger_id`s: good for 3 s and for one view.
//!
//! Source: <https://docs.slack.dev/interactivity/handling-user-interaction>, "Modal responses".

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::clock::later;

const LIFE: Duration = Duration::from_secs(3);

/// Those given out, with when they end; `None` once used.
#[derive(Debug, Default)]
pub(crate) struct Triggers {
    given: BTreeMap<String, Option<Timestamp>>,
}

impl Triggers {
    /// A new trigger id.
    pub(crate) fn give(&mut self, now: Timestamp) -> String {
        let id = format!(
            "{}.{}.{:032x}",
            now.as_millisecond(),
            self.given.len() + 1,
            now.as_nanosecond()
        );
        self.given.insert(id.clone(), Some(later(now, LIFE)));
        id
    }

    /// Uses it up, or says why not in Slack's words.
    pub(crate) fn exchange(&mut self, id: &str, now: Timestamp) -> Result<(), &'static str> {
        match self.given.get_mut(id) {
            None => Err("invalid_trigger_id"),
            Some(slot) => match slot.take() {
                None => Err("exchanged_trigger_id"),
                Some(until) if until < now => Err("expired_trigger_id"),
                Some(_) => Ok(()),
            },
        }
    }
}
