//! How far reading is, on standard error.

use std::io::{self, IsTerminal, Write};
use std::sync::Mutex;
use std::time::Duration;

use collect::{Progress, State};

/// The playbook's steps ticking off on standard error, where somebody watches; gone when done.
#[derive(Debug)]
pub(super) struct Steps {
    shown: bool,
    done: Mutex<Vec<(u8, Duration)>>,
}

impl Default for Steps {
    fn default() -> Self {
        Self {
            shown: io::stderr().is_terminal(),
            done: Mutex::default(),
        }
    }
}

impl Steps {
    pub(super) fn tell(&self, progress: Progress) {
        if !self.shown || progress.state != State::Done {
            return;
        }
        let Ok(mut done) = self.done.lock() else { return };
        done.push((progress.step, progress.took));
        let steps: Vec<String> = done
            .iter()
            .map(|(step, took)| format!("{step} ✓ {}.{} s", took.as_secs(), took.subsec_millis() / 100))
            .collect();
        tell(&format!("\r\u{1b}[2Kreading: {}", steps.join("  ")));
    }

    pub(super) fn gone(&self) {
        if self.shown {
            tell("\r\u{1b}[2K");
        }
    }
}

/// Says something on standard error.
pub(super) fn tell(text: &str) {
    // Progress is a courtesy: a closed standard error is no reason to stop.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
