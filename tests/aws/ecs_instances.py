"""Container instances of EC2 capacity. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerInstance.html"""

import dataclasses

from ministack.core.responses import AccountRegionScopedDict, get_account_id, get_region

from . import answers, ecs_definitions, names
from .callers import Caller
from .ecs_tasks import cluster_of
from .requests import Asked

_INSTANCES = AccountRegionScopedDict()


@dataclasses.dataclass
class Instance:
    """One registered instance."""

    id: str
    cluster: str
    ec2: str
    registered: float
    connected: bool = True
    architecture: str = "x86_64"
    system: str = "linux"
    agent: str = "1.90.0"
    zone: str = ""
    status: str = "ACTIVE"


def put(instance: Instance) -> None:
    """Registers an instance."""
    _INSTANCES[instance.id] = instance


def of_cluster(cluster: str) -> list[Instance]:
    """The instances registered in a cluster."""
    return [one for one in _INSTANCES.values() if one.cluster == cluster]


def arn(instance: Instance) -> str:
    """The long form."""
    return (f"arn:aws:ecs:{get_region()}:{get_account_id()}:container-instance/{instance.cluster}/{instance.id}")


def _describe(asked: Asked, caller: Caller) -> answers.Answer:
    cluster = cluster_of(asked.parameters)
    found, failures = [], []
    for reference in asked.parameters.get("containerInstances") or []:
        one = _INSTANCES.get(reference.rsplit("/", 1)[-1])
        if one is None or one.cluster != cluster:
            failures.append({"arn": reference, "reason": "MISSING"})
        else:
            found.append(_shape(one))
    return answers.json_ok({"containerInstances": found, "failures": failures})


def _shape(one: Instance) -> dict:
    attributes = {"ecs.cpu-architecture": one.architecture, "ecs.os-type": one.system,
                  "ecs.availability-zone": one.zone, "ecs.instance-type": "m6i.large",
                  "ecs.capability.execution-role-ecr-pull": None, "com.amazonaws.ecs.capability.ecr-auth": None}
    return {"containerInstanceArn": arn(one), "ec2InstanceId": one.ec2, "version": 7,
            "versionInfo": {"agentVersion": one.agent, "agentHash": names.seeded(one.agent, length=8),
                            "dockerVersion": "DockerVersion: 25.0.8"},
            "remainingResources": [], "registeredResources": [], "status": one.status,
            "agentConnected": one.connected, "runningTasksCount": 1, "pendingTasksCount": 0,
            "attributes": [{"name": name, **({"value": value} if value else {})}
                           for name, value in attributes.items()],
            "registeredAt": one.registered, "attachments": [], "tags": []}


def _list(asked: Asked, caller: Caller) -> answers.Answer:
    cluster = cluster_of(asked.parameters)
    arns = [arn(one) for one in of_cluster(cluster) if asked.parameters.get("status") in (None, one.status)]
    return answers.json_ok(ecs_definitions.page(arns, asked.parameters, "containerInstanceArns", 100))


def reset() -> None:
    """Forgets every instance."""
    _INSTANCES.clear()


OPERATIONS = {"DescribeContainerInstances": _describe, "ListContainerInstances": _list}
