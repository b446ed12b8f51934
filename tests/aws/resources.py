"""The resource that a call is about, as IAM policies name it. `*` where AWS takes none."""

from ministack.services import iam

from .requests import Asked

_ECS_SERVICE = {"UpdateService", "DeleteService", "DescribeServices", "CreateService"}
_ECS_TASK = {"DescribeTasks", "StopTask"}
_EC2 = (("RouteTableId", "route-table"), ("VpcEndpointId", "vpc-endpoint"), ("GroupId", "security-group"),
        ("NetworkAclId", "network-acl"), ("SubnetId", "subnet"), ("VpcId", "vpc"), ("NatGatewayId", "natgateway"))


def of(asked: Asked, account: str) -> str:
    """The ARN, or `*`."""
    reader = {"ecr": _ecr, "ecs": _ecs, "iam": _iam, "ec2": _ec2, "sts": _sts}.get(asked.service)
    return reader(asked, account) if reader else "*"


def _ecr(asked: Asked, account: str) -> str:
    given = asked.parameters
    names = [given.get("repositoryName")] if given.get("repositoryName") else given.get("repositoryNames") or []
    if len(names) != 1 and asked.operation != "DescribeRepositories":
        return given.get("resourceArn") or "*"
    owner = given.get("registryId") or account
    return f"arn:aws:ecr:{asked.region}:{owner}:repository/{names[0] if len(names) == 1 else '*'}"


def _ecs(asked: Asked, account: str) -> str:
    given = asked.parameters
    base = f"arn:aws:ecs:{asked.region}:{account}"
    cluster = (given.get("cluster") or "default").rsplit("/", 1)[-1]
    if asked.operation in _ECS_SERVICE:
        named = given.get("service") or given.get("serviceName") or (given.get("services") or ["*"])[0]
        return named if named.startswith("arn:") else f"{base}:service/{cluster}/{named}"
    if asked.operation in _ECS_TASK:
        named = given.get("task") or (given.get("tasks") or ["*"])[0]
        return named if named.startswith("arn:") else f"{base}:task/{cluster}/{named}"
    if asked.operation == "DescribeClusters":
        named = (given.get("clusters") or ["default"])[0]
        return named if named.startswith("arn:") else f"{base}:cluster/{named}"
    if asked.operation == "RegisterTaskDefinition":
        return f"{base}:task-definition/{given.get('family', '*')}:*"
    if asked.operation == "RunTask":
        named = given.get("taskDefinition", "*")
        return named if named.startswith("arn:") else f"{base}:task-definition/{named}"
    return given.get("resourceArn") or "*"


def _iam(asked: Asked, account: str) -> str:
    given = asked.parameters
    if name := given.get("RoleName"):
        role = iam._roles.get_scoped(account, None, name)
        return role["Arn"] if role else f"arn:aws:iam::{account}:role/{name}"
    if name := given.get("InstanceProfileName"):
        return f"arn:aws:iam::{account}:instance-profile/{name}"
    return given.get("PolicySourceArn") or given.get("PolicyArn") or "*"


def _ec2(asked: Asked, account: str) -> str:
    if asked.operation.startswith(("Describe", "Get")):
        return "*"
    for name, kind in _EC2:
        if value := asked.parameters.get(name):
            return f"arn:aws:ec2:{asked.region}:{account}:{kind}/{value}"
    return "*"


def _sts(asked: Asked, account: str) -> str:
    return asked.parameters.get("RoleArn") or "*"
