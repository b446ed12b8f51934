//! The cache rule's upstream refuses, or the secret is bad.
//!
//! # What fails
//! ECR fetches the image from the upstream registry, with the credentials of the rule's secret: the secret is gone, its
//! token has expired, the upstream is limiting, or it has no such image. Docker Hub's own images need `library/` in the
//! path.
//!
//! # What the pull says
//! "pull through cache", "UnableToGetUpstreamImageException", or "not found" as of any image.
//!
//! # What proves it
//! `ecr:ValidatePullThroughCacheRule`, with which ECR reads the secret and logs in upstream, and which changes nothing.
//!
//! # What rules it out
//! The image is in the repository already.
//!
//! # What cannot be known
//! Whether the upstream has the image.
//!
//! # Remedies
//! The secret renewed; the role mended that ECR pulls with from another ECR registry; the right path.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ValidatePullThroughCacheRule.html>

use crate::access::Effect as Access;
use crate::case::Case;
use crate::case::fate::{Fate, ImageCase};
use crate::evidence::image::CacheRule;
use crate::evidence::short;
use crate::judgement::{Finding, Judgement, Subject};
use crate::observed::Missing;
use crate::remedy::{Remedy, Risk, manual};
use crate::rules::image;
use crate::stage::Stage;
use crate::stop_reason::StopClass;

const SAYS: &[StopClass] = &[
    StopClass::PullThroughCache,
    StopClass::RepositoryNotFound,
    StopClass::TagNotFound,
    StopClass::AmbiguousDeniedOrMissing,
];

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    image::each(case, judge_image)
}

fn judge_image(case: &Case<'_>, image: &ImageCase<'_>) -> Judgement {
    let said = case.newest_saying(image.reference, SAYS);
    let clear = said.filter(|attempt| attempt.reason.class == StopClass::PullThroughCache);
    let (Some(ecr), Some(rule)) = (image.ecr, image.cache_rule()) else {
        return match (image.ecr, clear) {
            (Some(ecr), Some(attempt)) => Judgement::Likely(
                Finding::observed(
                    Stage::Manifest,
                    format!(
                        "ECR cannot fetch {} from its upstream registry, says ECR",
                        image.reference
                    ),
                )
                .facts([attempt.fact.clone()])
                .missing(
                    ecr.cache_rules
                        .missing(format!("pull-through cache rules of registry {}", ecr.registry)),
                ),
            ),
            _ => Judgement::NotApplicable,
        };
    };
    let Fate::NotCached { absence, .. } = &image.fate else {
        return Judgement::NotApplicable;
    };
    let finding = |summary: String| {
        Finding::observed(Stage::Manifest, summary)
            .effect(case.effect(Some(image.reference), Stage::Manifest, SAYS))
            .facts(said.map(|attempt| attempt.fact.clone()))
            .facts([
                rule.fact(format!(
                    "pull-through cache rule {} fetches from {}",
                    rule.prefix, rule.upstream_url
                )),
                absence.fact(format!("{} is not cached yet", image.reference)),
            ])
            .remedies(case.roll_back())
    };
    let validation = ecr.cache_validation.seen();
    let missing = ecr
        .cache_validation
        .missing(format!("whether {} lets ECR in", rule.upstream_url));
    if let Some(validation) = validation.filter(|validation| !validation.valid) {
        let why = validation.failure.as_deref().unwrap_or("no reason given");
        return Judgement::Confirmed(
            finding(format!(
                "{} does not let ECR in for cache rule {}: {why}",
                rule.upstream_url, rule.prefix
            ))
            .facts([validation.fact(format!("rule {} is not valid: {why}", validation.prefix))])
            .remedies(renew(rule.value(), &ecr.region))
            .remedies(mend_role(rule.value(), &ecr.region)),
        );
    }
    let refused = case.permissions.import.iter().any(|permission| {
        permission.image == image.reference
            && matches!(
                permission.decision.effect,
                Access::ImplicitDeny | Access::ExplicitDeny
            )
    });
    if let Some(valid) = validation {
        let valid = valid.fact(format!(
            "rule {} is valid: {} lets ECR in",
            rule.prefix, rule.upstream_url
        ));
        return match (clear, said) {
            (Some(_), _) => Judgement::Likely(
                finding(format!(
                    "{} has no {}, or is limiting, says ECR",
                    rule.upstream_url, image.reference
                ))
                .facts([valid]),
            ),
            (None, Some(_)) if !refused => Judgement::Likely(
                finding(format!(
                    "{} seems not to have {}, which cache rule {} asks it for",
                    rule.upstream_url,
                    upstream_path(rule.value(), &ecr.repository_name),
                    rule.prefix
                ))
                .facts([valid])
                .remedies(with_library(case, image, rule.value(), &ecr.repository_name))
                .missing([Missing::unknowable(
                    format!("whether {} has the image", rule.upstream_url),
                    "only a pull tells, and it would import the image",
                )]),
            ),
            _ => Judgement::NotApplicable,
        };
    }
    match (clear, missing) {
        (Some(_), missing) => Judgement::Likely(
            finding(format!(
                "ECR cannot fetch {} from {}, says ECR",
                image.reference, rule.upstream_url
            ))
            .missing(missing),
        ),
        (None, Some(missing)) => Judgement::Unknown {
            missing: vec![missing],
        },
        (None, None) => Judgement::NotApplicable,
    }
}

/// What the rule's upstream calls the repository.
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private-wildcards.html>
fn upstream_path(rule: &CacheRule, repository: &str) -> String {
    let rest = repository.strip_prefix(rule.prefix.trim_end_matches('/'));
    let rest = rest.and_then(|rest| rest.strip_prefix('/')).unwrap_or(repository);
    match rule.upstream_prefix.as_deref() {
        Some(prefix) if prefix != "ROOT" => format!("{}/{rest}", prefix.trim_end_matches('/')),
        _ => rest.to_owned(),
    }
}

/// The reference with `library/`, under which Docker Hub keeps its own images and which no cache adds.
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-working-pulling.html>
fn with_library(
    case: &Case<'_>,
    image: &ImageCase<'_>,
    rule: &CacheRule,
    repository: &str,
) -> Option<Remedy> {
    let path = upstream_path(rule, repository);
    let is_docker_hub = rule.upstream_url.ends_with("docker.io");
    if !is_docker_hub || path.contains('/') {
        return None;
    }
    let corrected = format!("{}library/{path}", repository.strip_suffix(path.as_str())?);
    let name = image
        .reference
        .replacen(&format!("/{repository}"), &format!("/{corrected}"), 1);
    Some(case.revise(
        "use_library_path",
        &format!("Use {corrected}"),
        Risk::Medium,
        &format!("set the image to {name}"),
        None,
    ))
}

/// The secret with new credentials, where the rule has one.
fn renew(rule: &CacheRule, region: &str) -> Option<Remedy> {
    let secret = rule.credential_arn.as_deref()?;
    Some(manual(
        "renew_upstream_credentials",
        "Renew the upstream's credentials",
        Risk::Low,
        format!(
            "aws secretsmanager put-secret-value --region {region} --secret-id {secret} --secret-string file://credentials.json\n\
             aws ecr validate-pull-through-cache-rule --region {region} --ecr-repository-prefix {}",
            rule.prefix
        ),
        None,
    ))
}

/// The role that ECR pulls with from another ECR registry, where the rule has one.
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private.html>
fn mend_role(rule: &CacheRule, region: &str) -> Option<Remedy> {
    let role = short(rule.custom_role_arn.as_deref()?);
    let mut remedy = manual(
        "mend_cache_role",
        "Mend the role that the cache rule pulls with",
        Risk::Low,
        format!(
            "aws iam get-role --role-name {role} --query Role.AssumeRolePolicyDocument\n\
             # it must let pullthroughcache.ecr.amazonaws.com assume it, and its policies allow the pull from {}\n\
             aws ecr validate-pull-through-cache-rule --region {region} --ecr-repository-prefix {}",
            rule.upstream_url, rule.prefix
        ),
        None,
    );
    remedy
        .notes
        .push("The upstream's owner must let this account pull as well.".to_owned());
    Some(remedy)
}
