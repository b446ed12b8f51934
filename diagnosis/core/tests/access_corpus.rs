//! Scores the evaluator on a file of cases kept outside the repository.

use std::fmt::Write as _;

use diagnosis::access::check_line;
use serde_json::Value;

/// Names the folder that holds `access-cases.jsonl`: one object a line with `id`, `note`, `input`, `expected` and
/// `expected_missing`.
const CORPUS: &str = "ECS_PULL_WHY_CORPUS";

#[test]
fn every_case_of_the_corpus() {
    let Some(folder) = std::env::var_os(CORPUS) else {
        println!("skipped: {CORPUS} is not set");
        return;
    };
    let path = std::path::Path::new(&folder).join("access-cases.jsonl");
    #[expect(
        clippy::disallowed_methods,
        reason = "the cases are kept outside the repository"
    )]
    let cases = std::fs::read_to_string(&path).unwrap();
    let (mut right, mut total, mut wrong) = (0, 0, String::new());
    for line in cases.lines().filter(|line| !line.trim().is_empty()) {
        let case: Value = serde_json::from_str(line).unwrap();
        let expected = case["expected"].as_str().unwrap();
        let mut missing: Vec<_> = case["expected_missing"]
            .as_array()
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect();
        missing.sort();
        let got = match check_line(&case["input"].to_string()) {
            Ok(output) => serde_json::to_value(output).unwrap(),
            Err(error) => Value::String(error.to_string()),
        };
        let mut got_missing: Vec<_> = got["missing_context"]
            .as_array()
            .into_iter()
            .flatten()
            .map(ToString::to_string)
            .collect();
        got_missing.sort();
        total += 1;
        if got["decision"] == expected && got_missing == missing {
            right += 1;
        } else {
            writeln!(
                wrong,
                "{} {}: expected {expected} {missing:?}, got {got}",
                case["id"], case["note"]
            )
            .unwrap();
        }
    }
    println!("{right} of {total} right");
    assert_eq!(right, total, "\n{wrong}");
}
