//! Secrets that hold the credentials of registries: what they are, never what is in them.

use diagnosis::Observed;
use diagnosis::evidence::access::{Secret, SecretEvidence};
use serde_json::Value;

use crate::actions::{SECRETSMANAGER_DESCRIBE_SECRET, SECRETSMANAGER_GET_RESOURCE_POLICY};
use crate::aws::valid_region;
use crate::convert::{document, maybe_text, maybe_time, text};
use crate::observe::NotSeen;
use crate::reader::Kind;
use crate::session::{Query, Seen, Session};
use crate::tally::Chain;

/// The secret that `credentialsParameter` names: by its ARN, or by its name in the task's region.
pub(crate) async fn secret(session: &Session<'_>, parameter: &str, after: Chain) -> (SecretEvidence, Chain) {
    let region = region(session, parameter);
    let secret = describe(session, parameter, &region, after).await;
    let policy = if secret.item.absent().is_some() {
        let why = "the secret does not exist";
        session.skipped_in(&SECRETSMANAGER_GET_RESOURCE_POLICY, parameter, &region, why)
    } else {
        policy(session, parameter, &region, after).await
    };
    let chain = secret.chain;
    let evidence = SecretEvidence {
        parameter: parameter.to_owned(),
        secret: secret.item,
        policy,
    };
    (evidence, chain)
}

/// Region of the secret.
pub(crate) fn region(session: &Session<'_>, parameter: &str) -> String {
    parameter
        .split(':')
        .nth(3)
        .filter(|region| parameter.starts_with("arn:") && valid_region(region))
        .unwrap_or(&session.region)
        .to_owned()
}

async fn describe(session: &Session<'_>, parameter: &str, region: &str, after: Chain) -> Seen<Secret> {
    session
        .read(
            Query::new(
                &SECRETSMANAGER_DESCRIBE_SECRET,
                parameter,
                region,
                Kind::Secret,
                after,
            ),
            async {
                let answer = session
                    .secretsmanager(region)
                    .describe_secret()
                    .secret_id(parameter)
                    .send()
                    .await?;
                let stages = answer.version_ids_to_stages();
                Ok(Secret {
                    arn: text(answer.arn()),
                    name: text(answer.name()),
                    kms_key: maybe_text(answer.kms_key_id()),
                    deleted_at: maybe_time(answer.deleted_date()),
                    has_current: stages.is_some_and(|versions| {
                        versions
                            .values()
                            .any(|stages| stages.iter().any(|stage| stage == "AWSCURRENT"))
                    }),
                })
            },
        )
        .await
}

async fn policy(session: &Session<'_>, parameter: &str, region: &str, after: Chain) -> Observed<Value> {
    session
        .read(
            Query::new(
                &SECRETSMANAGER_GET_RESOURCE_POLICY,
                parameter,
                region,
                Kind::Secret,
                after,
            ),
            async {
                let answer = session
                    .secretsmanager(region)
                    .get_resource_policy()
                    .secret_id(parameter)
                    .send()
                    .await?;
                document(answer.resource_policy().ok_or(NotSeen::Absent)?).map_err(NotSeen::Failed)
            },
        )
        .await
        .item
}
