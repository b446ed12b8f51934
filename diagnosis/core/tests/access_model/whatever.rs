//! Whatever comes: any JSON is a document or an error, and any documents can be checked.

use diagnosis::access::{PolicyDocument, check_line};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::cases::arb_case;
use crate::model::OURS;
use crate::quick;

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
