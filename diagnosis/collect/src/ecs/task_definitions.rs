//! Task definitions, without the values of `environment` and `secrets`.

use aws_sdk_ecs::types;
use diagnosis::evidence::ecs::{ContainerDefinition, LogConfiguration, TaskDefinition};
use diagnosis::{Listing, Observed};

use super::tags;
use crate::actions::{ECS_DESCRIBE_TASK_DEFINITION, ECS_LIST_TASK_DEFINITION_FAMILIES};
use crate::convert::{count, maybe_text, maybe_time, text};
use crate::observe::NotSeen;
use crate::pages::pages;
use crate::reader::Kind;
use crate::session::{Query, Seen, Session};
use crate::tally::Chain;

/// The task definition of this ARN, `family:revision`, or family (then its newest active revision).
pub(crate) async fn describe(session: &Session<'_>, name: &str, after: Chain) -> Seen<TaskDefinition> {
    let query = Query::new(
        &ECS_DESCRIBE_TASK_DEFINITION,
        name,
        &session.region,
        Kind::TaskDefinition,
        after,
    );
    let mut seen = session
        .read(query, async {
            let answer = session
                .ecs(&session.region)
                .describe_task_definition()
                .task_definition(name)
                .include(types::TaskDefinitionField::Tags)
                .send()
                .await?;
            let mut definition = answer.task_definition().map(convert).ok_or(NotSeen::Absent)?;
            definition.tags = tags(answer.tags());
            Ok(definition)
        })
        .await;
    // Asked for by family, it is known by its revision from here on.
    if let Some(arn) = seen.value().map(|definition| definition.arn.clone()) {
        seen.item.source.resource = arn;
    }
    seen
}

/// Pages of a hundred names that are read for a suggestion.
const NAME_PAGES: usize = 3;

/// Names of the account's families that have an active revision.
pub(crate) async fn families(session: &Session<'_>, after: Chain) -> Observed<Listing<String>> {
    let action = &ECS_LIST_TASK_DEFINITION_FAMILIES;
    let query = Query::new(action, "", &session.region, Kind::TaskDefinition, after);
    session
        .read(query, async {
            pages(NAME_PAGES, |token| async {
                let answer = session
                    .ecs(&session.region)
                    .list_task_definition_families()
                    .status(types::TaskDefinitionFamilyStatus::Active)
                    .max_results(100)
                    .set_next_token(token)
                    .send()
                    .await?;
                Ok((answer.families().to_vec(), answer.next_token))
            })
            .await
        })
        .await
        .item
}

fn convert(definition: &types::TaskDefinition) -> TaskDefinition {
    let platform = definition.runtime_platform();
    TaskDefinition {
        arn: text(definition.task_definition_arn()),
        family: text(definition.family()),
        revision: count(definition.revision()),
        status: definition
            .status()
            .map_or("", |status| status.as_str())
            .to_owned(),
        execution_role: maybe_text(definition.execution_role_arn()),
        task_role: maybe_text(definition.task_role_arn()),
        network_mode: definition.network_mode().map(|mode| mode.as_str().to_owned()),
        requires_compatibilities: definition
            .requires_compatibilities()
            .iter()
            .map(|kind| kind.as_str().to_owned())
            .collect(),
        requires_attributes: definition
            .requires_attributes()
            .iter()
            .map(|attribute| attribute.name().to_owned())
            .collect(),
        os_family: platform
            .and_then(types::RuntimePlatform::operating_system_family)
            .map(|os| os.as_str().to_owned()),
        cpu_architecture: platform
            .and_then(types::RuntimePlatform::cpu_architecture)
            .map(|architecture| architecture.as_str().to_owned()),
        ephemeral_storage_gib: definition
            .ephemeral_storage()
            .map(|storage| count(storage.size_in_gib())),
        registered_at: maybe_time(definition.registered_at()),
        registered_by: maybe_text(definition.registered_by()),
        containers: definition.container_definitions().iter().map(container).collect(),
        tags: Vec::new(),
    }
}

fn container(container: &types::ContainerDefinition) -> ContainerDefinition {
    let log = container.log_configuration();
    // `valueFrom` names where a secret is kept; the value itself is in no answer of ECS.
    let mut secret_sources: Vec<String> = container
        .secrets()
        .iter()
        .chain(log.map_or(&[][..], types::LogConfiguration::secret_options))
        .map(|secret| secret.value_from().to_owned())
        .collect();
    secret_sources.sort();
    secret_sources.dedup();
    ContainerDefinition {
        name: text(container.name()),
        image: text(container.image()),
        // ECS takes a container as essential unless told otherwise.
        essential: container.essential().unwrap_or(true),
        credentials_parameter: container
            .repository_credentials()
            .map(|credentials| credentials.credentials_parameter().to_owned()),
        log: log.map(log_configuration),
        secret_sources,
    }
}

fn log_configuration(log: &types::LogConfiguration) -> LogConfiguration {
    let option = |name: &str| log.options().and_then(|options| options.get(name)).cloned();
    LogConfiguration {
        driver: log.log_driver().as_str().to_owned(),
        group: option("awslogs-group"),
        region: option("awslogs-region"),
        create_group: option("awslogs-create-group").is_some_and(|value| value.eq_ignore_ascii_case("true")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_of_environment_or_options_is_kept() {
        let pair = types::KeyValuePair::builder()
            .name("PASSWORD")
            .value("hunter2")
            .build();
        let secret = types::Secret::builder()
            .name("TOKEN")
            .value_from("arn:aws:secretsmanager:eu-west-1:111122223333:secret:token")
            .build()
            .unwrap();
        let log = types::LogConfiguration::builder()
            .log_driver(types::LogDriver::Awslogs)
            .options("awslogs-group", "/ecs/payments")
            .options("splunk-token", "hunter3")
            .build()
            .unwrap();
        let container = types::ContainerDefinition::builder()
            .name("app")
            .image("nginx")
            .command("--password=hunter4")
            .docker_labels("key", "hunter5")
            .environment(pair)
            .secrets(secret)
            .log_configuration(log)
            .build();
        let definition = types::TaskDefinition::builder()
            .task_definition_arn("arn:aws:ecs:eu-west-1:111122223333:task-definition/payments:1")
            .container_definitions(container)
            .build();
        let converted = convert(&definition);
        let kept = serde_json::to_string(&converted).unwrap();
        assert!(!kept.contains("hunter"), "{kept}");
        assert_eq!(converted.containers[0].secret_sources.len(), 1);
        assert_eq!(
            converted.containers[0].log.as_ref().unwrap().group.as_deref(),
            Some("/ecs/payments")
        );
        assert!(converted.containers[0].essential);
    }

    #[test]
    fn who_pulls_and_on_what_is_kept() {
        let attribute = types::Attribute::builder()
            .name("ecs.capability.execution-role-ecr-pull")
            .build()
            .unwrap();
        let platform = types::RuntimePlatform::builder()
            .cpu_architecture(types::CpuArchitecture::Arm64)
            .operating_system_family(types::OsFamily::Linux)
            .build();
        let definition = types::TaskDefinition::builder()
            .requires_attributes(attribute)
            .runtime_platform(platform)
            .execution_role_arn("arn:aws:iam::111122223333:role/pull")
            .build();
        let converted = convert(&definition);
        assert_eq!(
            converted.requires_attributes,
            ["ecs.capability.execution-role-ecr-pull"]
        );
        assert_eq!(converted.cpu_architecture.as_deref(), Some("ARM64"));
        assert_eq!(
            converted.execution_role.as_deref(),
            Some("arn:aws:iam::111122223333:role/pull")
        );
    }
}
