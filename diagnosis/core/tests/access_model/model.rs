//! The model: AWS's flow charts over raw JSON, two-valued.

use std::collections::BTreeMap;

use serde_json::{Value, json};

pub(crate) const OURS: &str = "210987654321";
pub(crate) const THEIRS: &str = "123456789012";

/// Known keys, in lower case; an empty list is an absent key.
pub(crate) type Known = BTreeMap<String, Vec<String>>;

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

/// Statements that apply: whether each denies, and how it names the principal.
type Applying = Vec<(bool, &'static str)>;

/// The statements of a document that apply, as (denies, how it names the principal).
fn applying(document: &Value, case: &Value, known: &Known) -> Applying {
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
pub(crate) fn model(case: &Value, known: &Known) -> &'static str {
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
    let layer = |name: &str| -> Option<Applying> {
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
    // Level by level; a flat list is one level, and a level without policies limits nobody.
    let levels: Vec<Value> = match &case["scp_levels"] {
        Value::Array(levels) => levels.clone(),
        _ => vec![case["scps"].clone()],
    };
    let scps: Vec<Applying> = levels
        .iter()
        .filter(|level| !service && **level != json!([]))
        .map(|level| {
            let documents = level.as_array().unwrap();
            documents
                .iter()
                .flat_map(|document| applying(document, case, known))
                .collect()
        })
        .collect();
    // A registry's policy counts as if its statements stood in the repository's.
    let resource_policy = match (layer("resource_policy"), layer("registry_policy")) {
        (Some(mut repository), Some(registry)) => {
            repository.extend(registry);
            Some(repository)
        }
        (repository, registry) => repository.or(registry),
    };
    let endpoint = layer("endpoint_policy");
    // 1. An explicit deny anywhere.
    let limited_to = |level: &Applying| level.iter().any(|(deny, _)| !*deny);
    if [&identity, &boundary, &resource_policy, &endpoint]
        .into_iter()
        .any(denies)
        || scps.iter().flatten().any(|(deny, _)| *deny)
    {
        return "explicit_deny";
    }
    // 2. What limits everybody.
    if !scps.iter().all(limited_to) || (endpoint.is_some() && !allows(&endpoint)) {
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
