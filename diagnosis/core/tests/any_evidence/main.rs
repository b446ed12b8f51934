//! The decision core on evidence that nobody planned: small worlds, mutated at random as far as they still are evidence.
//!
//! | property | in words |
//! | --- | --- |
//! | `any_evidence_gives_a_coherent_report` | no panic; the same evidence gives the same bytes; the report keeps all its promises |
//! | `what_is_taken_away_proves_nothing` | an observation that is denied, failed or not made confirms no cause and promises no pull |
//! | `any_json_is_a_saved_diagnosis_or_an_error` | parsing never panics, and what parses is diagnosed |
//! | `much_survives` | the properties are about more than the worlds as they were written |

#[cfg(test)]
mod mutation;
#[cfg(test)]
#[path = "../network_model/world.rs"]
#[expect(dead_code, reason = "its place and needs are the network model's")]
mod networks;
#[cfg(test)]
mod promises;
#[cfg(test)]
#[path = "../rules/world.rs"]
#[expect(dead_code, reason = "what only the small worlds' own tests break")]
mod world;
#[cfg(test)]
mod worlds;

#[cfg(test)]
mod properties {
    use std::collections::BTreeSet;

    use diagnosis::evidence::Evidence;
    use diagnosis::judgement::Confidence;
    use diagnosis::report::{Cost, Outcome};
    use diagnosis::{Options, Report, SavedDiagnosis, diagnose};
    use proptest::prelude::*;
    use proptest::sample::Index;
    use serde_json::{Value, json};

    use crate::mutation::{Mutation, arb_json, arb_mutation, mutate, observations};
    use crate::promises;
    use crate::worlds::arb_world;

    /// Failures are to be turned into tests of their own, not into a file of seeds.
    fn quick(cases: u32) -> ProptestConfig {
        let asked = std::env::var_os("PROPTEST_CASES").map(|_| ProptestConfig::default().cases);
        ProptestConfig {
            cases: asked.unwrap_or(cases),
            failure_persistence: None,
            max_shrink_iters: 400,
            ..ProptestConfig::default()
        }
    }

    /// Evidence as JSON; a failing case prints it so that it can be read back.
    #[derive(Clone)]
    struct Document(Value);

    impl std::fmt::Debug for Document {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "{}", self.0)
        }
    }

    fn arb_evidence() -> impl Strategy<Value = Document> {
        (arb_world(), prop::collection::vec(arb_mutation(), 0..14)).prop_map(|(mut world, mutations)| {
            for mutation in &mutations {
                mutate(&mut world, mutation);
            }
            Document(world)
        })
    }

    fn arb_unread() -> impl Strategy<Value = Value> {
        prop::sample::select(vec![
            json!({ "denied": { "action": "service:Action", "principal": null } }),
            json!({ "failed": { "error": "no answer" } }),
            json!({ "not_collected": { "why": "not asked" } }),
            CUT_SHORT,
        ])
    }

    /// Stands for a list that is not all there is.
    const CUT_SHORT: Value = Value::Null;

    fn take_away(document: &mut Value, place: &str, how: &Value) {
        let outcome = &mut document.pointer_mut(place).unwrap()["outcome"];
        if *how != CUT_SHORT {
            *outcome = how.clone();
        } else if let Some(complete) = outcome.pointer_mut("/present/complete") {
            *complete = json!(false);
        }
    }

    /// A world that could be, some of it not read: mutated ones contradict themselves, and then less is not always less.
    fn arb_partly_read() -> impl Strategy<Value = Document> {
        (
            arb_world(),
            prop::collection::vec((any::<Index>(), arb_unread()), 0..6),
        )
            .prop_map(|(mut world, unread)| {
                for (place, how) in unread {
                    let observations = observations(&world);
                    take_away(&mut world, place.get::<String>(&observations), &how);
                }
                Document(world)
            })
    }

    fn arb_options() -> impl Strategy<Value = Options> {
        let seconds = prop_oneof![Just(24 * 3600), any::<i64>()];
        (seconds, any::<u32>(), any::<u64>()).prop_map(|(seconds, aws_calls, elapsed_ms)| Options {
            cost: Cost {
                aws_calls,
                elapsed_ms,
            },
            window: jiff::SignedDuration::from_secs(seconds),
            ..Options::default()
        })
    }

    fn read(document: &Value) -> Evidence {
        serde_json::from_value(document.clone()).unwrap()
    }

    fn confirmed(report: &Report) -> BTreeSet<&'static str> {
        let causes = report.causes.iter();
        causes
            .filter(|cause| cause.confidence == Confidence::Confirmed)
            .map(|cause| cause.cause.code())
            .collect()
    }

    proptest! {
        #![proptest_config(quick(90))]

        #[test]
        fn any_evidence_gives_a_coherent_report(Document(mut document) in arb_evidence(), options in arb_options()) {
            promises::number(&mut document);
            let report = diagnose(&read(&document), &options);
            promises::kept(&report, &document)?;
            let text = serde_json::to_string(&report).unwrap();
            let saved = SavedDiagnosis { evidence: read(&document), options };
            // A policy may be nested deeper than a reader of JSON follows; then it is an error, and no other report.
            if let Ok(again) = serde_json::from_str::<SavedDiagnosis>(&serde_json::to_string(&saved).unwrap()) {
                let again = diagnose(&again.evidence, &again.options);
                prop_assert_eq!(text, serde_json::to_string(&again).unwrap());
            }
        }
    }

    proptest! {
        #![proptest_config(quick(30))]

        #[test]
        fn what_is_taken_away_proves_nothing(
            Document(document) in arb_partly_read(),
            places in prop::collection::vec(any::<Index>(), 6),
            how in arb_unread(),
        ) {
            let whole = diagnose(&read(&document), &Options::default());
            let observations = observations(&document);
            for place in places {
                let place = place.get(&observations);
                let mut less = document.clone();
                take_away(&mut less, place, &how);
                let less = diagnose(&read(&less), &Options::default());
                prop_assert!(
                    less.outcome != Outcome::WouldPull || whole.outcome == Outcome::WouldPull,
                    "a pull is promised without {place}"
                );
                // Where it is not known any more whether a pull failed, what is wrong is told as it stands.
                if less.outcome == whole.outcome {
                    let (less, whole) = (confirmed(&less), confirmed(&whole));
                    let new: Vec<_> = less.difference(&whole).collect();
                    prop_assert!(new.is_empty(), "{new:?} are confirmed without {place}");
                }
            }
        }
    }

    proptest! {
        #![proptest_config(quick(60))]

        #[test]
        fn any_json_is_a_saved_diagnosis_or_an_error(
            Document(document) in arb_evidence(),
            window in prop_oneof![2 => Just(json!("PT24H")), 1 => arb_json()],
            places in prop::collection::vec((any::<Index>(), arb_json()), 0..3),
            garbage in arb_json(),
            text in ".{0,60}",
        ) {
            let mut saved = json!({ "evidence": document, "options": {
                "cost": { "aws_calls": 7, "elapsed_ms": 900 }, "window": window,
            }});
            for (place, value) in places {
                let all = crate::mutation::places(&saved, &|_, _| true);
                *saved.pointer_mut(place.get::<String>(&all)).unwrap() = value;
            }
            for text in [saved.to_string(), garbage.to_string(), text] {
                if let Ok(saved) = serde_json::from_str::<SavedDiagnosis>(&text) {
                    diagnose(&saved.evidence, &saved.options);
                }
            }
        }
    }

    /// The properties would hold for mutations that change nothing, and for a core that never says anything.
    #[test]
    fn much_survives() {
        use proptest::strategy::ValueTree;

        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let (mut changed, mut tried, mut causes) = (0, 0, BTreeSet::new());
        for _ in 0..60 {
            let mut world = arb_world().new_tree(&mut runner).unwrap().current();
            for _ in 0..8 {
                let mutation: Mutation = arb_mutation().new_tree(&mut runner).unwrap().current();
                tried += 1;
                changed += u32::from(mutate(&mut world, &mutation));
            }
            let report = diagnose(&read(&world), &Options::default());
            causes.extend(report.causes.iter().map(|cause| cause.cause.code()));
        }
        assert!(
            changed * 10 >= tried * 6,
            "{changed} of {tried} mutations did something"
        );
        assert!(causes.len() >= 30, "{causes:?}");
    }
}
