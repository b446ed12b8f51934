//! Pull-through cache: which rule serves a repository, and which names look as if one should.

use crate::evidence::image::{CacheRule, EcrEvidence};
use crate::observed::{Missing, Present};

/// First path segments that stand for an upstream registry: what AWS's console suggests, and the registries' own hosts.
///
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-creating-rule.html>
const UPSTREAMS: &[(&str, &[&str])] = &[
    (
        "registry-1.docker.io",
        &["docker-hub", "dockerhub", "docker.io", "registry-1.docker.io"],
    ),
    ("public.ecr.aws", &["ecr-public", "public.ecr.aws"]),
    ("quay.io", &["quay", "quay.io"]),
    ("ghcr.io", &["ghcr", "ghcr.io", "github"]),
    ("registry.k8s.io", &["kubernetes", "k8s", "registry.k8s.io"]),
    ("registry.gitlab.com", &["gitlab", "registry.gitlab.com"]),
    ("cgr.dev", &["chainguard", "cgr.dev"]),
];

/// The rule that serves the repository: the one with the longest prefix; `ROOT` comes last.
pub(super) fn rule(ecr: &EcrEvidence) -> Option<Present<'_, CacheRule>> {
    let rules = ecr.cache_rules.seen()?;
    rules
        .each()
        .filter(|rule| rule.serves(&ecr.repository_name))
        .max_by_key(|rule| {
            if rule.prefix == "ROOT" {
                0
            } else {
                rule.prefix.len()
            }
        })
}

/// What of the rules was not read: one of them could serve the repository.
pub(super) fn unread(ecr: &EcrEvidence) -> Option<Missing> {
    ecr.cache_rules
        .incomplete(&format!("pull-through cache rules of registry {}", ecr.registry))
}

/// The upstream that a repository's first path segment stands for by convention.
pub(super) fn upstream_of(repository: &str) -> Option<(&'static str, &str)> {
    let (first, _) = repository.split_once('/')?;
    let (upstream, _) = UPSTREAMS.iter().find(|(_, names)| names.contains(&first))?;
    Some((upstream, first))
}
