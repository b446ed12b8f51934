//! Cases that are tried: requests, documents of a few statements, and which keys are known.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use crate::model::{Known, OURS, THEIRS};

/// A key with what conditions may want of it, and values that tell all of that apart.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    operators: &'static [&'static str],
    wanted: &'static [&'static str],
    values: &'static [&'static str],
    several: bool,
}

/// Two keys are compared with each other, so each can have what the other can.
const NAMES: &[&str] = &[
    "shop", "SHOP", "Shop", "shoP", "sh", "s", "ahop", "sa", "x", "?hop", "?HOP", "sh*", "SH*", "core", "y",
];

pub(crate) const KEYS: [Key; 9] = [
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
pub(crate) fn outcomes(key: &Key) -> Vec<Vec<String>> {
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

const ACTIONS: [&str; 9] = [
    "*",
    "ecr:*",
    "ecr:Batch*",
    "ECR:batchgetimage",
    "kms:Decrypt",
    "sts:AssumeRole",
    "ecr:?atchGetImag?",
    "ecr:BatchImport*",
    "ecr:*Repository",
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
pub(crate) fn arb_document(with_principal: bool) -> impl Strategy<Value = Value> {
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

pub(crate) fn arb_optional(with_principal: bool, weight: f64) -> impl Strategy<Value = Value> {
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
        (
            "ecr:BatchImportUpstreamImage",
            format!("arn:aws:ecr:eu-west-1:{OURS}:repository/shop/cart"),
        ),
        (
            "ecr:CreateRepository",
            format!("arn:aws:ecr:eu-west-1:{OURS}:repository/shop/cart"),
        ),
        ("ecr:GetAuthorizationToken", "*".to_owned()),
        ("kms:Decrypt", format!("arn:aws:kms:eu-west-1:{OURS}:key/1")),
        ("sts:AssumeRole", format!("arn:aws:iam::{OURS}:role/target")),
    ]);
    (principal, asked).prop_map(|(principal, (action, resource))| (principal, action.to_owned(), resource))
}

/// A case, and which keys are known to have which outcome; the others are unknown.
pub(crate) fn arb_case() -> impl Strategy<Value = (Value, Known)> {
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

/// Such a case with the policies that `check-access` does not take: a registry's, and service control policies level by
/// level.
pub(crate) fn arb_ecr_case() -> impl Strategy<Value = (Value, Known)> {
    let levels = prop::collection::vec(prop::collection::vec(arb_document(false), 0..=2), 0..=3);
    (arb_case(), arb_optional(true, 0.7), levels).prop_map(|((mut case, known), registry, levels)| {
        if case["action"]
            .as_str()
            .is_some_and(|action| action.starts_with("ecr:"))
        {
            case["registry_policy"] = registry;
        }
        case["scp_levels"] = json!(levels);
        (case, known)
    })
}
