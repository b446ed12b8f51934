//! Services: deployments, events and where tasks are placed.

use aws_sdk_ecs::types;
use diagnosis::Listing;
use diagnosis::evidence::ecs::{AwsvpcConfiguration, CircuitBreaker, Deployment, Service, ServiceEvent};

use futures::future::join_all;

use super::{left_out, tags};
use crate::actions::ECS_DESCRIBE_SERVICES;
use crate::convert::{count, maybe_text, maybe_time, text};
use crate::reader::Kind;
use crate::session::{Query, Seen, Session};
use crate::tally::Chain;
use diagnosis::stop_reason::redact;

/// The service of this name.
pub(crate) async fn describe(
    session: &Session<'_>,
    cluster: &str,
    service: &str,
    after: Chain,
) -> Seen<Service> {
    let resource = format!("{cluster}/{service}");
    let query = Query::new(
        &ECS_DESCRIBE_SERVICES,
        resource,
        &session.region,
        Kind::Service,
        after,
    );
    session
        .read(query, async {
            let answer = session
                .ecs(&session.region)
                .describe_services()
                .cluster(cluster)
                .services(service)
                .include(types::ServiceField::Tags)
                .send()
                .await?;
            match answer.services().first() {
                Some(found) => Ok(convert(found)),
                None => Err(left_out(answer.failures())),
            }
        })
        .await
}

/// Names that one call takes
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html>).
const BATCH: usize = 10;

/// The services of these names, in as few calls as can be.
pub(crate) async fn describe_many(
    session: &Session<'_>,
    cluster: &str,
    names: &[String],
    after: Chain,
) -> Vec<Seen<Listing<Service>>> {
    let reads = names.chunks(BATCH).map(|names| {
        let query = Query::new(
            &ECS_DESCRIBE_SERVICES,
            format!("{cluster}/{}", names.join(",")),
            &session.region,
            Kind::Service,
            after,
        );
        session.read(query, async move {
            let answer = session
                .ecs(&session.region)
                .describe_services()
                .cluster(cluster)
                .set_services(Some(names.to_vec()))
                .include(types::ServiceField::Tags)
                .send()
                .await?;
            Ok(Listing::complete(answer.services().iter().map(convert).collect()))
        })
    });
    join_all(reads).await
}

fn convert(service: &types::Service) -> Service {
    Service {
        arn: text(service.service_arn()),
        name: text(service.service_name()),
        status: text(service.status()),
        desired: count(service.desired_count()),
        running: count(service.running_count()),
        pending: count(service.pending_count()),
        task_definition: text(service.task_definition()),
        launch_type: service.launch_type().map(|kind| kind.as_str().to_owned()),
        capacity_providers: service
            .capacity_provider_strategy()
            .iter()
            .map(|item| item.capacity_provider().to_owned())
            .collect(),
        platform_version: maybe_text(service.platform_version()),
        deployment_controller: service
            .deployment_controller()
            .map_or("ECS", |controller| controller.r#type().as_str())
            .to_owned(),
        circuit_breaker: service
            .deployment_configuration()
            .and_then(types::DeploymentConfiguration::deployment_circuit_breaker)
            .map(|breaker| CircuitBreaker {
                enabled: breaker.enable(),
                rollback: breaker.rollback(),
            }),
        network: service.network_configuration().and_then(network),
        deployments: newest_first(
            service.deployments().iter().map(deployment).collect(),
            |deployment: &Deployment| deployment.created_at,
        ),
        events: newest_first(
            service.events().iter().filter_map(event).collect(),
            |event: &ServiceEvent| Some(event.at),
        ),
        tags: tags(service.tags()),
    }
}

fn newest_first<T, K: Ord>(mut items: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    items.sort_by_key(|item| std::cmp::Reverse(key(item)));
    items
}

fn network(configuration: &types::NetworkConfiguration) -> Option<AwsvpcConfiguration> {
    let awsvpc = configuration.awsvpc_configuration()?;
    Some(AwsvpcConfiguration {
        subnets: awsvpc.subnets().to_vec(),
        security_groups: awsvpc.security_groups().to_vec(),
        assign_public_ip: awsvpc.assign_public_ip() == Some(&types::AssignPublicIp::Enabled),
    })
}

fn deployment(deployment: &types::Deployment) -> Deployment {
    Deployment {
        id: text(deployment.id()),
        status: text(deployment.status()),
        task_definition: text(deployment.task_definition()),
        desired: count(deployment.desired_count()),
        running: count(deployment.running_count()),
        pending: count(deployment.pending_count()),
        failed: count(deployment.failed_tasks()),
        rollout_state: deployment.rollout_state().map(|state| state.as_str().to_owned()),
        rollout_reason: maybe_text(deployment.rollout_state_reason()).map(|reason| redact(&reason)),
        created_at: maybe_time(deployment.created_at()),
        updated_at: maybe_time(deployment.updated_at()),
        network: deployment.network_configuration().and_then(network),
    }
}

fn event(event: &types::ServiceEvent) -> Option<ServiceEvent> {
    Some(ServiceEvent {
        at: maybe_time(event.created_at())?,
        message: redact(event.message().unwrap_or_default()),
    })
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::DateTime;

    use super::*;

    #[test]
    fn a_service_keeps_what_the_rules_read() {
        let awsvpc = types::AwsVpcConfiguration::builder()
            .subnets("subnet-1")
            .assign_public_ip(types::AssignPublicIp::Enabled)
            .build()
            .unwrap();
        let network = types::NetworkConfiguration::builder()
            .awsvpc_configuration(awsvpc)
            .build();
        let at = |seconds| DateTime::from_secs(seconds);
        let deployment = |id: &str, seconds| {
            types::Deployment::builder()
                .id(id)
                .created_at(at(seconds))
                .failed_tasks(3)
                .rollout_state(types::DeploymentRolloutState::Failed)
                .build()
        };
        let event = |text: &str, seconds| {
            types::ServiceEvent::builder()
                .message(text)
                .created_at(at(seconds))
                .build()
        };
        let service = types::Service::builder()
            .service_name("payments")
            .desired_count(2)
            .running_count(-1)
            .network_configuration(network)
            .deployments(deployment("ecs-svc/1", 10))
            .deployments(deployment("ecs-svc/2", 20))
            .events(event("older", 10))
            .events(event("get https://x.example/a?X-Amz-Signature=abc failed", 20))
            .build();
        let converted = convert(&service);
        assert_eq!((converted.desired, converted.running), (2, 0));
        assert_eq!(converted.deployment_controller, "ECS");
        assert!(converted.network.unwrap().assign_public_ip);
        let ids: Vec<_> = converted
            .deployments
            .iter()
            .map(|item| item.id.as_str())
            .collect();
        assert_eq!(ids, ["ecs-svc/2", "ecs-svc/1"]);
        assert_eq!(converted.deployments[0].rollout_state.as_deref(), Some("FAILED"));
        assert!(!converted.events[0].message.contains("abc"));
    }
}
