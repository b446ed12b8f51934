//! One change of a document at a random place, undone where the document is no evidence any more.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use diagnosis::evidence::Evidence;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::worlds;

/// What is done, and where: the place is drawn from those that the change fits.
#[derive(Debug, Clone)]
pub(crate) struct Mutation {
    change: Change,
    place: Index,
}

#[derive(Debug, Clone)]
enum Change {
    /// An observation comes to nothing.
    Outcome(Value),
    /// A part is taken from another world, or from elsewhere in this one: of the same name, or only of the same type.
    Transplant(Index, bool),
    /// A string, a number, a truth or a time is another one.
    Leaf(Value),
    /// What may be absent is.
    Null,
    /// A list is empty, is cut, or has an item more than once.
    Empty,
    Drop(Index),
    Repeat(Index, usize),
    /// A list is not all there is.
    Incomplete,
    /// A policy is something else.
    Policy(Value),
}

/// Strings that programs stumble over, and strings that mean something to this one.
const WORDS: &[&str] = &[
    "",
    " ",
    "\u{0}",
    "\u{202e}tset",
    "e\u{301}\u{301}\u{301}",
    "👩‍👩‍👧‍👦",
    "İstanbul ß ǅ",
    "\r\n\t",
    "*",
    "${aws:PrincipalTag/x}",
    "arn:",
    "arn:aws:iam::444455556666:role/",
    "arn:aws:iam::123456789012:role/path/to/other",
    "arn:aws-cn:ecs:cn-north-1:444455556666:cluster/ü",
    "444455556666",
    "STOPPED",
    "RUNNING",
    "ACTIVE",
    "INACTIVE",
    "ARCHIVED",
    "FARGATE",
    "EC2",
    "EXTERNAL",
    "arm64",
    "1.3.0",
    "us-gov-west-1",
    "aws-cn",
    "subnet-a",
    "subnet-p",
    "ecr.api",
    "service:cart",
    "2.0.0",
    "latest",
    "shop/cart",
    "shop/cart@sha256:ab",
    "ghcr.io/shop/cart:1",
    "docker.io/library/nginx",
    "public.ecr.aws/x/y@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "444455556666.dkr.ecr.eu-central-1.amazonaws.com/shop/cart@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "123456789012.dkr-ecr.us-east-1.on.aws/team/app:1",
    "https://[::1]:99999/v2/",
    "%s%n%x",
    "<!channel> `code` *bold*",
];

const TIMES: &[&str] = &[
    "-009999-01-02T01:59:59Z",
    "9999-12-30T22:00:00.999999999Z",
    "1970-01-01T00:00:00Z",
    "2026-03-03T11:54:59Z",
    "2026-03-03T11:55:00.000000001Z",
    "2026-03-03T12:00:01Z",
];

fn arb_change() -> impl Strategy<Value = Change> {
    let unread = select(vec![
        json!("absent"),
        json!({ "denied": { "action": "ecr:DescribeImages", "principal": null } }),
        json!({ "denied": { "action": "the repository is in another account", "principal": "arn:aws:iam::1:role/r" } }),
        json!({ "failed": { "error": "timed out after 5 s" } }),
        json!({ "not_collected": { "why": "" } }),
    ]);
    let leaf = prop_oneof![
        4 => select(WORDS).prop_map(Value::from),
        3 => select(worlds::TEXTS).prop_map(Value::from),
        1 => ".{0,40}".prop_map(Value::from),
        1 => (select(worlds::TEXTS), any::<Index>(), ".{0,3}").prop_map(|(text, at, odd)| {
            let characters: Vec<char> = text.chars().collect();
            let (before, after) = characters.split_at(at.index(characters.len()));
            format!("{}{odd}{}", before.iter().collect::<String>(), after.iter().collect::<String>()).into()
        }),
        1 => select(worlds::TEXTS).prop_map(|text| text.repeat(40).into()),
        3 => select(TIMES).prop_map(Value::from),
        2 => select(vec![json!(0), json!(1), json!(u32::MAX), json!(u64::MAX), json!(-1), json!(443), json!(65535), json!(1e308)]),
        1 => any::<bool>().prop_map(Value::from),
    ];
    prop_oneof![
        4 => unread.prop_map(Change::Outcome),
        6 => (any::<Index>(), prop::bool::weighted(0.8)).prop_map(|(from, named)| Change::Transplant(from, named)),
        6 => leaf.prop_map(Change::Leaf),
        2 => Just(Change::Null),
        1 => Just(Change::Empty),
        2 => any::<Index>().prop_map(Change::Drop),
        2 => (any::<Index>(), prop_oneof![8 => Just(2), 1 => Just(40)]).prop_map(|(item, times)| Change::Repeat(item, times)),
        1 => Just(Change::Incomplete),
        2 => prop_oneof![arb_json(), Just(nested(100))].prop_map(Change::Policy),
    ]
}

pub(crate) fn arb_mutation() -> impl Strategy<Value = Mutation> {
    (arb_change(), any::<Index>()).prop_map(|(change, place)| Mutation { change, place })
}

/// A condition in a condition in a condition …
fn nested(depth: usize) -> Value {
    (0..depth).fold(json!("*"), |inner, level| match level % 3 {
        0 => json!([inner]),
        1 => json!({ "Statement": inner }),
        _ => json!({ "StringLike": inner }),
    })
}

/// JSON out of the words that policies and evidence are made of.
pub(crate) fn arb_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        select(WORDS).prop_map(Value::from),
        select(vec![
            "Allow",
            "Deny",
            "ecr:*",
            "2012-10-17",
            "sts:AssumeRole",
            "any",
            "imageCountMoreThan"
        ])
        .prop_map(Value::from),
    ];
    let names = select(vec![
        "Statement",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Service",
        "AWS",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
        "StringLike",
        "aws:SourceIp",
        "rules",
        "rulePriority",
        "selection",
        "tagStatus",
        "countType",
        "countNumber",
        "tagPatternList",
        "evidence",
        "options",
        "outcome",
        "present",
    ]);
    leaf.prop_recursive(5, 30, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(names.clone(), inner, 0..5).prop_map(|map| map
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()),
        ]
    })
}

/// Pointers to all parts for which `fits` the name and the value, the whole included.
pub(crate) fn places(document: &Value, fits: &dyn Fn(&str, &Value) -> bool) -> Vec<String> {
    let mut places = Vec::new();
    walk(document, "", "", &mut |name, place, value| {
        if fits(name, value) {
            places.push(place.to_owned());
        }
    });
    places
}

/// Visits all parts with their name (an item has its list's) and their pointer.
fn walk<'a>(value: &'a Value, name: &str, place: &str, visit: &mut dyn FnMut(&str, &str, &'a Value)) {
    visit(name, place, value);
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let key_in_pointer = key.replace('~', "~0").replace('/', "~1");
                walk(value, key, &format!("{place}/{key_in_pointer}"), visit);
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                walk(value, name, &format!("{place}/{at}"), visit);
            }
        }
        _ => {}
    }
}

fn is_observation(value: &Value) -> bool {
    ["source", "at", "outcome"]
        .iter()
        .all(|key| value.get(key).is_some())
}

/// Pointers to everything that was looked at.
pub(crate) fn observations(document: &Value) -> Vec<String> {
    places(document, &|_, value| is_observation(value))
}

/// All parts of all worlds, by name.
static DONORS: LazyLock<BTreeMap<String, Vec<Value>>> = LazyLock::new(|| {
    let mut donors = BTreeMap::<String, Vec<Value>>::new();
    for world in worlds::literal() {
        walk(&world, "", "", &mut |name, _, value| {
            donors.entry(name.to_owned()).or_default().push(value.clone());
        });
    }
    for parts in donors.values_mut() {
        let mut seen = std::collections::BTreeSet::new();
        parts.retain(|part| seen.insert(part.to_string()));
    }
    donors
});

fn same_type(one: &Value, other: &Value) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

/// Changes the document, if it still is evidence then; says whether it did.
pub(crate) fn mutate(document: &mut Value, mutation: &Mutation) -> bool {
    let places = match &mutation.change {
        Change::Outcome(_) => observations(document),
        Change::Transplant(..) => places(document, &|name, _| !name.is_empty() && name != "version"),
        Change::Leaf(new) => {
            let is_time = |text: &Value| {
                text.as_str()
                    .is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok())
            };
            places(document, &|_, value| {
                same_type(value, new) && is_time(value) == is_time(new)
            })
        }
        Change::Null => places(document, &|_, value| !value.is_null()),
        Change::Empty | Change::Drop(_) | Change::Repeat(..) => places(document, &|_, value| {
            value.as_array().is_some_and(|items| !items.is_empty())
        }),
        Change::Incomplete => places(document, &|name, value| {
            name == "complete" && value == &json!(true)
        }),
        Change::Policy(_) => places(document, &|name, value| {
            matches!(name, "document" | "trust" | "policy" | "request" | "response") && !is_observation(value)
                || name == "present" && value.get("Statement").or(value.get("rules")).is_some()
        }),
    };
    if places.is_empty() {
        return false;
    }
    let place = mutation.place.get(&places);
    let name = place
        .rsplit('/')
        .find(|part| part.parse::<usize>().is_err())
        .unwrap_or_default();
    let Some(part) = document.pointer_mut(place) else {
        return false;
    };
    let old = part.clone();
    match &mutation.change {
        Change::Outcome(outcome) => part["outcome"] = outcome.clone(),
        Change::Transplant(from, named) => {
            let fits = |donor: &&Value| same_type(donor, &old) && *donor != &old;
            let donors: Vec<&Value> = if *named {
                DONORS.get(name).into_iter().flatten().filter(fits).collect()
            } else {
                DONORS.values().flatten().filter(fits).collect()
            };
            if donors.is_empty() {
                return false;
            }
            *part = (*from.get(&donors)).clone();
        }
        Change::Leaf(new) | Change::Policy(new) => *part = new.clone(),
        Change::Null => *part = Value::Null,
        Change::Empty => *part = json!([]),
        Change::Drop(item) => {
            let items = part.as_array_mut().unwrap();
            items.remove(item.index(items.len()));
        }
        Change::Repeat(item, times) => {
            let items = part.as_array_mut().unwrap();
            let item = item.get(items).clone();
            items.extend(std::iter::repeat_n(item, *times));
        }
        Change::Incomplete => *part = json!(false),
    }
    let changed = *part != old;
    if Evidence::deserialize(&*document).is_err() {
        if let Some(part) = document.pointer_mut(place) {
            *part = old;
        }
        return false;
    }
    changed
}
