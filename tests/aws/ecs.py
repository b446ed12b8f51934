"""ECS: everything that a pull touches is answered here, out of ministack's own stores; the rest is ministack's."""

import time

from ministack.services import ecs as store

from . import answers, ecs_definitions, ecs_instances, ecs_rollout, ecs_services, ecs_tasks
from .callers import Caller
from .requests import Asked


def _describe_clusters(asked: Asked, caller: Caller) -> answers.Answer:
    include = asked.parameters.get("include", [])
    now = time.time()
    ecs_rollout.advance_all(now)
    found, failures = [], []
    for reference in asked.parameters.get("clusters") or ["default"]:
        name = reference.rsplit("/", 1)[-1]
        cluster = store._clusters.get(name)
        if cluster is None or reference.startswith("arn:") and reference != cluster["clusterArn"]:
            arn = reference if reference.startswith("arn:") else \
                f"arn:aws:ecs:{asked.region}:{caller.account}:cluster/{reference}"
            failures.append({"arn": arn, "reason": "MISSING"})
            continue
        states = [task.status(now) for task in ecs_tasks.of_account() if task.cluster == name]
        running = states.count("RUNNING")
        found.append({
            "clusterArn": cluster["clusterArn"], "clusterName": name, "status": cluster["status"],
            "registeredContainerInstancesCount": len(ecs_instances.of_cluster(name)),
            "runningTasksCount": running,
            "pendingTasksCount": sum(state in ("PROVISIONING", "PENDING") for state in states),
            "activeServicesCount": sum(one.cluster == name for one in store._services.values()),
            "statistics": [], "capacityProviders": cluster["capacityProviders"],
            "defaultCapacityProviderStrategy": cluster["defaultCapacityProviderStrategy"],
            "settings": cluster["settings"] if "SETTINGS" in include else [],
            "tags": store._tags.get(cluster["clusterArn"], []) if "TAGS" in include else []})
    return answers.json_ok({"clusters": found, "failures": failures})


def _list_clusters(asked: Asked, caller: Caller) -> answers.Answer:
    arns = [one["clusterArn"] for one in store._clusters.values() if one["status"] == "ACTIVE"]
    return answers.json_ok(ecs_definitions.page(arns, asked.parameters, "clusterArns", 100))


OPERATIONS = {"DescribeClusters": _describe_clusters, "ListClusters": _list_clusters, **ecs_definitions.OPERATIONS,
              **ecs_tasks.OPERATIONS, **ecs_services.OPERATIONS, **ecs_instances.OPERATIONS}
