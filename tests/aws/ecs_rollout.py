"""Deployments move on when somebody looks: attempts, failures, completion, the circuit breaker.

No thread and no timer: `advance` brings a service up to a moment, from the clock and what the pull decider says.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
"""

import dataclasses
import math

from ministack.services import ecs as store

from . import ecs_tasks, names, pulls
from .ecs_definitions import find

FIRST_RETRY, RETRY = 2.0, 60.0
"""Seconds until a new deployment's failed start is tried again: the first time, and then."""


@dataclasses.dataclass
class Deployment:
    """One deployment of a service. `running` and `pending` follow from the tasks."""

    id: str
    definition: str
    desired: int
    created: float
    updated: float
    network: dict
    status: str = "PRIMARY"
    state: str = "IN_PROGRESS"
    reason: str = ""
    failed: int = 0
    attempts: int = 0
    next_attempt: float = 0.0
    forced: bool = False
    finished: float | None = None
    platform_version: str = "1.4.0"
    digests: dict[str, str] = dataclasses.field(default_factory=dict)
    rolled_back_by: str | None = None


@dataclasses.dataclass
class Service:
    """One service."""

    name: str
    cluster: str
    account: str
    region: str
    desired: int
    network: dict
    created: float
    created_by: str
    launch_type: str = "FARGATE"
    platform_version: str = "LATEST"
    controller: str = "ECS"
    breaker: bool = False
    breaker_rolls_back: bool = False
    tags: list = dataclasses.field(default_factory=list)
    deployments: list[Deployment] = dataclasses.field(default_factory=list)
    history: list[Deployment] = dataclasses.field(default_factory=list)
    events: list[dict] = dataclasses.field(default_factory=list)
    status: str = "ACTIVE"
    retry: float = RETRY

    # ministack's own ListServices and TagResource read services as mappings.
    def __getitem__(self, member: str) -> object:
        return {"serviceArn": self.arn, "status": self.status}[member]

    def get(self, member: str, default: object = None) -> object:
        """As a mapping would."""
        return {"serviceArn": self.arn, "status": self.status, "launchType": self.launch_type,
                "schedulingStrategy": "REPLICA"}.get(member, default)

    @property
    def arn(self) -> str:
        """The long form."""
        return f"arn:aws:ecs:{self.region}:{self.account}:service/{self.cluster}/{self.name}"

    def event(self, at: float, text: str) -> None:
        """Adds an event; AWS keeps the newest hundred."""
        self.events.append({"id": names.uuid_of(self.arn, at, text), "createdAt": at,
                            "message": f"(service {self.name}) {text}"})
        self.events.sort(key=lambda event: event["createdAt"], reverse=True)
        del self.events[100:]


def tasks_of(service: Service, deployment: Deployment, now: float) -> list[ecs_tasks.Task]:
    """The deployment's tasks that are not on their way out."""
    return [task for task in ecs_tasks.of_account()
            if task.deployment == deployment.id and task.service == service.name
            and task.desired(now) == "RUNNING" and task.times.created <= now]


def counts(service: Service, deployment: Deployment, now: float) -> tuple[int, int]:
    """Running and pending."""
    states = [task.status(now) for task in tasks_of(service, deployment, now)]
    running = states.count("RUNNING")
    return running, len(states) - running


def advance_all(now: float) -> None:
    """Brings every service of the account and region at hand up to `now`."""
    for service in list(store._services.values()):
        advance(service, now)


def advance(service: Service, now: float) -> None:
    """Brings one service up to `now`."""
    if not service.deployments or service.status != "ACTIVE":
        return
    primary = service.deployments[0]
    _notice_failures(service, primary, now)
    running, pending = counts(service, primary, now)
    if primary.state == "IN_PROGRESS" and running >= primary.desired:
        _complete(service, primary, now)
    elif running + pending < primary.desired and now >= primary.next_attempt and primary.state != "FAILED":
        _attempt(service, primary, primary.desired - running - pending, now)


def _notice_failures(service: Service, primary: Deployment, now: float) -> None:
    failed = [task for task in ecs_tasks.of_account() if task.deployment == primary.id and task.failure
              and not task.times.created < primary.created and task.times.stopping <= now]
    if primary.attempts and len(failed) > primary.failed:
        primary.failed, primary.updated = len(failed), now
        if primary.failed >= 2:
            service.event(now, "is unable to consistently start tasks successfully. For more information, see the "
                               "Troubleshooting section of the Amazon ECS Developer Guide.")
    threshold = min(200, max(3, math.ceil(primary.desired * 0.5)))
    if service.breaker and primary.state == "IN_PROGRESS" and primary.failed >= threshold:
        fail(service, primary, now)


def fail(service: Service, primary: Deployment, now: float) -> None:
    """The circuit breaker opens; with `rollback` the last completed deployment comes back."""
    primary.state, primary.finished, primary.updated = "FAILED", now, now
    primary.reason = "ECS deployment circuit breaker: tasks failed to start."
    service.event(now, f"(deployment ecs-svc/{primary.id}) deployment failed: tasks failed to start.")
    before = next((one for one in service.deployments[1:] + service.history[::-1] if one.state == "COMPLETED"), None)
    if not service.breaker_rolls_back or before is None:
        return
    again = deploy(service, before.definition, now, service.network, forced=False)
    again.rolled_back_by = primary.id
    again.reason = "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/" + before.id
    service.event(now, f"rolling back to deployment ecs-svc/{again.id}.")


def deploy(service: Service, definition: str, now: float, network: dict, forced: bool) -> Deployment:
    """A new PRIMARY; what ran before stays as ACTIVE until the new one has its tasks."""
    identifier = names.number()
    deployment = Deployment(identifier, definition, service.desired, now, now, network, forced=forced,
                            reason=f"ECS deployment ecs-svc/{identifier} in progress.", next_attempt=now)
    images = [one["image"] for one in find(definition)["containerDefinitions"]]
    deployment.digests = {image: digest for image in images if (digest := pulls.digest_of(image))}
    kept = []
    for one in service.deployments:
        if sum(counts(service, one, now)):
            one.status = "ACTIVE"
            kept.append(one)
        else:
            if one.state == "IN_PROGRESS":
                one.state, one.finished = "STOPPED", now
            service.history.append(one)
    service.deployments = [deployment, *kept]
    service.network = network
    return deployment


def _attempt(service: Service, primary: Deployment, wanted: int, now: float) -> None:
    definition = find(primary.definition)
    network = primary.network.get("awsvpcConfiguration", {})
    public = network.get("assignPublicIp") == "ENABLED"
    subnets = network.get("subnets") or [""]
    started = []
    alive = [task.subnet for task in tasks_of(service, primary, now)]
    for _ in range(wanted):
        subnet = min(subnets, key=alive.count)
        alive.append(subnet)
        place = pulls.Place(service.cluster, definition, subnet, public, service.launch_type, forced=primary.forced)
        started.append(ecs_tasks.start(
            service.cluster, definition, now, ecs_tasks.LIVE, pulls.decide(place), subnet, service=service.name,
            deployment=primary.id, started_by=f"ecs-svc/{primary.id}", group=f"service:{service.name}",
            launch_type=service.launch_type, public=public))
    primary.attempts += 1
    primary.next_attempt = now + (FIRST_RETRY if primary.attempts == 1 else service.retry)
    listed = " ".join(f"(task {task.id})" for task in started)
    service.event(now, f"has started {len(started)} tasks: {listed}.")


def _complete(service: Service, primary: Deployment, now: float) -> None:
    primary.state, primary.finished, primary.updated = "COMPLETED", now, now
    primary.reason = f"ECS deployment ecs-svc/{primary.id} completed."
    for old in service.deployments[1:]:
        leaving = tasks_of(service, old, now)
        for task in leaving:
            task.stop(now, f"Scaling activity initiated by (deployment ecs-svc/{old.id})", "ServiceSchedulerInitiated")
        if leaving:
            service.event(now, f"has stopped {len(leaving)} running tasks: "
                               + " ".join(f"(task {task.id})" for task in leaving) + ".")
        service.history.append(old)
    service.deployments = [primary]
    service.event(now, f"(deployment ecs-svc/{primary.id}) deployment completed.")
    service.event(now, "has reached a steady state.")


def shape(service: Service, now: float, with_tags: bool = False) -> dict:
    """As DescribeServices shows it. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html"""
    deployments = []
    total_running = total_pending = 0
    for one in service.deployments:
        running, pending = counts(service, one, now)
        total_running, total_pending = total_running + running, total_pending + pending
        deployments.append({
            "id": f"ecs-svc/{one.id}", "status": one.status, "taskDefinition": one.definition,
            "desiredCount": one.desired if one.status == "PRIMARY" else running, "pendingCount": pending,
            "runningCount": running, "failedTasks": one.failed, "createdAt": one.created, "updatedAt": one.updated,
            "networkConfiguration": one.network, "rolloutState": one.state, "rolloutStateReason": one.reason,
            **_capacity(service)})
    role = "aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
    answer = {
        "serviceArn": service.arn, "serviceName": service.name, "status": service.status,
        "clusterArn": f"arn:aws:ecs:{service.region}:{service.account}:cluster/{service.cluster}",
        "loadBalancers": [], "serviceRegistries": [], "desiredCount": service.desired, "runningCount": total_running,
        "pendingCount": total_pending, "taskDefinition": service.deployments[0].definition,
        "deploymentConfiguration": {
            "deploymentCircuitBreaker": {"enable": service.breaker, "rollback": service.breaker_rolls_back},
            "maximumPercent": 200, "minimumHealthyPercent": 100, "strategy": "ROLLING", "bakeTimeInMinutes": 0},
        "deployments": deployments, "roleArn": f"arn:aws:iam::{service.account}:role/{role}",
        "events": service.events, "createdAt": service.created, "createdBy": service.created_by,
        "placementConstraints": [], "placementStrategy": [], "networkConfiguration": service.network,
        "schedulingStrategy": "REPLICA", "deploymentController": {"type": service.controller},
        "enableECSManagedTags": True, "propagateTags": "NONE", "enableExecuteCommand": False,
        "availabilityZoneRebalancing": "ENABLED", **_capacity(service)}
    if not answer["networkConfiguration"]:
        del answer["networkConfiguration"]
        for one in deployments:
            one.pop("networkConfiguration", None)
    if with_tags:
        answer["tags"] = store._tags.get(service.arn, [])
    return answer


def _capacity(service: Service) -> dict:
    if service.launch_type != "FARGATE":
        return {"launchType": service.launch_type}
    return {"launchType": "FARGATE", "platformVersion": service.platform_version, "platformFamily": "Linux"}
