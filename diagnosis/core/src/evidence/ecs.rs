//! Clusters, services, tasks, task definitions and container instances.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A cluster (`ecs:DescribeClusters`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cluster {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// `ACTIVE`, `INACTIVE`, …
    pub status: String,
}

/// A service (`ecs:DescribeServices`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Service {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// `ACTIVE`, `DRAINING` or `INACTIVE`.
    pub status: String,
    /// Number of tasks wanted.
    pub desired: u32,
    /// Number of tasks running.
    pub running: u32,
    /// Number of tasks starting.
    pub pending: u32,
    /// ARN of the task definition the service is set to.
    pub task_definition: String,
    /// `FARGATE`, `EC2` or `EXTERNAL`, where the service names one.
    pub launch_type: Option<String>,
    /// Capacity providers of its strategy.
    pub capacity_providers: Vec<String>,
    /// Fargate platform version it asks for.
    pub platform_version: Option<String>,
    /// `ECS`, `CODE_DEPLOY` or `EXTERNAL`.
    pub deployment_controller: String,
    /// Whether the deployment circuit breaker is on, and whether it rolls back.
    pub circuit_breaker: Option<CircuitBreaker>,
    /// Where its tasks are placed.
    pub network: Option<AwsvpcConfiguration>,
    /// Its deployments, newest first.
    pub deployments: Vec<Deployment>,
    /// Its events, newest first (AWS keeps the last 100).
    pub events: Vec<ServiceEvent>,
    /// Tags, as far as they were read: tell who manages the service.
    pub tags: Vec<Tag>,
}

/// The deployment circuit breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CircuitBreaker {
    /// Whether it is on.
    pub enabled: bool,
    /// Whether it rolls back to the last completed deployment.
    pub rollback: bool,
}

/// A deployment of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    /// Its id, `ecs-svc/…`.
    pub id: String,
    /// `PRIMARY`, `ACTIVE` or `INACTIVE`.
    pub status: String,
    /// ARN of its task definition.
    pub task_definition: String,
    /// Number of tasks wanted.
    pub desired: u32,
    /// Number of tasks running.
    pub running: u32,
    /// Number of tasks starting.
    pub pending: u32,
    /// Number of tasks that failed to start.
    pub failed: u32,
    /// `COMPLETED`, `FAILED` or `IN_PROGRESS`, where AWS says.
    pub rollout_state: Option<String>,
    /// Why it is in that state.
    pub rollout_reason: Option<String>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// Where its tasks are placed.
    pub network: Option<AwsvpcConfiguration>,
}

/// A service event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceEvent {
    /// When.
    pub at: Timestamp,
    /// What it says, credentials redacted.
    pub message: String,
}

/// A resource tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// Where `awsvpc` tasks are placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwsvpcConfiguration {
    /// Subnet ids.
    pub subnets: Vec<String>,
    /// Security group ids; empty means the VPC's default group.
    pub security_groups: Vec<String>,
    /// Whether a task gets a public IP address (`assignPublicIp`).
    pub assign_public_ip: bool,
}

/// A task (`ecs:DescribeTasks`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Its ARN.
    pub arn: String,
    /// ARN of its task definition.
    pub task_definition: String,
    /// `service:NAME`, `family:NAME`, …
    pub group: Option<String>,
    /// The deployment that started it, for a service's task.
    pub started_by: Option<String>,
    /// `PROVISIONING`, `PENDING`, `RUNNING`, `STOPPED`, …
    pub last_status: String,
    /// What ECS wants it to be.
    pub desired_status: String,
    /// `FARGATE`, `EC2` or `EXTERNAL`.
    pub launch_type: Option<String>,
    /// Capacity provider it runs on.
    pub capacity_provider: Option<String>,
    /// Fargate platform version.
    pub platform_version: Option<String>,
    /// ARN of its container instance (EC2, External).
    pub container_instance: Option<String>,
    /// Availability Zone.
    pub availability_zone: Option<String>,
    /// `TaskFailedToStart`, `EssentialContainerExited`, …
    pub stop_code: Option<String>,
    /// Why it stopped, credentials redacted.
    pub stopped_reason: Option<String>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When its containers ran.
    pub started_at: Option<Timestamp>,
    /// When it began to stop.
    pub stopping_at: Option<Timestamp>,
    /// When it had stopped.
    pub stopped_at: Option<Timestamp>,
    /// When its pull began.
    pub pull_started_at: Option<Timestamp>,
    /// When its pull ended.
    pub pull_stopped_at: Option<Timestamp>,
    /// Subnet of its network interface.
    pub subnet: Option<String>,
    /// Its network interface.
    pub network_interface: Option<String>,
    /// Its private IPv4 address.
    pub private_ip: Option<String>,
    /// Execution role that `RunTask` set in place of the definition's.
    pub execution_role_override: Option<String>,
    /// CPU architecture ECS placed it on (`ecs.cpu-architecture`).
    pub cpu_architecture: Option<String>,
    /// Ephemeral storage, GiB.
    pub ephemeral_storage_gib: Option<u32>,
    /// Its containers.
    pub containers: Vec<Container>,
}

impl Task {
    /// Whether it has stopped, or is about to.
    pub fn is_stopped(&self) -> bool {
        self.last_status == "STOPPED"
    }

    /// Whether it runs.
    pub fn is_running(&self) -> bool {
        self.last_status == "RUNNING"
    }

    /// When it failed: the earliest time that AWS tells for its end.
    pub fn failed_at(&self) -> Option<Timestamp> {
        self.stopping_at
            .or(self.stopped_at)
            .or(self.pull_stopped_at)
            .or(self.created_at)
    }

    /// Name of the service it belongs to.
    pub fn service(&self) -> Option<&str> {
        self.group.as_deref()?.strip_prefix("service:")
    }

    /// Its id.
    pub fn id(&self) -> &str {
        super::short(&self.arn)
    }
}

/// A container of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// The image it asks for.
    pub image: Option<String>,
    /// The digest ECS resolved that to.
    pub image_digest: Option<String>,
    /// `PENDING`, `RUNNING`, `STOPPED`, …
    pub last_status: Option<String>,
    /// Why it is in that state, credentials redacted.
    pub reason: Option<String>,
    /// Exit code, once it ran and ended.
    pub exit_code: Option<i32>,
}

/// A task definition (`ecs:DescribeTaskDefinition`), without the values of `environment` and `secrets`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskDefinition {
    /// Its ARN.
    pub arn: String,
    /// Its family.
    pub family: String,
    /// Its revision.
    pub revision: u32,
    /// `ACTIVE`, `INACTIVE` or `DELETE_IN_PROGRESS`.
    pub status: String,
    /// The role that ECS assumes to pull.
    pub execution_role: Option<String>,
    /// The role the application runs under. It never pulls.
    pub task_role: Option<String>,
    /// `awsvpc`, `bridge`, `host` or `none`.
    pub network_mode: Option<String>,
    /// Launch types it asks to be checked against.
    pub requires_compatibilities: Vec<String>,
    /// Names of the attributes an instance needs: tell who pulls.
    pub requires_attributes: Vec<String>,
    /// Operating system family, `LINUX`, `WINDOWS_SERVER_2022_CORE`, …
    pub os_family: Option<String>,
    /// CPU architecture, `X86_64` or `ARM64`.
    pub cpu_architecture: Option<String>,
    /// Ephemeral storage, GiB.
    pub ephemeral_storage_gib: Option<u32>,
    /// When it was registered.
    pub registered_at: Option<Timestamp>,
    /// Who registered it: an ARN.
    pub registered_by: Option<String>,
    /// Its containers.
    pub containers: Vec<ContainerDefinition>,
    /// Its tags, as far as they were read.
    pub tags: Vec<Tag>,
}

impl TaskDefinition {
    /// `family:revision`.
    pub fn name(&self) -> String {
        format!("{}:{}", self.family, self.revision)
    }

    /// The secrets with credentials of registries that it names: ARNs or names.
    pub fn registry_secrets(&self) -> Vec<&str> {
        let parameters = self.containers.iter();
        parameters
            .filter_map(|container| container.credentials_parameter.as_deref())
            .collect()
    }
}

/// A container as a task definition describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerDefinition {
    /// Its name.
    pub name: String,
    /// Its image reference, as written.
    pub image: String,
    /// Whether the task stops with it.
    pub essential: bool,
    /// Secret with the registry's credentials (`repositoryCredentials`): an ARN or name, never its value.
    pub credentials_parameter: Option<String>,
    /// Log driver and where it writes.
    pub log: Option<LogConfiguration>,
    /// ARNs or names (`valueFrom`) of the secrets it is given, by kind of store; never their values.
    pub secret_sources: Vec<String>,
}

/// Where a container logs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogConfiguration {
    /// `awslogs`, `awsfirelens`, …
    pub driver: String,
    /// `awslogs-group`.
    pub group: Option<String>,
    /// `awslogs-region`.
    pub region: Option<String>,
    /// `awslogs-create-group`.
    pub create_group: bool,
}

/// A container instance (`ecs:DescribeContainerInstances`) with what EC2 says of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContainerInstance {
    /// Its ARN.
    pub arn: String,
    /// EC2 instance id, or `mi-…` for ECS Anywhere.
    pub instance_id: Option<String>,
    /// `ACTIVE`, `DRAINING`, …
    pub status: String,
    /// Whether its agent is connected.
    pub agent_connected: bool,
    /// Version of its agent.
    pub agent_version: Option<String>,
    /// `ecs.cpu-architecture` of it: `x86_64` or `arm64`.
    pub cpu_architecture: Option<String>,
    /// `ecs.os-type` of it: `linux` or `windows`.
    pub os_type: Option<String>,
    /// Names of its attributes.
    pub attributes: Vec<String>,
    /// ARN of the role in its instance profile (`iam:GetInstanceProfile`); read only where the instance's role pulls.
    /// Absent where the profile is gone or holds no role.
    pub profile_role: crate::observed::Observed<String>,
    /// What EC2 says of the instance.
    pub ec2: crate::observed::Observed<Ec2Instance>,
}

/// An EC2 instance (`ec2:DescribeInstances`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ec2Instance {
    /// Its id.
    pub id: String,
    /// ARN of its instance profile.
    pub instance_profile: Option<String>,
    /// ARN of the role in that profile (`iam:GetInstanceProfile`), where it was read.
    pub role: Option<String>,
    /// Subnet of its primary interface.
    pub subnet: Option<String>,
    /// VPC of its primary interface.
    pub vpc: Option<String>,
    /// Security groups of its primary interface.
    pub security_groups: Vec<String>,
    /// Whether it has a public IPv4 address.
    pub public_ip: bool,
    /// Its private IPv4 address.
    pub private_ip: Option<String>,
}
