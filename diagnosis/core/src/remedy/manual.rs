//! Remedies that a person carries out.

use super::{Mode, Remedy, Risk};

/// A remedy that is only shown: what to do, and the commands for it.
pub fn manual(id: &str, title: &str, risk: Risk, cli: String, terraform: Option<String>) -> Remedy {
    Remedy {
        id: id.to_owned(),
        title: title.to_owned(),
        risk,
        mode: Mode::Manual,
        calls: Vec::new(),
        before: None,
        after: None,
        notes: Vec::new(),
        cli,
        terraform,
        action: None,
    }
}
