"""Services: describe, update, list their deployments and revisions.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
"""

import time

from ministack.core.responses import get_account_id, get_region
from ministack.services import ecs as store

from . import answers, ecs_rollout
from .callers import Caller
from .ecs_definitions import find, page
from .ecs_rollout import Deployment, Service
from .ecs_tasks import cluster_of
from .requests import Asked


def _named(given: dict, reference: str) -> Service | None:
    cluster = cluster_of(given)
    parts = reference.rsplit(":", 1)[-1].split("/")
    if reference.startswith("arn:") and len(parts) == 3 and parts[1] != cluster:
        return None
    service = store._services.get(f"{cluster}/{parts[-1]}")
    if service is not None and reference.startswith("arn:") and len(parts) == 3 and reference != service.arn:
        return None
    return service


def _describe(asked: Asked, caller: Caller) -> answers.Answer:
    given = asked.parameters
    cluster = cluster_of(given)
    wanted = given.get("services") or []
    if not wanted:
        raise answers.AwsError("InvalidParameterException", "Services cannot be empty.")
    if len(wanted) > 10:
        raise answers.AwsError("InvalidParameterException", "Services cannot have more than 10 elements.")
    now = time.time()
    found, failures = [], []
    for reference in wanted:
        service = _named(given, reference)
        if service is None:
            arn = reference if reference.startswith("arn:") else \
                f"arn:aws:ecs:{asked.region}:{caller.account}:service/{cluster}/{reference}"
            failures.append({"arn": arn, "reason": "MISSING"})
        else:
            ecs_rollout.advance(service, now)
            found.append(ecs_rollout.shape(service, now, "TAGS" in given.get("include", [])))
    return answers.json_ok({"services": found, "failures": failures})


def _update(asked: Asked, caller: Caller) -> answers.Answer:
    given = asked.parameters
    service = _named(given, given.get("service", ""))
    if service is None:
        raise answers.AwsError("ServiceNotFoundException", "Service not found.")
    if service.status != "ACTIVE":
        raise answers.AwsError("ServiceNotActiveException", "Service was not ACTIVE.")
    now = time.time()
    ecs_rollout.advance(service, now)
    if given.get("taskDefinition"):
        definition = find(given["taskDefinition"])
        if definition["status"] != "ACTIVE":
            raise answers.AwsError("ClientException", "TaskDefinition is inactive")
        if service.controller != "ECS":
            raise answers.AwsError("InvalidParameterException",
                                   "Unable to update task definition on services with a "
                                   f"{service.controller} deployment controller.")
    else:
        definition = find(service.deployments[0].definition)
    network = given.get("networkConfiguration") or service.network
    if given.get("desiredCount") is not None:
        service.desired = int(given["desiredCount"])
        service.deployments[0].desired = service.desired
    breaker = given.get("deploymentConfiguration", {}).get("deploymentCircuitBreaker")
    if breaker:
        service.breaker, service.breaker_rolls_back = breaker["enable"], breaker["rollback"]
    changed = definition["taskDefinitionArn"] != service.deployments[0].definition or network != service.network
    if given.get("forceNewDeployment") or changed:
        ecs_rollout.deploy(service, definition["taskDefinitionArn"], now, network, forced=True)
        ecs_rollout.advance(service, now)
    return answers.json_ok({"service": ecs_rollout.shape(service, now)})


def _create(asked: Asked, caller: Caller) -> answers.Answer:
    given = asked.parameters
    cluster, name, now = cluster_of(given), given["serviceName"], time.time()
    if f"{cluster}/{name}" in store._services:
        raise answers.AwsError("InvalidParameterException", "Creation of service was not idempotent.")
    definition = find(given.get("taskDefinition", ""))
    breaker = given.get("deploymentConfiguration", {}).get("deploymentCircuitBreaker", {})
    service = Service(name, cluster, get_account_id(), get_region(), int(given.get("desiredCount") or 0),
                      given.get("networkConfiguration") or {}, now, caller.arn, given.get("launchType", "FARGATE"),
                      given.get("platformVersion", "LATEST"),
                      given.get("deploymentController", {}).get("type", "ECS"), breaker.get("enable", False),
                      breaker.get("rollback", False))
    store._services[f"{cluster}/{name}"] = service
    store._tags[service.arn] = list(given.get("tags") or [])
    ecs_rollout.deploy(service, definition["taskDefinitionArn"], now, service.network, forced=True)
    ecs_rollout.advance(service, now)
    return answers.json_ok({"service": ecs_rollout.shape(service, now)})


def _delete(asked: Asked, caller: Caller) -> answers.Answer:
    given = asked.parameters
    service = _named(given, given.get("service", ""))
    if service is None:
        raise answers.AwsError("ServiceNotFoundException", "Service not found.")
    if service.desired and not given.get("force"):
        raise answers.AwsError("InvalidParameterException", "The service cannot be stopped while it is scaled above 0.")
    now = time.time()
    for one in service.deployments:
        for task in ecs_rollout.tasks_of(service, one, now):
            task.stop(now, "Service was deleted", "ServiceSchedulerInitiated")
    service.status, service.desired = "INACTIVE", 0
    return answers.json_ok({"service": ecs_rollout.shape(service, now)})


def _list(asked: Asked, caller: Caller) -> answers.Answer:
    cluster = cluster_of(asked.parameters)
    found = [one.arn for one in store._services.values()
             if one.cluster == cluster and one.status == "ACTIVE"
             and asked.parameters.get("launchType") in (None, one.launch_type)]
    return answers.json_ok(page(sorted(found), asked.parameters | {"maxResults": min(
        int(asked.parameters.get("maxResults") or 10), 100)}, "serviceArns", 100))


def _deployment_arn(service: Service, one: Deployment) -> str:
    return (f"arn:aws:ecs:{service.region}:{service.account}:service-deployment/{service.cluster}/{service.name}/"
            f"{one.id}")


def _revision_arn(service: Service, one: Deployment) -> str:
    return f"arn:aws:ecs:{service.region}:{service.account}:service-revision/{service.cluster}/{service.name}/{one.id}"


_STATES = {"COMPLETED": "SUCCESSFUL", "IN_PROGRESS": "IN_PROGRESS", "STOPPED": "STOPPED"}


def _state(service: Service, one: Deployment) -> str:
    if one.state != "FAILED":
        return _STATES[one.state]
    back = next((again for again in _all(service) if again.rolled_back_by == one.id), None)
    if back is None:
        return "STOPPED"
    return "ROLLBACK_SUCCESSFUL" if back.state == "COMPLETED" else "ROLLBACK_IN_PROGRESS"


def _all(service: Service) -> list[Deployment]:
    return sorted([*service.deployments, *service.history], key=lambda one: one.created, reverse=True)


def _list_deployments(asked: Asked, caller: Caller) -> answers.Answer:
    given = asked.parameters
    service = _named(given, given.get("service", ""))
    if service is None:
        raise answers.AwsError("ServiceNotFoundException", "Service not found.")
    ecs_rollout.advance(service, time.time())
    wanted = given.get("status")
    rows = [{"serviceDeploymentArn": _deployment_arn(service, one), "serviceArn": service.arn,
             "clusterArn": f"arn:aws:ecs:{service.region}:{service.account}:cluster/{service.cluster}",
             "createdAt": one.created, "startedAt": one.created, "status": _state(service, one),
             "targetServiceRevisionArn": _revision_arn(service, one),
             **({"finishedAt": one.finished} if one.finished else {})}
            for one in _all(service) if not wanted or _state(service, one) in wanted]
    return answers.json_ok(page(rows, given, "serviceDeployments", 100))


def _describe_deployments(asked: Asked, caller: Caller) -> answers.Answer:
    now = time.time()
    found, failures = [], []
    for arn in asked.parameters.get("serviceDeploymentArns") or []:
        service, one = _by_arn(arn)
        if service is None:
            failures.append({"arn": arn, "reason": "MISSING"})
            continue
        ecs_rollout.advance(service, now)
        running, pending = ecs_rollout.counts(service, one, now)
        before = next((old for old in _all(service) if old.created < one.created), None)
        row = {"serviceDeploymentArn": arn, "serviceArn": service.arn,
               "clusterArn": f"arn:aws:ecs:{service.region}:{service.account}:cluster/{service.cluster}",
               "createdAt": one.created, "startedAt": one.created, "updatedAt": one.updated,
               "status": _state(service, one), "lifecycleStage": "SCALE_UP",
               "targetServiceRevision": {"arn": _revision_arn(service, one), "requestedTaskCount": one.desired,
                                         "runningTaskCount": running, "pendingTaskCount": pending},
               "sourceServiceRevisions": [{"arn": _revision_arn(service, before), "requestedTaskCount": 0,
                                           "runningTaskCount": ecs_rollout.counts(service, before, now)[0],
                                           "pendingTaskCount": 0}] if before else [],
               "deploymentConfiguration": {"deploymentCircuitBreaker": {
                   "enable": service.breaker, "rollback": service.breaker_rolls_back},
                   "maximumPercent": 200, "minimumHealthyPercent": 100},
               "deploymentCircuitBreaker": {
                   "status": "TRIGGERED" if one.state == "FAILED" else "MONITORING" if service.breaker else "DISABLED",
                   "failureCount": one.failed, "threshold": 3}}
        if one.finished:
            row["finishedAt"] = one.finished
        back = next((again for again in _all(service) if again.rolled_back_by == one.id), None)
        if back:
            row["rollback"] = {"reason": "Service deployment rolled back because the circuit breaker threshold was "
                                         "exceeded.", "startedAt": back.created,
                               "serviceRevisionArn": _revision_arn(service, back)}
        if one.state == "FAILED":
            row["statusReason"] = one.reason
        found.append(row)
    return answers.json_ok({"serviceDeployments": found, "failures": failures})


def _describe_revisions(asked: Asked, caller: Caller) -> answers.Answer:
    found, failures = [], []
    for arn in asked.parameters.get("serviceRevisionArns") or []:
        service, one = _by_arn(arn)
        if service is None:
            failures.append({"arn": arn, "reason": "MISSING"})
            continue
        definition = find(one.definition)
        images = [{"containerName": container["name"], "image": container["image"],
                   **({"imageDigest": one.digests[container["image"]]} if container["image"] in one.digests else {})}
                  for container in definition["containerDefinitions"]]
        row = {"serviceRevisionArn": arn, "serviceArn": service.arn,
               "clusterArn": f"arn:aws:ecs:{service.region}:{service.account}:cluster/{service.cluster}",
               "taskDefinition": one.definition, "launchType": service.launch_type, "createdAt": one.created,
               "loadBalancers": [], "serviceRegistries": [], "containerImages": images,
               "guardDutyEnabled": False, "networkConfiguration": one.network}
        if service.launch_type == "FARGATE":
            row |= {"platformVersion": one.platform_version, "platformFamily": "Linux"}
        found.append(row)
    return answers.json_ok({"serviceRevisions": found, "failures": failures})


def _by_arn(arn: str) -> tuple[Service | None, Deployment | None]:
    parts = arn.split("/")
    service = store._services.get("/".join(parts[1:3])) if len(parts) == 4 else None
    if service is None or f":{get_region()}:{get_account_id()}:" not in arn:
        return None, None
    one = next((one for one in _all(service) if one.id == parts[3]), None)
    return (service, one) if one else (None, None)


OPERATIONS = {"CreateService": _create, "DeleteService": _delete, "DescribeServices": _describe,
              "UpdateService": _update, "ListServices": _list,
              "ListServiceDeployments": _list_deployments, "DescribeServiceDeployments": _describe_deployments,
              "DescribeServiceRevisions": _describe_revisions}
