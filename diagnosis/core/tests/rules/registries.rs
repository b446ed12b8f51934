//! A registry's policy, against a naive table: of its first version it is about imports only, of its second about all.

use diagnosis::evidence::Evidence;
use diagnosis::evidence::image::CacheRule;
use diagnosis::judgement::Confidence;
use diagnosis::{Cause, Listing, Observed, Options, diagnose};
use serde_json::{Value, json};

use crate::world::{ACCOUNT, ROLE, absent, denied, failing, role_with, seen};

const REFUSED: &str = "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref 444455556666.dkr.ecr.eu-central-1.amazonaws.com/shop/cart:2.0.1: pulling from host 444455556666.dkr.ecr.eu-central-1.amazonaws.com failed with status code [manifests 2.0.1]: 403 Forbidden";
const UNKNOWN_NAME: &str = "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref 444455556666.dkr.ecr.eu-central-1.amazonaws.com/shop/cart:2.0.1: name unknown: The repository with name 'shop/cart' does not exist in the registry with id '444455556666'";
const IMPORT: [&str; 2] = ["ecr:CreateRepository", "ecr:BatchImportUpstreamImage"];

/// What is said of a cause.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    Confirmed,
    RuledOut,
    Open,
}

fn said(evidence: &Evidence, cause: Cause) -> Said {
    let report = diagnose(evidence, &Options::default());
    let confirmed = report
        .causes
        .iter()
        .any(|item| item.cause == cause && item.confidence == Confidence::Confirmed);
    let ruled_out = report.ruled_out.iter().any(|item| item.cause == cause);
    match (confirmed, ruled_out) {
        (true, _) => Said::Confirmed,
        (_, true) => Said::RuledOut,
        _ => Said::Open,
    }
}

/// The registry's policies that are tried: none, one not read, and one statement for or against the role.
const POLICIES: [&str; 5] = ["none", "unread", "deny pull", "deny import", "allow import"];
const SCOPES: [&str; 3] = ["V1", "V2", "unread"];

fn policy(which: &str) -> Observed<Value> {
    let statement = |effect: &str, actions: &[&str]| {
        let document = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": effect, "Principal": { "AWS": ROLE }, "Action": actions, "Resource": "*" },
        ]});
        seen("ecr:GetRegistryPolicy", ACCOUNT, document)
    };
    match which {
        "none" => absent("ecr:GetRegistryPolicy", ACCOUNT),
        "deny pull" => statement("Deny", &["ecr:BatchGetImage"]),
        "deny import" => statement("Deny", &IMPORT),
        "allow import" => statement("Allow", &IMPORT),
        _ => denied("ecr:GetRegistryPolicy", ACCOUNT),
    }
}

fn scope(which: &str) -> Observed<String> {
    match which {
        "unread" => denied("ecr:GetAccountSetting", "REGISTRY_POLICY_SCOPE"),
        version => seen(
            "ecr:GetAccountSetting",
            "REGISTRY_POLICY_SCOPE",
            version.to_owned(),
        ),
    }
}

#[test]
fn a_deny_of_the_pull_counts_in_the_second_version_only() {
    for which in POLICIES {
        for version in SCOPES {
            let mut evidence = failing(REFUSED);
            let ecr = evidence.images[0].ecr.as_mut().unwrap();
            (ecr.registry_policy, ecr.registry_policy_scope) = (policy(which), scope(version));
            let expected = match (which, version) {
                ("deny pull", "V2") => Said::Confirmed,
                ("none", _) | ("deny import" | "allow import", "V1" | "V2") | ("deny pull", "V1") => {
                    Said::RuledOut
                }
                _ => Said::Open,
            };
            let got = said(&evidence, Cause::RegistrySettingsDeny);
            assert_eq!(got, expected, "policy {which}, scope {version}");
        }
    }
}

#[test]
fn imports_are_decided_by_role_and_registry_together_in_either_version() {
    for which in POLICIES {
        for version in SCOPES {
            for role_may in [false, true] {
                let mut evidence = failing(UNKNOWN_NAME);
                let own: &[&str] = if role_may {
                    &["ecr:*"]
                } else {
                    &[
                        "ecr:GetAuthorizationToken",
                        "ecr:BatchGetImage",
                        "ecr:GetDownloadUrlForLayer",
                    ]
                };
                evidence.roles = vec![role_with(&json!({ "Version": "2012-10-17", "Statement": [
                    { "Effect": "Allow", "Action": own, "Resource": "*" },
                ]}))];
                let ecr = evidence.images[0].ecr.as_mut().unwrap();
                (ecr.registry_policy, ecr.registry_policy_scope) = (policy(which), scope(version));
                ecr.repository = absent("ecr:DescribeRepositories", "shop/cart");
                ecr.image = absent("ecr:DescribeImages", "shop/cart");
                ecr.images = absent("ecr:DescribeImages", "shop/cart");
                let rule = CacheRule {
                    prefix: "shop".to_owned(),
                    upstream_url: "registry-1.docker.io".to_owned(),
                    credential_arn: None,
                    custom_role_arn: None,
                    upstream_prefix: None,
                };
                ecr.cache_rules = seen(
                    "ecr:DescribePullThroughCacheRules",
                    ACCOUNT,
                    Listing::complete(vec![rule]),
                );
                let expected = match (which, role_may) {
                    ("unread", _) => Said::Open,
                    ("deny import", _) | ("none" | "deny pull", false) => Said::Confirmed,
                    _ => Said::RuledOut,
                };
                let got = said(&evidence, Cause::PullThroughCacheDenied);
                assert_eq!(
                    got, expected,
                    "policy {which}, scope {version}, role may: {role_may}"
                );
            }
        }
    }
}
