//! Before anything has failed: what is promised, what is refused, and what is left open.

use diagnosis::evidence::Evidence;
use diagnosis::evidence::ecs::{AwsvpcConfiguration, ContainerInstance, Ec2Instance};
use diagnosis::evidence::image::Platforms;
use diagnosis::evidence::network::{
    BlockPublicAccess, Destination, DhcpOptions, InternetGateway, NetworkAcl, NetworkAclEntry,
    NetworkEvidence, Route, RouteTable, RouteTarget, SecurityGroup, SecurityGroupRule, Subnet, Vpc,
};
use diagnosis::evidence::preflight::Preflight;
use diagnosis::report::{CheckStatus, Outcome};
use diagnosis::{Listing, Observed, Report, TargetKind};
use serde_json::json;

use crate::world::{absent, change, denied, failed_task, healthy, report, role_with, seen, unread};

const SINGLE: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// A task of the healthy world that is to be started: on Fargate, in two public subnets, with a public address.
fn ahead() -> Evidence {
    let mut evidence = healthy();
    evidence.target.kind = TargetKind::TaskDefinition;
    evidence.target.asked = "cart:8".to_owned();
    evidence.target.task_definition = Some("cart:8".to_owned());
    evidence.tasks = unread();
    evidence.siblings = unread();
    evidence.network = public_vpc();
    evidence.organization = absent("organizations:ListPoliciesForTarget", "444455556666");
    change(&mut evidence.service, |service| {
        service.network = Some(AwsvpcConfiguration {
            subnets: vec!["subnet-a".to_owned(), "subnet-b".to_owned()],
            security_groups: vec!["sg-app".to_owned()],
            assign_public_ip: true,
        });
    });
    let ecr = evidence.images[0].ecr.as_mut().unwrap();
    ecr.registry_policy = absent("ecr:GetRegistryPolicy", "444455556666");
    change(&mut ecr.image, |image| {
        image.manifest_media_type = Some(SINGLE.to_owned());
    });
    evidence.preflight = Some(Preflight {
        launch_type: Some("FARGATE".to_owned()),
        network: None,
        found_service: true,
        container_instances: unread(),
        newest: unread(),
        families: unread(),
    });
    evidence
}

fn preflight(evidence: &mut Evidence) -> &mut Preflight {
    evidence.preflight.as_mut().unwrap()
}

fn everything() -> Destination {
    Destination::Cidr("0.0.0.0/0".parse().unwrap())
}

fn public_vpc() -> NetworkEvidence {
    let subnet = |id: &str, cidr: &str| Subnet {
        id: id.to_owned(),
        vpc: "vpc-1".to_owned(),
        owner: "444455556666".to_owned(),
        availability_zone: "eu-central-1a".to_owned(),
        cidrs: vec![cidr.parse().unwrap()],
        ipv6_only: false,
        maps_public_ip: true,
        name: None,
    };
    let route = |destination: Destination, target: RouteTarget| Route {
        destination,
        target,
        blackhole: false,
    };
    let table = RouteTable {
        id: "rtb-public".to_owned(),
        main: true,
        subnets: vec!["subnet-a".to_owned(), "subnet-b".to_owned()],
        routes: vec![
            route(
                Destination::Cidr("10.0.0.0/16".parse().unwrap()),
                RouteTarget::Local,
            ),
            route(everything(), RouteTarget::InternetGateway("igw-1".to_owned())),
        ],
    };
    let acl = NetworkAcl {
        id: "acl-1".to_owned(),
        default: true,
        subnets: vec!["subnet-a".to_owned(), "subnet-b".to_owned()],
        entries: [true, false]
            .map(|egress| NetworkAclEntry {
                number: 100,
                egress,
                allow: true,
                protocol: "-1".to_owned(),
                cidr: "0.0.0.0/0".parse().ok(),
                from_port: None,
                to_port: None,
            })
            .into(),
    };
    let group = SecurityGroup {
        id: "sg-app".to_owned(),
        name: "app".to_owned(),
        ingress: Vec::new(),
        egress: vec![SecurityGroupRule {
            protocol: "-1".to_owned(),
            from_port: None,
            to_port: None,
            peers: vec![everything()],
        }],
    };
    NetworkEvidence {
        subnets: all(
            "ec2:DescribeSubnets",
            vec![
                subnet("subnet-a", "10.0.1.0/24"),
                subnet("subnet-b", "10.0.2.0/24"),
            ],
        ),
        vpc: seen(
            "ec2:DescribeVpcs",
            "vpc-1",
            Vpc {
                id: "vpc-1".to_owned(),
                owner: "444455556666".to_owned(),
                cidrs: vec!["10.0.0.0/16".parse().unwrap()],
                dhcp_options: Some("dopt-1".to_owned()),
            },
        ),
        dns_support: seen("ec2:DescribeVpcAttribute", "vpc-1", true),
        dns_hostnames: seen("ec2:DescribeVpcAttribute", "vpc-1", true),
        dhcp_options: seen(
            "ec2:DescribeDhcpOptions",
            "dopt-1",
            DhcpOptions {
                id: "dopt-1".to_owned(),
                name_servers: vec!["AmazonProvidedDNS".to_owned()],
            },
        ),
        route_tables: all("ec2:DescribeRouteTables", vec![table]),
        endpoints: all("ec2:DescribeVpcEndpoints", Vec::new()),
        security_groups: all("ec2:DescribeSecurityGroups", vec![group]),
        network_acls: all("ec2:DescribeNetworkAcls", vec![acl]),
        nat_gateways: all("ec2:DescribeNatGateways", Vec::new()),
        other_subnets: unread(),
        internet_gateways: all(
            "ec2:DescribeInternetGateways",
            vec![InternetGateway {
                id: "igw-1".to_owned(),
                vpcs: vec!["vpc-1".to_owned()],
            }],
        ),
        prefix_lists: unread(),
        endpoint_addresses: all("ec2:DescribeNetworkInterfaces", Vec::new()),
        block_public_access: seen(
            "ec2:DescribeVpcBlockPublicAccessOptions",
            "vpc-1",
            BlockPublicAccess {
                internet_gateway_mode: "off".to_owned(),
                exclusions: Vec::new(),
            },
        ),
        hosted_zones: all("route53:ListHostedZonesByVPC", Vec::new()),
        dns_firewall: all("route53resolver:ListFirewallRules", Vec::new()),
        nat_port_errors: unread(),
    }
}

fn all<T>(call: &str, items: Vec<T>) -> Observed<Listing<T>> {
    seen(call, "vpc-1", Listing::complete(items))
}

/// Takes subnet-b's way out: its table has no route but the VPC's own.
fn isolate_b(evidence: &mut Evidence) {
    change(&mut evidence.network.route_tables, |tables| {
        let mut own = tables.items[0].clone();
        tables.items[0].subnets = vec!["subnet-a".to_owned()];
        own.id = "rtb-isolated".to_owned();
        own.main = false;
        own.subnets = vec!["subnet-b".to_owned()];
        own.routes.truncate(1);
        tables.items.push(own);
    });
}

fn without_tag(evidence: &mut Evidence) {
    let ecr = evidence.images[0].ecr.as_mut().unwrap();
    ecr.image = absent("ecr:DescribeImages", "shop/cart");
    change(&mut ecr.images, |images| {
        images.items.retain(|image| image.tags != ["2.0.1"]);
    });
}

fn as_index(evidence: &mut Evidence, platforms: Option<&[&str]>) {
    let ecr = evidence.images[0].ecr.as_mut().unwrap();
    change(&mut ecr.image, |image| {
        image.manifest_media_type = Some(INDEX.to_owned());
    });
    let Some(platforms) = platforms else { return };
    let child = ecr.image.value().unwrap().clone();
    ecr.children = vec![seen("ecr:DescribeImages", "shop/cart@sha256:c0", child)];
    ecr.platforms = seen(
        "ecr:BatchGetImage",
        "shop/cart",
        Platforms {
            media_type: INDEX.to_owned(),
            index: true,
            platforms: platforms
                .iter()
                .map(|architecture| diagnosis::evidence::image::Platform {
                    os: "linux".to_owned(),
                    architecture: (*architecture).to_owned(),
                    variant: None,
                    os_version: None,
                    digest: Some("sha256:c0".to_owned()),
                })
                .collect(),
        },
    );
}

/// What could not be told, as the report says it.
fn missing(report: &Report) -> String {
    let missing = report.unknown.iter().flat_map(|unknown| &unknown.missing);
    missing
        .map(|missing| format!("{}: {}", missing.what, missing.why))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn what_was_looked_at_and_is_in_place_is_promised() {
    let report = report(&ahead());
    assert_eq!(report.outcome, Outcome::WouldPull, "{}", missing(&report));
    insta::assert_snapshot!(report.headline, @"shop/cart:8 would pull its image from subnet-a, subnet-b: it exists, role shop-pull may pull, and every host can be reached");
    assert!(report.causes.is_empty() && report.remedies.is_empty() && report.failures.is_empty());
    insta::assert_snapshot!(report.checks[6].detail, @"open to api.ecr.eu-central-1.amazonaws.com, 444455556666.dkr.ecr.eu-central-1.amazonaws.com, prod-eu-central-1-starport-layer-bucket.s3.eu-central-1.amazonaws.com; with the network of service cart, the only one of the cluster that runs cart");
    assert!(
        report.checks[4]
            .detail
            .ends_with("; which platforms shop/cart is made for was not read")
    );
}

#[test]
fn what_is_proved_to_be_broken_would_fail() {
    type Break = fn(&mut Evidence);
    let cases: [(&str, Break, &str); 7] = [
        (
            "tag_not_found",
            without_tag,
            "shop/cart:8 would not pull its image: tag 2.0.1 does not exist",
        ),
        (
            "auth_token_denied",
            |evidence| {
                evidence.roles = vec![role_with(&json!({ "Version": "2012-10-17", "Statement": [
                    { "Effect": "Allow", "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], "Resource": "*" },
                ]}))];
            },
            "shop/cart:8 would not pull its image: role shop-pull may not get an ECR token",
        ),
        (
            "no_route_to_registry",
            isolate_b,
            "shop/cart:8 would not pull its image from 1 of 2 subnets: ",
        ),
        (
            "public_subnet_without_public_ip",
            |evidence| {
                change(&mut evidence.service, |service| {
                    service.network.as_mut().unwrap().assign_public_ip = false;
                });
            },
            "shop/cart:8 would not pull its image: ",
        ),
        (
            "task_definition_inactive",
            |evidence| {
                change(&mut evidence.task_definitions[0], |definition| {
                    definition.status = "INACTIVE".to_owned();
                });
            },
            "shop/cart:8 would not start: task definition cart:8 is INACTIVE",
        ),
        (
            "platform_mismatch",
            |evidence| as_index(evidence, Some(&["arm64"])),
            "shop/cart:8 would not pull its image: ",
        ),
        (
            "execution_role_missing",
            |evidence| {
                change(&mut evidence.task_definitions[0], |definition| {
                    definition.execution_role = None;
                });
            },
            "shop/cart:8 would not pull its image: cart:8 names no execution role",
        ),
    ];
    for (cause, break_it, headline) in cases {
        let mut evidence = ahead();
        break_it(&mut evidence);
        let report = report(&evidence);
        assert_eq!(report.outcome, Outcome::WouldFail, "{cause}");
        assert_eq!(report.causes[0].cause.code(), cause);
        assert!(
            report.headline.starts_with(headline),
            "{cause}: {}",
            report.headline
        );
        assert!(
            report.remedies.iter().all(|remedy| remedy.action.is_none()),
            "{cause}: a gate applies nothing"
        );
    }
}

#[test]
fn what_could_not_be_looked_at_is_neither_promised_nor_refused() {
    type Hide = fn(&mut Evidence);
    let cases: [(&str, Hide, &str); 12] = [
        (
            "a role's policies",
            |evidence| evidence.roles[0].inline = vec![denied("iam:GetRolePolicy", "pull")],
            "iam:GetRolePolicy",
        ),
        (
            "the image",
            |evidence| {
                evidence.images[0].ecr.as_mut().unwrap().image = denied("ecr:DescribeImages", "shop/cart");
            },
            "ecr:DescribeImages",
        ),
        (
            "the encryption",
            |evidence| {
                evidence.images[0].ecr.as_mut().unwrap().repository =
                    denied("ecr:DescribeRepositories", "shop/cart");
            },
            "ecr:DescribeRepositories",
        ),
        (
            "route tables",
            |evidence| evidence.network.route_tables = denied("ec2:DescribeRouteTables", "vpc-1"),
            "ec2:DescribeRouteTables",
        ),
        (
            "private zones",
            |evidence| evidence.network.hosted_zones = denied("route53:ListHostedZonesByVPC", "vpc-1"),
            "route53:ListHostedZonesByVPC",
        ),
        (
            "the organization, where no simulation was had",
            |evidence| evidence.organization = denied("organizations:ListPoliciesForTarget", "444455556666"),
            "organizations:ListPoliciesForTarget",
        ),
        (
            "the registry's policy",
            |evidence| {
                evidence.images[0].ecr.as_mut().unwrap().registry_policy =
                    denied("ecr:GetRegistryPolicy", "444455556666");
            },
            "ecr:GetRegistryPolicy",
        ),
        (
            "an index, for which platform it is",
            |evidence| as_index(evidence, None),
            "platforms of image",
        ),
        (
            "the network",
            |evidence| {
                evidence.service = unread();
                evidence.network.subnets = unread();
            },
            "network configuration of the service",
        ),
        (
            "what the task would run on",
            |evidence| preflight(evidence).launch_type = None,
            "what the tasks run on",
        ),
        (
            "a machine outside AWS",
            |evidence| preflight(evidence).launch_type = Some("EXTERNAL".to_owned()),
            "it is outside AWS",
        ),
        (
            "the definition",
            |evidence| evidence.task_definitions = vec![denied("ecs:DescribeTaskDefinition", "cart:8")],
            "ecs:DescribeTaskDefinition",
        ),
    ];
    for (what, hide, expected) in cases {
        let mut evidence = ahead();
        hide(&mut evidence);
        let report = report(&evidence);
        assert_eq!(
            report.outcome,
            Outcome::Inconclusive,
            "{what}: {}",
            report.headline
        );
        assert!(
            missing(&report).contains(expected),
            "{what}: `{expected}` is not said to be missing:\n{}",
            missing(&report)
        );
        assert!(
            report.headline.starts_with("whether shop/cart:8 would pull "),
            "{}",
            report.headline
        );
    }
}

#[test]
fn an_unread_network_hides_no_proof() {
    let mut evidence = ahead();
    without_tag(&mut evidence);
    evidence.service = unread();
    assert_eq!(report(&evidence).outcome, Outcome::WouldFail);
}

#[test]
fn a_missing_image_fails_though_what_became_of_it_is_not_known() {
    let mut evidence = ahead();
    without_tag(&mut evidence);
    evidence.changes = vec![denied("cloudtrail:LookupEvents", "BatchDeleteImage")];
    let missing = report(&evidence);
    assert_eq!(missing.outcome, Outcome::WouldFail);
    // A pull-through cache may fetch what is not there.
    evidence.images[0].ecr.as_mut().unwrap().cache_rules =
        denied("ecr:DescribePullThroughCacheRules", "444455556666");
    assert_eq!(report(&evidence).outcome, Outcome::Inconclusive);
}

#[test]
fn an_image_of_another_registry_is_not_promised_and_a_broken_way_to_it_is_told() {
    let mut evidence = ahead();
    let nginx = "public.ecr.aws/nginx/nginx:1";
    change(&mut evidence.task_definitions[0], |definition| {
        definition.containers[0].image = nginx.to_owned();
    });
    evidence.images[0].reference = nginx.to_owned();
    evidence.images[0].ecr = None;
    let open = report(&evidence);
    assert_eq!(open.outcome, Outcome::Inconclusive);
    insta::assert_snapshot!(open.headline, @"whether shop/cart:8 would pull its image cannot be told: could not check whether public.ecr.aws/nginx/nginx:1 exists at public.ecr.aws and may be pulled (only private ECR registries are asked)");
    isolate_b(&mut evidence);
    let broken = report(&evidence);
    assert_eq!(broken.outcome, Outcome::WouldFail);
    assert!(
        broken.headline.contains("from 1 of 2 subnets"),
        "{}",
        broken.headline
    );
}

#[test]
fn the_network_that_was_given_counts_in_place_of_the_services() {
    let mut evidence = ahead();
    isolate_b(&mut evidence);
    evidence.service = unread();
    let mut given = AwsvpcConfiguration {
        subnets: vec!["subnet-a".to_owned()],
        security_groups: vec!["sg-app".to_owned()],
        assign_public_ip: true,
    };
    preflight(&mut evidence).network = Some(given.clone());
    let open = report(&evidence);
    assert_eq!(open.outcome, Outcome::WouldPull, "{}", missing(&open));
    assert!(open.checks[6].detail.ends_with("that were given"));
    given.subnets = vec!["subnet-b".to_owned()];
    preflight(&mut evidence).network = Some(given);
    assert_eq!(report(&evidence).outcome, Outcome::WouldFail);
}

#[test]
fn what_failed_before_is_not_about_a_task_that_is_to_be_started() {
    let text =
        "CannotPullContainerError: failed to register layer: write /usr/lib/x: no space left on device";
    let mut evidence = ahead();
    evidence.tasks = seen(
        "ecs:DescribeTasks",
        "shop",
        Listing::complete(vec![failed_task("f1", text, 5)]),
    );
    let report = report(&evidence);
    assert_eq!(report.outcome, Outcome::WouldPull, "{}", missing(&report));
    assert!(report.failure.is_none());
}

#[test]
fn a_single_image_for_another_platform_is_pulled_and_told_not_to_start() {
    let mut evidence = ahead();
    as_index(&mut evidence, Some(&["arm64"]));
    change(&mut evidence.images[0].ecr.as_mut().unwrap().platforms, |read| {
        read.index = false;
    });
    let report = report(&evidence);
    assert_eq!(report.outcome, Outcome::WouldPull, "{}", missing(&report));
    let check = &report.checks[4];
    assert_eq!(check.status, CheckStatus::Problem);
    assert!(
        check.detail.ends_with(
            "; shop/cart is made for linux/arm64 (ECR records that this was read as a pull): it would be pulled, and not start on linux/amd64"
        ),
        "{}",
        check.detail
    );
}

#[test]
fn every_instance_on_which_the_task_may_be_placed_counts() {
    let instance = |id: &str, subnet: &str| {
        let ec2 = Ec2Instance {
            id: format!("i-{id}"),
            instance_profile: None,
            role: None,
            subnet: Some(subnet.to_owned()),
            vpc: Some("vpc-1".to_owned()),
            security_groups: vec!["sg-app".to_owned()],
            public_ip: true,
            private_ip: None,
        };
        let arn = format!("arn:aws:ecs:eu-central-1:444455556666:container-instance/shop/{id}");
        let instance = ContainerInstance {
            arn: arn.clone(),
            instance_id: Some(format!("i-{id}")),
            status: "ACTIVE".to_owned(),
            agent_connected: true,
            agent_version: None,
            cpu_architecture: Some("x86_64".to_owned()),
            os_type: Some("linux".to_owned()),
            attributes: Vec::new(),
            profile_role: unread(),
            ec2: seen("ec2:DescribeInstances", &format!("i-{id}"), ec2),
        };
        seen("ecs:DescribeContainerInstances", &arn, instance)
    };
    let mut evidence = ahead();
    evidence.instances = vec![instance("1", "subnet-a"), instance("2", "subnet-b")];
    let arns = |count: usize| {
        let arns = (1..=count)
            .map(|id| format!("arn:aws:ecs:eu-central-1:444455556666:container-instance/shop/{id}"));
        seen(
            "ecs:ListContainerInstances",
            "shop",
            Listing::complete(arns.collect()),
        )
    };
    preflight(&mut evidence).launch_type = Some("EC2".to_owned());
    preflight(&mut evidence).container_instances = arns(2);
    let both = report(&evidence);
    assert_eq!(both.outcome, Outcome::WouldPull, "{}", missing(&both));
    preflight(&mut evidence).container_instances = arns(3);
    let unseen = report(&evidence);
    assert_eq!(unseen.outcome, Outcome::Inconclusive);
    assert!(missing(&unseen).contains("1 of the cluster's 3 container instances"));
    isolate_b(&mut evidence);
    let broken = report(&evidence);
    assert_eq!(broken.outcome, Outcome::WouldFail);
    assert!(
        broken.headline.contains("from 1 of 2 subnets"),
        "{}",
        broken.headline
    );
    evidence.instances.clear();
    preflight(&mut evidence).container_instances = arns(0);
    assert_eq!(report(&evidence).outcome, Outcome::Inconclusive);
}

#[test]
fn what_does_not_exist_is_named_with_what_does() {
    let gone = |change_it: fn(&mut Evidence)| {
        let mut evidence = ahead();
        evidence.target.kind = TargetKind::NotFound;
        evidence.target.task_definition = None;
        change_it(&mut evidence);
        let report = report(&evidence);
        assert_eq!(report.outcome, Outcome::TargetNotFound);
        report.headline
    };
    insta::assert_snapshot!(gone(|evidence| {
        evidence.task_definitions = vec![absent("ecs:DescribeTaskDefinition", "cart:9")];
        evidence.target.asked = "cart:9".to_owned();
        preflight(evidence).newest = seen("ecs:DescribeTaskDefinition", "cart", "cart:8".to_owned());
    }), @"task definition cart:9 does not exist; the newest active revision is cart:8");
    insta::assert_snapshot!(gone(|evidence| {
        evidence.task_definitions = vec![absent("ecs:DescribeTaskDefinition", "crat")];
        evidence.target.asked = "crat".to_owned();
        let families = vec!["cart".to_owned(), "web".to_owned()];
        preflight(evidence).families =
            seen("ecs:ListTaskDefinitionFamilies", "", Listing::complete(families));
    }), @"task definition crat does not exist in 444455556666, eu-central-1; did you mean cart? (others: web)");
    insta::assert_snapshot!(gone(|evidence| {
        evidence.service = absent("ecs:DescribeServices", "shop/crat");
        evidence.target.service = Some("crat".to_owned());
        evidence.service_names = seen("ecs:ListServices", "shop", Listing::complete(vec!["cart".to_owned()]));
    }), @"service crat does not exist in cluster shop; did you mean cart?");
}

#[test]
fn a_saved_preflight_replays_to_the_same_report() {
    for evidence in [ahead(), {
        let mut evidence = ahead();
        isolate_b(&mut evidence);
        evidence
    }] {
        let text = |report: &Report| serde_json::to_string(report).unwrap();
        let again: Evidence = serde_json::from_str(&serde_json::to_string(&evidence).unwrap()).unwrap();
        assert_eq!(text(&report(&again)), text(&report(&evidence)));
    }
}
