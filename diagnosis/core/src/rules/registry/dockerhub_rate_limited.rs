//! Docker Hub's (or another public registry's) pull limit.
//!
//! # What fails
//! Docker Hub counts pulls per account, and per IP address where the pull is anonymous. Tasks behind one NAT gateway
//! share its address and its limit.
//!
//! # What the pull says
//! "toomanyrequests: You have reached your unauthenticated pull rate limit", or 429 "Too Many Requests". ECR's own
//! throttling uses the word "toomanyrequests" as well: the host tells them apart.
//!
//! # What proves it
//! The text alone: the counter is the registry's.
//!
//! # What rules it out
//! An image of another registry.
//!
//! # What cannot be known
//! How much of the limit is left, and who else used it up.
//!
//! # Remedies
//! Deploy again once the limit is renewed (hours); credentials for the registry; a pull-through cache or a copy in ECR.
//!
//! # References
//! <https://docs.docker.com/docker-hub/usage/pulls/>

use crate::case::Case;
use crate::images::{ImageReference, Registry};
use crate::judgement::{Finding, Judgement, Subject};
use crate::observed::{Fact, Missing};
use crate::remedy::{Remedy, Risk, manual};
use crate::stage::Stage;
use crate::stop_reason::StopClass;

const SAYS: &[StopClass] = &[StopClass::RateLimitedDockerhub];

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    let judged: Vec<(Subject, Judgement)> = case
        .images
        .iter()
        .map(|image| {
            let subject = Subject::image(image.reference);
            let ecr = matches!(
                image.registry(),
                Some(Registry::EcrPrivate { .. } | Registry::EcrPublic)
            );
            let said = case.newest_saying(image.reference, SAYS);
            let judgement = match said {
                Some(attempt) if !ecr => {
                    let secret = image
                        .containers
                        .iter()
                        .find_map(|container| container.credentials_parameter.as_deref());
                    limited(case, image.reference, secret, attempt.fact.clone())
                }
                _ => Judgement::NotApplicable,
            };
            (subject, judgement)
        })
        .collect();
    let explained = judged
        .iter()
        .any(|(_, judgement)| !matches!(judgement, Judgement::NotApplicable));
    match case.said(SAYS) {
        // The text may name no image of the definition: say so of the image it names.
        Some(attempt) if !explained => {
            let image = attempt
                .image
                .clone()
                .unwrap_or_else(|| case.evidence.target.name());
            vec![(
                Subject::image(image.clone()),
                limited(case, &image, None, attempt.fact.clone()),
            )]
        }
        _ => judged,
    }
}

fn limited(case: &Case<'_>, reference: &str, secret: Option<&str>, said: Fact) -> Judgement {
    let how = if secret.is_some() {
        "with credentials"
    } else {
        "anonymously"
    };
    let anonymous = case.definition.filter(|_| secret.is_none()).map(|definition| {
        definition.fact(format!(
            "{} pulls {reference} without repositoryCredentials",
            definition.name()
        ))
    });
    Judgement::Likely(
        Finding::observed(
            Stage::Manifest,
            format!(
                "{} pull limit is used up for {reference}, pulled {how}",
                whose(reference)
            ),
        )
        .facts([said])
        .facts(anonymous)
        .missing([Missing::unknowable(
            "how much of the limit is left",
            "only the registry knows its counter",
        )])
        .remedies(case.deploy_again(Risk::Low))
        .remedies(
            secret
                .is_none()
                .then(|| super::super::permission::registry_credentials_missing::add_credentials(case)),
        )
        .remedies([cache(case, reference)]),
    )
}

/// `Docker Hub's`, or the registry's host in its place.
fn whose(reference: &str) -> String {
    match ImageReference::parse(reference) {
        Ok(parsed) if parsed.registry == Registry::DockerHub => "Docker Hub's".to_owned(),
        Ok(parsed) => format!("{}'s", parsed.host),
        Err(_) => "the registry's".to_owned(),
    }
}

fn cache(case: &Case<'_>, reference: &str) -> Remedy {
    let target = &case.evidence.target;
    let (region, account) = (&target.region, target.account.as_deref().unwrap_or("ACCOUNT"));
    let cli = format!(
        "aws ecr create-pull-through-cache-rule --region {region} --ecr-repository-prefix docker-hub --upstream-registry-url registry-1.docker.io \\\n  --credential-arn arn:aws:secretsmanager:{region}:{account}:secret:ecr-pullthroughcache/NAME"
    );
    let terraform = "resource \"aws_ecr_pull_through_cache_rule\" \"docker_hub\" {\n  ecr_repository_prefix = \"docker-hub\"\n  upstream_registry_url = \"registry-1.docker.io\"\n  credential_arn        = aws_secretsmanager_secret.docker_hub.arn\n}";
    let mut remedy = manual(
        "pull_through_cache",
        "Pull through an ECR cache",
        Risk::Low,
        cli,
        Some(terraform.to_owned()),
    );
    remedy.notes.push(format!(
        "Then name the cached image in place of {reference} in a new revision."
    ));
    remedy
}
