//! Where the puller is, what an address is, and what the paths say together.

use super::super::testing::*;
use super::super::*;
use crate::evidence::changes::Change;
use crate::evidence::ecs::{
    AwsvpcConfiguration, ContainerDefinition, ContainerInstance, Deployment, Ec2Instance, LogConfiguration,
    Service, Task, TaskDefinition,
};
use crate::evidence::network::{NetworkEvidence, RouteTarget};
use crate::evidence::{Evidence, Target, TargetKind};
use crate::observed::{Listing, Observed, Outcome};

const IMAGE: &str = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/app:1";

fn configuration(subnets: &[&str], public: bool) -> AwsvpcConfiguration {
    AwsvpcConfiguration {
        subnets: subnets.iter().map(|id| (*id).to_owned()).collect(),
        security_groups: vec!["sg-task".to_owned()],
        assign_public_ip: public,
    }
}

fn service() -> Service {
    Service {
        arn: "arn:aws:ecs:eu-west-1:111122223333:service/prod/app".to_owned(),
        name: "app".to_owned(),
        status: "ACTIVE".to_owned(),
        desired: 2,
        running: 0,
        pending: 0,
        task_definition: "arn:aws:ecs:eu-west-1:111122223333:task-definition/app:7".to_owned(),
        launch_type: Some("FARGATE".to_owned()),
        capacity_providers: vec![],
        platform_version: Some("LATEST".to_owned()),
        deployment_controller: "ECS".to_owned(),
        circuit_breaker: None,
        network: Some(configuration(&["subnet-a", "subnet-b"], false)),
        deployments: vec![Deployment {
            id: "ecs-svc/1".to_owned(),
            status: "PRIMARY".to_owned(),
            task_definition: "app:7".to_owned(),
            desired: 2,
            running: 0,
            pending: 0,
            failed: 2,
            rollout_state: None,
            rollout_reason: None,
            created_at: None,
            updated_at: None,
            network: Some(configuration(&["subnet-public"], true)),
        }],
        events: vec![],
        tags: vec![],
    }
}

fn stopped(id: &str, subnet: Option<&str>) -> Task {
    Task {
        arn: format!("arn:aws:ecs:eu-west-1:111122223333:task/prod/{id}"),
        task_definition: "arn:aws:ecs:eu-west-1:111122223333:task-definition/app:7".to_owned(),
        group: Some("service:app".to_owned()),
        started_by: None,
        last_status: "STOPPED".to_owned(),
        desired_status: "STOPPED".to_owned(),
        launch_type: Some("FARGATE".to_owned()),
        capacity_provider: None,
        platform_version: Some("1.4.0".to_owned()),
        container_instance: None,
        availability_zone: None,
        stop_code: None,
        stopped_reason: None,
        created_at: None,
        started_at: None,
        stopping_at: None,
        stopped_at: None,
        pull_started_at: None,
        pull_stopped_at: None,
        subnet: subnet.map(str::to_owned),
        network_interface: None,
        private_ip: Some("10.0.1.7".to_owned()),
        execution_role_override: None,
        cpu_architecture: None,
        ephemeral_storage_gib: None,
        containers: vec![],
    }
}

fn definition() -> TaskDefinition {
    TaskDefinition {
        arn: "arn:aws:ecs:eu-west-1:111122223333:task-definition/app:7".to_owned(),
        family: "app".to_owned(),
        revision: 7,
        status: "ACTIVE".to_owned(),
        execution_role: None,
        task_role: None,
        network_mode: Some("awsvpc".to_owned()),
        requires_compatibilities: vec!["FARGATE".to_owned()],
        requires_attributes: vec![],
        os_family: Some("LINUX".to_owned()),
        cpu_architecture: None,
        ephemeral_storage_gib: None,
        registered_at: None,
        registered_by: None,
        containers: vec![ContainerDefinition {
            name: "app".to_owned(),
            image: IMAGE.to_owned(),
            essential: true,
            credentials_parameter: None,
            log: Some(LogConfiguration {
                driver: "awslogs".to_owned(),
                group: None,
                region: None,
                create_group: false,
            }),
            secret_sources: vec!["arn:aws:ssm:eu-west-1:111122223333:parameter/app/key".to_owned()],
        }],
        tags: vec![],
    }
}

fn unread<T>() -> Observed<T> {
    Observed::not_collected(seen("c", ()).source, jiff::Timestamp::UNIX_EPOCH, "not needed")
}

fn evidence(tasks: Vec<Task>, network: NetworkEvidence) -> Evidence {
    Evidence {
        version: 1,
        observed_at: jiff::Timestamp::UNIX_EPOCH,
        target: Target {
            account: Some(ACCOUNT.to_owned()),
            region: REGION.to_owned(),
            partition: "aws".to_owned(),
            cluster: "prod".to_owned(),
            asked: "app".to_owned(),
            kind: TargetKind::Service,
            service: Some("app".to_owned()),
            task: None,
            task_definition: None,
        },
        cluster: unread(),
        cluster_names: seen("ListClusters", Listing::complete(vec![])),
        service_names: seen("ListServices", Listing::complete(vec![])),
        service: seen("DescribeServices", service()),
        tasks: seen("DescribeTasks", Listing::complete(tasks)),
        siblings: seen("DescribeTasks", Listing::complete(vec![])),
        instances: vec![],
        task_definitions: vec![{
            let mut observed = seen("DescribeTaskDefinition", definition());
            observed.source.resource = definition().arn;
            observed
        }],
        images: vec![],
        roles: vec![],
        secrets: vec![],
        keys: vec![],
        organization: unread(),
        simulation: unread(),
        network,
        changes: vec![],
        logs: seen("FilterLogEvents", Listing::complete(vec![])),
        pull_counts: vec![],
        health: seen("DescribeEvents", Listing::complete(vec![])),
        preflight: None,
    }
}

fn found(evidence: &Evidence) -> Vec<(String, PublicIp, Option<String>, usize)> {
    places(evidence)
        .known
        .into_iter()
        .map(|place| {
            let address = place.address.map(|address| address.to_string());
            (place.subnet, place.public_ip, address, place.failed.len())
        })
        .collect()
}

#[test]
fn a_failed_task_of_fargate_tells_its_subnet_and_its_deployment_the_rest() {
    let mut task = stopped("t1", Some("subnet-a"));
    let old = evidence(vec![task.clone()], isolated());
    let at = |subnet: &str, public, address: Option<&str>, failed| {
        (subnet.to_owned(), public, address.map(str::to_owned), failed)
    };
    // The subnet that failed comes first, then those that are configured.
    assert_eq!(
        found(&old),
        [
            at("subnet-a", PublicIp::No, Some("10.0.1.7"), 1),
            at("subnet-b", PublicIp::No, None, 0),
        ]
    );
    task.started_by = Some("ecs-svc/1".to_owned());
    assert_eq!(
        found(&evidence(vec![task.clone()], isolated()))[0].1,
        PublicIp::Yes
    );
    // Two tasks in one subnet: their addresses differ, and neither stands for the other.
    let mut second = stopped("t2", Some("subnet-a"));
    second.private_ip = Some("10.0.1.8".to_owned());
    let both = evidence(vec![stopped("t1", Some("subnet-a")), second], isolated());
    assert_eq!(found(&both)[0], at("subnet-a", PublicIp::No, None, 2));
    // Without a subnet, those that are configured must do.
    let nowhere = evidence(vec![stopped("t1", None)], isolated());
    assert_eq!(found(&nowhere).len(), 2);
}

#[test]
fn a_task_of_no_service_is_known_by_its_recorded_call_or_not_at_all() {
    let mut task = stopped("t1", Some("subnet-a"));
    task.group = Some("family:app".to_owned());
    let mut evidence = evidence(vec![task.clone()], isolated());
    evidence.service.outcome = Outcome::Absent;
    let place = places(&evidence).known.remove(0);
    assert_eq!(
        (place.security_groups, place.public_ip),
        (None, PublicIp::Unknown)
    );
    evidence.changes = vec![seen(
        "LookupEvents",
        Listing::complete(vec![Change {
            id: "e1".to_owned(),
            at: jiff::Timestamp::UNIX_EPOCH,
            name: "RunTask".to_owned(),
            event_source: "ecs.amazonaws.com".to_owned(),
            actor: None,
            actor_arn: None,
            error_code: None,
            error_message: None,
            resources: vec![],
            request: serde_json::json!({"networkConfiguration": {"awsvpcConfiguration": {
                "subnets": ["subnet-a"], "securityGroups": ["sg-task"], "assignPublicIp": "ENABLED"}}}),
            response: serde_json::json!({"tasks": [{"taskArn": task.arn}]}),
        }]),
    )];
    let place = places(&evidence).known.remove(0);
    assert_eq!(
        (place.security_groups, place.public_ip),
        (Some(vec!["sg-task".to_owned()]), PublicIp::Yes)
    );
}

#[test]
fn on_ec2_the_host_pulls() {
    let mut task = stopped("t1", Some("subnet-a"));
    task.launch_type = Some("EC2".to_owned());
    task.platform_version = None;
    task.container_instance =
        Some("arn:aws:ecs:eu-west-1:111122223333:container-instance/prod/c1".to_owned());
    let mut evidence = evidence(vec![task], isolated());
    let missing = places(&evidence).missing;
    assert_eq!(missing[0].what, "container instance c1");
    evidence.instances = vec![seen(
        "DescribeContainerInstances",
        ContainerInstance {
            arn: "arn:aws:ecs:eu-west-1:111122223333:container-instance/prod/c1".to_owned(),
            instance_id: Some("i-1".to_owned()),
            status: "ACTIVE".to_owned(),
            agent_connected: true,
            agent_version: None,
            cpu_architecture: None,
            os_type: None,
            attributes: vec![],
            profile_role: unread(),
            ec2: seen(
                "DescribeInstances",
                Ec2Instance {
                    id: "i-1".to_owned(),
                    instance_profile: None,
                    role: None,
                    subnet: Some("subnet-public".to_owned()),
                    vpc: Some("vpc-1".to_owned()),
                    security_groups: vec!["sg-task".to_owned()],
                    public_ip: true,
                    private_ip: Some("10.0.100.9".to_owned()),
                },
            ),
        },
    )];
    let place = places(&evidence).known.remove(0);
    assert_eq!(
        (place.subnet.as_str(), place.kind, place.public_ip),
        ("subnet-public", PlaceKind::Instance, PublicIp::Yes)
    );
}

#[test]
fn the_summary_says_whether_the_subnets_agree() {
    let mut network = with_nat();
    // Only one of the two subnets has the way out.
    let tables = items(&mut network.route_tables);
    for table in tables {
        table.subnets.retain(|subnet| subnet != "subnet-a");
    }
    let subnet_b = items(&mut network.other_subnets).remove(0);
    items(&mut network.subnets).push(subnet_b);
    let analysis = analyse(&evidence(vec![stopped("t1", Some("subnet-a"))], network), &[]);
    let told: Vec<String> = analysis
        .summary
        .iter()
        .map(|need| format!("{} for {}: {:?}", need.need, need.by.join(", "), need.agreement))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
        ECR API (api.ecr.eu-west-1.amazonaws.com) for app: Differs { broken: ["subnet-a"], open: ["subnet-b"], unknown: [] }
        ECR registry (111122223333.dkr.ecr.eu-west-1.amazonaws.com) for app: Differs { broken: ["subnet-a"], open: ["subnet-b"], unknown: [] }
        layer store (prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com) for app: Differs { broken: ["subnet-a"], open: ["subnet-b"], unknown: [] }
        Systems Manager (ssm.eu-west-1.amazonaws.com) for app: Differs { broken: ["subnet-a"], open: ["subnet-b"], unknown: [] }
        CloudWatch Logs (logs.eu-west-1.amazonaws.com) for app: Differs { broken: ["subnet-a"], open: ["subnet-b"], unknown: [] }
        "#);
    let telling = analysis.telling(&analysis.summary[0]).unwrap();
    assert_eq!(telling.place.subnet, "subnet-a");
    assert!(telling.broken_hop().is_some());
    assert!(!telling.proof.is_empty());
    assert!(analysis.path("subnet-b", &s3()).is_some());
}

#[test]
fn an_old_platform_fetches_token_and_secrets_elsewhere() {
    let needs = |version: &str, kind, os: &str| -> Vec<String> {
        let mut definition = definition();
        definition.os_family = Some(os.to_owned());
        let puller = Puller {
            kind,
            platform_version: Some(version),
            region: REGION,
        };
        needs_of(&definition, puller)
            .iter()
            .map(|needed| needed.need.to_string().split(" (").next().unwrap().to_owned())
            .collect()
    };
    let all = [
        "ECR API",
        "ECR registry",
        "layer store",
        "Systems Manager",
        "CloudWatch Logs",
    ];
    let old = ["ECR registry", "layer store", "CloudWatch Logs"];
    assert_eq!(needs("1.4.0", PlaceKind::TaskEni, "LINUX"), all);
    assert_eq!(needs("LATEST", PlaceKind::TaskEni, "LINUX"), all);
    assert_eq!(needs("1.3.0", PlaceKind::TaskEni, "LINUX"), old);
    assert_eq!(
        needs("1.0.0", PlaceKind::TaskEni, "WINDOWS_SERVER_2022_CORE"),
        all
    );
    assert_eq!(needs("1.3.0", PlaceKind::Instance, "LINUX"), all);
}

#[test]
fn an_address_tells_which_way_the_pull_took() {
    let net = with_endpoints();
    for (address, kind) in [
        ("10.0.2.10", AddressKind::EndpointInterface("vpce-api".to_owned())),
        ("10.0.2.99", AddressKind::InVpc),
        ("10.9.0.1", AddressKind::Private),
        ("100.64.0.1", AddressKind::Private),
        ("fd00::1", AddressKind::Private),
        ("54.239.0.9", AddressKind::Public),
        ("2600:1f18::1", AddressKind::Public),
    ] {
        assert_eq!(address_kind(&net, address.parse().unwrap()), kind, "{address}");
    }
}

#[test]
fn with_an_address_dns_is_behind_it() {
    let outcome = |net: &NetworkEvidence, address: &str| {
        path_to(net, &task(), &api(), address.parse().unwrap()).outcome
    };
    assert_eq!(outcome(&with_endpoints(), "10.0.2.10"), PathOutcome::Open);
    // A public address shows that no endpoint took the name over, whoever's it is and whatever is not read.
    let mut shared = isolated();
    items(&mut shared.subnets)[0].owner = "444455556666".to_owned();
    deny(&mut shared.endpoints);
    assert!(matches!(
        outcome(&shared, "54.239.0.9"),
        PathOutcome::Broken(Break::NoRoute { .. })
    ));
    // One address, one route: what is unclear by name is not by address.
    let mut net = with_nat();
    let mut gone = to("52.0.0.0/8", RouteTarget::Peering("pcx-1".to_owned()));
    gone.blackhole = true;
    routes(&mut net, "rtb-private").push(gone);
    assert!(matches!(
        outcome(&net, "52.95.1.1"),
        PathOutcome::Broken(Break::Blackhole { .. })
    ));
    assert_eq!(outcome(&net, "54.239.0.9"), PathOutcome::Open);
    // A private address is nothing that the internet leads to.
    assert!(matches!(outcome(&net, "10.9.0.1"), PathOutcome::Unknown(_)));
}
