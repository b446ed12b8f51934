use super::Condition;
use crate::access::context::Context;
use crate::access::document::StatementEffect::{Allow, Deny};
use crate::access::truth::Truth::{self, False, True, Unknown};

const KEY: &str = "aws:Key";

/// Whether `KEY`, with the requested values, meets the operator with the wanted ones; none requested is known absence.
fn met(operator: &str, wanted: &[&str], requested: &[&str]) -> Truth {
    condition(operator, wanted).is_met(Allow, &Context::new().with(KEY, requested.iter().copied()))
}

fn condition(operator: &str, wanted: &[&str]) -> Condition {
    Condition::new(
        operator,
        KEY,
        wanted.iter().map(ToString::to_string).collect(),
        true,
    )
}

fn table(rows: &[(&str, &[&str], &[&str], Truth)]) {
    for (operator, wanted, requested, expected) in rows {
        assert_eq!(
            met(operator, wanted, requested),
            *expected,
            "{operator} {wanted:?}, request has {requested:?}"
        );
    }
}

#[test]
fn strings() {
    table(&[
        ("StringEquals", &["a"], &["a"], True),
        ("StringEquals", &["a", "b"], &["b"], True),
        ("StringEquals", &["a"], &["A"], False),
        ("StringEquals", &["a*"], &["ab"], False),
        ("StringEquals", &["a*"], &["a*"], True),
        ("StringEquals", &[], &["a"], False),
        ("StringNotEquals", &["a"], &["b"], True),
        ("StringNotEquals", &["a", "b"], &["b"], False),
        ("StringNotEquals", &[], &["a"], True),
        ("StringEqualsIgnoreCase", &["Straße"], &["STRAßE"], True),
        ("StringEqualsIgnoreCase", &["a"], &["b"], False),
        ("StringNotEqualsIgnoreCase", &["A"], &["a"], False),
        ("StringLike", &["a*c"], &["abc"], True),
        ("StringLike", &["a?c"], &["ac"], False),
        ("StringLike", &["A*"], &["abc"], False),
        ("StringNotLike", &["a*"], &["abc"], False),
        ("StringNotLike", &["a*"], &["bc"], True),
    ]);
}

#[test]
fn numbers() {
    table(&[
        ("NumericEquals", &["60"], &["60.0"], True),
        ("NumericEquals", &["60"], &["61"], False),
        ("NumericNotEquals", &["60"], &["61"], True),
        ("NumericNotEquals", &["60"], &["x"], True),
        ("NumericLessThan", &["60"], &["59.9"], True),
        ("NumericLessThan", &["60"], &["60"], False),
        ("NumericLessThanEquals", &["60"], &["60"], True),
        ("NumericGreaterThan", &["60"], &["60"], False),
        ("NumericGreaterThan", &["60"], &["100"], True),
        ("NumericGreaterThanEquals", &["60"], &["60"], True),
        ("NumericLessThan", &["60"], &["x"], False),
        ("NumericLessThan", &["x"], &["1"], False),
    ]);
}

#[test]
fn dates() {
    table(&[
        (
            "DateEquals",
            &["2025-06-01T12:00:00Z"],
            &["2025-06-01T14:00:00+02:00"],
            True,
        ),
        ("DateEquals", &["1748779200"], &["2025-06-01T12:00:00Z"], True),
        (
            "DateNotEquals",
            &["2025-06-01T12:00:00Z"],
            &["2025-06-01T12:00:00Z"],
            False,
        ),
        ("DateLessThan", &["2025-06-01"], &["2025-05-31T23:59:59Z"], True),
        ("DateLessThan", &["2025-06-01"], &["2025-06-01T00:00:00Z"], False),
        (
            "DateLessThanEquals",
            &["2025-06-01"],
            &["2025-06-01T00:00:00Z"],
            True,
        ),
        (
            "DateGreaterThan",
            &["2025-06-01"],
            &["2025-06-01T00:00:01Z"],
            True,
        ),
        (
            "DateGreaterThanEquals",
            &["2025-06-01"],
            &["2025-05-31T23:59:59Z"],
            False,
        ),
        ("DateGreaterThan", &["soon"], &["2025-06-01T00:00:01Z"], False),
    ]);
}

#[test]
fn booleans_and_binaries() {
    table(&[
        ("Bool", &["true"], &["true"], True),
        ("Bool", &["True"], &["true"], True),
        ("Bool", &["true"], &["false"], False),
        ("Bool", &["yes"], &["yes"], False),
        ("BinaryEquals", &["QmluYXJ5"], &["QmluYXJ5"], True),
        ("BinaryEquals", &["QmluYXJ5"], &["qmluYXJ5"], False),
    ]);
}

#[test]
fn addresses() {
    table(&[
        ("IpAddress", &["203.0.113.0/24"], &["203.0.113.200"], True),
        ("IpAddress", &["203.0.113.0/24"], &["203.0.114.1"], False),
        ("IpAddress", &["203.0.113.7"], &["203.0.113.7"], True),
        ("IpAddress", &["203.0.113.7/24"], &["203.0.113.9"], True),
        ("IpAddress", &["2001:DB8::/32"], &["2001:0db8:0:0::1"], True),
        ("IpAddress", &["0.0.0.0/0"], &["2001:db8::1"], False),
        ("IpAddress", &["everywhere"], &["203.0.113.7"], False),
        ("IpAddress", &["203.0.113.0/24"], &["here"], False),
        (
            "NotIpAddress",
            &["203.0.113.0/24", "10.0.0.0/8"],
            &["10.1.1.1"],
            False,
        ),
        ("NotIpAddress", &["203.0.113.0/24"], &["10.1.1.1"], True),
    ]);
}

#[test]
fn arns() {
    let task = "arn:aws:ecs:eu-west-1:210987654321:task/prod/1";
    for operator in ["ArnEquals", "ArnLike"] {
        table(&[
            (operator, &["arn:aws:ecs:*:210987654321:*"], &[task], True),
            (
                operator,
                &["arn:aws:ecs:*:210987654321:task/stage/*"],
                &[task],
                False,
            ),
            (operator, &["arn:aws:ecs:*"], &[task], False),
            (operator, &["arn:aws:ecs:*:*:*"], &["task"], False),
        ]);
    }
    for operator in ["ArnNotEquals", "ArnNotLike"] {
        table(&[
            (operator, &["arn:aws:ecs:*:210987654321:*"], &[task], False),
            (operator, &["arn:aws:ecs:*:210987654321:*"], &["task"], True),
        ]);
    }
}

#[test]
fn an_absent_key() {
    for operator in [
        "StringEquals",
        "StringLike",
        "NumericLessThan",
        "DateGreaterThan",
        "Bool",
        "IpAddress",
        "ArnLike",
    ] {
        assert_eq!(met(operator, &["1"], &[]), False, "{operator}");
        assert_eq!(
            met(&format!("{operator}IfExists"), &["1"], &[]),
            True,
            "{operator}IfExists"
        );
    }
    for operator in [
        "StringNotEquals",
        "StringNotLike",
        "NumericNotEquals",
        "DateNotEquals",
        "NotIpAddress",
        "ArnNotLike",
    ] {
        assert_eq!(met(operator, &["1"], &[]), True, "{operator}");
        assert_eq!(
            met(&format!("{operator}IfExists"), &["1"], &[]),
            True,
            "{operator}IfExists"
        );
    }
    table(&[
        ("Null", &["true"], &[], True),
        ("Null", &["false"], &[], False),
        ("Null", &["true"], &["x"], False),
        ("Null", &["false"], &["x"], True),
        ("Null", &["true", "false"], &["x"], True),
        ("StringEqualsIfExists", &["a"], &["b"], False),
    ]);
}

#[test]
fn several_values() {
    table(&[
        ("ForAllValues:StringEquals", &["a", "b"], &["a", "b"], True),
        ("ForAllValues:StringEquals", &["a", "b"], &["a", "c"], False),
        ("ForAllValues:StringEquals", &["a"], &[], True),
        ("ForAllValues:StringEquals", &["a"], &[""], True),
        ("ForAllValues:StringNotEquals", &["a"], &["b", "c"], True),
        ("ForAllValues:StringNotEquals", &["a"], &["a", "c"], False),
        ("ForAnyValue:StringEquals", &["a", "b"], &["c", "b"], True),
        ("ForAnyValue:StringEquals", &["a", "b"], &["c"], False),
        ("ForAnyValue:StringEquals", &["a"], &[], False),
        ("ForAnyValue:StringNotEquals", &["a"], &["a", "b"], True),
        ("ForAnyValue:StringNotEquals", &["a"], &["a"], False),
        ("ForAnyValue:StringNotEquals", &["a"], &[], False),
        ("ForAnyValue:StringEqualsIfExists", &["a"], &[], True),
        // Without a set operator one value suffices, and a negated operator wants none of them.
        ("StringEquals", &["a"], &["b", "a"], True),
        ("StringNotEquals", &["a"], &["b", "a"], False),
    ]);
}

#[test]
fn an_unknown_key_leaves_every_operator_open() {
    for operator in [
        "StringEquals",
        "StringNotEquals",
        "StringLikeIfExists",
        "Null",
        "ForAllValues:StringEquals",
        "ForAnyValue:StringNotLike",
        "NotIpAddress",
        "DateLessThanIfExists",
    ] {
        for effect in [Allow, Deny] {
            assert_eq!(
                condition(operator, &["true"]).is_met(effect, &Context::new()),
                Unknown,
                "{operator}"
            );
        }
    }
}

#[test]
fn an_operator_iam_does_not_know_grants_nothing_and_denies() {
    for context in [Context::new(), Context::new().with(KEY, ["a"])] {
        assert_eq!(condition("StringMatches", &["a"]).is_met(Allow, &context), False);
        assert_eq!(condition("StringMatches", &["a"]).is_met(Deny, &context), True);
    }
    assert_eq!(
        condition("StringMatches", &["a"])
            .unknown_keys(&Context::new())
            .count(),
        0
    );
}

#[test]
fn variables() {
    let context = Context::new()
        .with(KEY, ["shop"])
        .with("aws:PrincipalTag/a", ["shop"])
        .with("aws:none", [""; 0]);
    for (operator, wanted, expected) in [
        ("StringEquals", "${aws:PrincipalTag/a}", True),
        ("StringNotEquals", "${aws:PrincipalTag/a}", False),
        ("StringEquals", "${aws:none}", False),
        ("StringNotEquals", "${aws:none}", True),
        ("StringEquals", "${aws:none, 'shop'}", True),
        ("StringEquals", "${aws:unknown}", Unknown),
        ("StringNotEquals", "${aws:unknown}", Unknown),
        ("StringEquals", "till-${aws:unknown}", False),
        ("StringNotEquals", "till-${aws:unknown}", True),
    ] {
        assert_eq!(
            condition(operator, &[wanted]).is_met(Allow, &context),
            expected,
            "{operator} {wanted}"
        );
    }
    let asked = condition("StringEquals", &["${aws:unknown}", "${aws:PrincipalTag/a}"]);
    assert_eq!(
        asked.unknown_keys(&context).collect::<Vec<_>>(),
        [("aws:unknown", "aws:unknown")]
    );
}
