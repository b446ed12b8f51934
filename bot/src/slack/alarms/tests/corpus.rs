//! Measures the parsers against labelled messages kept outside the repository: the folders `alarms` and `eventbridge` of
//! the folder that `ECS_PULL_WHY_CORPUS` names.
//!
//! One file a message: `{"event", "expect": {candidate, state, account, ...}}`; the fields of messages that are no candidates
//! (`*_neg.json`) do not count.

use std::path::Path;

use serde_json::Value;

use crate::slack::alarms::parse_alarm;

const FIELDS: [&str; 7] = [
    "account",
    "region",
    "cluster",
    "service",
    "task",
    "task_definition",
    "reason",
];

/// Compares as a reader would: ids by their last part, a reason by what it contains.
fn agrees(field: &str, expected: &Value, found: &Value) -> bool {
    let last = |text: &str| text.rsplit('/').next().map(str::to_owned);
    match (expected.as_str(), found.as_str(), field) {
        (Some(expected), Some(found), "reason") => found.contains(expected.trim()),
        (Some(expected), Some(found), "task" | "task_definition") => last(expected) == last(found),
        _ => expected == found,
    }
}

#[test]
fn labelled_messages() {
    let Some(folder) = std::env::var_os("ECS_PULL_WHY_CORPUS") else {
        println!("skipped: ECS_PULL_WHY_CORPUS is not set");
        return;
    };
    let (mut right, mut all, mut wrong_verdicts) = (0, 0, Vec::new());
    let listed =
        ["alarms", "eventbridge"].map(|kind| std::fs::read_dir(Path::new(&folder).join(kind)).unwrap());
    for entry in listed.into_iter().flatten() {
        let path = entry.unwrap().path();
        let sample: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let found = parse_alarm(&sample["event"]);
        let printed = serde_json::to_value(&found).unwrap();
        for field in ["candidate", "state"] {
            if sample["expect"][field] != printed[field] {
                wrong_verdicts.push(format!(
                    "{}: {field} {} ({:?})",
                    path.display(),
                    printed[field],
                    found.why_not()
                ));
            }
        }
        if found.candidate {
            for field in FIELDS {
                let is_right = agrees(field, &sample["expect"][field], &printed[field]);
                all += 1;
                right += usize::from(is_right);
                if !is_right {
                    println!(
                        "{}: {field} {} for {}",
                        path.display(),
                        printed[field],
                        sample["expect"][field]
                    );
                }
            }
        }
    }
    assert!(wrong_verdicts.is_empty(), "{wrong_verdicts:#?}");
    assert!(right * 100 >= all * 95, "{right} of {all} fields");
}
