"""The services of a world: definitions that ran and that are deployed, deployments, tasks and events, back-dated."""

import json

from ministack.core.responses import get_account_id, get_region
from ministack.services import ecs as store

from . import cloudtrail, ec2_world, ecs_definitions, ecs_tasks, names, pulls, world_access
from .ecs_rollout import Deployment, Service
from .scenario import before

_CREATED = 220 * 86400


def instance_id(number: int) -> str:
    """The container instance's id."""
    return names.seeded(get_account_id(), "instance", number)


def build(name: str, wanted: dict, whole: dict, made: ec2_world.Network, now: float) -> dict:
    """Builds one service; answers the ids that tests ask about."""
    deployed_at = before(now, wanted["deployed"])
    account = get_account_id()
    who = world_access.principal(wanted["deployed_by"])
    older = _definition(name, wanted, whole, deployed=False)
    newer = _definition(name, wanted, whole, deployed=True)
    was = ecs_definitions.put(older, wanted["previous"], deployed_at - 6 * 86400, who)
    now_is = ecs_definitions.put(newer, wanted["revision"], deployed_at - 40, who)
    network = _network(wanted, whole, made, newer)
    service = Service(name, whole["cluster"], account, get_region(), wanted["desired"], network, now - _CREATED,
                      f"arn:aws:iam::{account}:role/terraform", wanted["launch_type"],
                      wanted["platform_version"], wanted["controller"], wanted["circuit_breaker"], wanted["rollback"],
                      retry=wanted["retry"])
    store._services[f"{whole['cluster']}/{name}"] = service
    store._tags[service.arn] = [{"key": key, "value": value} for key, value in wanted["tags"].items()]
    if wanted["failure"]:
        pulls.FAULTS[(account, get_region(), name)] = wanted["failure"]
    state = wanted["state"] or ("failing" if wanted["failure"] else "steady")
    old = _deployment(service, was, deployed_at - 6 * 86400, "old", "COMPLETED")
    new = _deployment(service, now_is, deployed_at, "new", "IN_PROGRESS")
    if wanted["previous_pinned"]:
        old.digests = {one["image"]: wanted["previous_pinned"] for one in was["containerDefinitions"]}
    if wanted["pinned"]:
        new.digests = {one["image"]: wanted["pinned"] for one in now_is["containerDefinitions"]}
    if wanted["announced"]:
        _announce(service, wanted, now_is, newer, deployed_at, who)
    tell = {"failing": _failing, "steady": _steady, "recovered": _recovered, "rolled_back": _rolled_back,
            "stuck": _stuck, "waiting": _waiting}[state]
    failed = tell(service, wanted, whole, made, old, new, now)
    now_is["status"] = wanted["definition_status"]
    if wanted["definition_status"] == "GONE":
        ecs_definitions.GONE.add(now_is["taskDefinitionArn"])
    for event in wanted["events"]:
        service.event(before(now, event["time"]), _filled(event["text"], now_is, whole, made))
    return {"task_definition": now_is["taskDefinitionArn"], "previous": was["taskDefinitionArn"],
            "image": now_is["containerDefinitions"][0]["image"], "failed_tasks": [task.id for task in failed],
            "running_tasks": [task.id for task in ecs_tasks.of_account()
                              if task.service == name and task.status(now) == "RUNNING"],
            "deployment": f"ecs-svc/{service.deployments[0].id}"}


def _definition(name: str, wanted: dict, whole: dict, deployed: bool) -> dict:
    account, region = get_account_id(), get_region()
    image = (wanted["image"] or "{registry}/" + name + ":1.4.2") if deployed else \
        (wanted["previous_image"] or "{registry}/" + name + ":1.4.1")
    image = image.replace("{registry}", f"{account}.dkr.ecr.{region}.amazonaws.com").replace("{region}", region)
    container = {"name": wanted["container"] or name, "image": image, "essential": True,
                 "portMappings": [{"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"}],
                 "environment": [{"name": "LOG_LEVEL", "value": "info"}],
                 "logConfiguration": {"logDriver": "awslogs", "options": {
                     "awslogs-group": f"/ecs/{name}", "awslogs-region": region, "awslogs-stream-prefix": "app"}}}
    container |= wanted["container_definition"] if deployed else wanted["previous_container_definition"]
    container = {key: value for key, value in container.items() if value != ""}
    definition = {"family": name, "containerDefinitions": [container, *wanted["sidecars"]], "cpu": "512",
                  "memory": "1024", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
                  "runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"}}
    if wanted["launch_type"] != "FARGATE":
        definition |= {"requiresCompatibilities": [wanted["launch_type"]], "networkMode": "bridge"}
    role = wanted["role"]
    if not deployed and wanted["previous_role"] is not None:
        role = wanted["previous_role"]
    if role:
        path = whole["roles"].get(role, {}).get("path", "/")
        definition["executionRoleArn"] = f"arn:aws:iam::{account}:role{path}{role}"
    if wanted["task_role"]:
        definition["taskRoleArn"] = f"arn:aws:iam::{account}:role/{wanted['task_role']}"
    definition |= wanted["definition"] if deployed else wanted["previous_definition"]
    text = json.dumps({key: value for key, value in definition.items() if value != ""})
    text = text.replace("{registry}", f"{account}.dkr.ecr.{region}.amazonaws.com")
    return json.loads(world_access.filled(text, whole))


def _network(wanted: dict, whole: dict, made: ec2_world.Network, definition: dict) -> dict:
    if definition["networkMode"] != "awsvpc":
        return {}
    outside = whole["network"]["kind"] == "public"
    public = outside if wanted["assign_public_ip"] is None else wanted["assign_public_ip"]
    subnets = wanted["subnets"] or [name for name in made.subnets
                                    if name.startswith("public" if outside else "private")]
    return {"awsvpcConfiguration": {
        "subnets": [made.subnets[name] for name in subnets], "assignPublicIp": "ENABLED" if public else "DISABLED",
        "securityGroups": [made.groups[name] for name in wanted["groups"]]}}


def _deployment(service: Service, definition: dict, at: float, which: str, state: str) -> Deployment:
    identifier = names.number(service.account, service.name, which)
    made = Deployment(identifier, definition["taskDefinitionArn"], service.desired, at, at, service.network,
                      state=state, platform_version=service.platform_version)
    made.reason = f"ECS deployment ecs-svc/{identifier} " + ("in progress." if state == "IN_PROGRESS" else "completed.")
    made.finished = at + 95 if state == "COMPLETED" else None
    made.digests = {one["image"]: digest for one in definition["containerDefinitions"]
                    if (digest := pulls.digest_of(one["image"]))}
    return made


def _announce(service: Service, wanted: dict, definition: dict, given: dict, at: float, who: str) -> None:
    for name, seconds, resources, request in (
            ("RegisterTaskDefinition", 40, [service.name], given),
            ("UpdateService", 0, [service.name, service.arn, service.cluster],
             {"cluster": service.cluster, "service": service.name, "taskDefinition": definition["taskDefinitionArn"],
              "forceNewDeployment": False})):
        cloudtrail.add(service.account, service.region, name=name, source="ecs.amazonaws.com", at=at - seconds,
                       user=wanted["deployed_by"], principal=who, resources=resources, request=request)


def _start(service: Service, deployment: Deployment, at: float, number: int, wanted: dict, whole: dict,
           failure: pulls.Failure | None, subnet: str) -> ecs_tasks.Task:
    definition = ecs_definitions.find(deployment.definition)
    on_host = wanted["launch_type"] != "FARGATE"
    hosts = [instance_id(one) for one in range(len(whole["instances"]))]
    if failure is not None and (wanted["failure"] or {}).get("instances"):
        hosts = [instance_id(one) for one in wanted["failure"]["instances"]]
    task = ecs_tasks.start(
        service.cluster, definition, at, ecs_tasks.SEEDED, failure, subnet, (service.name, deployment.id, number),
        service=service.name, deployment=deployment.id, started_by=f"ecs-svc/{deployment.id}",
        group=f"service:{service.name}", launch_type=wanted["launch_type"],
        platform_version=wanted["platform_version"] if wanted["platform_version"] != "LATEST" else "1.4.0",
        instance=hosts[number % len(hosts)] if on_host and hosts else None)
    if task.digests:
        task.digests |= {one["name"]: deployment.digests[one["image"]]
                         for one in definition["containerDefinitions"] if one["image"] in deployment.digests}
    return task


def _run(service: Service, deployment: Deployment, count: int, at: float, wanted: dict, whole: dict) -> list:
    subnets = deployment.network.get("awsvpcConfiguration", {}).get("subnets") or [""]
    return [_start(service, deployment, at + number, 1000 + number, wanted, whole, None, subnets[number % len(subnets)])
            for number in range(count)]


def _fail(service: Service, deployment: Deployment, wanted: dict, whole: dict, made: ec2_world.Network,
          now: float) -> list:
    fault = wanted["failure"]
    first, last = before(now, fault["first"]), before(now, fault["last"])
    network = deployment.network.get("awsvpcConfiguration", {})
    subnets = [made.subnets[name] for name in fault["subnets"] or []] or network.get("subnets") or [""]
    definition = ecs_definitions.find(deployment.definition)
    tasks = []
    for number in range(fault["attempts"]):
        stopped = first + (last - first) * number / max(1, fault["attempts"] - 1)
        place = pulls.Place(service.cluster, definition, subnets[number % len(subnets)],
                            network.get("assignPublicIp") == "ENABLED", wanted["launch_type"])
        task = _start(service, deployment, stopped - 15, number, wanted, whole, pulls.failure(fault, place),
                      place.subnet)
        shift = stopped - task.times.stopped
        for member, at in vars(task.times).items():
            if at is not None:
                setattr(task.times, member, at + shift)
        tasks.append(task)
        service.event(task.times.created + 1, f"has started 1 tasks: (task {task.id}).")
    deployment.failed, deployment.attempts, deployment.updated = len(tasks), len(tasks), last
    if len(tasks) > 2:
        service.event(last + 1, "is unable to consistently start tasks successfully. For more information, see the "
                                "Troubleshooting section of the Amazon ECS Developer Guide.")
    if fault["forgotten"]:
        # AWS remembers the service's history for longer than its tasks.
        for task in tasks[:fault["forgotten"]]:
            del store._tasks[task.arn]
    return tasks


def _failing(service: Service, wanted: dict, whole: dict, made, old: Deployment, new: Deployment, now: float) -> list:
    running = wanted["desired"] if wanted["previous_running"] is None else wanted["previous_running"]
    _run(service, old, running, now - 5 * 86400, wanted, whole)
    service.event(now - 5 * 86400 + 60, "has reached a steady state.")
    old.status = "ACTIVE"
    service.deployments = [new, old] if running else [new]
    if not running:
        service.history.append(old)
    _run(service, new, wanted["running"] or 0, new.created + 5, wanted, whole)
    failed = _fail(service, new, wanted, whole, made, now)
    new.next_attempt = now + service.retry
    return failed


def _stuck(service: Service, wanted: dict, whole: dict, made, old: Deployment, new: Deployment, now: float) -> list:
    """No task is ever started for the new deployment."""
    running = wanted["desired"] if wanted["previous_running"] is None else wanted["previous_running"]
    _run(service, old, running, now - 5 * 86400, wanted, whole)
    old.status = "ACTIVE"
    service.deployments = [new, old] if running else [new]
    new.next_attempt = now + 86400
    return []


def _steady(service: Service, wanted: dict, whole: dict, made, old: Deployment, new: Deployment, now: float) -> list:
    running = wanted["desired"] if wanted["running"] is None else wanted["running"]
    _complete(service, new, old, new.created + 95)
    _run(service, new, running, new.created + 5, wanted, whole)
    service.event(new.created + 6, f"has started {running} tasks.")
    service.event(new.created + 95, f"(deployment ecs-svc/{new.id}) deployment completed.")
    service.event(new.created + 96, "has reached a steady state.")
    # A failure with a steady service: tasks that failed beside those that run.
    return _fail(service, new, wanted, whole, made, now) if wanted["failure"] else []


def _waiting(service: Service, wanted: dict, whole: dict, made, old: Deployment, new: Deployment, now: float) -> list:
    """Tasks are placed and nothing comes of it: their instance's agent is not there."""
    service.deployments = [new]
    service.history.append(old)
    for task in _run(service, new, wanted["desired"], now - 240, wanted, whole):
        task.times = ecs_tasks.Times(now - 240, waits=True)
        task.digests = {}
    service.event(now - 239, f"has started {wanted['desired']} tasks.")
    return []


def _recovered(service: Service, wanted: dict, whole: dict, made, old: Deployment, new: Deployment,
               now: float) -> list:
    failed = _fail(service, new, wanted, whole, made, now)
    since = max(task.times.stopped for task in failed) + 20
    _run(service, new, wanted["desired"], since, wanted, whole)
    _complete(service, new, old, since + 40)
    service.event(since + 1, f"has started {wanted['desired']} tasks.")
    service.event(since + 40, f"(deployment ecs-svc/{new.id}) deployment completed.")
    service.event(since + 41, "has reached a steady state.")
    new.failed = len(failed)
    return failed


def _rolled_back(service: Service, wanted: dict, whole: dict, made, old: Deployment, new: Deployment,
                 now: float) -> list:
    failed = _fail(service, new, wanted, whole, made, now)
    at = max(task.times.stopped for task in failed) + 5
    new.state, new.finished, new.status = "FAILED", at, "INACTIVE"
    new.reason = "ECS deployment circuit breaker: tasks failed to start."
    _run(service, old, wanted["desired"], now - 5 * 86400, wanted, whole)
    again = _deployment(service, ecs_definitions.find(old.definition), at, "again", "COMPLETED")
    again.rolled_back_by = new.id
    again.finished = at + 30
    for task in ecs_tasks.of_account():
        if task.service == service.name and task.deployment == old.id:
            task.deployment, task.started_by = again.id, f"ecs-svc/{again.id}"
    service.deployments, service.history = [again], [old, new]
    service.event(at, f"(deployment ecs-svc/{new.id}) deployment failed: tasks failed to start.")
    service.event(at + 1, f"rolling back to deployment ecs-svc/{again.id}.")
    service.event(at + 30, f"(deployment ecs-svc/{again.id}) deployment completed.")
    service.event(at + 31, "has reached a steady state.")
    return failed


def _complete(service: Service, new: Deployment, old: Deployment, at: float) -> None:
    new.state, new.finished, new.updated = "COMPLETED", at, at
    new.reason = f"ECS deployment ecs-svc/{new.id} completed."
    service.deployments, service.history = [new], [old]


def standalone(whole: dict, made: ec2_world.Network, now: float) -> list[str]:
    """Tasks that no service started; answers their ids."""
    started = []
    for number, one in enumerate(whole["tasks"]):
        given = {"image": one["image"], "previous_image": None, "container": one["family"], "role": one["role"],
                 "launch_type": one["launch_type"], "container_definition": one["container_definition"],
                 "definition": one["definition"], "sidecars": [], "task_role": None}
        definition = ecs_definitions.put(_definition(one["family"], given, whole, deployed=True), one["revision"],
                                         now - 2 * 86400, world_access.principal("ci-deploy"))
        subnet = made.subnets[one["subnet"]]
        overrides = json.loads(world_access.filled(json.dumps(one["overrides"]), whole))
        failure = None
        if one["failure"]:
            pulls.FAULTS[(get_account_id(), get_region(), one["family"])] = one["failure"]
            place = pulls.Place(whole["cluster"], definition, subnet, one["assign_public_ip"], one["launch_type"],
                                overrides)
            failure = pulls.failure(one["failure"], place)
        task = ecs_tasks.start(whole["cluster"], definition, before(now, one["created"]), ecs_tasks.SEEDED, failure,
                               subnet, ("standalone", number), started_by=one["started_by"],
                               launch_type=one["launch_type"], overrides=overrides)
        started.append(task.id)
    return started


def _filled(text: str, definition: dict, whole: dict, made: ec2_world.Network) -> str:
    place = pulls.Place(whole["cluster"], definition, "", False, "FARGATE")
    return pulls.filled(text, place, definition["containerDefinitions"][0])
