//! Keys that encrypt repositories and registries' secrets.

use diagnosis::evidence::access::{Grant, Key, KeyEvidence};
use diagnosis::{Listing, Observed};
use serde_json::Value;

use crate::actions::{KMS_DESCRIBE_KEY, KMS_GET_KEY_POLICY, KMS_LIST_GRANTS};
use crate::aws::valid_region;
use crate::convert::{document, maybe_time, text};
use crate::observe::NotSeen;
use crate::pages::pages;
use crate::reader::Kind;
use crate::session::{Query, Seen, Session};
use crate::tally::Chain;

/// Pages of a hundred grants.
const PAGES: usize = 3;

/// What a key is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum For {
    /// A repository, which ECR reads by grants; whether these are in question.
    Repository {
        /// Whether a failure speaks of keys.
        grants: bool,
    },
    /// A secret, which the role reads itself.
    Secret,
}

/// The key that is called `name` (an ARN, an id or an alias) in `region`.
pub(crate) async fn key(
    session: &Session<'_>,
    name: &str,
    region: &str,
    needed_for: For,
    after: Chain,
) -> KeyEvidence {
    let region = name
        .split(':')
        .nth(3)
        .filter(|named| name.starts_with("arn:") && valid_region(named))
        .unwrap_or(region);
    let key = describe(session, name, region, after).await;
    let own = key.value().is_some_and(|key| key.manager == "AWS");
    let id = key.value().map_or_else(|| name.to_owned(), |key| key.arn.clone());
    let skip = |why: &str| why.to_owned();
    let not_policy = match (needed_for, key.value(), own) {
        (For::Repository { .. }, ..) => Some(skip("ECR uses the key by grants, not by its policy")),
        (For::Secret, None, _) => Some(skip("the key was not seen")),
        (For::Secret, Some(_), true) => Some(skip("AWS manages the key")),
        (For::Secret, Some(_), false) => None,
    };
    let not_grants = match (needed_for, key.value(), own) {
        (For::Repository { grants: true }, Some(_), false) => None,
        (For::Repository { grants: true }, None, _) => Some(skip("the key was not seen")),
        (For::Repository { grants: true }, Some(_), true) => Some(skip("AWS manages the key")),
        (For::Repository { grants: false }, ..) => Some(skip("no failure speaks of the key")),
        (For::Secret, ..) => Some(skip("the role uses the key by its policy")),
    };
    let (policy, grants) = tokio::join!(
        async {
            match not_policy {
                Some(why) => session.skipped_in(&KMS_GET_KEY_POLICY, &id, region, why),
                None => policy(session, &id, region, key.chain).await,
            }
        },
        async {
            match not_grants {
                Some(why) => session.skipped_in(&KMS_LIST_GRANTS, &id, region, why),
                None => grants(session, &id, region, key.chain).await,
            }
        },
    );
    KeyEvidence {
        name: name.to_owned(),
        key: key.item,
        policy,
        grants,
    }
}

async fn describe(session: &Session<'_>, name: &str, region: &str, after: Chain) -> Seen<Key> {
    session
        .read(
            Query::new(&KMS_DESCRIBE_KEY, name, region, Kind::Key, after),
            async {
                let answer = session.kms(region).describe_key().key_id(name).send().await?;
                let key = answer.key_metadata().ok_or(NotSeen::Absent)?;
                Ok(Key {
                    arn: text(key.arn()),
                    state: key.key_state().map_or("", |state| state.as_str()).to_owned(),
                    manager: key
                        .key_manager()
                        .map_or("", |manager| manager.as_str())
                        .to_owned(),
                    deletion_at: maybe_time(key.deletion_date()),
                })
            },
        )
        .await
}

async fn policy(session: &Session<'_>, id: &str, region: &str, after: Chain) -> Observed<Value> {
    session
        .read(
            Query::new(&KMS_GET_KEY_POLICY, id, region, Kind::Key, after),
            async {
                let answer = session.kms(region).get_key_policy().key_id(id).send().await?;
                document(answer.policy().ok_or(NotSeen::Absent)?).map_err(NotSeen::Failed)
            },
        )
        .await
        .item
}

async fn grants(session: &Session<'_>, id: &str, region: &str, after: Chain) -> Observed<Listing<Grant>> {
    session
        .read(
            Query::new(&KMS_LIST_GRANTS, id, region, Kind::Key, after),
            async {
                pages(PAGES, |token| async {
                    let answer = session
                        .kms(region)
                        .list_grants()
                        .key_id(id)
                        .set_marker(token)
                        .send()
                        .await?;
                    let grants = answer.grants().iter().map(|grant| {
                        let constraints = grant.constraints();
                        let pairs = constraints.into_iter().flat_map(|constraints| {
                            [
                                constraints.encryption_context_subset(),
                                constraints.encryption_context_equals(),
                            ]
                        });
                        let mut context: Vec<(String, String)> = pairs
                            .flatten()
                            .flatten()
                            .map(|(key, value)| (key.clone(), value.clone()))
                            .collect();
                        context.sort();
                        Grant {
                            grantee: text(grant.grantee_principal().or(grant.grantee_service_principal())),
                            operations: grant
                                .operations()
                                .iter()
                                .map(|operation| operation.as_str().to_owned())
                                .collect(),
                            context,
                        }
                    });
                    Ok((grants.collect(), answer.next_marker.clone()))
                })
                .await
            },
        )
        .await
        .item
}
