//! A healthy world in a few lines, for a test to break.

use diagnosis::evidence::ecs::{
    AwsvpcConfiguration, Cluster, Container, ContainerDefinition, Deployment, Service, Task, TaskDefinition,
};
use diagnosis::evidence::image::{EcrEvidence, Image, ImageEvidence, Repository};
use diagnosis::evidence::network::NetworkEvidence;
use diagnosis::evidence::role::{NamedDocument, Role, RoleEvidence};
use diagnosis::evidence::{EVIDENCE_VERSION, Evidence, Target, TargetKind};
use diagnosis::{Listing, Observed, Options, Outcome, Report, Source, diagnose};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

pub(crate) const ACCOUNT: &str = "444455556666";
pub(crate) const REGION: &str = "eu-central-1";
pub(crate) const ROLE: &str = "arn:aws:iam::444455556666:role/shop-pull";
pub(crate) const IMAGE: &str = "444455556666.dkr.ecr.eu-central-1.amazonaws.com/shop/cart:2.0.1";
pub(crate) const DEFINITION: &str = "arn:aws:ecs:eu-central-1:444455556666:task-definition/cart:8";

pub(crate) fn report(evidence: &Evidence) -> Report {
    diagnose(evidence, &Options::default())
}

/// The causes as `code confidence effect`.
pub(crate) fn causes(report: &Report) -> Vec<String> {
    report
        .causes
        .iter()
        .map(|cause| format!("{} {:?} {:?}", cause.cause.code(), cause.confidence, cause.effect))
        .collect()
}

/// The tasks run on EC2, and their definition names no execution role: the instance pulls with its own.
pub(crate) fn on_ec2_without_a_role(evidence: &mut Evidence) {
    if let Outcome::Present(tasks) = &mut evidence.tasks.outcome {
        for task in &mut tasks.items {
            task.launch_type = Some("EC2".to_owned());
        }
    }
    if let Outcome::Present(definition) = &mut evidence.task_definitions[0].outcome {
        definition.execution_role = None;
        definition.requires_attributes.clear();
    }
}

/// Noon, the moment at which the diagnosis looks.
pub(crate) fn now() -> Timestamp {
    "2026-03-03T12:00:00Z".parse().unwrap()
}

/// So many minutes before noon.
pub(crate) fn minutes_ago(minutes: i64) -> Timestamp {
    now() - SignedDuration::from_mins(minutes)
}

pub(crate) fn source(call: &str, resource: &str) -> Source {
    Source {
        call: call.to_owned(),
        resource: resource.to_owned(),
        region: REGION.to_owned(),
        account: ACCOUNT.to_owned(),
    }
}

pub(crate) fn seen<T>(call: &str, resource: &str, value: T) -> Observed<T> {
    Observed::present(source(call, resource), now(), value)
}

pub(crate) fn absent<T>(call: &str, resource: &str) -> Observed<T> {
    Observed {
        source: source(call, resource),
        at: now(),
        outcome: Outcome::Absent,
    }
}

pub(crate) fn denied<T>(call: &str, resource: &str) -> Observed<T> {
    let outcome = Outcome::Denied {
        action: call.to_owned(),
        principal: None,
    };
    Observed {
        source: source(call, resource),
        at: now(),
        outcome,
    }
}

pub(crate) fn unread<T>() -> Observed<T> {
    Observed::not_collected(
        source("ec2:DescribeVpcs", "vpc-0"),
        now(),
        "not part of this test",
    )
}

/// A stopped task whose only container says `reason`.
pub(crate) fn failed_task(id: &str, reason: &str, minutes: i64) -> Task {
    Task {
        last_status: "STOPPED".to_owned(),
        desired_status: "STOPPED".to_owned(),
        stop_code: Some("TaskFailedToStart".to_owned()),
        stopped_reason: Some("Task failed to start".to_owned()),
        stopping_at: Some(minutes_ago(minutes)),
        stopped_at: Some(minutes_ago(minutes)),
        started_at: None,
        containers: vec![container(Some(reason))],
        ..running_task(id, minutes)
    }
}

pub(crate) fn running_task(id: &str, minutes: i64) -> Task {
    Task {
        arn: format!("arn:aws:ecs:{REGION}:{ACCOUNT}:task/shop/{id}"),
        task_definition: DEFINITION.to_owned(),
        group: Some("service:cart".to_owned()),
        started_by: None,
        last_status: "RUNNING".to_owned(),
        desired_status: "RUNNING".to_owned(),
        launch_type: Some("FARGATE".to_owned()),
        capacity_provider: None,
        platform_version: Some("1.4.0".to_owned()),
        container_instance: None,
        availability_zone: None,
        stop_code: None,
        stopped_reason: None,
        created_at: Some(minutes_ago(minutes + 1)),
        started_at: Some(minutes_ago(minutes)),
        stopping_at: None,
        stopped_at: None,
        pull_started_at: None,
        pull_stopped_at: None,
        subnet: Some("subnet-a".to_owned()),
        network_interface: None,
        private_ip: None,
        execution_role_override: None,
        cpu_architecture: None,
        ephemeral_storage_gib: Some(20),
        containers: vec![container(None)],
    }
}

fn container(reason: Option<&str>) -> Container {
    Container {
        name: "cart".to_owned(),
        image: Some(IMAGE.to_owned()),
        image_digest: None,
        last_status: None,
        reason: reason.map(str::to_owned),
        exit_code: None,
    }
}

/// A service whose two tasks run, with everything in its place; networks are not looked at.
pub(crate) fn healthy() -> Evidence {
    let deployment = Deployment {
        id: "ecs-svc/1".to_owned(),
        status: "PRIMARY".to_owned(),
        task_definition: DEFINITION.to_owned(),
        desired: 2,
        running: 2,
        pending: 0,
        failed: 0,
        rollout_state: Some("COMPLETED".to_owned()),
        rollout_reason: None,
        created_at: Some(minutes_ago(600)),
        updated_at: Some(minutes_ago(590)),
        network: None,
    };
    let service = Service {
        arn: format!("arn:aws:ecs:{REGION}:{ACCOUNT}:service/shop/cart"),
        name: "cart".to_owned(),
        status: "ACTIVE".to_owned(),
        desired: 2,
        running: 2,
        pending: 0,
        task_definition: DEFINITION.to_owned(),
        launch_type: Some("FARGATE".to_owned()),
        capacity_providers: Vec::new(),
        platform_version: None,
        deployment_controller: "ECS".to_owned(),
        circuit_breaker: None,
        network: Some(AwsvpcConfiguration {
            subnets: vec!["subnet-a".to_owned()],
            security_groups: Vec::new(),
            assign_public_ip: false,
        }),
        deployments: vec![deployment],
        events: Vec::new(),
        tags: Vec::new(),
    };
    Evidence {
        version: EVIDENCE_VERSION,
        observed_at: now(),
        target: Target {
            account: Some(ACCOUNT.to_owned()),
            region: REGION.to_owned(),
            partition: "aws".to_owned(),
            cluster: "shop".to_owned(),
            asked: "cart".to_owned(),
            kind: TargetKind::Service,
            service: Some("cart".to_owned()),
            task: None,
            task_definition: None,
        },
        cluster: seen(
            "ecs:DescribeClusters",
            "shop",
            Cluster {
                arn: "shop".to_owned(),
                name: "shop".to_owned(),
                status: "ACTIVE".to_owned(),
            },
        ),
        cluster_names: unread(),
        service_names: unread(),
        service: seen("ecs:DescribeServices", "shop/cart", service),
        tasks: seen(
            "ecs:DescribeTasks",
            "shop",
            Listing::complete(vec![running_task("r1", 590), running_task("r2", 590)]),
        ),
        siblings: seen("ecs:DescribeTasks", "shop", Listing::complete(Vec::new())),
        instances: Vec::new(),
        task_definitions: vec![seen("ecs:DescribeTaskDefinition", DEFINITION, definition())],
        images: vec![image()],
        roles: vec![role()],
        secrets: Vec::new(),
        keys: Vec::new(),
        organization: unread(),
        simulation: unread(),
        network: network(),
        changes: vec![seen("cloudtrail:LookupEvents", "", Listing::complete(Vec::new()))],
        logs: unread(),
        pull_counts: Vec::new(),
        health: unread(),
        preflight: None,
    }
}

pub(crate) fn definition() -> TaskDefinition {
    TaskDefinition {
        arn: DEFINITION.to_owned(),
        family: "cart".to_owned(),
        revision: 8,
        status: "ACTIVE".to_owned(),
        execution_role: Some(ROLE.to_owned()),
        task_role: None,
        network_mode: Some("awsvpc".to_owned()),
        requires_compatibilities: vec!["FARGATE".to_owned()],
        requires_attributes: vec!["ecs.capability.execution-role-ecr-pull".to_owned()],
        os_family: None,
        cpu_architecture: None,
        ephemeral_storage_gib: None,
        registered_at: None,
        registered_by: None,
        containers: vec![ContainerDefinition {
            name: "cart".to_owned(),
            image: IMAGE.to_owned(),
            essential: true,
            credentials_parameter: None,
            log: None,
            secret_sources: Vec::new(),
        }],
        tags: Vec::new(),
    }
}

pub(crate) fn image() -> ImageEvidence {
    let repository = "arn:aws:ecr:eu-central-1:444455556666:repository/shop/cart";
    let tagged = |tag: &str, minutes: i64| Image {
        digest: format!("sha256:{}", tag.replace('.', "a").repeat(8)),
        tags: vec![tag.to_owned()],
        pushed_at: Some(minutes_ago(minutes)),
        last_pulled_at: None,
        archived_at: None,
        size_bytes: Some(90_000_000),
        status: "ACTIVE".to_owned(),
        manifest_media_type: None,
        artifact_media_type: None,
    };
    ImageEvidence {
        reference: IMAGE.to_owned(),
        ecr: Some(EcrEvidence {
            registry: ACCOUNT.to_owned(),
            region: REGION.to_owned(),
            repository_name: "shop/cart".to_owned(),
            repository: seen(
                "ecr:DescribeRepositories",
                repository,
                Repository {
                    arn: repository.to_owned(),
                    uri: "444455556666.dkr.ecr.eu-central-1.amazonaws.com/shop/cart".to_owned(),
                    created_at: None,
                    tag_mutability: "MUTABLE".to_owned(),
                    scan_on_push: false,
                    encryption: "AES256".to_owned(),
                    kms_key: None,
                },
            ),
            repository_names: unread(),
            image: seen("ecr:DescribeImages", repository, tagged("2.0.1", 700)),
            pinned: Vec::new(),
            images: seen(
                "ecr:DescribeImages",
                repository,
                Listing::complete(vec![tagged("2.0.1", 700), tagged("2.0.0", 9000)]),
            ),
            policy: absent("ecr:GetRepositoryPolicy", repository),
            registry_policy: unread(),
            registry_policy_scope: unread(),
            lifecycle: absent("ecr:GetLifecyclePolicy", repository),
            platforms: unread(),
            elsewhere: Vec::new(),
            children: Vec::new(),
            layers: unread(),
            scan: unread(),
            cache_rules: seen(
                "ecr:DescribePullThroughCacheRules",
                ACCOUNT,
                Listing::complete(Vec::new()),
            ),
            cache_validation: unread(),
        }),
    }
}

/// The pulling role, which may do all that a pull takes.
pub(crate) fn role() -> RoleEvidence {
    let allow = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*" },
        { "Effect": "Allow", "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
          "Resource": "arn:aws:ecr:eu-central-1:444455556666:repository/shop/*" },
    ]});
    role_with(&allow)
}

/// The pulling role with this one inline policy.
pub(crate) fn role_with(document: &serde_json::Value) -> RoleEvidence {
    let policy = NamedDocument {
        name: "pull".to_owned(),
        document: document.clone(),
    };
    RoleEvidence {
        arn: ROLE.to_owned(),
        role: seen(
            "iam:GetRole",
            ROLE,
            Role {
                arn: ROLE.to_owned(),
                name: "shop-pull".to_owned(),
                id: "AROASHOP".to_owned(),
                trust: json!({ "Version": "2012-10-17", "Statement": [
                    { "Effect": "Allow", "Principal": { "Service": "ecs-tasks.amazonaws.com" },
                      "Action": "sts:AssumeRole" },
                ]}),
                boundary_arn: None,
            },
        ),
        inline_names: seen(
            "iam:ListRolePolicies",
            ROLE,
            Listing::complete(vec!["pull".to_owned()]),
        ),
        inline: vec![seen("iam:GetRolePolicy", "pull", policy)],
        attached_arns: seen(
            "iam:ListAttachedRolePolicies",
            ROLE,
            Listing::complete(Vec::new()),
        ),
        attached: Vec::new(),
        boundary: absent("iam:GetRole", ROLE),
    }
}

fn network() -> NetworkEvidence {
    NetworkEvidence {
        subnets: unread(),
        vpc: unread(),
        dns_support: unread(),
        dns_hostnames: unread(),
        dhcp_options: unread(),
        route_tables: unread(),
        endpoints: unread(),
        security_groups: unread(),
        network_acls: unread(),
        nat_gateways: unread(),
        other_subnets: unread(),
        internet_gateways: unread(),
        prefix_lists: unread(),
        endpoint_addresses: unread(),
        block_public_access: unread(),
        hosted_zones: unread(),
        dns_firewall: unread(),
        nat_port_errors: unread(),
    }
}

/// The world with tasks that failed with `reason`, five minutes ago and before, while none runs.
pub(crate) fn failing(reason: &str) -> Evidence {
    let mut evidence = healthy();
    let tasks = vec![failed_task("f1", reason, 5), failed_task("f2", reason, 7)];
    evidence.tasks = seen("ecs:DescribeTasks", "shop", Listing::complete(tasks));
    if let Outcome::Present(service) = &mut evidence.service.outcome {
        service.running = 0;
        for deployment in &mut service.deployments {
            deployment.running = 0;
            deployment.rollout_state = Some("IN_PROGRESS".to_owned());
        }
    }
    evidence
}

/// Changes what was seen.
pub(crate) fn change<T>(observed: &mut Observed<T>, change: impl FnOnce(&mut T)) {
    match &mut observed.outcome {
        Outcome::Present(value) => change(value),
        _ => panic!("nothing to change"),
    }
}
