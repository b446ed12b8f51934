//! Amazon ECR Public's limit for unauthenticated pulls.
//!
//! # What fails
//! public.ecr.aws counts anonymous pulls per IP address and limits the data they take. ECS pulls from it anonymously, and
//! tasks behind one NAT gateway share its address.
//!
//! # What the pull says
//! "toomanyrequests: Rate exceeded" or "Data limit exceeded", with the host public.ecr.aws.
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
//! Another attempt later; a pull-through cache for public.ecr.aws, which needs no credentials.
//!
//! # References
//! <https://docs.aws.amazon.com/AmazonECR/latest/public/public-service-quotas.html>

use crate::case::Case;
use crate::case::fate::ImageCase;
use crate::images::Registry;
use crate::judgement::{Finding, Judgement, Subject};
use crate::observed::Missing;
use crate::remedy::{Remedy, Risk, manual};
use crate::rules::image;
use crate::stage::Stage;
use crate::stop_reason::StopClass;

const SAYS: &[StopClass] = &[StopClass::ThrottledEcr, StopClass::RateLimitedDockerhub];

pub(in crate::rules) fn judge(case: &Case<'_>) -> Vec<(Subject, Judgement)> {
    image::each(case, judge_image)
}

fn judge_image(case: &Case<'_>, image: &ImageCase<'_>) -> Judgement {
    if image.registry() != Some(&Registry::EcrPublic) {
        return Judgement::NotApplicable;
    }
    let Some(attempt) = case.newest_saying(image.reference, SAYS) else {
        return Judgement::NotApplicable;
    };
    Judgement::Likely(
        Finding::observed(
            attempt.reason.detail.phase.unwrap_or(Stage::Manifest),
            format!(
                "ECR Public's limit for anonymous pulls is used up for {}",
                image.reference
            ),
        )
        .facts([attempt.fact.clone()])
        .missing([Missing::unknowable(
            "how much of the limit is left",
            "only the registry knows its counter",
        )])
        .remedies(case.deploy_again(Risk::Low))
        .remedies([cache(image.reference)]),
    )
}

fn cache(reference: &str) -> Remedy {
    let mut remedy = manual(
        "pull_through_cache_public",
        "Pull through an ECR cache",
        Risk::Low,
        "aws ecr create-pull-through-cache-rule --ecr-repository-prefix ecr-public --upstream-registry-url public.ecr.aws".to_owned(),
        Some("resource \"aws_ecr_pull_through_cache_rule\" \"ecr_public\" {\n  ecr_repository_prefix = \"ecr-public\"\n  upstream_registry_url = \"public.ecr.aws\"\n}".to_owned()),
    );
    remedy.notes.push(format!(
        "Then name the cached image in place of {reference} in a new revision."
    ));
    remedy
}
