//! Worlds to start from: the small ones, with all that a diagnosis may look at filled in, on any small network.

use diagnosis::evidence::Evidence;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::networks;
use crate::world::{ACCOUNT, IMAGE, REGION, ROLE, failing, healthy, minutes_ago, now};

/// What a task says, at least once for each stage of a pull.
pub(crate) const TEXTS: &[&str] = &[
    "CannotPullContainerError: pull image manifest has been retried 7 time(s): failed to resolve ref 444455556666.dkr.ecr.eu-central-1.amazonaws.com/shop/cart:2.0.1: 444455556666.dkr.ecr.eu-central-1.amazonaws.com/shop/cart:2.0.1: not found",
    "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref 444455556666.dkr.ecr.eu-central-1.amazonaws.com/shop/cart@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef: not found",
    "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref 444455556666.dkr.ecr.eu-central-1.amazonaws.com/shop/cart:2.0.1: pulling from host 444455556666.dkr.ecr.eu-central-1.amazonaws.com failed with status code [manifests 2.0.1]: 403 Forbidden",
    "ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve ecr registry auth: service call has been retried 1 time(s): AccessDeniedException: User: arn:aws:sts::444455556666:assumed-role/shop-pull/f1 is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no identity-based policy allows the ecr:GetAuthorizationToken action",
    "denied: User: arn:aws:sts::444455556666:assumed-role/shop-pull/f1 is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:eu-central-1:444455556666:repository/shop/cart with an explicit deny in a service control policy",
    "denied: User: arn:aws:sts::444455556666:assumed-role/shop-pull/f1 is not authorized to perform: ecr:GetDownloadUrlForLayer on resource: arn:aws:ecr:eu-central-1:444455556666:repository/shop/cart because no permissions boundary allows the ecr:GetDownloadUrlForLayer action",
    "denied: User: arn:aws:sts::444455556666:assumed-role/shop-pull/f1 is not authorized to perform: ecr:BatchImportUpstreamImage on resource: arn:aws:ecr:eu-central-1:444455556666:repository/docker-hub/library/nginx because no identity-based policy allows the ecr:BatchImportUpstreamImage action",
    "ECS was unable to assume the role 'arn:aws:iam::444455556666:role/shop-pull' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.",
    "CannotPullECRContainerError: NoCredentialProviders: no valid providers in chain. Deprecated.",
    "CannotPullContainerError: RepositoryNotFoundException: The repository with name 'shop/cart' does not exist in the registry with id '444455556666'",
    "CannotPullContainerError: invalid reference format: repository name must be lowercase",
    "CannotPullContainerError: pull image manifest has been retried 1 time(s): image Manifest does not contain descriptor matching platform 'linux/arm64'",
    "ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve ecr registry auth: service call has been retried 3 time(s): RequestError: send request failed caused by: Post \"https://api.ecr.eu-central-1.amazonaws.com/\": dial tcp 52.95.1.1:443: i/o timeout",
    "CannotPullContainerError: failed to do request: Head \"https://444455556666.dkr.ecr.eu-central-1.amazonaws.com/v2/shop/cart/manifests/2.0.1\": dial tcp 10.0.1.10:443: i/o timeout",
    "CannotPullContainerError: ref pull has been retried 5 time(s): failed to copy: httpReadSeeker: failed open: failed to do request: Get \"https://prod-eu-central-1-starport-layer-bucket.s3.eu-central-1.amazonaws.com/x\": dial tcp 52.218.1.1:443: i/o timeout",
    "ref pull has been retried 1 time(s): failed to copy: httpReadSeeker: failed open: unexpected status code https://prod-eu-central-1-starport-layer-bucket.s3.eu-central-1.amazonaws.com/x: 403 Forbidden",
    "failed to do request: Head \"https://444455556666.dkr.ecr.eu-central-1.amazonaws.com/v2/\": dial tcp: lookup 444455556666.dkr.ecr.eu-central-1.amazonaws.com on 10.0.0.2:53: no such host",
    "failed to do request: Head \"https://harbor.shop.example/v2/cart/manifests/1\": tls: failed to verify certificate: x509: certificate signed by unknown authority",
    "read tcp 10.0.1.7:41522->3.120.4.9:443: read: connection reset by peer",
    "proxyconnect tcp: dial tcp 10.9.9.9:3128: connect: connection refused",
    "CannotPullContainerError: toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit",
    "ThrottlingException: Rate exceeded",
    "CannotPullContainerError: unauthorized: authentication required for ghcr.io/shop/cart:1",
    "unable to retrieve secret from asm: AccessDeniedException: not authorized to perform: secretsmanager:GetSecretValue on resource: arn:aws:secretsmanager:eu-central-1:444455556666:secret:hub-a1b2c3",
    "failed to register layer: write /usr/lib/x: no space left on device",
    "KMSAccessDenied: AccessDeniedException: The ciphertext refers to a customer master key that does not exist, or you are not allowed to access it",
    "unable to retrieve ecr registry auth: 500 Internal Server Error",
    "failed to extract layer sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef: unexpected EOF",
    "CannotPullContainerError: context deadline exceeded while pulling layers",
    "media type \"application/vnd.docker.distribution.manifest.v1+prettyjws\" is no longer supported",
    "ImageArchivedException: The image requested is archived",
    "Essential container in task exited",
    "OutOfMemoryError: Container killed due to memory usage",
    "pull through cache: unable to import from upstream registry-1.docker.io",
];

fn seen(call: &str, resource: &str, value: &Value) -> Value {
    json!({
        "source": { "call": call, "resource": resource, "region": REGION, "account": ACCOUNT },
        "at": now(), "outcome": { "present": value },
    })
}

fn all(items: &Value) -> Value {
    json!({ "items": items, "complete": true, "window": null })
}

fn document(name: &str, effect: &str, action: &str) -> Value {
    json!({ "name": name, "document": { "Version": "2012-10-17", "Statement": [
        { "Sid": "S", "Effect": effect, "Principal": "*", "Action": action, "Resource": "*",
          "Condition": { "StringNotEquals": { "aws:SourceVpce": "vpce-api" } } },
        { "Effect": "Allow", "Action": "*", "Resource": "*", "Principal": { "AWS": [ACCOUNT, ROLE] } },
    ]}})
}

/// All that is looked at only where it is in question.
fn fill(world: &mut Value) {
    let key = format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/k-1");
    let secret = format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:hub-a1b2c3");
    world["cluster_names"] = seen("ecs:ListClusters", "", &all(&json!(["shop", "shop-2"])));
    world["service_names"] = seen("ecs:ListServices", "shop", &all(&json!(["cart", "cart-worker"])));
    world["secrets"] = json!([{
        "parameter": secret,
        "secret": seen("secretsmanager:DescribeSecret", &secret, &json!({
            "arn": secret, "name": "hub", "kms_key": key, "deleted_at": null, "has_current": true,
        })),
        "policy": seen("secretsmanager:GetResourcePolicy", &secret, &document("", "Deny", "secretsmanager:*")["document"]),
    }]);
    world["keys"] = json!([{
        "name": key,
        "key": seen("kms:DescribeKey", &key, &json!({
            "arn": key, "state": "PendingDeletion", "manager": "CUSTOMER", "deletion_at": minutes_ago(-9000),
        })),
        "policy": seen("kms:GetKeyPolicy", &key, &document("", "Allow", "kms:Decrypt")["document"]),
        "grants": seen("kms:ListGrants", &key, &all(&json!([
            { "grantee": ROLE, "operations": ["Decrypt"], "context": [["aws:ecr:arn", "x"]] },
        ]))),
    }]);
    world["organization"] = seen(
        "organizations:ListPoliciesForTarget",
        ACCOUNT,
        &json!({ "levels": [
            { "target": "r-root", "policies": [document("FullAWSAccess", "Allow", "*")] },
            { "target": "ou-shop", "policies": [document("limit", "Deny", "ecr:*")] },
        ]}),
    );
    world["simulation"] = seen(
        "iam:SimulatePrincipalPolicy",
        ROLE,
        &json!({ "role": ROLE, "answers": [
            { "action": "ecr:BatchGetImage", "resource": "*", "decision": "implicitDeny",
              "allowed_by_organization": false, "allowed_by_boundary": true, "missing_context": ["aws:SourceIp"] },
        ]}),
    );
    world["changes"] = json!([seen(
        "cloudtrail:LookupEvents",
        "shop/cart",
        &all(&json!([
            change(
                "BatchDeleteImage",
                "ecr.amazonaws.com",
                8,
                &json!({ "repositoryName": "shop/cart", "imageIds": [{ "imageTag": "2.0.1" }] })
            ),
            change("PolicyExecutionEvent", "ecr.amazonaws.com", 9, &json!({})),
            change(
                "PutRolePolicy",
                "iam.amazonaws.com",
                1500,
                &json!({ "roleName": "shop-pull" })
            ),
            change(
                "DeleteNatGateway",
                "ec2.amazonaws.com",
                6,
                &json!({ "NatGatewayId": "nat-1" })
            ),
        ]))
    )]);
    world["logs"] = seen(
        "logs:FilterLogEvents",
        "/ecs/events",
        &all(&json!([
            { "group": "/ecs/events", "stream": "s", "at": minutes_ago(6), "message": TEXTS[0] },
        ])),
    );
    world["pull_counts"] = json!([seen(
        "cloudwatch:GetMetricData",
        "shop/cart",
        &json!({
            "repository": "shop/cart", "points": [{ "at": minutes_ago(60), "pulls": 4.0 }, { "at": minutes_ago(5), "pulls": 0.0 }],
        })
    )]);
    world["health"] = seen(
        "health:DescribeEvents",
        "ECR",
        &all(&json!([{
            "arn": "arn:aws:health:eu-central-1::event/ECR/1", "service": "ECR", "type_code": "AWS_ECR_OPERATIONAL_ISSUE",
            "region": REGION, "status": "open", "from": minutes_ago(30), "to": null,
        }])),
    );
    fill_image(&mut world["images"][0]["ecr"], &key);
    world["roles"][0]["boundary"] = seen(
        "iam:GetPolicyVersion",
        "limit",
        &document("limit", "Allow", "ecr:*"),
    );
    world["roles"][0]["attached_arns"] = seen(
        "iam:ListAttachedRolePolicies",
        ROLE,
        &all(&json!(["arn:aws:iam::444455556666:policy/more"])),
    );
    world["roles"][0]["attached"] = json!([seen(
        "iam:GetPolicyVersion",
        "arn:aws:iam::444455556666:policy/more",
        &document("more", "Deny", "ecr:Batch*")
    )]);
}

fn change(name: &str, source: &str, minutes: i64, request: &Value) -> Value {
    json!({
        "id": format!("e-{minutes}"), "at": minutes_ago(minutes), "name": name, "event_source": source, "actor": "ci",
        "actor_arn": null, "error_code": null, "error_message": null, "resources": ["shop/cart", "shop-pull", "nat-1"],
        "request": request, "response": null,
    })
}

fn fill_image(ecr: &mut Value, key: &str) {
    let repository = "arn:aws:ecr:eu-central-1:444455556666:repository/shop/cart";
    let image = ecr["image"]["outcome"]["present"].clone();
    ecr["repository"]["outcome"]["present"]["encryption"] = json!("KMS");
    ecr["repository"]["outcome"]["present"]["kms_key"] = json!(key);
    ecr["repository_names"] = seen(
        "ecr:DescribeRepositories",
        ACCOUNT,
        &all(&json!(["shop/cart", "shop/carts"])),
    );
    ecr["policy"] = seen(
        "ecr:GetRepositoryPolicy",
        repository,
        &document("", "Deny", "ecr:GetDownloadUrlForLayer")["document"],
    );
    ecr["registry_policy"] = seen(
        "ecr:GetRegistryPolicy",
        ACCOUNT,
        &document("", "Deny", "ecr:BatchGetImage")["document"],
    );
    ecr["registry_policy_scope"] = seen("ecr:GetAccountSetting", "REGISTRY_POLICY_SCOPE", &json!("V2"));
    ecr["lifecycle"] = seen(
        "ecr:GetLifecyclePolicy",
        repository,
        &json!({ "rules": [
            { "rulePriority": 1, "selection": { "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1 },
              "action": { "type": "expire" } },
            { "rulePriority": 2, "selection": { "tagStatus": "tagged", "tagPatternList": ["2.*"], "countType": "sinceImagePushed",
              "countUnit": "days", "countNumber": 14 }, "action": { "type": "expire" } },
        ]}),
    );
    ecr["platforms"] = seen(
        "ecr:BatchGetImage",
        repository,
        &json!({
            "media_type": "application/vnd.oci.image.index.v1+json", "index": true, "platforms": [
                { "os": "linux", "architecture": "arm64", "variant": "v8", "os_version": null, "digest": "sha256:aa" },
                { "os": "windows", "architecture": "amd64", "variant": null, "os_version": "10.0.20348.1", "digest": null },
            ],
        }),
    );
    ecr["elsewhere"] = json!([{ "registry": "123456789012", "region": "us-east-1",
        "image": seen("ecr:DescribeImages", "shop/cart", &image) }]);
    ecr["pinned"] = json!([seen("ecr:DescribeImages", "shop/cart@sha256:ab", &image)]);
    ecr["children"] = json!([seen("ecr:DescribeImages", "shop/cart@sha256:aa", &image)]);
    ecr["layers"] = seen(
        "ecr:BatchCheckLayerAvailability",
        repository,
        &all(&json!([
            { "digest": "sha256:bb", "availability": "UNAVAILABLE" },
        ])),
    );
    ecr["scan"] = seen(
        "ecr:DescribeImageScanFindings",
        repository,
        &json!({ "status": "COMPLETE", "findings": { "CRITICAL": 3 } }),
    );
    ecr["cache_rules"] = seen(
        "ecr:DescribePullThroughCacheRules",
        ACCOUNT,
        &all(&json!([
            { "prefix": "docker-hub", "upstream_url": "registry-1.docker.io", "credential_arn": null },
            { "prefix": "ROOT", "upstream_url": "ghcr.io", "credential_arn": "arn:aws:secretsmanager:x" },
        ])),
    );
    ecr["cache_validation"] = seen(
        "ecr:ValidatePullThroughCacheRule",
        "docker-hub",
        &json!({ "prefix": "docker-hub", "valid": false, "failure": "no" }),
    );
}

/// What names lead to and what NAT gateways ran out of, which small networks leave out.
fn fill_network(network: &mut Value) {
    network["hosted_zones"] = seen(
        "route53:ListHostedZonesByVPC",
        "vpc-1",
        &all(&json!([
            { "id": "Z1", "name": "amazonaws.com.", "owning_service": null,
              "records": seen("route53:ListResourceRecordSets", "Z1", &all(&json!([
                  { "name": "api.ecr.eu-central-1.amazonaws.com.", "kind": "A", "values": ["10.9.9.9"] },
              ]))) },
        ])),
    );
    network["dns_firewall"] = seen(
        "route53resolver:ListFirewallRules",
        "vpc-1",
        &all(&json!([
            { "group": "g", "name": "n", "action": "BLOCK", "block_response": "NXDOMAIN", "managed_list": false,
              "domains": seen("route53resolver:ListFirewallDomains", "l", &all(&json!(["*.amazonaws.com."]))) },
        ])),
    );
    network["nat_port_errors"] = seen(
        "cloudwatch:GetMetricData",
        "nat-1",
        &all(&json!([
            { "nat": "nat-1", "points": [{ "at": minutes_ago(6), "errors": 12.0 }] },
        ])),
    );
    let endpoints = network.pointer_mut("/endpoints/outcome/present/items");
    for endpoint in endpoints.and_then(Value::as_array_mut).into_iter().flatten() {
        endpoint["policy"] = document("", "Deny", "s3:GetObject")["document"].clone();
    }
}

fn value(evidence: &Evidence) -> Value {
    serde_json::to_value(evidence).unwrap()
}

/// On EC2 capacity, with an image from another registry and its credentials.
fn elsewhere(world: &mut Value) {
    let text = world
        .to_string()
        .replace(IMAGE, "ghcr.io/shop/cart:1")
        .replace("\"FARGATE\"", "\"EC2\"");
    *world = serde_json::from_str(&text).unwrap();
    world["images"][0]["ecr"] = Value::Null;
    world["instances"] = json!([seen(
        "ecs:DescribeContainerInstances",
        "c-1",
        &json!({
            "arn": format!("arn:aws:ecs:{REGION}:{ACCOUNT}:container-instance/shop/c-1"), "instance_id": "i-1",
            "status": "ACTIVE", "agent_connected": false, "agent_version": "1.80.0", "cpu_architecture": "x86_64",
            "os_type": "linux", "attributes": ["ecs.capability.execution-role-ecr-pull"],
            "profile_role": seen("iam:GetInstanceProfile", "hosts", &json!(ROLE)),
            "ec2": seen("ec2:DescribeInstances", "i-1", &json!({
                "id": "i-1", "instance_profile": "arn:aws:iam::444455556666:instance-profile/hosts", "role": "hosts",
                "subnet": "subnet-a", "vpc": "vpc-1", "security_groups": ["sg-task"], "public_ip": false,
                "private_ip": "10.0.1.5",
            })),
        })
    )]);
    let definition = &mut world["task_definitions"][0]["outcome"]["present"];
    definition["containers"][0]["credentials_parameter"] =
        json!("arn:aws:secretsmanager:eu-central-1:444455556666:secret:hub-a1b2c3");
    definition["containers"][0]["log"] =
        json!({ "driver": "awslogs", "group": "/shop", "region": REGION, "create_group": false });
}

/// Before anything has failed.
fn look_ahead(world: &mut Value, launch_type: &str) {
    world["preflight"] = json!({
        "launch_type": launch_type, "network": null, "found_service": true,
        "container_instances": seen("ecs:ListContainerInstances", "shop", &all(&json!(["c-1"]))),
        "newest": seen("ecs:DescribeTaskDefinition", "cart", &json!("cart:8")),
        "families": seen("ecs:ListTaskDefinitionFamilies", "", &all(&json!(["cart", "web"]))),
    });
}

/// One of each kind, to take parts from.
pub(crate) fn literal() -> Vec<Value> {
    let mut filled = value(&failing(TEXTS[0]));
    fill(&mut filled);
    fill_network(&mut filled["network"]);
    let mut other = filled.clone();
    elsewhere(&mut other);
    let mut networked = filled.clone();
    networked["network"] = a_network();
    fill_network(&mut networked["network"]);
    let mut ahead = networked.clone();
    look_ahead(&mut ahead, "FARGATE");
    vec![value(&healthy()), filled, other, networked, ahead]
}

fn a_network() -> Value {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let world = networks::world(true).new_tree(&mut runner).unwrap().current();
    serde_json::to_value(world.net).unwrap()
}

pub(crate) fn arb_world() -> impl Strategy<Value = Value> {
    let flag = prop::bool::weighted(0.5);
    let network = prop::option::of(networks::world(true));
    (
        select(TEXTS),
        prop::bool::weighted(0.05),
        flag,
        flag,
        prop::bool::weighted(0.2),
        network,
        prop::option::weighted(0.25, select(vec!["FARGATE", "EC2", "EXTERNAL"])),
    )
        .prop_map(|(text, well, filled, of_network, other, network, ahead)| {
            let mut world = value(&if well { healthy() } else { failing(text) });
            if filled {
                fill(&mut world);
            }
            if let Some(network) = network {
                let text = serde_json::to_string(&network.net)
                    .unwrap()
                    .replace("eu-west-1", REGION);
                world["network"] = serde_json::from_str(&text).unwrap();
            }
            if of_network {
                fill_network(&mut world["network"]);
            }
            if other {
                elsewhere(&mut world);
            }
            if let Some(launch_type) = ahead {
                look_ahead(&mut world, launch_type);
            }
            world
        })
}
