//! Refusals by AWS: of the role, and of a pull action.

use super::Rule;
use crate::stop_reason::class::StopClass::{
    AccessDeniedIdentity, AccessDeniedResourcePolicy, AssumeRole, AuthToken, PullThroughCache,
};
use crate::stop_reason::extract::denial::DenyingPolicy;
use crate::stop_reason::text::patterns;
use crate::stop_reason::words::Words;

patterns! {
    /// ECS, or its agent, could not become the role. Its own service-linked role runs no task.
    ASSUME = r"unable to assume (?:the )?(?:iam )?(?:task |execution |task execution )?role|could not (?:be )?assumed?\b.{0,20}role|failed to assume (?:the )?(?:task |execution )?role|cannot assume (?:the )?(?:execution |task )?role|role .{0,120}(?:cannot|can't|could not) be assumed|not authorized to perform:? sts:assumerole";
    /// A service that pulls for itself is let in by the repository's policy only.
    SERVICE_PRINCIPAL = r"user: (?:codebuild|lambda|sagemaker|apprunner|batch|[a-z.-]+\.amazonaws\.com)(?:\.amazonaws\.com)?(?: |$|,)";
    /// The agent's advice without what the registry said.
    ADVICE_ONLY = r"check that the role has (?:the )?permissions? to pull images? from (?:the registry|amazon ecr)\.?$";
}

pub(super) const ROLE: &[Rule] = &[
    // "proper trust relationship and permissions" in the same sentence is advice, not a refused action.
    Rule {
        class: AssumeRole,
        applies: |words| {
            words.matches(&ASSUME) && !words.has("service linked role") && !words.has("service-linked role")
        },
    },
];

pub(super) const REFUSED: &[Rule] = &[
    // Whoever refuses the token: without it nothing is pulled, and no repository is involved.
    Rule {
        class: AuthToken,
        applies: |words| {
            words.action().is_some_and(|action| {
                action.ends_with(":getauthorizationtoken") || action == "sts:getservicebearertoken"
            }) && is_denial(words)
        },
    },
    // Asked for by a cache rule only, with nobody's policy named.
    Rule {
        class: PullThroughCache,
        applies: |words| {
            words.denial.denied_by.is_none()
                && words.action().is_some_and(|action| {
                    action == "ecr:batchimportupstreamimage" || action == "ecr:createrepository"
                })
        },
    },
    // "no resource-based policy" for another account's registry is also what ECR says of a missing repository: evidence decides.
    Rule {
        class: AccessDeniedResourcePolicy,
        applies: |words| is_pull_refusal(words) && names_another_policy(words),
    },
    Rule {
        class: AccessDeniedResourcePolicy,
        applies: |words| {
            words.is_about_a_pull
                && words.matches(&SERVICE_PRINCIPAL)
                && words.has_any(&["denied", "not authorized"])
        },
    },
    // Lambda's words for a repository policy that leaves it out.
    Rule {
        class: AccessDeniedResourcePolicy,
        applies: |words| words.has("does not have permission to access the ecr image"),
    },
    // Before "pull access denied": Docker puts that in front of AWS's own answer.
    Rule {
        class: AccessDeniedIdentity,
        applies: is_pull_refusal,
    },
    Rule {
        class: AccessDeniedIdentity,
        applies: |words| words.matches(&ADVICE_ONLY),
    },
];

/// AWS refuses, in any of its wordings.
fn is_denial(words: &Words) -> bool {
    words.has_any(&[
        "not authorized to perform",
        "accessdenied",
        "access denied",
        "explicit deny",
        "is not authorized",
    ])
}

/// A pull action was refused; the end of the text may be missing.
fn is_pull_refusal(words: &Words) -> bool {
    (words.is_refused_pull_action() && is_denial(words))
        || (words.is_about_a_pull && words.action().is_some_and(|action| action == "ecr:createrepository"))
        // "denied: User: arn:... is not auth": cut before the action, but the registry speaks of a principal.
        || (words.has("denied: user: ") && words.is_about_a_pull && words.denial.action.is_none())
}

/// The policy named is not the identity's own.
fn names_another_policy(words: &Words) -> bool {
    words.denial.denied_by.is_some_and(|denied| match denied.policy {
        DenyingPolicy::Identity | DenyingPolicy::SessionPolicy => false,
        DenyingPolicy::Boundary
        | DenyingPolicy::Scp
        | DenyingPolicy::Rcp
        | DenyingPolicy::ResourcePolicy
        | DenyingPolicy::EndpointPolicy => true,
    })
}
