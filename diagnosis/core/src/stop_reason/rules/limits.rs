//! Rate limits, and pulls that ran out of time.

use super::Rule;
use crate::stop_reason::class::StopClass::{PullTimeoutLargeImage, RateLimitedDockerhub, ThrottledEcr};
use crate::stop_reason::text::patterns;
use crate::stop_reason::words::Words;

patterns! {
    /// Docker Hub's limits, old and new: <https://docs.docker.com/docker-hub/usage/pulls/>.
    PULL_LIMIT = r"pull rate limit|increase-rate-limit|download-rate-limit|hap429|anonymous pull limit|pull limit reached|rate limit exceeded.{0,60}docker";
    /// ECR's own: <https://docs.aws.amazon.com/AmazonECR/latest/userguide/common-errors-docker.html>.
    ECR_LIMIT = r"rate exceeded|data limit exceeded|throttlingexception|throttling:|requestlimitexceeded|toomanyrequestsexception|limitexceededexception";
    /// The registry's error code in front tells a registry's answer from any other API's.
    REGISTRY_SAYS = r"\b(?:toomanyrequests|unknown|denied): ?(?:rate|data limit) exceeded";
    STATUS_429 = r"too ?many ?requests|\b429\b";
    /// The agent gives up on the pull as a whole: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/container-runtime-timeout-error.html>.
    OUT_OF_TIME = r"inactivity time exceeded|could not transition to pull(?:ed|begin|ing)|dockertimeouterror.{0,80}pull|pull(?:ing)? .{0,80}timed out after";
}

pub(super) const RULES: &[Rule] = &[
    Rule {
        class: RateLimitedDockerhub,
        applies: |words| words.matches(&PULL_LIMIT),
    },
    Rule {
        class: ThrottledEcr,
        applies: |words| words.matches(&REGISTRY_SAYS),
    },
    // "Rate exceeded" is any AWS API's answer: a service event about a throttled load balancer is no pull.
    Rule {
        class: ThrottledEcr,
        applies: |words| words.is_about_a_pull && words.matches(&ECR_LIMIT),
    },
    Rule {
        class: ThrottledEcr,
        applies: |words| {
            is_limited(words) && (words.is_ecr() || words.has("public.ecr.aws")) && !words.is_other_registry()
        },
    },
    Rule {
        class: RateLimitedDockerhub,
        applies: is_limited,
    },
    Rule {
        class: PullTimeoutLargeImage,
        applies: |words| words.matches(&OUT_OF_TIME),
    },
];

/// 429, in words or in numbers; a bare number needs a pull around it.
fn is_limited(words: &Words) -> bool {
    words.matches(&STATUS_429)
        && (words.is_about_a_pull || words.has_any(&["429 too many requests", "toomanyrequests:"]))
}
