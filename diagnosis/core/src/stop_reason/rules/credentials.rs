//! Tokens and registry credentials.

use super::Rule;
use crate::stop_reason::class::StopClass::{AuthToken, PrivateRegistryAuth};
use crate::stop_reason::text::patterns;
use crate::stop_reason::words::Words;

patterns! {
    /// The agent reads a private registry's credentials from Secrets Manager.
    REGISTRY_SECRET = r"registry auth(?:entication)? from (?:asm|aws secrets|secrets manager)|asm fetching|private registry credentials|authorizationdata is malformed|repositorycredentials";
    /// The caller's own credentials were missing or stale when the token was asked for.
    CALLER = r"nocredentialproviders|no valid (?:credential )?providers in chain|expiredtoken|security token included in the request is (?:invalid|expired)|unrecognizedclientexception|invalidsignatureexception|unable to locate credentials|failed to refresh cached credentials|no ec2 imds role found";
    /// A number of its own: an account's or a digest's digits are no status.
    STATUS_401 = r"\b401\b";
    /// A registry's 401 in the words of many registries.
    UNAUTHORIZED = r"unauthorized|authentication required|incorrect username or password|invalid username|requires? (?:authentication|authorization|'docker login')|\b401\b|access to the resource requires auth|unauthenticated request|authentication failed|login attempt .{0,60}failed|must be logged in|not logged in|no basic auth credentials|bad credentials|invalid credentials|password authentication";
}

pub(super) const SECRETS: &[Rule] = &[
    // Also when the network failed on the way: the registry's secret is what could not be had.
    Rule {
        class: PrivateRegistryAuth,
        applies: |words| words.names_registry_secret || words.matches(&REGISTRY_SECRET),
    },
];

pub(super) const TOKENS: &[Rule] = &[
    // ECR Public hands out tokens of the same kind, in the same words.
    Rule {
        class: AuthToken,
        applies: |words| {
            words.has("authorization token has expired") || words.has("authorization token is expired")
        },
    },
    Rule {
        class: AuthToken,
        applies: |words| words.has("engine ecr credentials"),
    },
    Rule {
        class: AuthToken,
        applies: |words| words.has("no basic auth credentials") && !words.is_other_registry(),
    },
    // `Not Authorized` is the body of ECR's own 401.
    Rule {
        class: AuthToken,
        applies: |words| {
            words.is_about_a_pull
                && words.has("not authorized")
                && (words.matches(&STATUS_401) || words.has("unauthorized: not authorized"))
                && !words.is_other_registry()
        },
    },
    Rule {
        class: AuthToken,
        applies: |words| {
            words.is_about_a_pull && words.is_ecr() && !is_a_riddle(words) && words.matches(&UNAUTHORIZED)
        },
    },
    Rule {
        class: AuthToken,
        applies: |words| words.is_about_a_pull && words.matches(&CALLER) && !words.is_other_registry(),
    },
    Rule {
        class: AuthToken,
        applies: |words| {
            words.is_about_a_pull
                && words.has_any(&["getauthorizationtoken", "ecr-login", "ecr registry auth"])
                && words.has_any(&["denied", "not authorized", "credentials not found"])
        },
    },
];

pub(super) const REGISTRIES: &[Rule] = &[
    // After the network rules: "unable to retrieve ecr registry auth" usually goes on to say that nobody answered.
    Rule {
        class: AuthToken,
        applies: |words| words.has("retrieve ecr registry auth"),
    },
    // Google names the missing login, and adds its riddle to everything.
    Rule {
        class: PrivateRegistryAuth,
        applies: |words| words.has("unauthenticated request"),
    },
    // After "pull access denied", which may end in "authorization failed": the registry does not say which.
    Rule {
        class: PrivateRegistryAuth,
        applies: |words| {
            !is_a_riddle(words)
                && words.is_about_a_pull
                && words.matches(&UNAUTHORIZED)
                && !words.has("proxy authentication required")
        },
    },
];

/// The registry leaves open whether the repository is missing or closed.
pub(super) fn is_a_riddle(words: &Words) -> bool {
    words.has_any(&[
        "may require 'docker login'",
        "may require docker login",
        "may require authorization",
        "insufficient_scope",
        "pull access denied",
        "or it may not exist",
        "requested access to the resource is denied",
    ])
}
