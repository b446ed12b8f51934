//! The evaluator against a second one: slow, naive, two-valued, written from AWS's flow charts over raw JSON.
//!
//! The model knows every key. So for each generated case all ways are tried in which the unknown keys can turn out: a
//! definite answer must hold in all of them, an unknown one must be wrong in none, and the missing keys must be those that
//! change the model's answer.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::float_cmp,
    reason = "a model in a test: obvious before anything else"
)]

mod cases;
mod model;
mod whatever;

use std::collections::{BTreeMap, BTreeSet};

use diagnosis::access::{
    Context, Decision, Effect, Layer, NamedPolicy, Policies, PolicyDocument, PolicyKind, Principal, Request,
    UnreadPolicy, check_line, decide,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use cases::{KEYS, arb_case, arb_ecr_case, outcomes};
use model::{Known, model};

/// How often is set by `PROPTEST_CASES`. Failures are to be turned into cases of their own, not into a file of seeds.
pub(crate) fn quick() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// The model's answer in every way in which the unknown keys that the case mentions can turn out, with that way.
fn all_outcomes(case: &Value, known: &Known) -> Vec<(Known, &'static str)> {
    let text = case.to_string().to_lowercase();
    let mut worlds = vec![known.clone()];
    for key in &KEYS {
        let name = key.name.to_lowercase();
        if known.contains_key(&name) {
            continue;
        }
        let outcomes = outcomes(key);
        let outcomes = if text.contains(&name) {
            outcomes
        } else {
            vec![Vec::new()]
        };
        worlds = worlds
            .iter()
            .flat_map(|world| {
                outcomes.iter().map(|outcome| {
                    let mut world = world.clone();
                    world.insert(name.clone(), outcome.clone());
                    world
                })
            })
            .collect();
        if worlds.len() > 1_000 {
            return Vec::new();
        }
    }
    worlds
        .into_iter()
        .map(|world| (world.clone(), model(case, &world)))
        .collect()
}

/// The keys whose value changes the model's answer while all others keep theirs.
fn deciding_keys(worlds: &[(Known, &'static str)], known: &Known) -> BTreeSet<String> {
    let mut deciding = BTreeSet::new();
    for key in KEYS
        .iter()
        .map(|key| key.name.to_lowercase())
        .filter(|key| !known.contains_key(key))
    {
        let mut answers: BTreeMap<Known, BTreeSet<&str>> = BTreeMap::new();
        for (world, answer) in worlds {
            let mut others = world.clone();
            others.remove(&key);
            answers.entry(others).or_default().insert(answer);
        }
        if answers.values().any(|answers| answers.len() > 1) {
            deciding.insert(key);
        }
    }
    deciding
}

/// What the evaluator is given for a case, with what `check-access` does not take.
struct Given {
    request: Request,
    identity: Vec<NamedPolicy>,
    boundary: Option<NamedPolicy>,
    resource: Option<NamedPolicy>,
    registry: Option<NamedPolicy>,
    scps: Vec<Vec<NamedPolicy>>,
    endpoint: Option<NamedPolicy>,
}

impl Given {
    fn of(case: &Value, known: &Known) -> Self {
        let named = |document: &Value, kind: PolicyKind| NamedPolicy {
            name: kind.words().to_owned(),
            kind,
            document: PolicyDocument::parse(document).unwrap(),
        };
        let all = |documents: &Value, kind: PolicyKind| -> Vec<NamedPolicy> {
            let documents = documents.as_array().unwrap();
            documents.iter().map(|document| named(document, kind)).collect()
        };
        let one = |name: &str, kind: PolicyKind| (!case[name].is_null()).then(|| named(&case[name], kind));
        let text = |name: &str| case[name].as_str().unwrap().to_owned();
        let mut context = Context::new();
        for (key, values) in known {
            context.set(key.clone(), values.iter().cloned());
        }
        let levels = case["scp_levels"].as_array().unwrap();
        Self {
            request: Request {
                principal: Principal::parse(&text("principal_arn")).unwrap(),
                action: text("action"),
                resource: text("resource_arn"),
                context,
            },
            identity: all(&case["identity_policies"], PolicyKind::Inline),
            boundary: one("permissions_boundary", PolicyKind::PermissionsBoundary),
            resource: one("resource_policy", PolicyKind::Resource),
            registry: one("registry_policy", PolicyKind::Registry),
            scps: levels
                .iter()
                .map(|level| all(level, PolicyKind::ServiceControl))
                .collect(),
            endpoint: one("endpoint_policy", PolicyKind::Endpoint),
        }
    }

    /// Decided, with one layer's policies unread.
    fn decided(&self, unread: Option<Layer>) -> Decision {
        let read = |layer: Layer| unread != Some(layer);
        let named: Vec<UnreadPolicy> = unread
            .into_iter()
            .map(|layer| UnreadPolicy {
                name: layer.words().to_owned(),
                layer,
            })
            .collect();
        let policies = Policies {
            identity: if read(Layer::Identity) {
                &self.identity
            } else {
                &[]
            },
            boundary: self.boundary.as_ref().filter(|_| read(Layer::Boundary)),
            resource: self.resource.as_ref().filter(|_| read(Layer::Resource)),
            registry: self.registry.as_ref().filter(|_| read(Layer::Resource)),
            scps: if read(Layer::ServiceControl) {
                &self.scps
            } else {
                &[]
            },
            endpoint: self.endpoint.as_ref().filter(|_| read(Layer::Endpoint)),
            unread: &named,
        };
        decide(&self.request, &policies)
    }
}

fn holds_in_all_outcomes(
    (case, known): &(Value, Known),
    answer: &str,
    missing_context: &[String],
) -> Result<(), TestCaseError> {
    let worlds = all_outcomes(case, known);
    prop_assume!(!worlds.is_empty());
    let answers: BTreeSet<_> = worlds.iter().map(|(_, answer)| *answer).collect();
    if answers.len() == 1 {
        prop_assert!(answers.contains(answer), "always {answers:?}, but got {answer}");
    } else {
        prop_assert_eq!(answer, "unknown", "all of {:?} can come", answers);
        let missing: BTreeSet<_> = missing_context.iter().map(|key| key.to_lowercase()).collect();
        prop_assert_eq!(missing, deciding_keys(&worlds, known));
    }
    Ok(())
}

proptest! {
    #![proptest_config(quick())]

    #[test]
    fn agrees_with_the_model(case in arb_case()) {
        let output = check_line(&case.0.to_string()).unwrap();
        holds_in_all_outcomes(&case, output.decision.as_str(), &output.missing_context)?;
    }

    #[test]
    fn agrees_with_the_model_of_registries_and_levels(case in arb_ecr_case()) {
        let decision = Given::of(&case.0, &case.1).decided(None);
        holds_in_all_outcomes(&case, decision.effect.as_str(), &decision.missing_context)?;
    }

    #[test]
    fn what_is_not_read_contradicts_nothing((case, known) in arb_ecr_case()) {
        let given = Given::of(&case, &known);
        let whole = given.decided(None).effect;
        for layer in Layer::ALL {
            let less = given.decided(Some(layer));
            if less.effect != Effect::Unknown {
                prop_assert_eq!(less.effect, whole, "without {:?}", layer);
            }
        }
    }

    #[test]
    fn learning_a_key_never_contradicts_a_definite_answer((case, known) in arb_case(), picks in any::<[prop::sample::Index; KEYS.len()]>()) {
        let before = check_line(&case.to_string()).unwrap();
        let mut learned = case.clone();
        for (key, pick) in KEYS.iter().zip(picks) {
            if !known.contains_key(&key.name.to_lowercase()) {
                learned["context"][key.name] = json!(pick.get(&outcomes(key)));
                let after = check_line(&learned.to_string()).unwrap();
                if before.decision.as_str() != "unknown" {
                    prop_assert_eq!(&before.decision, &after.decision);
                }
            }
        }
        prop_assert!(check_line(&learned.to_string()).unwrap().decision.as_str() != "unknown");
    }
}
