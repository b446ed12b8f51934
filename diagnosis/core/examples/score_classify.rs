//! Scores `stop_reason` against labelled messages: `ECS_PULL_WHY_CORPUS=FOLDER cargo run -p diagnosis --example score_classify`.
//!
//! Each line of the folder's `messages.jsonl`: `{"message", "class", "also_accept"?, "image"?, "registry_host"?}`.
#![expect(clippy::print_stdout, reason = "a report for a terminal is all it makes")]
#![expect(
    clippy::disallowed_methods,
    reason = "the core has no files; this program reads one for it"
)]

use std::collections::BTreeMap;

use diagnosis::stop_reason::understand;
use serde_json::Value;

#[derive(Default)]
struct Tally {
    right: usize,
    of: usize,
}

impl Tally {
    fn add(&mut self, is_right: bool) {
        self.of += 1;
        self.right += usize::from(is_right);
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::var_os("ECS_PULL_WHY_CORPUS").ok_or("`ECS_PULL_WHY_CORPUS` names no folder")?;
    let path = std::path::Path::new(&folder).join("messages.jsonl");
    let (mut classes, mut confusions) = (BTreeMap::<String, Tally>::new(), Vec::new());
    let (mut images, mut hosts) = (Tally::default(), Tally::default());
    let (mut false_alarms, mut missed) = (0, 0);
    for line in std::fs::read_to_string(path)?
        .lines()
        .filter(|line| !line.trim().is_empty())
    {
        let sample: Value = serde_json::from_str(line)?;
        let text = |key: &str| sample.get(key).and_then(Value::as_str);
        let (message, class) = (
            text("message").unwrap_or_default(),
            text("class").unwrap_or_default(),
        );
        let found = understand(message);
        let accepted = sample.get("also_accept").and_then(Value::as_array);
        let is_right = found.class.code() == class
            || accepted.is_some_and(|others| {
                others
                    .iter()
                    .any(|other| other.as_str() == Some(found.class.code()))
            });
        classes.entry(class.to_owned()).or_default().add(is_right);
        if !is_right {
            confusions.push(format!("{class} taken for {}: {message}", found.class.code()));
            false_alarms += usize::from(class == "not_pull_failure");
            missed += usize::from(found.class.code() == "not_pull_failure");
        }
        for (what, tally, expected, found) in [
            ("image", &mut images, text("image"), &found.image),
            ("host", &mut hosts, text("registry_host"), &found.registry_host),
        ] {
            tally.add(expected == found.as_deref());
            if expected != found.as_deref() {
                confusions.push(format!("{what} {expected:?} read as {found:?}: {message}"));
            }
        }
    }
    let all = classes.values().fold(Tally::default(), |all, class| Tally {
        right: all.right + class.right,
        of: all.of + class.of,
    });
    for (class, tally) in &classes {
        println!("{class:32} {:3} of {:3}", tally.right, tally.of);
    }
    for (what, tally) in [("class", &all), ("image", &images), ("registry_host", &hosts)] {
        println!("{what:32} {:3} of {:3}", tally.right, tally.of);
    }
    println!("false alarms {false_alarms}, pulls taken for something else {missed}");
    for confusion in confusions {
        println!("- {confusion}");
    }
    Ok(())
}
