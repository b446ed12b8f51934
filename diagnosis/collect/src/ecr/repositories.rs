//! Repositories and their policies.

use aws_sdk_ecr::types;
use diagnosis::evidence::image::Repository;
use diagnosis::{Listing, Observed};
use serde_json::Value;

use super::host::EcrImage;
use super::query;
use crate::actions::{ECR_DESCRIBE_REPOSITORIES, ECR_GET_LIFECYCLE_POLICY, ECR_GET_REPOSITORY_POLICY};
use crate::convert::{maybe_text, maybe_time, text};
use crate::observe::NotSeen;
use crate::pages::pages;
use crate::reader::Kind;
use crate::session::{Query, Seen, Session};
use crate::tally::Chain;

/// Pages of a thousand names that are read for a suggestion.
const NAME_PAGES: usize = 2;

/// The image's repository.
pub(crate) async fn describe(session: &Session<'_>, image: &EcrImage, after: Chain) -> Seen<Repository> {
    session
        .read(
            query(&ECR_DESCRIBE_REPOSITORIES, image, Kind::Repository, after),
            async {
                let answer = session
                    .ecr(&image.region)
                    .describe_repositories()
                    .registry_id(&image.registry)
                    .repository_names(&image.repository)
                    .send()
                    .await?;
                answer.repositories().first().map(convert).ok_or(NotSeen::Absent)
            },
        )
        .await
}

/// Names of the registry's repositories.
pub(crate) async fn names(
    session: &Session<'_>,
    image: &EcrImage,
    after: Chain,
) -> Observed<Listing<String>> {
    let query = Query::new(
        &ECR_DESCRIBE_REPOSITORIES,
        &image.registry,
        &image.region,
        Kind::Repository,
        after,
    )
    .account(&image.registry)
    .variant("names");
    session
        .read(query, async {
            pages(NAME_PAGES, |token| async {
                let answer = session
                    .ecr(&image.region)
                    .describe_repositories()
                    .registry_id(&image.registry)
                    .max_results(1000)
                    .set_next_token(token)
                    .send()
                    .await?;
                let names = answer
                    .repositories()
                    .iter()
                    .map(|found| text(found.repository_name()));
                Ok((names.collect(), answer.next_token.clone()))
            })
            .await
        })
        .await
        .item
}

/// The repository's policy; absent where it has none.
pub(crate) async fn policy(session: &Session<'_>, image: &EcrImage, after: Chain) -> Observed<Value> {
    session
        .read(
            query(&ECR_GET_REPOSITORY_POLICY, image, Kind::RepositoryPolicy, after),
            async {
                let answer = session
                    .ecr(&image.region)
                    .get_repository_policy()
                    .registry_id(&image.registry)
                    .repository_name(&image.repository)
                    .send()
                    .await?;
                json(answer.policy_text())
            },
        )
        .await
        .item
}

/// The repository's lifecycle policy; absent where it has none.
pub(crate) async fn lifecycle(session: &Session<'_>, image: &EcrImage, after: Chain) -> Observed<Value> {
    session
        .read(
            query(&ECR_GET_LIFECYCLE_POLICY, image, Kind::RepositoryPolicy, after),
            async {
                let answer = session
                    .ecr(&image.region)
                    .get_lifecycle_policy()
                    .registry_id(&image.registry)
                    .repository_name(&image.repository)
                    .send()
                    .await?;
                json(answer.lifecycle_policy_text())
            },
        )
        .await
        .item
}

fn json(text: Option<&str>) -> Result<Value, NotSeen> {
    let text = text.ok_or(NotSeen::Absent)?;
    serde_json::from_str(text).map_err(|error| NotSeen::Failed(format!("the policy is not JSON: {error}")))
}

fn convert(repository: &types::Repository) -> Repository {
    let encryption = repository.encryption_configuration();
    Repository {
        arn: text(repository.repository_arn()),
        uri: text(repository.repository_uri()),
        created_at: maybe_time(repository.created_at()),
        tag_mutability: repository
            .image_tag_mutability()
            .map_or("MUTABLE", |kind| kind.as_str())
            .to_owned(),
        scan_on_push: repository
            .image_scanning_configuration()
            .is_some_and(types::ImageScanningConfiguration::scan_on_push),
        encryption: encryption
            .map_or("AES256", |encryption| encryption.encryption_type().as_str())
            .to_owned(),
        kms_key: encryption.and_then(|encryption| maybe_text(encryption.kms_key())),
    }
}
