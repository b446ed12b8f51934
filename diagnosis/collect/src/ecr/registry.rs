//! Settings of a registry.

use diagnosis::evidence::image::{CacheRule, CacheValidation};
use diagnosis::stop_reason::redact;
use diagnosis::{Listing, Observed};
use serde_json::Value;

use super::host::EcrImage;
use crate::actions::{
    ECR_DESCRIBE_PULL_THROUGH_CACHE_RULES, ECR_GET_ACCOUNT_SETTING, ECR_GET_REGISTRY_POLICY,
    ECR_VALIDATE_PULL_THROUGH_CACHE_RULE,
};
use crate::convert::{document, maybe_text, text};
use crate::observe::NotSeen;
use crate::pages::pages;
use crate::reader::Kind;
use crate::session::{Query, Seen, Session};
use crate::tally::Chain;

/// Pages of a hundred rules. A registry may have 50:
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html>
const PAGES: usize = 2;

/// The registry's pull-through cache rules.
pub(crate) async fn cache_rules(
    session: &Session<'_>,
    image: &EcrImage,
    after: Chain,
) -> Seen<Listing<CacheRule>> {
    let query = Query::new(
        &ECR_DESCRIBE_PULL_THROUGH_CACHE_RULES,
        &image.registry,
        &image.region,
        Kind::Registry,
        after,
    )
    .account(&image.registry);
    session
        .read(query, async {
            pages(PAGES, |token| async {
                let answer = session
                    .ecr(&image.region)
                    .describe_pull_through_cache_rules()
                    .registry_id(&image.registry)
                    .max_results(100)
                    .set_next_token(token)
                    .send()
                    .await?;
                let rules = answer.pull_through_cache_rules().iter().map(|rule| CacheRule {
                    prefix: text(rule.ecr_repository_prefix()),
                    upstream_url: text(rule.upstream_registry_url()),
                    credential_arn: maybe_text(rule.credential_arn()),
                    custom_role_arn: maybe_text(rule.custom_role_arn()),
                    upstream_prefix: maybe_text(rule.upstream_repository_prefix()),
                });
                Ok((rules.collect(), answer.next_token.clone()))
            })
            .await
        })
        .await
}

/// The registry's policy and what it is about, where a refusal is to be explained. AWS shows a registry's policy to its own
/// account only.
pub(crate) async fn policy_in_question(
    session: &Session<'_>,
    image: &EcrImage,
    refused: bool,
    after: Chain,
) -> (Observed<Value>, Observed<String>) {
    if session.account().await != image.registry {
        return unread_policy(
            session,
            image,
            "AWS shows a registry's policy to its own account only",
        );
    }
    if !refused {
        return unread_policy(session, image, "no failure speaks of a refused pull action");
    }
    let policy = policy(session, image, after).await;
    if policy.absent().is_some() {
        let (_, scope) = unread_policy(session, image, "the registry has no policy");
        return (policy, scope);
    }
    (policy, policy_scope(session, image, after).await)
}

/// Why the registry's policy was not read.
pub(crate) fn unread_policy(
    session: &Session<'_>,
    image: &EcrImage,
    why: &str,
) -> (Observed<Value>, Observed<String>) {
    let (registry, region) = (&image.registry, &image.region);
    (
        session.skipped_in(&ECR_GET_REGISTRY_POLICY, registry, region, why),
        session.skipped_in(&ECR_GET_ACCOUNT_SETTING, registry, region, why),
    )
}

/// The registry's own policy; absent where it has none.
async fn policy(session: &Session<'_>, image: &EcrImage, after: Chain) -> Observed<Value> {
    let query = Query::new(
        &ECR_GET_REGISTRY_POLICY,
        &image.registry,
        &image.region,
        Kind::Registry,
        after,
    );
    session
        .read(query, async {
            let answer = session.ecr(&image.region).get_registry_policy().send().await?;
            document(answer.policy_text().ok_or(NotSeen::Absent)?).map_err(NotSeen::Failed)
        })
        .await
        .item
}

/// What the registry's policy is about: `V1` or `V2`.
async fn policy_scope(session: &Session<'_>, image: &EcrImage, after: Chain) -> Observed<String> {
    const NAME: &str = "REGISTRY_POLICY_SCOPE";
    let query = Query::new(
        &ECR_GET_ACCOUNT_SETTING,
        &image.registry,
        &image.region,
        Kind::Registry,
        after,
    )
    .variant(NAME);
    session
        .read(query, async {
            let answer = session
                .ecr(&image.region)
                .get_account_setting()
                .name(NAME)
                .send()
                .await?;
            answer.value().map(str::to_owned).ok_or(NotSeen::Absent)
        })
        .await
        .item
}

/// What ECR says of a rule: it reads the rule's secret and logs in upstream, and imports nothing.
pub(crate) async fn validation(
    session: &Session<'_>,
    image: &EcrImage,
    rule: &CacheRule,
    after: Chain,
) -> Observed<CacheValidation> {
    let query = Query::new(
        &ECR_VALIDATE_PULL_THROUGH_CACHE_RULE,
        &rule.prefix,
        &image.region,
        Kind::Registry,
        after,
    )
    .account(&image.registry);
    session
        .read(query, async {
            let answer = session
                .ecr(&image.region)
                .validate_pull_through_cache_rule()
                .registry_id(&image.registry)
                .ecr_repository_prefix(&rule.prefix)
                .send()
                .await?;
            Ok(CacheValidation {
                prefix: rule.prefix.clone(),
                valid: answer.is_valid(),
                failure: answer.failure().map(redact),
            })
        })
        .await
        .item
}
