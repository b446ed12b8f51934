//! Settings of a registry.

use diagnosis::evidence::image::{CacheRule, CacheValidation};
use diagnosis::stop_reason::redact;
use diagnosis::{Listing, Observed};
use serde_json::Value;

use super::host::EcrImage;
use crate::actions::{
    ECR_DESCRIBE_PULL_THROUGH_CACHE_RULES, ECR_GET_REGISTRY_POLICY, ECR_VALIDATE_PULL_THROUGH_CACHE_RULE,
};
use crate::convert::{maybe_text, text};
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
                });
                Ok((rules.collect(), answer.next_token.clone()))
            })
            .await
        })
        .await
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

/// The registry's own policy; absent where it has none. It takes no registry: it is the caller's.
pub(crate) async fn policy(session: &Session<'_>, image: &EcrImage, after: Chain) -> Observed<Value> {
    if session.account().await != image.registry {
        let why = "the policy of another account's registry cannot be asked for";
        return session.skipped_in(&ECR_GET_REGISTRY_POLICY, &image.registry, &image.region, why);
    }
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
            let text = answer.policy_text().ok_or(NotSeen::Absent)?;
            serde_json::from_str(text)
                .map_err(|error| NotSeen::Failed(format!("the policy is not JSON: {error}")))
        })
        .await
        .item
}
