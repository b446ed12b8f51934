//! Every AWS operation that reading may use: what the shipped policy grants and `doctor` checks.

/// An AWS operation, by the name of the IAM action that permits it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action {
    /// `service:Operation`, the IAM action and the operation at once.
    pub action: &'static str,
    /// What it is read for.
    pub why: &'static str,
    /// Steps of the playbook (1 to 9) that need it; none means that all do.
    pub needed_for: &'static [u8],
    /// Error codes that say the thing asked about is not there.
    pub(crate) absent: &'static [&'static str],
}

impl Action {
    const fn new(action: &'static str, why: &'static str, needed_for: &'static [u8]) -> Self {
        Self {
            action,
            why,
            needed_for,
            absent: &[],
        }
    }

    const fn absent(self, absent: &'static [&'static str]) -> Self {
        Self { absent, ..self }
    }
}

macro_rules! actions {
    ($($name:ident = $action:expr;)+) => {
        $(pub(crate) static $name: Action = $action;)+

        /// All of them. None changes anything, but for one: `ecr:BatchGetImage` is recorded as a pull, and is
        /// sent only where the platform of an image is in question, or what it is made of may be gone.
        pub static READ_ACTIONS: &[&Action] = &[$(&$name,)+];
    };
}

const NO_CLUSTER: &str = "ClusterNotFoundException";
const NO_REPOSITORY: &str = "RepositoryNotFoundException";
const NO_ENTITY: &str = "NoSuchEntity";

actions! {
    STS_GET_CALLER_IDENTITY = Action::new("sts:GetCallerIdentity", "which account the credentials belong to", &[]);
    ECS_DESCRIBE_CLUSTERS = Action::new("ecs:DescribeClusters", "whether the cluster exists", &[1])
        .absent(&[NO_CLUSTER]);
    ECS_LIST_CLUSTERS = Action::new("ecs:ListClusters", "names to suggest for a cluster that does not exist", &[1]);
    ECS_LIST_SERVICES = Action::new("ecs:ListServices", "names to suggest for a service that does not exist", &[1])
        .absent(&[NO_CLUSTER]);
    ECS_DESCRIBE_SERVICES = Action::new("ecs:DescribeServices", "deployments, events and network of the service", &[1, 6, 7])
        .absent(&[NO_CLUSTER, "ServiceNotFoundException"]);
    ECS_LIST_TASKS = Action::new("ecs:ListTasks", "tasks that failed and tasks that run", &[6])
        .absent(&[NO_CLUSTER, "ServiceNotFoundException"]);
    ECS_DESCRIBE_TASKS = Action::new("ecs:DescribeTasks", "why tasks stopped", &[6])
        .absent(&[NO_CLUSTER]);
    // ECS has no code of its own for an unknown task definition: `observe` reads the message.
    ECS_DESCRIBE_TASK_DEFINITION = Action::new("ecs:DescribeTaskDefinition", "images, roles and platform", &[1, 2]);
    ECS_DESCRIBE_CONTAINER_INSTANCES = Action::new("ecs:DescribeContainerInstances", "the host that pulls, on EC2 capacity", &[6, 7])
        .absent(&[NO_CLUSTER]);
    ECS_LIST_CONTAINER_INSTANCES = Action::new("ecs:ListContainerInstances", "the hosts that may pull, before a task is started", &[7])
        .absent(&[NO_CLUSTER]);
    ECS_LIST_TASK_DEFINITION_FAMILIES = Action::new("ecs:ListTaskDefinitionFamilies", "names to suggest for a task definition that does not exist", &[1]);
    ECR_DESCRIBE_REPOSITORIES = Action::new("ecr:DescribeRepositories", "whether the repository exists", &[5])
        .absent(&[NO_REPOSITORY]);
    ECR_DESCRIBE_IMAGES = Action::new("ecr:DescribeImages", "whether the image exists, and which tags do", &[5])
        .absent(&[NO_REPOSITORY, "ImageNotFoundException"]);
    ECR_GET_REPOSITORY_POLICY = Action::new("ecr:GetRepositoryPolicy", "whom the repository lets pull", &[5])
        .absent(&[NO_REPOSITORY, "RepositoryPolicyNotFoundException"]);
    ECR_GET_LIFECYCLE_POLICY = Action::new("ecr:GetLifecyclePolicy", "whether a missing image was expired", &[5])
        .absent(&[NO_REPOSITORY, "LifecyclePolicyNotFoundException"]);
    ECR_DESCRIBE_PULL_THROUGH_CACHE_RULES = Action::new("ecr:DescribePullThroughCacheRules", "whether a repository is filled from another registry", &[5])
        .absent(&["PullThroughCacheRuleNotFoundException"]);
    ECR_GET_REGISTRY_POLICY = Action::new("ecr:GetRegistryPolicy", "whether the registry itself refuses pulls", &[5])
        .absent(&["RegistryPolicyNotFoundException"]);
    ECR_GET_ACCOUNT_SETTING = Action::new("ecr:GetAccountSetting", "whether the registry's policy is about pulls at all", &[5]);
    ECR_VALIDATE_PULL_THROUGH_CACHE_RULE = Action::new("ecr:ValidatePullThroughCacheRule", "whether the other registry lets ECR in", &[5])
        .absent(&["PullThroughCacheRuleNotFoundException"]);
    ECR_DESCRIBE_IMAGE_SCAN_FINDINGS = Action::new("ecr:DescribeImageScanFindings", "what a scan found, where it may block the pull", &[5])
        .absent(&[NO_REPOSITORY, "ImageNotFoundException", "ScanNotFoundException"]);
    ECR_BATCH_CHECK_LAYER_AVAILABILITY = Action::new("ecr:BatchCheckLayerAvailability", "whether a layer is gone, where the failure speaks of one", &[5])
        .absent(&[NO_REPOSITORY]);
    ECR_BATCH_GET_IMAGE = Action::new("ecr:BatchGetImage", "the platforms of an image, where they are in question", &[2, 5])
        .absent(&[NO_REPOSITORY]);
    ECR_GET_DOWNLOAD_URL_FOR_LAYER = Action::new("ecr:GetDownloadUrlForLayer", "the platform of an image that is no index", &[2, 5])
        .absent(&[NO_REPOSITORY, "LayersNotFoundException"]);
    IAM_GET_ROLE = Action::new("iam:GetRole", "trust and boundary of the role that pulls", &[3])
        .absent(&[NO_ENTITY]);
    IAM_LIST_ROLE_POLICIES = Action::new("iam:ListRolePolicies", "names of its inline policies", &[3])
        .absent(&[NO_ENTITY]);
    IAM_GET_ROLE_POLICY = Action::new("iam:GetRolePolicy", "its inline policies", &[3])
        .absent(&[NO_ENTITY]);
    IAM_LIST_ATTACHED_ROLE_POLICIES = Action::new("iam:ListAttachedRolePolicies", "its managed policies", &[3])
        .absent(&[NO_ENTITY]);
    IAM_GET_POLICY = Action::new("iam:GetPolicy", "which version of a managed policy is in force", &[3])
        .absent(&[NO_ENTITY]);
    IAM_GET_POLICY_VERSION = Action::new("iam:GetPolicyVersion", "what a managed policy says", &[3])
        .absent(&[NO_ENTITY]);
    IAM_GET_INSTANCE_PROFILE = Action::new("iam:GetInstanceProfile", "the role of an instance that pulls", &[3])
        .absent(&[NO_ENTITY]);
    IAM_SIMULATE_PRINCIPAL_POLICY = Action::new("iam:SimulatePrincipalPolicy", "what IAM itself says, where a refusal cannot be explained", &[3])
        .absent(&[NO_ENTITY]);
    ORGANIZATIONS_LIST_POLICIES_FOR_TARGET = Action::new("organizations:ListPoliciesForTarget", "which policies of the organization limit the account", &[3])
        .absent(&["AWSOrganizationsNotInUseException"]);
    ORGANIZATIONS_LIST_PARENTS = Action::new("organizations:ListParents", "which levels of the organization are above it", &[3]);
    ORGANIZATIONS_DESCRIBE_POLICY = Action::new("organizations:DescribePolicy", "what those policies say", &[3]);
    KMS_DESCRIBE_KEY = Action::new("kms:DescribeKey", "whether the key of a repository or registry's secret works", &[5])
        .absent(&["NotFoundException"]);
    KMS_GET_KEY_POLICY = Action::new("kms:GetKeyPolicy", "who may use the key of a registry's secret", &[3])
        .absent(&["NotFoundException"]);
    KMS_LIST_GRANTS = Action::new("kms:ListGrants", "whether ECR may still use the key of a repository", &[5])
        .absent(&["NotFoundException"]);
    SECRETSMANAGER_DESCRIBE_SECRET = Action::new("secretsmanager:DescribeSecret", "whether the secret with a registry's credentials is there", &[3])
        .absent(&["ResourceNotFoundException"]);
    SECRETSMANAGER_GET_RESOURCE_POLICY = Action::new("secretsmanager:GetResourcePolicy", "whom that secret lets read it", &[3])
        .absent(&["ResourceNotFoundException"]);
    EC2_DESCRIBE_INSTANCES = Action::new("ec2:DescribeInstances", "network and role of the host that pulls", &[7])
        .absent(&["InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed"]);
    EC2_DESCRIBE_SUBNETS = Action::new("ec2:DescribeSubnets", "the subnets of the puller", &[7])
        .absent(&["InvalidSubnetID.NotFound"]);
    EC2_DESCRIBE_VPCS = Action::new("ec2:DescribeVpcs", "the puller's VPC", &[7])
        .absent(&["InvalidVpcID.NotFound"]);
    EC2_DESCRIBE_VPC_ATTRIBUTE = Action::new("ec2:DescribeVpcAttribute", "whether the VPC resolves names", &[7])
        .absent(&["InvalidVpcID.NotFound"]);
    EC2_DESCRIBE_DHCP_OPTIONS = Action::new("ec2:DescribeDhcpOptions", "which name servers the VPC uses", &[7])
        .absent(&["InvalidDhcpOptionID.NotFound", "InvalidDhcpOptionsID.NotFound"]);
    EC2_DESCRIBE_ROUTE_TABLES = Action::new("ec2:DescribeRouteTables", "the way out", &[7]);
    EC2_DESCRIBE_VPC_ENDPOINTS = Action::new("ec2:DescribeVpcEndpoints", "endpoints for ECR, S3 and logs", &[7]);
    EC2_DESCRIBE_SECURITY_GROUPS = Action::new("ec2:DescribeSecurityGroups", "what the puller and the endpoints let through", &[7])
        .absent(&["InvalidGroup.NotFound", "InvalidGroupId.NotFound"]);
    EC2_DESCRIBE_NETWORK_ACLS = Action::new("ec2:DescribeNetworkAcls", "what the subnets let through", &[7]);
    EC2_DESCRIBE_NAT_GATEWAYS = Action::new("ec2:DescribeNatGateways", "whether the NAT gateway on the way works", &[7]);
    EC2_DESCRIBE_INTERNET_GATEWAYS = Action::new("ec2:DescribeInternetGateways", "whether the internet gateway is attached", &[7]);
    EC2_DESCRIBE_PREFIX_LISTS = Action::new("ec2:DescribePrefixLists", "the addresses of S3 that rules and routes name", &[7]);
    EC2_DESCRIBE_NETWORK_INTERFACES = Action::new("ec2:DescribeNetworkInterfaces", "the addresses of endpoints", &[7]);
    EC2_DESCRIBE_VPC_BLOCK_PUBLIC_ACCESS_OPTIONS = Action::new("ec2:DescribeVpcBlockPublicAccessOptions", "whether the account blocks its internet gateways", &[7]);
    EC2_DESCRIBE_VPC_BLOCK_PUBLIC_ACCESS_EXCLUSIONS = Action::new("ec2:DescribeVpcBlockPublicAccessExclusions", "which VPCs and subnets are exempt from that", &[7]);
    ROUTE53_LIST_HOSTED_ZONES_BY_VPC = Action::new("route53:ListHostedZonesByVPC", "private zones that may answer for a registry's name", &[7]);
    ROUTE53_LIST_RESOURCE_RECORD_SETS = Action::new("route53:ListResourceRecordSets", "where such a zone leads the name", &[7])
        .absent(&["NoSuchHostedZone"]);
    ROUTE53RESOLVER_LIST_FIREWALL_RULE_GROUP_ASSOCIATIONS = Action::new("route53resolver:ListFirewallRuleGroupAssociations", "whether a DNS firewall is on the VPC", &[7]);
    ROUTE53RESOLVER_LIST_FIREWALL_RULES = Action::new("route53resolver:ListFirewallRules", "what it blocks", &[7])
        .absent(&["ResourceNotFoundException"]);
    ROUTE53RESOLVER_LIST_FIREWALL_DOMAIN_LISTS = Action::new("route53resolver:ListFirewallDomainLists", "which of its lists are AWS's own", &[7]);
    ROUTE53RESOLVER_LIST_FIREWALL_DOMAINS = Action::new("route53resolver:ListFirewallDomains", "which names its rules are about", &[7])
        .absent(&["ResourceNotFoundException"]);
    LOGS_DESCRIBE_LOG_GROUPS = Action::new("logs:DescribeLogGroups", "log groups of ECS events and agents", &[4]);
    LOGS_FILTER_LOG_EVENTS = Action::new("logs:FilterLogEvents", "failed pulls in those groups", &[4])
        .absent(&["ResourceNotFoundException"]);
    HEALTH_DESCRIBE_EVENTS = Action::new("health:DescribeEvents", "whether AWS reports trouble with its services", &[1]);
    CLOUDWATCH_GET_METRIC_DATA = Action::new("cloudwatch:GetMetricData", "how often the repository was pulled, and whether a NAT gateway ran out of ports", &[7, 8]);
    CLOUDTRAIL_DESCRIBE_TRAILS = Action::new("cloudtrail:DescribeTrails", "the log group of a trail, where its events may not be looked up", &[9]);
    CLOUDTRAIL_LOOKUP_EVENTS = Action::new("cloudtrail:LookupEvents", "who changed what before the failure", &[9]);
}

/// Names the operation that the code calls through the SDK as `client.describe_tasks()`.
#[cfg(test)]
fn method(action: &Action) -> String {
    let operation = action.action.split(':').nth(1).unwrap();
    let mut method = String::new();
    let mut before = None;
    for letter in operation.chars() {
        // Of letters in a row that are all upper-case, as in `VPC`, only the first begins a word.
        if letter.is_uppercase() && before.is_some_and(char::is_lowercase) {
            method.push('_');
        }
        before = Some(letter);
        method.extend(letter.to_lowercase());
    }
    method
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    fn sources(directory: &Path, into: &mut Vec<String>) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, into);
            } else if path.extension().is_some_and(|end| end == "rs") && !path.ends_with("actions.rs") {
                let text = std::fs::read_to_string(path).unwrap();
                into.push(text.split_whitespace().collect());
            }
        }
    }

    /// Every call is written `session.<service>(..).<operation>()`, which this finds wherever rustfmt breaks it.
    fn operations_called() -> BTreeSet<String> {
        let mut texts = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut texts);
        let services = [
            "sts",
            "ecs",
            "ecr",
            "iam",
            "ec2",
            "logs",
            "cloudwatch",
            "cloudtrail",
            "health",
            "kms",
            "organizations",
            "secretsmanager",
            "route53",
            "route53resolver",
        ];
        let mut found = BTreeSet::new();
        for text in &texts {
            for service in services {
                for (_, rest) in text
                    .match_indices(&format!("session.{service}("))
                    .map(|(at, hit)| (at, &text[at + hit.len()..]))
                {
                    let Some((_, call)) = rest.split_once(").") else {
                        continue;
                    };
                    let operation: String = call
                        .chars()
                        .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                        .collect();
                    found.insert(format!("{service}:{operation}"));
                }
            }
        }
        found
    }

    #[test]
    fn the_list_is_what_the_code_calls() {
        let listed: BTreeSet<String> = READ_ACTIONS
            .iter()
            .map(|action| format!("{}:{}", action.action.split(':').next().unwrap(), method(action)))
            .collect();
        assert_eq!(listed, operations_called());
        assert_eq!(listed.len(), READ_ACTIONS.len());
    }

    #[test]
    fn nothing_listed_writes() {
        for action in READ_ACTIONS {
            let operation = action.action.split(':').nth(1).unwrap();
            let reads = [
                "Describe",
                "List",
                "Get",
                "BatchGet",
                "BatchCheck",
                "Filter",
                "Lookup",
                "Simulate",
                "Validate",
            ];
            assert!(
                reads.iter().any(|verb| operation.starts_with(verb)),
                "{}",
                action.action
            );
        }
    }
}
