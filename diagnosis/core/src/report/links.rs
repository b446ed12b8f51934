//! Links into the AWS console.

use crate::observed::Source;

/// The console's page for what `source` was asked about, where it has one.
pub fn console(partition: &str, source: &Source) -> Option<String> {
    let host = match partition {
        "aws" => "console.aws.amazon.com",
        "aws-cn" => "console.amazonaws.cn",
        "aws-us-gov" => "console.amazonaws-us-gov.com",
        "aws-eusc" => "console.amazonaws-eusc.eu",
        _ => return None,
    };
    let region = &source.region;
    let resource = source.resource.as_str();
    let page = page(source, resource)?;
    let prefix = if partition == "aws" && !source.call.starts_with("iam:") {
        format!("{region}.{host}")
    } else {
        host.to_owned()
    };
    Some(format!("https://{prefix}/{page}"))
}

fn page(source: &Source, resource: &str) -> Option<String> {
    let region = &source.region;
    let last = crate::evidence::short(resource);
    let operation = source.call.split(':').nth(1)?;
    Some(match operation {
        "DescribeClusters" => format!("ecs/v2/clusters/{last}/services?region={region}"),
        "DescribeServices" | "DescribeTasks" => {
            let mut parts = resource.rsplit('/');
            let id = parts.next()?;
            let cluster = parts.next()?;
            let kind = if operation == "DescribeTasks" {
                "tasks"
            } else {
                "services"
            };
            format!("ecs/v2/clusters/{cluster}/{kind}/{id}?region={region}")
        }
        "ListTasks" => format!("ecs/v2/clusters/{last}/tasks?region={region}"),
        "DescribeTaskDefinition" => {
            let (family, revision) = last.rsplit_once(':')?;
            format!("ecs/v2/task-definitions/{family}/{revision}?region={region}")
        }
        "DescribeRepositories"
        | "DescribeImages"
        | "BatchGetImage"
        | "GetRepositoryPolicy"
        | "GetLifecyclePolicy" => {
            let repository = resource
                .split_once("repository/")
                .map_or(resource, |(_, name)| name);
            let repository = repository.split(['@', ':']).next().unwrap_or(repository);
            let account = &source.account;
            format!("ecr/repositories/private/{account}/{repository}?region={region}")
        }
        "GetRole" | "ListRolePolicies" | "GetRolePolicy" | "ListAttachedRolePolicies" => {
            let role = resource.split_once("role/").map_or(resource, |(_, rest)| rest);
            let role = crate::evidence::short(role.split('#').next().unwrap_or(role));
            format!("iam/home#/roles/details/{role}")
        }
        "GetPolicy" | "GetPolicyVersion" => format!(
            "iam/home#/policies/details/{}",
            resource.replace(':', "%3A").replace('/', "%2F")
        ),
        "DescribeSubnets" => format!("vpcconsole/home?region={region}#subnets:subnetId={last}"),
        "DescribeRouteTables" => format!("vpcconsole/home?region={region}#RouteTables:vpcId={last}"),
        "DescribeVpcEndpoints" => format!("vpcconsole/home?region={region}#Endpoints:vpcId={last}"),
        "DescribeNatGateways" => format!("vpcconsole/home?region={region}#NatGateways:vpcId={last}"),
        "DescribeSecurityGroups" => format!("vpcconsole/home?region={region}#SecurityGroups:vpcId={last}"),
        "DescribeNetworkAcls" => format!("vpcconsole/home?region={region}#acls:vpcId={last}"),
        "DescribeVpcs" | "DescribeVpcAttribute" => {
            format!("vpcconsole/home?region={region}#vpcs:VpcId={last}")
        }
        "LookupEvents" => format!("cloudtrailv2/home?region={region}#/events"),
        _ => return None,
    })
}
