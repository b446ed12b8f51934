//! The repository name looks like a pull-through cache path and no rule matches.
//!
//! # What fails
//! The reference names a repository such as `docker-hub/library/nginx`, which a pull-through cache rule would fill. The
//! registry has no rule for that prefix: it was made in another region or account, under another prefix, or not at all.
//!
//! # What the pull says
//! "name unknown: The repository with name '…' does not exist in the registry with id '…'".
//!
//! # What proves it
//! `ecr:DescribePullThroughCacheRules` has no rule that serves the name, and `ecr:DescribeRepositories` does not find the
//! repository.
//!
//! # What rules it out
//! A rule that serves it; the repository itself.
//!
//! # What cannot be known
//! Whether a cache was meant: the name is all that says so.
//!
//! # Remedies
//! The rule; a revision that names the prefix of an existing rule.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-creating-rule.html>

use crate::case::Case;
use crate::case::fate::{Fate, ImageCase};
use crate::judgement::{Finding, Judgement, Subject};
use crate::remedy::{Remedy, Risk, manual};
use crate::rules::image;
use crate::stage::Stage;
use crate::stop_reason::StopClass;

const SAYS: &[StopClass] = &[
    StopClass::RepositoryNotFound,
    StopClass::TagNotFound,
    StopClass::PullThroughCache,
];

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    image::each(case, judge_image)
}

fn judge_image(case: &Case<'_>, image: &ImageCase<'_>) -> Judgement {
    let Some(ecr) = image.ecr else {
        return Judgement::NotApplicable;
    };
    let name = &ecr.repository_name;
    let Fate::CacheRuleMissing {
        absence,
        no_rule,
        upstream,
        prefix,
    } = &image.fate
    else {
        return match image.cache_rule() {
            Some(rule) => Judgement::RuledOut {
                why: format!("a pull-through cache rule serves {name}"),
                facts: vec![rule.fact(format!("rule {} fetches from {}", rule.prefix, rule.upstream_url))],
            },
            None => Judgement::NotApplicable,
        };
    };
    let rules = ecr
        .cache_rules
        .value()
        .map(|rules| rules.items.as_slice())
        .unwrap_or_default();
    let others: Vec<&str> = rules.iter().map(|rule| rule.prefix.as_str()).collect();
    let known = if others.is_empty() {
        "the registry has no rule at all".to_owned()
    } else {
        format!("its rules are {}", others.join(", "))
    };
    let said = case.newest_saying(image.reference, SAYS);
    Judgement::Confirmed(
        Finding::observed(
            Stage::Manifest,
            format!(
                "no pull-through cache rule for prefix {prefix} in registry {} ({}), so nothing fetches {name}; {known}",
                ecr.registry, ecr.region
            ),
        )
        .effect(case.effect(Some(image.reference), Stage::Manifest, SAYS))
        .facts(said.map(|attempt| attempt.fact.clone()))
        .facts([
            no_rule.fact(format!("registry {} has no rule that serves {name}", ecr.registry)),
            absence.fact(format!("registry {} has no repository {name}", ecr.registry)),
        ])
        .remedies(case.roll_back())
        .remedies([make_rule(prefix, upstream, &ecr.registry, &ecr.region)]),
    )
}

fn make_rule(prefix: &str, upstream: &str, registry: &str, region: &str) -> Remedy {
    // ECR Public, Quay and Kubernetes are fetched anonymously.
    let open = matches!(upstream, "public.ecr.aws" | "quay.io" | "registry.k8s.io");
    let (credentials, argument) = if open {
        (String::new(), "")
    } else {
        (
            format!(
                " --credential-arn arn:aws:secretsmanager:{region}:{registry}:secret:ecr-pullthroughcache/NAME"
            ),
            "\n  credential_arn        = aws_secretsmanager_secret.upstream.arn",
        )
    };
    manual(
        "create_cache_rule",
        &format!("Make a cache rule for {prefix}"),
        Risk::Low,
        format!(
            "aws ecr create-pull-through-cache-rule --region {region} --ecr-repository-prefix {prefix} --upstream-registry-url {upstream}{credentials}"
        ),
        Some(format!(
            "resource \"aws_ecr_pull_through_cache_rule\" \"this\" {{\n  ecr_repository_prefix = \"{prefix}\"\n  upstream_registry_url = \"{upstream}\"{argument}\n}}"
        )),
    )
}
