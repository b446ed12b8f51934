"""Tasks: a record with times, seen at some moment. What a task is now follows from the clock, without threads.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html
"""

import dataclasses
import time

from ministack.core.responses import get_account_id, get_region
from ministack.services import ecs as store

from . import answers, ec2_world, names, pulls
from .callers import Caller
from .ecs_definitions import find, page
from .requests import Asked

FORGOTTEN_AFTER = 3600.0
"""Seconds for which AWS still shows a stopped task."""

SEEDED, LIVE = 1.0, 0.05
"""How long a task's steps take, in seconds a step: as on AWS, or fast enough for a test that waits."""


@dataclasses.dataclass
class Times:
    """Unix seconds; None where it does not come to that."""

    created: float
    pull_started: float | None = None
    pull_stopped: float | None = None
    started: float | None = None
    stopping: float | None = None
    stopped: float | None = None
    waits: bool = False
    """The instance's agent was told nothing yet: the task stays PENDING."""


@dataclasses.dataclass
class Task:
    """One task."""

    id: str
    account: str
    region: str
    cluster: str
    definition: dict
    times: Times
    service: str | None = None
    deployment: str | None = None
    started_by: str | None = None
    group: str = ""
    launch_type: str = "FARGATE"
    platform_version: str = "1.4.0"
    subnet: str = ""
    zone: str = ""
    ip: str = ""
    eni: str = ""
    instance: str | None = None
    public: bool = False
    failure: "pulls.Failure | None" = None
    stop_reason: str = ""
    stop_code: str = ""
    digests: dict[str, str] = dataclasses.field(default_factory=dict)
    overrides: dict = dataclasses.field(default_factory=dict)
    tags: list = dataclasses.field(default_factory=list)

    @property
    def arn(self) -> str:
        """The long form."""
        return f"arn:aws:ecs:{self.region}:{self.account}:task/{self.cluster}/{self.id}"

    def get(self, member: str) -> object:
        """As a mapping would: ministack's TagResource looks for ARNs so."""
        return self.arn if member == "taskArn" else None

    def status(self, now: float) -> str:
        """lastStatus at a moment."""
        times = self.times
        if times.stopped is not None and now >= times.stopped:
            return "STOPPED"
        if times.stopping is not None and now >= times.stopping:
            return "DEPROVISIONING"
        if times.started is not None and now >= times.started:
            return "RUNNING"
        if times.waits or times.pull_started is not None and now >= times.pull_started:
            return "PENDING"
        return "PROVISIONING"

    def desired(self, now: float) -> str:
        """desiredStatus at a moment."""
        return "STOPPED" if self.times.stopping is not None and now >= self.times.stopping else "RUNNING"

    def stop(self, now: float, reason: str, code: str, pace: float = LIVE) -> None:
        """Stops it from now on."""
        if self.times.stopping is None or now < self.times.stopping:
            self.times.stopping, self.times.stopped = now, now + 6 * pace
            self.stop_reason, self.stop_code, self.failure = reason, code, None


def of_account() -> list[Task]:
    """The tasks of the account and region at hand, oldest first."""
    return list(store._tasks.values())


def start(cluster: str, definition: dict, created: float, pace: float, failure: "pulls.Failure | None",
          subnet: str, seed: tuple = (), **members: object) -> Task:
    """Starts a task that will run, or fail as `failure` says."""
    times = Times(created)
    if failure is None or failure.pulled or failure.reached_pull:
        times.pull_started = created + 5 * pace
        times.pull_stopped = created + (9 + 0.2 * len(definition["family"])) * pace
    if failure is None or failure.pulled:
        times.started = times.pull_stopped + pace
    if failure is not None:
        times.stopping = (times.started or created + 12 * pace) + (failure.ran if failure.pulled else 0)
        times.stopped = times.stopping + 3 * pace
    account, region = get_account_id(), get_region()
    identifier = names.seeded(account, cluster, *seed) if seed else names.fresh()
    zone, ip = ec2_world.placed(subnet, identifier)
    if failure is not None:
        failure = failure.of_task(identifier)
    task = Task(identifier, account, region, cluster, definition, times, subnet=subnet, zone=zone, ip=ip,
                eni=f"eni-0{names.seeded(identifier, length=16)}", failure=failure, **members)
    if failure is None or failure.pulled:
        task.digests = {one["name"]: digest for one in definition["containerDefinitions"]
                        if (digest := pulls.digest_of(one["image"]))}
    store._tasks[task.arn] = task
    return task


def shape(task: Task, now: float, with_tags: bool = False) -> dict:
    """As DescribeTasks shows it."""
    status, times, definition = task.status(now), task.times, task.definition
    fargate = task.launch_type == "FARGATE"
    awsvpc = definition.get("networkMode") == "awsvpc"
    stopped = task.desired(now) == "STOPPED"
    platform = definition.get("runtimePlatform", {})
    machine = {"ARM64": "arm64"}.get(platform.get("cpuArchitecture", ""), "x86_64")
    answer: dict = {
        "attachments": [], "attributes": [{"name": "ecs.cpu-architecture", "value": machine}],
        "availabilityZone": task.zone,
        "clusterArn": f"arn:aws:ecs:{task.region}:{task.account}:cluster/{task.cluster}",
        "containers": [_container(task, one, now) for one in _containers(task)],
        "createdAt": times.created, "desiredStatus": task.desired(now), "enableExecuteCommand": False,
        "group": task.group or f"family:{definition['family']}", "healthStatus": "UNKNOWN", "lastStatus": status,
        "launchType": task.launch_type, "overrides": {"containerOverrides": [
            {"name": one["name"]} for one in definition["containerDefinitions"]], "inferenceAcceleratorOverrides": [],
            **task.overrides},
        "tags": task.tags if with_tags else [], "taskArn": task.arn,
        "taskDefinitionArn": definition["taskDefinitionArn"], "version": 5 if status == "STOPPED" else 2,
    }
    for member in ("cpu", "memory"):
        if definition.get(member):
            answer[member] = definition[member]
    if task.started_by:
        answer["startedBy"] = task.started_by
    if fargate:
        storage = definition.get("ephemeralStorage", {"sizeInGiB": 20})
        answer |= {"platformVersion": task.platform_version, "ephemeralStorage": storage,
                   "fargateEphemeralStorage": storage,
                   "platformFamily": "Linux" if platform.get("operatingSystemFamily", "LINUX") == "LINUX"
                   else "Windows_Server_2022_Core"}
    if task.instance:
        answer["containerInstanceArn"] = (f"arn:aws:ecs:{task.region}:{task.account}:container-instance/"
                                          f"{task.cluster}/{task.instance}")
    if awsvpc and now >= times.created:
        answer["attachments"] = [{
            "id": names.uuid_of(task.id, "attachment"), "type": "ElasticNetworkInterface",
            "status": "DELETED" if status == "STOPPED" else "ATTACHED",
            "details": [{"name": "subnetId", "value": task.subnet}, {"name": "networkInterfaceId", "value": task.eni},
                        {"name": "macAddress", "value": _mac(task)},
                        {"name": "privateDnsName",
                         "value": f"ip-{task.ip.replace('.', '-')}.{task.region}.compute.internal"},
                        {"name": "privateIPv4Address", "value": task.ip}]}]
    for member, at in (("pullStartedAt", times.pull_started), ("pullStoppedAt", times.pull_stopped),
                       ("startedAt", times.started), ("stoppingAt", times.stopping), ("stoppedAt", times.stopped),
                       ("executionStoppedAt", times.stopping)):
        if at is not None and now >= at:
            answer[member] = at
    if status == "RUNNING" or times.started is not None and stopped:
        answer |= {"connectivity": "CONNECTED", "connectivityAt": times.created + 3}
    if stopped:
        failure = task.failure
        answer["stoppedReason"] = failure.stopped_reason if failure else task.stop_reason
        answer["stopCode"] = failure.stop_code if failure else task.stop_code
    return answer


def _containers(task: Task) -> list[dict]:
    """The definition's, and the one that AWS adds where a failure tells of one."""
    injected = task.failure.injected if task.failure else None
    return [*task.definition["containerDefinitions"], *([injected] if injected else [])]


def _container(task: Task, one: dict, now: float) -> dict:
    status = task.status(now)
    base = f"arn:aws:ecs:{task.region}:{task.account}:container/{task.cluster}/{task.id}"
    answer = {"containerArn": f"{base}/{names.uuid_of(task.id, one['name'])}",
              "taskArn": task.arn, "name": one["name"], "image": one["image"], "networkInterfaces": [],
              "healthStatus": "UNKNOWN", "cpu": str(one.get("cpu", 0)),
              "lastStatus": status if status in ("RUNNING", "STOPPED") else
              "STOPPED" if status == "DEPROVISIONING" else "PENDING"}
    if one["name"] in task.digests and (task.times.pull_stopped or 0) <= now:
        answer["imageDigest"] = task.digests[one["name"]]
        answer["runtimeId"] = f"{task.id}-{names.seeded(task.id, one['name'], 'run', length=10)}"
    if task.definition.get("networkMode") == "awsvpc" and task.ip:
        answer["networkInterfaces"] = [{"attachmentId": names.uuid_of(task.id, "attachment"),
                                        "privateIpv4Address": task.ip}]
    failure = task.failure
    tells = failure and (failure.injected or {}).get("name", failure.container)
    if failure and task.desired(now) == "STOPPED" and one["name"] in (tells, failure.container):
        if failure.container_reason and one["name"] == tells:
            answer["reason"] = failure.container_reason
        if one["name"] == failure.container and failure.exit_code is not None:
            answer["exitCode"] = failure.exit_code
    elif task.desired(now) == "STOPPED" and task.times.started is not None:
        answer["exitCode"] = 0 if failure is None else 137
    return answer


def _mac(task: Task) -> str:
    digits = names.seeded(task.id, "mac", length=10)
    return "0a:" + ":".join(digits[at:at + 2] for at in range(0, 10, 2))


def cluster_of(given: dict) -> str:
    """The cluster that a call names, which must exist."""
    cluster = (given.get("cluster") or "default").rsplit("/", 1)[-1]
    if cluster not in store._clusters:
        raise answers.AwsError("ClusterNotFoundException", "Cluster not found.")
    return cluster


def _describe(asked: Asked, caller: Caller) -> answers.Answer:
    from . import ecs_rollout

    cluster = cluster_of(asked.parameters)
    wanted = asked.parameters.get("tasks") or []
    if not wanted:
        raise answers.AwsError("InvalidParameterException", "Tasks cannot be empty.")
    if len(wanted) > 100:
        raise answers.AwsError("InvalidParameterException", "taskIds can have at most 100 items.")
    now = time.time()
    ecs_rollout.advance_all(now)
    found, failures = [], []
    for reference in wanted:
        identifier = reference.rsplit("/", 1)[-1]
        arn = f"arn:aws:ecs:{asked.region}:{caller.account}:task/{cluster}/{identifier}"
        if reference.startswith("arn:"):
            named = reference.split("/")
            if len(named) == 3 and named[1] != cluster:
                raise answers.AwsError("InvalidParameterException", f"Invalid identifier: Identifier is for cluster "
                                                                    f"{named[1]}. Your cluster is {cluster}")
        elif len(identifier) not in (32, 36):
            raise answers.AwsError("InvalidParameterException", "taskId longer than 36." if len(identifier) > 36
                                   else "taskId length should be one of [32,36]")
        task = store._tasks.get(arn)
        if task is None or _forgotten(task, now):
            failures.append({"arn": arn, "reason": "MISSING"})
        else:
            found.append(shape(task, now, "TAGS" in asked.parameters.get("include", [])))
    return answers.json_ok({"tasks": found, "failures": failures})


def _forgotten(task: Task, now: float) -> bool:
    return task.times.stopped is not None and now - task.times.stopped > FORGOTTEN_AFTER


def _list(asked: Asked, caller: Caller) -> answers.Answer:
    from . import ecs_rollout

    given = asked.parameters
    cluster = cluster_of(given)
    now = time.time()
    ecs_rollout.advance_all(now)
    if (service := given.get("serviceName")) is not None:
        service = service.rsplit("/", 1)[-1]
        if f"{cluster}/{service}" not in store._services:
            raise answers.AwsError("ServiceNotFoundException", "Service not found.")
    found = [task for task in of_account()
             if task.cluster == cluster and task.times.created <= now and not _forgotten(task, now)
             and task.desired(now) == given.get("desiredStatus", "RUNNING")
             and service in (None, task.service) and given.get("family") in (None, task.definition["family"])
             and given.get("startedBy") in (None, task.started_by)
             and given.get("launchType") in (None, task.launch_type)
             and (given.get("containerInstance") or "").rsplit("/", 1)[-1] in ("", task.instance)]
    found.sort(key=lambda task: task.times.created, reverse=True)
    return answers.json_ok(page([task.arn for task in found], given, "taskArns", 100))


def _stop(asked: Asked, caller: Caller) -> answers.Answer:
    cluster = cluster_of(asked.parameters)
    identifier = asked.parameters.get("task", "").rsplit("/", 1)[-1]
    task = store._tasks.get(f"arn:aws:ecs:{asked.region}:{caller.account}:task/{cluster}/{identifier}")
    if task is None:
        raise answers.AwsError("InvalidParameterException", "The referenced task was not found.")
    now = time.time()
    task.stop(now, asked.parameters.get("reason") or "Task stopped by user", "UserInitiated")
    return answers.json_ok({"task": shape(task, now)})


def _run(asked: Asked, caller: Caller) -> answers.Answer:
    given = asked.parameters
    cluster = cluster_of(given)
    definition = find(given.get("taskDefinition", ""))
    if definition["status"] != "ACTIVE":
        raise answers.AwsError("ClientException", "TaskDefinition is inactive")
    network = given.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    if definition.get("networkMode") == "awsvpc" and not network.get("subnets"):
        raise answers.AwsError("InvalidParameterException",
                               "Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    now = time.time()
    subnet = (network.get("subnets") or [""])[0]
    launch = given.get("launchType", "FARGATE" if "FARGATE" in definition["compatibilities"] else "EC2")
    started = []
    for _ in range(int(given.get("count") or 1)):
        place = pulls.Place(cluster, definition, subnet, network.get("assignPublicIp") == "ENABLED", launch,
                            given.get("overrides") or {}, forced=True)
        task = start(cluster, definition, now, LIVE, pulls.decide(place), subnet, launch_type=launch,
                     started_by=given.get("startedBy"), group=given.get("group", ""), public=place.public,
                     overrides=given.get("overrides") or {}, tags=given.get("tags", []))
        started.append(shape(task, now))
    return answers.json_ok({"tasks": started, "failures": []})


OPERATIONS = {"DescribeTasks": _describe, "ListTasks": _list, "StopTask": _stop, "RunTask": _run}
