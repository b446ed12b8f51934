//! Who refuses a pull: one layer decides, what was not read is not known, and what else is true is told as next.

use diagnosis::evidence::Evidence;
use diagnosis::evidence::access::{Organization, PolicyLevel, SimulatedAnswer, Simulation};
use diagnosis::evidence::ecs::{ContainerInstance, Ec2Instance};
use diagnosis::evidence::role::NamedDocument;
use diagnosis::{Cause, Observed, Outcome};
use serde_json::json;

use crate::world::{
    ROLE, absent, causes, change, denied, failing, on_ec2_without_a_role, report, role_with, seen, unread,
};

const TOKEN: &str = "ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve ecr registry auth: service call has been retried 1 time(s): AccessDeniedException: User: arn:aws:sts::444455556666:assumed-role/shop-pull/f1 is not authorized to perform: ecr:GetAuthorizationToken on resource: *";
const ASSUME: &str = "ECS was unable to assume the role 'arn:aws:iam::444455556666:role/shop-pull' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.";
const NO_CREDENTIALS: &str =
    "CannotPullECRContainerError: NoCredentialProviders: no valid providers in chain. Deprecated.";

fn allow(action: &str, condition: &serde_json::Value) -> serde_json::Value {
    json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition },
    ]})
}

fn with_boundary(evidence: &mut Evidence, document: &serde_json::Value) {
    let boundary = NamedDocument {
        name: "arn:aws:iam::444455556666:policy/limit".to_owned(),
        document: document.clone(),
    };
    evidence.roles[0].boundary = seen("iam:GetPolicyVersion", "limit", boundary);
}

fn levels(documents: &[serde_json::Value]) -> Observed<Organization> {
    let levels = documents.iter().enumerate().map(|(at, document)| PolicyLevel {
        target: format!("ou-{at}"),
        policies: vec![NamedDocument {
            name: "limit".to_owned(),
            document: document.clone(),
        }],
    });
    seen(
        "organizations:ListPoliciesForTarget",
        "444455556666",
        Organization {
            levels: levels.collect(),
        },
    )
}

#[test]
fn a_boundary_that_may_not_be_read_is_likely_by_the_text_and_unknown_without() {
    let mut evidence = failing(&format!(
        "{TOKEN} because no permissions boundary allows the ecr:GetAuthorizationToken action"
    ));
    evidence.roles[0].boundary = denied("iam:GetPolicyVersion", "limit");
    let likely = report(&evidence);
    assert_eq!(causes(&likely), ["permissions_boundary_denies Likely Observed"]);
    let mut evidence = failing(TOKEN);
    evidence.roles[0].boundary = denied("iam:GetPolicyVersion", "limit");
    let open = report(&evidence);
    let unknown: Vec<Cause> = open.unknown.iter().map(|unknown| unknown.cause).collect();
    assert!(unknown.contains(&Cause::PermissionsBoundaryDenies), "{unknown:?}");
    assert!(
        open.causes
            .iter()
            .all(|cause| cause.cause != Cause::PermissionsBoundaryDenies)
    );
}

#[test]
fn a_boundary_that_is_silent_too_comes_next_and_no_allow_is_offered() {
    let mut evidence = failing(&format!(
        "{TOKEN} because no identity-based policy allows the ecr:GetAuthorizationToken action"
    ));
    evidence.roles = vec![role_with(&allow("s3:*", &json!({})))];
    with_boundary(&mut evidence, &allow("s3:*", &json!({})));
    let report = report(&evidence);
    assert_eq!(
        causes(&report),
        [
            "auth_token_denied Confirmed Observed",
            "permissions_boundary_denies Confirmed Next",
            "pull_actions_denied Confirmed Next",
        ]
    );
    assert!(report.remedies.iter().all(|remedy| remedy.id != "grant_pull"));
}

#[test]
fn words_that_name_a_layer_put_it_before_the_others_that_refuse() {
    let mut evidence = failing(&format!(
        "{TOKEN} because no permissions boundary allows the ecr:GetAuthorizationToken action"
    ));
    evidence.roles = vec![role_with(&allow("s3:*", &json!({})))];
    with_boundary(&mut evidence, &allow("s3:*", &json!({})));
    let report = report(&evidence);
    assert_eq!(
        causes(&report)[0],
        "permissions_boundary_denies Confirmed Observed"
    );
    assert!(causes(&report).contains(&"auth_token_denied Confirmed Next".to_owned()));
}

#[test]
fn a_condition_that_the_call_does_not_meet_is_named() {
    let mut evidence = failing(TOKEN);
    let elsewhere = json!({ "StringEquals": { "aws:RequestedRegion": "us-east-1" } });
    evidence.roles = vec![role_with(&allow("ecr:*", &elsewhere))];
    let report = report(&evidence);
    assert_eq!(causes(&report)[0], "auth_token_denied Confirmed Observed");
    let facts: Vec<&str> = report.causes[0]
        .evidence
        .iter()
        .map(|fact| fact.fact.as_str())
        .collect();
    assert!(
        facts
            .iter()
            .any(|fact| fact.contains("aws:RequestedRegion") && fact.contains("eu-central-1")),
        "{facts:?}"
    );
}

#[test]
fn a_condition_that_nobody_can_know_leaves_it_unknown_and_names_the_key() {
    let mut evidence = failing("CannotPullContainerError: pull image manifest has been retried 1 time(s)");
    let source = json!({ "IpAddress": { "aws:SourceIp": "203.0.113.0/24" } });
    evidence.roles = vec![role_with(&allow("ecr:*", &source))];
    let report = report(&evidence);
    assert!(report.causes.is_empty(), "{:?}", causes(&report));
    let missing: Vec<&str> = report
        .unknown
        .iter()
        .flat_map(|unknown| &unknown.missing)
        .map(|missing| missing.what.as_str())
        .collect();
    assert!(
        missing.iter().any(|what| what.contains("aws:SourceIp")),
        "{missing:?}"
    );
}

#[test]
fn every_level_of_an_organization_must_allow() {
    let mut evidence = failing(TOKEN);
    evidence.organization = levels(&[allow("*", &json!({})), allow("s3:*", &json!({}))]);
    let refused = report(&evidence);
    assert_eq!(
        causes(&refused)[0],
        "organization_policy_denies Confirmed Observed"
    );
    evidence.organization = levels(&[allow("*", &json!({})), allow("ecr:*", &json!({}))]);
    let allowed = report(&evidence);
    assert!(
        allowed
            .ruled_out
            .iter()
            .any(|item| item.cause == Cause::OrganizationPolicyDenies)
    );
    evidence.organization = denied("organizations:ListPoliciesForTarget", "444455556666");
    let hidden = report(&evidence);
    assert!(
        hidden
            .unknown
            .iter()
            .any(|item| item.cause == Cause::OrganizationPolicyDenies)
    );
}

#[test]
fn a_simulation_is_a_witness_and_never_a_proof() {
    let mut evidence = failing(TOKEN);
    let answer = SimulatedAnswer {
        action: "ecr:GetAuthorizationToken".to_owned(),
        resource: "*".to_owned(),
        decision: "explicitDeny".to_owned(),
        allowed_by_organization: Some(false),
        allowed_by_boundary: None,
        missing_context: Vec::new(),
    };
    let simulation = Simulation {
        role: ROLE.to_owned(),
        answers: vec![answer],
    };
    evidence.organization = denied("organizations:ListPoliciesForTarget", "444455556666");
    evidence.simulation = seen("iam:SimulatePrincipalPolicy", ROLE, simulation);
    let report = report(&evidence);
    assert_eq!(
        causes(&report),
        [
            "auth_token_denied Possible Observed",
            "organization_policy_denies Possible Observed"
        ]
    );
    let step = report.checks.iter().find(|check| check.step == 3).unwrap();
    assert!(!step.detail.contains("may get a token"), "{}", step.detail);
}

#[test]
fn a_trust_policy_for_one_cluster_is_neither_good_nor_bad() {
    for (source, expected) in [
        ("arn:aws:ecs:eu-central-1:444455556666:*", None),
        (
            "arn:aws:ecs:eu-west-1:444455556666:*",
            Some("execution_role_trust Confirmed Observed"),
        ),
        (
            "arn:aws:ecs:eu-central-1:444455556666:cluster/shop",
            Some("execution_role_trust Likely Observed"),
        ),
    ] {
        let mut evidence = failing(ASSUME);
        if let Outcome::Present(role) = &mut evidence.roles[0].role.outcome {
            role.trust = json!({ "Statement": {
                "Effect": "Allow", "Principal": { "Service": "ecs-tasks.amazonaws.com" }, "Action": "sts:*",
                "Condition": { "ArnLike": { "aws:SourceArn": source } },
            }});
        }
        let report = report(&evidence);
        let trust = causes(&report)
            .into_iter()
            .find(|cause| cause.starts_with("execution_role_trust"));
        let possible = "execution_role_trust Possible Observed".to_owned();
        assert_eq!(
            trust.unwrap_or_default(),
            expected.map_or(possible, str::to_owned),
            "{source}"
        );
    }
}

#[test]
fn a_trust_policy_is_mended_where_it_is_broken() {
    let ecs = json!({ "Service": "ecs-tasks.amazonaws.com" });
    let other_region = json!({ "ArnLike": { "aws:SourceArn": "arn:aws:ecs:eu-west-1:444455556666:*" } });
    let allow = json!({ "Effect": "Allow", "Principal": ecs, "Action": "sts:AssumeRole" });
    let deny = json!({ "Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole" });
    let add = "# add the statement {\"Action\":\"sts:AssumeRole\",\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ecs-tasks.amazonaws.com\"}}";
    let cases = [
        (
            json!([{ "Effect": "Allow", "Principal": { "Service": "ec2.amazonaws.com" }, "Action": "sts:AssumeRole" }]),
            Some(add),
        ),
        (
            json!([{ "Effect": "Allow", "Principal": ecs, "Action": "sts:AssumeRole", "Condition": other_region }]),
            Some(
                "# in statement 1 for ecs-tasks.amazonaws.com: have its condition ask for ArnLike aws:SourceArn arn:aws:ecs:eu-central-1:444455556666:*",
            ),
        ),
        // Another statement that allows would change nothing.
        (json!([allow, deny]), None),
    ];
    for (statements, edit) in cases {
        let mut evidence = failing(ASSUME);
        change(&mut evidence.roles[0].role, |role| {
            role.trust = json!({ "Version": "2012-10-17", "Statement": statements });
        });
        let report = report(&evidence);
        assert_eq!(
            causes(&report).first().map(String::as_str),
            Some("execution_role_trust Confirmed Observed")
        );
        let edits: Vec<&str> = report
            .remedies
            .iter()
            .filter(|remedy| remedy.cli.contains("update-assume-role-policy"))
            .filter_map(|remedy| remedy.cli.lines().nth(1))
            .collect();
        assert_eq!(edits, edit.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn a_role_that_is_gone_is_not_also_called_unallowed() {
    let mut evidence = failing(ASSUME);
    let role = &mut evidence.roles[0];
    role.role = absent("iam:GetRole", ROLE);
    role.inline_names = absent("iam:ListRolePolicies", ROLE);
    role.inline = Vec::new();
    role.attached_arns = absent("iam:ListAttachedRolePolicies", ROLE);
    let report = report(&evidence);
    assert_eq!(causes(&report), ["execution_role_not_found Confirmed Observed"]);
}

#[test]
fn an_instance_without_a_profile_is_told_from_one_whose_profile_may_not_be_read() {
    let mut evidence = failing(NO_CREDENTIALS);
    on_ec2_without_a_role(&mut evidence);
    let instance = |profile: Option<&str>, role: Observed<String>| ContainerInstance {
        arn: "arn:aws:ecs:eu-central-1:444455556666:container-instance/shop/c1".to_owned(),
        instance_id: Some("i-1".to_owned()),
        status: "ACTIVE".to_owned(),
        agent_connected: true,
        agent_version: None,
        cpu_architecture: None,
        os_type: None,
        attributes: Vec::new(),
        profile_role: role,
        ec2: seen(
            "ec2:DescribeInstances",
            "i-1",
            Ec2Instance {
                id: "i-1".to_owned(),
                instance_profile: profile.map(str::to_owned),
                role: None,
                subnet: None,
                vpc: None,
                security_groups: Vec::new(),
                public_ip: false,
                private_ip: None,
            },
        ),
    };
    let profile = Some("arn:aws:iam::444455556666:instance-profile/hosts");
    for (found, confirmed) in [
        (instance(None, unread()), true),
        (instance(profile, absent("iam:GetInstanceProfile", "hosts")), true),
        (
            instance(profile, denied("iam:GetInstanceProfile", "hosts")),
            false,
        ),
    ] {
        evidence.instances = vec![seen("ecs:DescribeContainerInstances", "c1", found)];
        let causes = causes(&report(&evidence));
        let expected = "instance_profile_missing Confirmed Observed".to_owned();
        assert_eq!(causes.contains(&expected), confirmed, "{causes:?}");
    }
}
