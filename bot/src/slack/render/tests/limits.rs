//! Every message fits, whatever is said in it.

use proptest::prelude::*;

use super::*;

/// Strings as an attacker or an accident makes them: huge, empty, hostile. Shown short when a test fails.
#[derive(Debug, Clone)]
enum Words {
    Short(String),
    Hostile,
    Long(&'static str, usize),
}

impl Words {
    fn spoken(&self) -> String {
        match self {
            Self::Short(text) => text.clone(),
            Self::Hostile => {
                "<!channel> <@U1> *_~` :fire: <!date^1^{time}|x> \u{202e}&amp;\u{0}\u{7}\n\r".to_owned()
            }
            Self::Long(piece, times) => piece.repeat(*times),
        }
    }
}

fn words() -> impl Strategy<Value = Words> {
    prop_oneof![
        3 => "\\PC{0,40}".prop_map(Words::Short),
        1 => Just(Words::Short(String::new())),
        1 => Just(Words::Hostile),
        1 => (0_usize..2_000).prop_map(|times| Words::Long("é<&", times)),
        1 => Just(Words::Long("W", 10_000)),
    ]
}

/// Replaces strings of a report by arbitrary ones and repeats its lists, keeping what has a fixed form.
fn mutated(value: &mut serde_json::Value, key: &str, texts: &mut impl Iterator<Item = String>, times: usize) {
    const FIXED: &[&str] = &[
        "cause",
        "kind",
        "stage",
        "effect",
        "confidence",
        "status",
        "risk",
        "mode",
        "class",
        "outcome",
    ];
    match value {
        serde_json::Value::String(string)
            if !FIXED.contains(&key) && string.parse::<jiff::Timestamp>().is_err() =>
        {
            *string = texts.next().unwrap();
        }
        serde_json::Value::Array(items) => {
            *items = items.iter().cycle().take(items.len() * times).cloned().collect();
            for item in items {
                mutated(item, key, texts, times);
            }
        }
        serde_json::Value::Object(members) => {
            for (key, member) in members {
                mutated(member, key, texts, times);
            }
        }
        _ => {}
    }
}

fn report(words: &[Words], times: usize) -> Report {
    let mut value = serde_json::to_value(proved()).unwrap();
    mutated(
        &mut value,
        "",
        &mut words.iter().map(Words::spoken).cycle(),
        times,
    );
    serde_json::from_value(value).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_message_fits_whatever_the_report_says(
        said in proptest::collection::vec(words(), 12),
        times in 1_usize..5,
        target in words(),
        user in words(),
    ) {
        let report = report(&said, times);
        let (target, user) = (target.spoken(), user.spoken());
        let asker = Asker::Person(user.clone());
        let controls = controls();
        let mut messages = vec![
            root_placeholder(&target, &asker),
            root(&report, &asker),
            findings(&report, true, History::Pending, Some(&controls)),
            findings(&report, false, History::Read, None),
            details(&report),
            hand_over(&report),
            progress(&target, &progress::Steps::default()),
        ];
        let now = report.observed_at;
        for remedy in report.remedies.iter().take(2) {
            let approvers = vec![user.clone(); 30];
            for apply in [
                remedy::ApplyView::Button { handle: "h", expires: now, approvers: approvers.clone() },
                remedy::ApplyView::Commands(remedy::NoButton::Manual),
            ] {
                messages.push(remedy::plan(&remedy::PlanView { remedy, target: &target, account: &target, now, copy: "h", apply }));
            }
            messages.push(remedy::to_copy(remedy, false));
            messages.push(remedy::to_copy(remedy, true));
            messages.push(remedy::refusal(&remedy::Refusal::NotApprover { account: &target, approvers: &approvers }));
            messages.push(remedy::root_fixed(&target, now, now, &remedy.title, &user, &target));
            messages.push(remedy::undone(&remedy.title, &target, &user, now, now, &target));
        }
        for (at, message) in messages.into_iter().enumerate() {
            let json = json(message);
            let faults = faults(&json);
            prop_assert!(faults.is_empty(), "message {at}: {faults:?}");
        }
    }
}
