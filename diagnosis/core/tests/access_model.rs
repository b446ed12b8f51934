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

use std::collections::{BTreeMap, BTreeSet};

use diagnosis::access::{PolicyDocument, check_line};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

const OURS: &str = "210987654321";
const THEIRS: &str = "123456789012";

/// Known keys, in lower case; an empty list is an absent key.
type Known = BTreeMap<String, Vec<String>>;

// ---- the model ----------------------------------------------------------------------------------------------------------

fn list(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(list).collect(),
        Value::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}

fn glob(pattern: &str, text: &str) -> bool {
    let Some(first) = pattern.chars().next() else {
        return text.is_empty();
    };
    let (rest, next) = (&pattern[first.len_utf8()..], text.chars().next());
    match (first, next) {
        ('*', None) => glob(rest, text),
        ('*', Some(next)) => glob(rest, text) || glob(pattern, &text[next.len_utf8()..]),
        (_, None) => false,
        (_, Some(next)) => (first == '?' || literal(first) == next) && glob(rest, &text[next.len_utf8()..]),
    }
}

/// What a variable brings in is text: its wildcards are kept apart from the policy's own as control characters.
fn as_text(value: &str) -> String {
    value.replace('*', "\u{1}").replace('?', "\u{2}")
}

fn literal(character: char) -> char {
    match character {
        '\u{1}' => '*',
        '\u{2}' => '?',
        other => other,
    }
}

/// The value with its variables filled in, or nothing where one has no value.
fn fill(value: &str, known: &Known) -> Option<String> {
    let Some((before, rest)) = value.split_once("${") else {
        return Some(value.to_owned());
    };
    let (variable, after) = rest.split_once('}').unwrap();
    let (key, default) = match variable.split_once(", ") {
        Some((key, default)) => (key, Some(default.trim_matches('\'').to_owned())),
        None => (variable, None),
    };
    let filled = known[&key.to_lowercase()].first().cloned().or(default)?;
    Some(format!("{before}{}{}", as_text(&filled), fill(after, known)?))
}

fn one_matches(operator: &str, wanted: &str, requested: &str, known: &Known) -> bool {
    let pattern = |compare: &dyn Fn(&str) -> bool| fill(wanted, known).is_some_and(|wanted| compare(&wanted));
    let text = |compare: &dyn Fn(&str) -> bool| {
        pattern(&|wanted| compare(&wanted.chars().map(literal).collect::<String>()))
    };
    let numbers = || Some((requested.parse::<f64>().ok()?, wanted.parse::<f64>().ok()?));
    let moments = || {
        let requested: jiff::Timestamp = requested.parse().ok()?;
        Some((requested, wanted.parse::<jiff::Timestamp>().ok()?))
    };
    match operator {
        "StringEquals" => text(&|wanted| wanted == requested),
        "StringEqualsIgnoreCase" => text(&|wanted| wanted.to_lowercase() == requested.to_lowercase()),
        "StringLike" => pattern(&|wanted| glob(wanted, requested)),
        "ArnLike" => pattern(&|wanted| {
            let (wanted, requested): (Vec<_>, Vec<_>) = (
                wanted.splitn(6, ':').collect(),
                requested.splitn(6, ':').collect(),
            );
            wanted.len() == 6
                && requested.len() == 6
                && wanted
                    .iter()
                    .zip(&requested)
                    .all(|(wanted, requested)| glob(wanted, requested))
        }),
        "NumericEquals" => numbers().is_some_and(|(requested, wanted)| requested == wanted),
        "NumericLessThan" => numbers().is_some_and(|(requested, wanted)| requested < wanted),
        "NumericGreaterThanEquals" => numbers().is_some_and(|(requested, wanted)| requested >= wanted),
        "DateEquals" => moments().is_some_and(|(requested, wanted)| requested == wanted),
        "DateLessThan" => moments().is_some_and(|(requested, wanted)| requested < wanted),
        "DateGreaterThanEquals" => moments().is_some_and(|(requested, wanted)| requested >= wanted),
        "Bool" => wanted == requested,
        "IpAddress" => {
            let range: ipnet::IpNet = wanted.parse().unwrap();
            requested
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| range.contains(&address))
        }
        other => panic!("the generator knows no {other}"),
    }
}

fn condition_met(operator: &str, key: &str, wanted: &Value, deny: bool, known: &Known) -> bool {
    let requested = &known[&key.to_lowercase()];
    let wanted = list(wanted);
    if operator == "StringMatches" {
        return deny;
    }
    if operator == "Null" {
        return wanted.contains(&requested.is_empty().to_string());
    }
    let (set, operator) = operator.split_once(':').unwrap_or(("", operator));
    let if_exists = operator.ends_with("IfExists");
    let operator = operator.trim_end_matches("IfExists");
    let negated = operator.contains("Not");
    let positive = operator.replace("Not", "");
    if requested.is_empty() {
        return match set {
            _ if if_exists => true,
            "ForAllValues" => true,
            "ForAnyValue" => false,
            _ => negated,
        };
    }
    let matches = |requested: &String| {
        wanted
            .iter()
            .any(|wanted| one_matches(&positive, wanted, requested, known))
    };
    match (set, negated) {
        ("ForAllValues", _) => requested.iter().all(|value| matches(value) != negated),
        ("ForAnyValue", _) => requested.iter().any(|value| matches(value) != negated),
        (_, true) => !requested.iter().any(matches),
        (_, false) => requested.iter().any(matches),
    }
}

/// How a statement names the principal: `None`, `account`, `role` or `direct`.
fn named(element: &Value, principal: &str) -> Option<&'static str> {
    if element == "*" {
        return Some("direct");
    }
    let services = element.get("Service").map(list).unwrap_or_default();
    if services.contains(&principal.to_owned()) {
        return Some("direct");
    }
    let names = element.get("AWS").map(list).unwrap_or_default();
    if names.contains(&"*".to_owned()) {
        return Some("direct");
    }
    if !principal.starts_with("arn:") {
        return None;
    }
    let role = match principal.strip_prefix("arn:aws:sts::") {
        Some(session) => {
            let (account, session) = session.split_once(":assumed-role/").unwrap();
            if names.contains(&principal.to_owned()) {
                return Some("direct");
            }
            format!(
                "arn:aws:iam::{account}:role/{}",
                session.split('/').next().unwrap()
            )
        }
        None => principal.to_owned(),
    };
    if names.contains(&role) {
        return Some("role");
    }
    let account = principal.split(':').nth(4).unwrap().to_owned();
    let root = format!("arn:aws:iam::{account}:root");
    (names.contains(&account) || names.contains(&root)).then_some("account")
}

/// The statements of a document that apply, as (denies, how it names the principal).
fn applying(document: &Value, case: &Value, known: &Known) -> Vec<(bool, &'static str)> {
    let variables = document.get("Version") == Some(&json!("2012-10-17"));
    let action = case["action"].as_str().unwrap().to_lowercase();
    let resource = case["resource_arn"].as_str().unwrap();
    let principal = case["principal_arn"].as_str().unwrap();
    let mut applying = Vec::new();
    for statement in document["Statement"].as_array().unwrap() {
        let deny = statement["Effect"] == "Deny";
        let in_actions = |name: &str| {
            statement.get(name).map(|patterns| {
                list(patterns)
                    .iter()
                    .any(|pattern| glob(&pattern.to_lowercase(), &action))
            })
        };
        let in_resources = |name: &str| {
            statement.get(name).map(|patterns| {
                list(patterns).iter().any(|pattern| {
                    let pattern = if variables {
                        fill(pattern, known)
                    } else {
                        Some(pattern.clone())
                    };
                    pattern.is_some_and(|pattern| glob(&pattern, resource))
                })
            })
        };
        let how = match (statement.get("Principal"), statement.get("NotPrincipal")) {
            (None, None) => Some("direct"),
            (Some(element), _) => named(element, principal),
            (None, Some(element)) => {
                let everyone = named(element, "arn:aws:iam::999999999999:role/nobody") == Some("direct");
                let itself = matches!(named(element, principal), Some("role" | "direct"));
                let account = !principal.starts_with("arn:")
                    || named(
                        element,
                        &format!(
                            "arn:aws:iam::{}:role/no/body",
                            principal.split(':').nth(4).unwrap_or("")
                        ),
                    ) == Some("account");
                let bounded = principal.starts_with("arn:") && !case["permissions_boundary"].is_null();
                (deny && (bounded || !(everyone || (itself && account)))).then_some("direct")
            }
        };
        let conditions = statement
            .get("Condition")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .all(|(operator, keys)| {
                keys.as_object()
                    .unwrap()
                    .iter()
                    .all(|(key, wanted)| condition_met(operator, key, wanted, deny, known))
            });
        let covers_action = in_actions("Action").unwrap_or_else(|| !in_actions("NotAction").unwrap());
        let covers_resource =
            in_resources("Resource").unwrap_or_else(|| !in_resources("NotResource").unwrap_or(false));
        if let Some(how) = how.filter(|_| conditions && covers_action && covers_resource) {
            applying.push((deny, how));
        }
    }
    applying
}

/// AWS's flow chart, step by step.
fn model(case: &Value, known: &Known) -> &'static str {
    let principal = case["principal_arn"].as_str().unwrap();
    let (action, resource) = (
        case["action"].as_str().unwrap(),
        case["resource_arn"].as_str().unwrap(),
    );
    let service = !principal.starts_with("arn:");
    let account = principal.split(':').nth(4).unwrap_or("");
    let owner = resource
        .split(':')
        .nth(4)
        .filter(|owner| !owner.is_empty())
        .unwrap_or(account);
    let layer = |name: &str| -> Option<Vec<(bool, &'static str)>> {
        let documents = match &case[name] {
            Value::Null => return None,
            Value::Array(documents) => documents.clone(),
            document => vec![document.clone()],
        };
        Some(
            documents
                .iter()
                .flat_map(|document| applying(document, case, known))
                .collect(),
        )
    };
    let denies = |layer: &Option<Vec<(bool, &str)>>| layer.iter().flatten().any(|(deny, _)| *deny);
    let allows = |layer: &Option<Vec<(bool, &str)>>| layer.iter().flatten().any(|(deny, _)| !*deny);
    let grants = |layer: &Option<Vec<(bool, &str)>>, by: &str| {
        layer.iter().flatten().any(|(deny, how)| !*deny && *how == by)
    };
    let identity = if service { None } else { layer("identity_policies") };
    let boundary = if service {
        None
    } else {
        layer("permissions_boundary")
    };
    let scps = if service || case["scps"] == json!([]) {
        None
    } else {
        layer("scps")
    };
    let (resource_policy, endpoint) = (layer("resource_policy"), layer("endpoint_policy"));
    // 1. An explicit deny anywhere.
    if [&identity, &boundary, &scps, &resource_policy, &endpoint]
        .into_iter()
        .any(denies)
    {
        return "explicit_deny";
    }
    // 2. What limits everybody.
    if (scps.is_some() && !allows(&scps)) || (endpoint.is_some() && !allows(&endpoint)) {
        return "implicit_deny";
    }
    let within_boundary = boundary.is_none() || allows(&boundary);
    let own_side = allows(&identity) && within_boundary;
    let allowed = if service {
        allows(&resource_policy)
    } else if owner != account {
        // 3. Across accounts both sides must allow.
        own_side && allows(&resource_policy)
    } else if grants(&resource_policy, "direct") {
        // 4. The resource's policy allows the session itself.
        true
    } else if grants(&resource_policy, "role") && within_boundary {
        // 5. It allows the role, inside the boundary.
        true
    } else if (action.starts_with("kms:") && resource.contains(":key/"))
        || (action == "sts:AssumeRole" && resource_policy.is_some())
    {
        // 6. Keys and roles must let identity policies in.
        grants(&resource_policy, "account") && own_side
    } else {
        own_side
    };
    if allowed { "allowed" } else { "implicit_deny" }
}

// ---- the cases ----------------------------------------------------------------------------------------------------------

/// A key with what conditions may want of it, and values that tell all of that apart.
struct Key {
    name: &'static str,
    operators: &'static [&'static str],
    wanted: &'static [&'static str],
    values: &'static [&'static str],
    several: bool,
}

/// Two keys are compared with each other, so each can have what the other can.
const NAMES: &[&str] = &[
    "shop", "SHOP", "Shop", "shoP", "sh", "s", "ahop", "sa", "x", "?hop", "?HOP", "sh*", "SH*", "core", "y",
];

const KEYS: [Key; 9] = [
    Key {
        name: "aws:SourceVpce",
        operators: &[
            "StringEquals",
            "StringNotEquals",
            "StringEqualsIfExists",
            "StringNotEqualsIfExists",
            "Null",
        ],
        wanted: &["vpce-1", "vpce-2"],
        values: &["vpce-1", "vpce-2", "vpce-3"],
        several: false,
    },
    Key {
        name: "aws:PrincipalTag/team",
        operators: &[
            "StringEquals",
            "StringLike",
            "StringNotLike",
            "StringEqualsIgnoreCase",
            "StringLikeIfExists",
        ],
        wanted: &["shop", "sh*", "?hop", "SHOP"],
        values: NAMES,
        several: false,
    },
    Key {
        name: "aws:ResourceTag/owner",
        operators: &["StringEquals", "StringNotEquals", "StringLike"],
        wanted: &[
            "${aws:PrincipalTag/team}",
            "${aws:PrincipalTag/team, 'shop'}",
            "core",
        ],
        values: NAMES,
        several: false,
    },
    Key {
        name: "aws:SecureTransport",
        operators: &["Bool", "BoolIfExists", "Null"],
        wanted: &["true", "false"],
        values: &["true", "false"],
        several: false,
    },
    Key {
        name: "aws:MultiFactorAuthAge",
        operators: &[
            "NumericLessThan",
            "NumericGreaterThanEquals",
            "NumericNotEquals",
            "NumericLessThanIfExists",
        ],
        wanted: &["10", "20"],
        values: &["5", "10", "15", "20", "25"],
        several: false,
    },
    Key {
        name: "aws:CurrentTime",
        operators: &[
            "DateLessThan",
            "DateGreaterThanEquals",
            "DateNotEquals",
            "DateGreaterThanEqualsIfExists",
        ],
        wanted: &["2025-06-01T12:00:00Z", "2025-07-01T12:00:00Z"],
        values: &[
            "2025-05-01T12:00:00Z",
            "2025-06-01T12:00:00Z",
            "2025-06-15T12:00:00Z",
            "2025-07-01T12:00:00Z",
            "2025-08-01T12:00:00Z",
        ],
        several: false,
    },
    Key {
        name: "aws:SourceIp",
        operators: &["IpAddress", "NotIpAddress", "IpAddressIfExists"],
        wanted: &["10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32"],
        values: &["10.1.2.3", "10.2.3.4", "192.0.2.1", "2001:db8::7"],
        several: false,
    },
    Key {
        name: "aws:SourceArn",
        operators: &["ArnLike", "ArnNotLike", "ArnLikeIfExists"],
        wanted: &[
            "arn:aws:ecs:*:210987654321:*",
            "arn:aws:ecs:eu-west-1:*:cluster/*",
        ],
        values: &[
            "arn:aws:ecs:eu-west-1:210987654321:cluster/a",
            "arn:aws:ecs:eu-west-1:210987654321:task/a",
            "arn:aws:ecs:eu-west-1:123456789012:cluster/a",
            "arn:aws:sns:eu-west-1:123456789012:topic",
        ],
        several: false,
    },
    Key {
        name: "aws:TagKeys",
        operators: &[
            "ForAllValues:StringEquals",
            "ForAnyValue:StringEquals",
            "ForAllValues:StringNotEquals",
            "ForAnyValue:StringNotEquals",
            "ForAllValues:StringEqualsIfExists",
            "Null",
        ],
        wanted: &["a", "b"],
        values: &["a", "b", "c"],
        several: true,
    },
];

/// Every way in which a key can turn out; the first is absence.
fn outcomes(key: &Key) -> Vec<Vec<String>> {
    let mut outcomes: Vec<Vec<String>> = vec![Vec::new()];
    for value in key.values {
        let with = outcomes
            .iter()
            .filter(|outcome| key.several || outcome.is_empty());
        let with: Vec<_> = with
            .map(|outcome| outcome.iter().cloned().chain([(*value).to_owned()]).collect())
            .collect();
        outcomes.extend(with);
    }
    outcomes
}

fn arb_condition() -> impl Strategy<Value = (String, String, Value)> {
    (0..KEYS.len()).prop_flat_map(|index| {
        let key = &KEYS[index];
        let unknown = prop::bool::weighted(0.03);
        (
            select(key.operators),
            subsequence(key.wanted, 1..=2.min(key.wanted.len())),
            any::<bool>(),
            unknown,
        )
            .prop_map(move |(operator, wanted, flag, unknown)| match operator {
                _ if unknown => ("StringMatches".to_owned(), key.name.to_owned(), json!(wanted)),
                "Null" => (operator.to_owned(), key.name.to_owned(), json!(flag.to_string())),
                _ if wanted.len() == 1 => (operator.to_owned(), key.name.to_owned(), json!(wanted[0])),
                _ => (operator.to_owned(), key.name.to_owned(), json!(wanted)),
            })
    })
}

const ACTIONS: [&str; 7] = [
    "*",
    "ecr:*",
    "ecr:Batch*",
    "ECR:batchgetimage",
    "kms:Decrypt",
    "sts:AssumeRole",
    "ecr:?atchGetImag?",
];

const RESOURCES: [&str; 9] = [
    "*",
    "arn:aws:ecr:*:*:repository/*",
    "arn:aws:ecr:eu-west-1:210987654321:repository/shop/cart",
    "arn:aws:ecr:eu-west-1:*:repository/till/*",
    "arn:aws:ecr:eu-west-1:*:repository/${aws:PrincipalTag/team}/*",
    "arn:aws:ecr:eu-west-1:*:repository/${aws:PrincipalTag/team}*",
    "arn:aws:ecr:eu-west-1:*:repository/${aws:PrincipalTag/team, 'shop'}/cart",
    "arn:aws:kms:*",
    "arn:aws:iam::210987654321:role/*",
];

fn arb_principal_element() -> impl Strategy<Value = Value> {
    let names = vec![
        OURS.to_owned(),
        format!("arn:aws:iam::{OURS}:root"),
        THEIRS.to_owned(),
        format!("arn:aws:iam::{OURS}:role/pull"),
        format!("arn:aws:iam::{OURS}:role/other"),
        format!("arn:aws:sts::{OURS}:assumed-role/pull/task"),
    ];
    prop_oneof![
        2 => Just(json!("*")),
        6 => subsequence(names, 1..=3).prop_map(|names| json!({"AWS": names})),
        2 => Just(json!({"Service": "ecs-tasks.amazonaws.com"})),
        1 => Just(json!({"AWS": "*"})),
    ]
}

fn arb_statement(with_principal: bool) -> impl Strategy<Value = Value> {
    let conditions = prop::collection::vec(arb_condition(), 0..=2);
    (
        prop::bool::weighted(0.7),
        prop::bool::weighted(0.85),
        subsequence(&ACTIONS[..], 1..=3),
        prop::bool::weighted(0.85),
        subsequence(&RESOURCES[..], 1..=3),
        arb_principal_element(),
        prop::bool::weighted(0.9),
        prop::bool::weighted(0.2),
        conditions,
    )
        .prop_map(
            move |(allow, action, actions, resource, resources, who, principal, no_resource, conditions)| {
                let mut statement = json!({"Effect": if allow { "Allow" } else { "Deny" }});
                statement[if action { "Action" } else { "NotAction" }] = json!(actions);
                if with_principal {
                    statement[if principal || allow {
                        "Principal"
                    } else {
                        "NotPrincipal"
                    }] = who;
                }
                if !(with_principal && no_resource) {
                    statement[if resource { "Resource" } else { "NotResource" }] = json!(resources);
                }
                for (operator, key, wanted) in conditions {
                    statement["Condition"][operator][key] = wanted;
                }
                statement
            },
        )
}

/// Some statements, and often one that allows everything: most documents would deny most requests without it.
fn arb_document(with_principal: bool) -> impl Strategy<Value = Value> {
    let statements = prop::collection::vec(arb_statement(with_principal), 0..=3);
    (statements, prop::bool::weighted(0.5), arb_principal_element()).prop_map(
        move |(mut statements, open, who)| {
            if open {
                let mut statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
                if with_principal {
                    statement["Principal"] = who;
                }
                statements.push(statement);
            }
            json!({"Version": "2012-10-17", "Statement": statements})
        },
    )
}

fn arb_optional(with_principal: bool, weight: f64) -> impl Strategy<Value = Value> {
    (prop::bool::weighted(weight), arb_document(with_principal))
        .prop_map(|(present, document)| if present { document } else { Value::Null })
}

fn arb_request() -> impl Strategy<Value = (String, String, String)> {
    let principal = select(vec![
        format!("arn:aws:iam::{OURS}:role/pull"),
        format!("arn:aws:sts::{OURS}:assumed-role/pull/task"),
        "ecs-tasks.amazonaws.com".to_owned(),
    ]);
    let asked = select(vec![
        (
            "ecr:BatchGetImage",
            format!("arn:aws:ecr:eu-west-1:{OURS}:repository/shop/cart"),
        ),
        (
            "ecr:BatchGetImage",
            format!("arn:aws:ecr:eu-west-1:{THEIRS}:repository/shop/cart"),
        ),
        ("ecr:GetAuthorizationToken", "*".to_owned()),
        ("kms:Decrypt", format!("arn:aws:kms:eu-west-1:{OURS}:key/1")),
        ("sts:AssumeRole", format!("arn:aws:iam::{OURS}:role/target")),
    ]);
    (principal, asked).prop_map(|(principal, (action, resource))| (principal, action.to_owned(), resource))
}

/// A case, and which keys are known to have which outcome; the others are unknown.
fn arb_case() -> impl Strategy<Value = (Value, Known)> {
    let known: Vec<_> = KEYS
        .iter()
        .map(|key| (prop::bool::weighted(0.75), select(outcomes(key))))
        .collect();
    (
        arb_request(),
        prop::collection::vec(arb_document(false), 0..=2),
        arb_optional(false, 0.3),
        arb_optional(true, 0.6),
        prop::collection::vec(arb_document(false), 0..=2),
        arb_optional(true, 0.2),
        known,
    )
        .prop_map(|((principal, action, resource), identity, boundary, resource_policy, scps, endpoint, known)| {
            let known: Known = KEYS
                .iter()
                .zip(known)
                .filter(|(_, (is_known, _))| *is_known)
                .map(|(key, (_, values))| (key.name.to_lowercase(), values))
                .collect();
            let case = json!({
                "principal_arn": principal, "action": action, "resource_arn": resource,
                "identity_policies": identity, "permissions_boundary": boundary,
                "resource_policy": resource_policy, "scps": scps, "endpoint_policy": endpoint, "context": known,
            });
            (case, known)
        })
}

/// How often is set by `PROPTEST_CASES`. Failures are to be turned into cases of their own, not into a file of seeds.
fn quick() -> ProptestConfig {
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

proptest! {
    #![proptest_config(quick())]

    #[test]
    fn agrees_with_the_model((case, known) in arb_case()) {
        let output = check_line(&case.to_string()).unwrap();
        let worlds = all_outcomes(&case, &known);
        prop_assume!(!worlds.is_empty());
        let answers: BTreeSet<_> = worlds.iter().map(|(_, answer)| *answer).collect();
        let answer = output.decision.as_str();
        if answers.len() == 1 {
            prop_assert!(answers.contains(answer), "always {answers:?}, but got {output:?}");
        } else {
            prop_assert_eq!(answer, "unknown", "all of {:?} can come", answers);
            let missing: BTreeSet<_> = output.missing_context.iter().map(|key| key.to_lowercase()).collect();
            prop_assert_eq!(missing, deciding_keys(&worlds, &known));
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

// ---- whatever comes -----------------------------------------------------------------------------------------------------

fn arb_json() -> impl Strategy<Value = Value> {
    let words = select(vec![
        "Allow",
        "Deny",
        "*",
        "ecr:*",
        "AWS",
        "${aws:x, 'y'}",
        "${",
        "arn:aws:s3:::b/*",
        "2012-10-17",
        "",
        "::::::",
        "ä",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        words.prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    let names = select(vec![
        "Version",
        "Id",
        "Statement",
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
        "StringLike",
        "Null",
        "ForAnyValue:DateLessThan",
        "aws:SourceIp",
        "AWS",
        "x",
    ]);
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(names.clone(), inner, 0..5).prop_map(|map| map
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()),
        ]
    })
}

proptest! {
    #![proptest_config(quick())]

    #[test]
    fn any_json_is_a_document_or_an_error(value in arb_json()) {
        if let Ok(document) = PolicyDocument::parse(&value) {
            prop_assert_eq!(Value::from(document), value);
        }
    }

    #[test]
    fn any_documents_can_be_checked(
        (mut case, _) in arb_case(),
        identity in arb_json(),
        context in arb_json(),
        principal in prop_oneof!["arn:.{0,20}", ".{0,20}", Just(format!("arn:aws:iam::{OURS}:role/pull"))],
        resource in ".{0,30}",
    ) {
        case["identity_policies"] = json!([identity]);
        case["context"] = context;
        case["principal_arn"] = json!(principal);
        case["resource_arn"] = json!(resource);
        let _ = check_line(&case.to_string());
    }

    #[test]
    fn any_line_can_be_checked(line in ".{0,60}") {
        prop_assert!(check_line(&line).is_err());
    }
}
