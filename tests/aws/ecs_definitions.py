"""Task definitions with what AWS computes: requiresAttributes, compatibilities, who registered them and when.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_TaskDefinition.html
"""

import re
import time

from ministack.core.responses import get_account_id, get_region
from ministack.services import ecs as store

from . import answers
from .callers import Caller
from .requests import Asked

ECR_HOST = re.compile(r"^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws)/(.+)$")
GONE: set[str] = set()
"""ARNs of definitions that were deleted, and that services still name."""

_REGISTER_ONLY = {"tags"}
_DOCKER_API = "com.amazonaws.ecs.capability.docker-remote-api."


def find(reference: str) -> dict:
    """A definition by ARN, `family:revision` or family (its newest ACTIVE revision)."""
    tail = reference.rsplit("/", 1)[-1]
    family, _, revision = tail.partition(":")
    if revision:
        found = store._task_defs.get(tail)
    else:
        mine = [one for one in store._task_defs.values() if one["family"] == family and one["status"] == "ACTIVE"]
        found = max(mine, key=lambda one: one["revision"], default=None)
    if found is None or (reference.startswith("arn:") and found["taskDefinitionArn"] != reference):
        raise answers.AwsError("ClientException", "Unable to describe task definition.")
    return found


def put(given: dict, revision: int, registered_at: float, registered_by: str, status: str = "ACTIVE") -> dict:
    """Stores a definition without asking whether AWS would have accepted it."""
    family = given["family"]
    arn = f"arn:aws:ecs:{get_region()}:{get_account_id()}:task-definition/{family}:{revision}"
    containers = [{"cpu": 0, "portMappings": [], "essential": True, "environment": [], "mountPoints": [],
                   "volumesFrom": [], "systemControls": [], **one} for one in given["containerDefinitions"]]
    wanted = given.get("requiresCompatibilities", [])
    definition = {name: value for name, value in given.items() if name not in _REGISTER_ONLY} | {
        "taskDefinitionArn": arn, "containerDefinitions": containers, "revision": revision, "status": status,
        "volumes": given.get("volumes", []), "placementConstraints": given.get("placementConstraints", []),
        "requiresAttributes": [{"name": name} for name in _attributes(given)],
        "compatibilities": sorted(set(wanted) | {"EC2"}), "registeredAt": registered_at,
        "registeredBy": registered_by}
    store._task_defs[f"{family}:{revision}"] = definition
    store._task_def_latest[family] = max(revision, store._task_def_latest.get(family, 0))
    if given.get("tags"):
        store._tags[arn] = list(given["tags"])
    return definition


def _attributes(given: dict) -> list[str]:
    found = set()
    role = given.get("executionRoleArn")
    for one in given["containerDefinitions"]:
        driver = one.get("logConfiguration", {}).get("logDriver")
        if driver:
            found |= {f"com.amazonaws.ecs.capability.logging-driver.{driver}", _DOCKER_API + "1.19"}
            if driver == "awslogs" and role:
                found.add("ecs.capability.execution-role-awslogs")
        if ECR_HOST.match(one["image"]):
            found.add("com.amazonaws.ecs.capability.ecr-auth")
            if role:
                found.add("ecs.capability.execution-role-ecr-pull")
        if one.get("repositoryCredentials"):
            found.add("ecs.capability.private-registry-authentication.secretsmanager")
        for secret in one.get("secrets", []):
            kind = "asm" if ":secretsmanager:" in secret["valueFrom"] else "ssm"
            found.add(f"ecs.capability.secrets.{kind}.environment-variables")
    if given.get("networkMode") == "awsvpc":
        found.add("ecs.capability.task-eni")
    if given.get("taskRoleArn"):
        found.add("com.amazonaws.ecs.capability.task-iam-role")
    return sorted(found | {_DOCKER_API + "1.18"})


def _register(asked: Asked, caller: Caller) -> answers.Answer:
    given = asked.parameters
    containers = given.get("containerDefinitions") or []
    if not given.get("family"):
        raise answers.AwsError("ClientException", "Family should not be null or empty.")
    if not containers:
        raise answers.AwsError("ClientException", "Container list cannot be empty.")
    for one in containers:
        if not one.get("image"):
            raise answers.AwsError("ClientException", "Container.image should not be null or empty.")
    fargate = "FARGATE" in given.get("requiresCompatibilities", [])
    if fargate and not given.get("executionRoleArn"):
        if any(ECR_HOST.match(one["image"]) for one in containers):
            raise answers.AwsError(
                "ClientException", "Fargate requires task definition to have execution role ARN to support ECR images.")
        if any(one.get("logConfiguration", {}).get("logDriver") == "awslogs" for one in containers):
            raise answers.AwsError("ClientException", "Fargate requires task definition to have execution role ARN "
                                                      "to support log driver awslogs.")
    unknown = {"taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities", "registeredAt",
               "registeredBy", "deregisteredAt"} & set(given)
    if unknown:
        raise answers.AwsError("ClientException", f"Unexpected members: {', '.join(sorted(unknown))}")
    revision = store._task_def_latest.get(given["family"], 0) + 1
    definition = put(given, revision, time.time(), caller.arn)
    return answers.json_ok({"taskDefinition": definition, "tags": given.get("tags", [])})


def _describe(asked: Asked, caller: Caller) -> answers.Answer:
    definition = find(asked.parameters.get("taskDefinition", ""))
    if definition["taskDefinitionArn"] in GONE:
        raise answers.AwsError("ClientException", "Unable to describe task definition.")
    answer: dict = {"taskDefinition": definition}
    if "TAGS" in asked.parameters.get("include", []):
        answer["tags"] = store._tags.get(definition["taskDefinitionArn"], [])
    return answers.json_ok(answer)


def _deregister(asked: Asked, caller: Caller) -> answers.Answer:
    definition = find(asked.parameters.get("taskDefinition", ""))
    definition |= {"status": "INACTIVE", "deregisteredAt": time.time()}
    return answers.json_ok({"taskDefinition": definition})


def _list(asked: Asked, caller: Caller) -> answers.Answer:
    given = asked.parameters
    found = [one for one in store._task_defs.values()
             if one["status"] == given.get("status", "ACTIVE")
             and given.get("familyPrefix") in (None, "", one["family"])]
    found.sort(key=lambda one: (one["family"], one["revision"]), reverse=given.get("sort") == "DESC")
    return answers.json_ok(page([one["taskDefinitionArn"] for one in found], given, "taskDefinitionArns", 100))


def page(rows: list, given: dict, member: str, most: int) -> dict:
    """One page of a list, as AWS cuts it: `maxResults`, and `nextToken` only where more follows."""
    size = min(int(given.get("maxResults") or most), most)
    try:
        start = int(given.get("nextToken") or 0)
    except ValueError:
        raise answers.AwsError("InvalidParameterException", "Invalid token.") from None
    answer = {member: rows[start:start + size]}
    if start + size < len(rows):
        answer["nextToken"] = str(start + size)
    return answer


OPERATIONS = {"RegisterTaskDefinition": _register, "DescribeTaskDefinition": _describe,
              "DeregisterTaskDefinition": _deregister, "ListTaskDefinitions": _list}
