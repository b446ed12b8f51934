use serde_json::{Value, json};

use super::{Actual, Decision, LayerVerdict, decide};
use crate::access::{
    Context, Effect, Layer, NamedPolicy, Policies, PolicyDocument, PolicyKind, Principal, Relation, Request,
    UnreadPolicy,
};

const ROLE: &str = "arn:aws:iam::210987654321:role/pull";
const REPOSITORY: &str = "arn:aws:ecr:eu-west-1:210987654321:repository/shop/cart";

fn request(context: Context) -> Request {
    Request {
        principal: Principal::parse(ROLE).unwrap(),
        action: "ecr:BatchGetImage".to_owned(),
        resource: REPOSITORY.to_owned(),
        context,
    }
}

fn policy(name: &str, kind: PolicyKind, statements: &Value) -> NamedPolicy {
    let document = json!({"Version": "2012-10-17", "Statement": statements});
    NamedPolicy {
        name: name.to_owned(),
        kind,
        document: PolicyDocument::parse(&document).unwrap(),
    }
}

fn inline(statements: &Value) -> [NamedPolicy; 1] {
    [policy(
        "inline policy pull of role pull",
        PolicyKind::Inline,
        statements,
    )]
}

fn allow_all() -> Value {
    json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}])
}

fn with_identity(context: Context, statements: &Value) -> Decision {
    let identity = inline(statements);
    decide(
        &request(context),
        &Policies {
            identity: &identity,
            ..Policies::default()
        },
    )
}

#[test]
fn the_deciding_statement_is_quoted() {
    let deny = json!({"Sid": "NoShop", "Effect": "Deny", "Action": "ecr:*", "Resource": REPOSITORY});
    let decision = with_identity(
        Context::new(),
        &json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}, deny]),
    );
    assert_eq!(
        (decision.effect, decision.layer),
        (Effect::ExplicitDeny, Some(Layer::Identity))
    );
    let decider = decision.decided_by.unwrap();
    assert_eq!((decider.statement_index, decider.kind), (1, PolicyKind::Inline));
    assert_eq!(decider.statement, deny);
    insta::assert_snapshot!(
        decision.reason,
        @"statement 2 (`NoShop`) of inline policy pull of role pull denies ecr:BatchGetImage on arn:aws:ecr:eu-west-1:210987654321:repository/shop/cart"
    );
}

#[test]
fn an_allow_under_a_boundary_says_who_blocks() {
    let identity = inline(&allow_all());
    let logs = json!([{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]);
    let boundary = policy(
        "arn:aws:iam::210987654321:policy/limit",
        PolicyKind::PermissionsBoundary,
        &logs,
    );
    let policies = Policies {
        identity: &identity,
        boundary: Some(&boundary),
        ..Policies::default()
    };
    let decision = decide(&request(Context::new()), &policies);
    assert_eq!(
        (decision.effect, decision.layer),
        (Effect::ImplicitDeny, Some(Layer::Boundary))
    );
    assert_eq!(decision.blocking, [Layer::Boundary]);
    assert_eq!(
        decision.layer_result(Layer::Identity).unwrap().verdict,
        LayerVerdict::Allows
    );
    assert_eq!(
        decision.layer_result(Layer::Boundary).unwrap().verdict,
        LayerVerdict::Silent
    );
    assert_eq!(
        decision.layer_result(Layer::Endpoint).unwrap().verdict,
        LayerVerdict::NotPresent
    );
    insta::assert_snapshot!(
        decision.reason,
        @"no permissions boundary allows ecr:BatchGetImage on arn:aws:ecr:eu-west-1:210987654321:repository/shop/cart"
    );
}

#[test]
fn every_level_of_service_control_policies_must_allow() {
    let identity = inline(&allow_all());
    let level = |action: &str| {
        let statements = json!([{"Effect": "Allow", "Action": action, "Resource": "*"}]);
        vec![policy("an SCP", PolicyKind::ServiceControl, &statements)]
    };
    for (levels, expected) in [
        (vec![level("*"), level("ecr:*")], Effect::Allowed),
        (vec![level("*"), level("s3:*")], Effect::ImplicitDeny),
        (vec![[level("s3:*"), level("ecr:*")].concat()], Effect::Allowed),
        (vec![level("*"), Vec::new()], Effect::Allowed),
        (Vec::new(), Effect::Allowed),
    ] {
        let policies = Policies {
            identity: &identity,
            scps: &levels,
            ..Policies::default()
        };
        assert_eq!(
            decide(&request(Context::new()), &policies).effect,
            expected,
            "{levels:?}"
        );
    }
}

#[test]
fn a_registry_policy_counts_beside_the_repositorys() {
    let identity = inline(&allow_all());
    let deny = json!([{"Effect": "Deny", "Principal": "*", "Action": "ecr:*", "Resource": "*"}]);
    let registry = policy("the registry policy", PolicyKind::Registry, &deny);
    let policies = Policies {
        identity: &identity,
        registry: Some(&registry),
        ..Policies::default()
    };
    let decision = decide(&request(Context::new()), &policies);
    assert_eq!(
        (decision.effect, decision.layer),
        (Effect::ExplicitDeny, Some(Layer::Resource))
    );
}

#[test]
fn unmet_conditions_say_key_wanted_and_actual() {
    let decision = with_identity(
        Context::new().with("aws:SourceVpce", ["vpce-2"]),
        &json!([{"Effect": "Allow", "Action": "ecr:*", "Resource": "*", "Condition": {
            "StringEquals": {"aws:sourcevpce": ["vpce-1"], "aws:PrincipalOrgID": "o-1"}}},
            {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:x": "true"}}}]),
    );
    assert_eq!(decision.effect, Effect::ImplicitDeny);
    let unmet: Vec<_> = decision
        .unmet
        .iter()
        .map(|unmet| (unmet.key.as_str(), &unmet.actual))
        .collect();
    let elsewhere = Actual::Known(vec!["vpce-2".to_owned()]);
    assert_eq!(
        unmet,
        [
            ("aws:PrincipalOrgID", &Actual::Unknown),
            ("aws:sourcevpce", &elsewhere)
        ]
    );
    assert_eq!(decision.unmet.last().unwrap().wanted, ["vpce-1"]);
}

#[test]
fn what_could_not_be_read_keeps_the_answer_open() {
    let deny = json!([{"Effect": "Deny", "Action": "*", "Resource": "*"}]);
    for (layer, statements, expected, as_read) in [
        (Layer::Identity, json!([]), Effect::Unknown, Effect::ImplicitDeny),
        (Layer::Identity, allow_all(), Effect::Unknown, Effect::Allowed),
        (
            Layer::Identity,
            deny.clone(),
            Effect::ExplicitDeny,
            Effect::ExplicitDeny,
        ),
        (Layer::Boundary, allow_all(), Effect::Unknown, Effect::Allowed),
        (
            Layer::Boundary,
            deny.clone(),
            Effect::ExplicitDeny,
            Effect::ExplicitDeny,
        ),
        (Layer::Endpoint, allow_all(), Effect::Unknown, Effect::Allowed),
        (Layer::Resource, json!([]), Effect::Unknown, Effect::ImplicitDeny),
        (
            Layer::ServiceControl,
            allow_all(),
            Effect::Unknown,
            Effect::Allowed,
        ),
    ] {
        let identity = inline(&statements);
        let unread = [UnreadPolicy {
            name: "an unread policy".to_owned(),
            layer,
        }];
        let policies = Policies {
            identity: &identity,
            unread: &unread,
            ..Policies::default()
        };
        let decision = decide(&request(Context::new()), &policies);
        assert_eq!(
            (decision.effect, decision.effect_as_read),
            (expected, as_read),
            "{layer:?} {statements}"
        );
        let missing: &[&str] = if expected == Effect::Unknown {
            &["an unread policy"]
        } else {
            &[]
        };
        assert_eq!(decision.missing_policies, missing);
        assert!(decision.missing_context.is_empty());
    }
}

#[test]
fn an_unread_policy_that_cannot_matter_is_not_missing() {
    let silent = policy("endpoint", PolicyKind::Endpoint, &json!([]));
    let unread = [UnreadPolicy {
        name: "x".to_owned(),
        layer: Layer::Identity,
    }];
    let policies = Policies {
        endpoint: Some(&silent),
        unread: &unread,
        ..Policies::default()
    };
    let decision = decide(&request(Context::new()), &policies);
    // Denied either way; a Deny in the unread policy would make it explicit.
    assert_eq!(
        (decision.effect, decision.effect_as_read),
        (Effect::Unknown, Effect::ImplicitDeny)
    );
    let service = Request {
        principal: Principal::parse("ecs-tasks.amazonaws.com").unwrap(),
        ..request(Context::new())
    };
    assert_eq!(decide(&service, &policies).effect, Effect::ImplicitDeny);
}

#[test]
fn an_unread_service_control_policy_does_not_bind_a_service_linked_role() {
    let identity = inline(&allow_all());
    let unread = [UnreadPolicy {
        name: "x".to_owned(),
        layer: Layer::ServiceControl,
    }];
    let linked = "arn:aws:iam::210987654321:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS";
    let asked = Request {
        principal: Principal::parse(linked).unwrap(),
        ..request(Context::new())
    };
    let policies = Policies {
        identity: &identity,
        unread: &unread,
        ..Policies::default()
    };
    assert_eq!(decide(&asked, &policies).effect, Effect::Allowed);
}

#[test]
fn what_no_value_can_change_is_settled() {
    let condition = |operator: &str, key: &str, value: &str| json!({"Effect": "Allow", "Action": "ecr:*", "Resource": "*", "Condition": {operator: {key: value}}});
    let variable = |resource: &str| json!({"Effect": "Allow", "Action": "*", "Resource": resource});
    for (statements, expected) in [
        (
            json!([
                condition("Null", "k:a", "true"),
                condition("Null", "k:a", "false")
            ]),
            Effect::Allowed,
        ),
        (
            json!([
                condition("StringEquals", "k:a", "x"),
                condition("StringNotEquals", "k:a", "x")
            ]),
            Effect::Allowed,
        ),
        (
            json!([
                condition("StringEquals", "k:a", "x"),
                condition("StringNotEquals", "k:b", "x")
            ]),
            Effect::Unknown,
        ),
        (
            json!([condition("StringLikeIfExists", "k:a", "*")]),
            Effect::Allowed,
        ),
        (json!([condition("StringLike", "k:a", "*")]), Effect::Unknown),
        (
            json!([
                condition("BoolIfExists", "k:a", "true"),
                condition("Bool", "k:a", "false")
            ]),
            Effect::Allowed,
        ),
        (
            json!([
                condition("NumericLessThan", "k:a", "5"),
                condition("NumericGreaterThanEqualsIfExists", "k:a", "5")
            ]),
            Effect::Allowed,
        ),
        (
            json!([
                condition("NumericLessThan", "k:a", "5"),
                condition("NumericGreaterThanIfExists", "k:a", "5")
            ]),
            Effect::Unknown,
        ),
        (
            json!([
                condition("IpAddress", "k:a", "10.0.0.0/8"),
                condition("NotIpAddress", "k:a", "10.0.0.0/9")
            ]),
            Effect::Allowed,
        ),
        (
            json!([variable("arn:aws:ecr:*:*:repository/${k:a}/cart")]),
            Effect::Unknown,
        ),
        (
            json!([variable("arn:aws:ecr:*:*:repository/${k:a}/till")]),
            Effect::ImplicitDeny,
        ),
        (
            json!([variable("arn:aws:ecr:*:*:repository/${k:a}${k:a}")]),
            Effect::ImplicitDeny,
        ),
        (
            json!([{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:ecr:*:*:repository/${k:a}/*",
                "Condition": {"StringNotLike": {"k:a": "sh*"}}}]),
            Effect::ImplicitDeny,
        ),
        (
            json!([{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {
                "ArnLike": {"k:a": "arn:aws:ecs:*:210987654321:*"}, "StringLike": {"k:a": "arn:aws:sns:*"}}}]),
            Effect::ImplicitDeny,
        ),
    ] {
        let decision = with_identity(Context::new(), &statements);
        assert_eq!(decision.effect, expected, "{statements}");
        assert_eq!(
            decision.missing_context.is_empty(),
            expected != Effect::Unknown,
            "{statements}"
        );
        assert_eq!(
            decision.decided_by.is_some(),
            expected == Effect::Allowed,
            "{statements}"
        );
    }
}

#[test]
fn only_keys_that_can_change_the_answer_are_missing() {
    let decision = with_identity(
        Context::new(),
        &json!([
            {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"k:needed": "x"}}},
            {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"k:needed": "x", "k:idle": "y"}}},
        ]),
    );
    assert_eq!(
        (decision.effect, decision.missing_context),
        (Effect::Unknown, vec!["k:needed".to_owned()])
    );
}

#[test]
fn more_unknown_keys_than_can_be_tried_are_all_named() {
    let statements: Vec<_> = (0..20)
        .map(|key| {
            let key = format!("k:{key}");
            json!({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {key: "x"}}})
        })
        .collect();
    let decision = with_identity(Context::new(), &json!(statements));
    assert_eq!(
        (decision.effect, decision.missing_context.len()),
        (Effect::Unknown, 20)
    );
}

#[test]
fn two_unknowns_compared_with_each_other() {
    let decision = with_identity(
        Context::new(),
        &json!([{"Effect": "Allow", "Action": "*", "Resource": "*",
            "Condition": {"StringEquals": {"k:a": "team-${k:b}"}}}]),
    );
    assert_eq!(decision.effect, Effect::Unknown);
    assert_eq!(decision.missing_context, ["k:a", "k:b"]);
}

#[test]
fn a_key_policy_that_delegates_says_so() {
    let enable = json!([{"Effect": "Allow", "Principal": {"AWS": "210987654321"}, "Action": "kms:*", "Resource": "*"}]);
    let key = policy("the key policy", PolicyKind::Key, &enable);
    let asked = Request {
        action: "kms:Decrypt".to_owned(),
        resource: "arn:aws:kms:eu-west-1:210987654321:key/1".to_owned(),
        ..request(Context::new())
    };
    let decision = decide(
        &asked,
        &Policies {
            resource: Some(&key),
            ..Policies::default()
        },
    );
    assert_eq!(
        (decision.effect, decision.relation),
        (Effect::ImplicitDeny, Relation::SameAccountResourceDecides)
    );
    assert_eq!(
        decision.layer_result(Layer::Resource).unwrap().verdict,
        LayerVerdict::Delegates
    );
    assert_eq!(decision.blocking, [Layer::Identity]);
}

#[test]
fn what_iam_would_not_accept_never_grants() {
    let resource = |statement: Value| {
        let key = policy(
            "the repository policy",
            PolicyKind::Repository,
            &json!([statement]),
        );
        decide(
            &request(Context::new()),
            &Policies {
                resource: Some(&key),
                ..Policies::default()
            },
        )
        .effect
    };
    assert_eq!(
        resource(json!({"Effect": "Allow", "Action": "*"})),
        Effect::ImplicitDeny
    );
    assert_eq!(
        resource(json!({"Effect": "Allow", "NotPrincipal": {"AWS": "1"}, "Action": "*"})),
        Effect::ImplicitDeny
    );
    assert_eq!(
        resource(json!({"Effect": "Deny", "Action": "*"})),
        Effect::ExplicitDeny
    );
    let identity =
        |effect: &str| with_identity(Context::new(), &json!([{"Effect": effect, "Action": "*"}])).effect;
    assert_eq!(
        (identity("Allow"), identity("Deny")),
        (Effect::ImplicitDeny, Effect::ExplicitDeny)
    );
}
