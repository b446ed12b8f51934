"""Builds what a scenario describes: a healthy world, and in it what the file says is different."""

import dataclasses
import datetime
import json
import time

from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import ecr as ecr_store
from ministack.services import ecs as ecs_store

from . import (
    cloudtrail,
    ec2,
    ec2_world,
    ecr,
    ecr_images,
    ecs_instances,
    faults,
    vpc_names,
    world_access,
    world_keys,
    world_services,
    world_telemetry,
)
from .scenario import ScenarioError, before

TAGS = ("1.3.0", "1.3.1", "1.3.2", "1.3.3", "1.3.4", "1.3.5", "1.3.6", "1.3.7", "1.3.8", "1.4.0", "1.4.1", "1.4.2",
        "v1.4.3-rc1", "main-8c1f2ab")
"""What every repository holds, oldest first."""


def build(whole: dict) -> dict:
    """Builds the world in the account and region at hand; answers what tests need to talk about it."""
    account, region = get_account_id(), get_region()
    now = time.time()
    whole["account"] = account
    ecs_store._put_cluster({"clusterName": whole["cluster"], "capacityProviders": ["FARGATE", "FARGATE_SPOT"],
                            "settings": [{"name": "containerInsights", "value": "enabled"}]})
    made = ec2_world.build(_speaking_of_this_world(whole, "network"))
    ec2.BLOCKED[(account, region)] = whole["network"]["block_public_access"]
    ec2.dress(account, whole["network"], made)
    vpc_names.put(account, whole["network"]["zones"], whole["network"]["dns_firewall"])
    world_access.build(whole, account)
    world_keys.build(whole, now)
    for name, repository in whole["repositories"].items():
        owner = world_access.other(account) if repository["account"] == "other" else account
        with request_scope(owner, repository["region"] or region):
            _repository(repository["name"] or name, repository, whole, now)
    _registry(whole["registry"], whole)
    for number, one in enumerate(whole["instances"]):
        _instance(number, one, whole, made, now)
    services = {name: world_services.build(name, service, whole, made, now)
                for name, service in whole["services"].items() if service["exists"]}
    tasks = world_services.standalone(whole, made, now)
    for event in _speaking_of_this_world(whole, "cloudtrail"):
        _event(event, account, region, now)
    world_telemetry.build(whole, made.nat, now)
    if whole["trail"]:
        cloudtrail.TRAILS[account] = (region, whole["trail"])
        world_telemetry.trail(whole["trail"], cloudtrail.records(account))
    faults.clear(account)
    for one in whole["denied"]:
        faults.add(account, {"kind": "deny", **one})
    answer = {
        "account": account, "region": region, "cluster": whole["cluster"],
        "service": "payments" if "payments" in services else next(iter(services), None),
        "services": services, "tasks": tasks, "access_key_id": account, "secret_access_key": "stand-in",
        "read_role_arn": f"arn:aws:iam::{account}:role/{world_access.READ_ROLE}",
        "remediation_role_arn": f"arn:aws:iam::{account}:role/{world_access.REMEDIATION_ROLE}",
        "external_id": world_access.external_id(account), "network": dataclasses.asdict(made)}
    ask, expect = (_speaking_of_this_world(whole, part) for part in ("ask", "expect"))
    return answer | {"ask": _resolved(ask, answer), "expect": _resolved(expect, answer)}


def _resolved(value: object, answer: dict) -> object:
    """Names that only a built world has, in what a test asks and expects: `{failed_task}`, `{subnet.private-a}` …"""
    if isinstance(value, dict):
        return {key: _resolved(item, answer) for key, item in value.items()}
    if isinstance(value, list):
        return [_resolved(item, answer) for item in value]
    if not isinstance(value, str):
        return value
    failed = answer["services"].get(answer["service"], {}).get("failed_tasks") or [""]
    known = {"failed_task": failed[-1], "standalone": (answer["tasks"] or [""])[0], "account": answer["account"],
             "region": answer["region"],
             "registry": f"{answer['account']}.dkr.ecr.{answer['region']}.amazonaws.com",
             **{f"subnet.{name}": one for name, one in answer["network"]["subnets"].items()},
             **{f"endpoint.{name}": one for name, one in answer["network"]["endpoints"].items()}}
    for name, one in known.items():
        value = value.replace("{" + name + "}", one)
    return value


def _repository(name: str, wanted: dict, whole: dict, now: float) -> None:
    if not wanted["exists"]:
        return
    ecr_store._create_repository({"repositoryName": name,
                                  "imageTagMutability": "IMMUTABLE" if wanted["immutable"] else "MUTABLE",
                                  "encryptionConfiguration": {
                                      "encryptionType": "KMS", "kmsKey": world_access.key_arn(wanted["key"])}
                                  if wanted["key"] else {"encryptionType": wanted["encryption"]}})
    ecr_store._repositories[name]["createdAt"] = before(now, wanted["created"])
    tags = TAGS if wanted["tags"] is None else wanted["tags"]
    for number, tag in enumerate(tags):
        if tag in wanted["remove"]:
            continue
        pushed = now - 7200 - (len(tags) - 1 - number) * 5.3 * 86400
        ecr_images.put(name, [tag], kind="oci-index", platforms=("linux/amd64", "unknown/unknown"), pushed=pushed,
                       seed=f"{name}:{tag}", pulled=pushed + 900)
    for image in wanted["images"]:
        pushed = before(now, image["pushed"])
        put = ecr_images.put(name, image["tags"], kind=image["kind"], platforms=tuple(image["platforms"]),
                             pushed=pushed, size=image["size"], status=image["status"], children=image["children"],
                             seed=image["seed"], pulled=before(now, image["pulled"]) if image["pulled"] else None,
                             lost_layers=image["lost_layers"])
        for member, value in (("artifactMediaType", image["artifact"]), ("imageManifestMediaType", image["media_type"])):
            if value:
                put[member] = value
        if image["announced"]:
            for tag in image["tags"]:
                cloudtrail.add(get_account_id(), get_region(), name="PutImage", source="ecr.amazonaws.com", at=pushed,
                               user=image["by"], principal=world_access.principal(image["by"]), resources=[name],
                               request={"repositoryName": name, "imageTag": tag, "imageDigest": put["imageDigest"],
                                        "registryId": get_account_id()})
    for store, text in ((ecr_store._repo_policies, wanted["policy"]),
                        (ecr_store._lifecycle_policies, wanted["lifecycle"])):
        if text is not None:
            # The documents speak of the world's account, whoever owns the repository.
            with request_scope(whole["account"], get_region()):
                store_text = world_access.filled(text if isinstance(text, str) else json.dumps(text), whole)
            store[name] = store_text


def _registry(wanted: dict, whole: dict) -> None:
    region = get_region()
    if wanted["policy"] is not None:
        policy = wanted["policy"]
        ecr.REGISTRY[(region, "policy")] = world_access.filled(
            policy if isinstance(policy, str) else json.dumps(policy), whole)
    ecr.REGISTRY[(region, "pull_through_rules")] = wanted["pull_through_rules"]
    if wanted["replication"] is not None:
        ecr.REGISTRY[(region, "replication")] = wanted["replication"]
    for name, value in wanted["account_settings"].items():
        ecr.REGISTRY[(region, "account/" + name)] = value


def _instance(number: int, wanted: dict, whole: dict, made: ec2_world.Network, now: float) -> None:
    subnet = made.subnets[wanted["subnet"]]
    identifier, zone = world_services.instance_id(number), ec2_world.placed(subnet, "instance")[0]
    registered = before(now, wanted["registered"])
    if wanted["external"]:
        ecs_instances.put(ecs_instances.Instance(
            identifier, whole["cluster"], f"mi-0{identifier[:16]}", registered, wanted["connected"],
            wanted["architecture"], wanted["system"], wanted["agent"], zone))
        return
    backend = ec2_world.backend()
    reservation = backend.run_instances(
        image_id="ami-0c1a7f89451184c8b", count=1, user_data="", security_group_names=[],
        instance_type="m6i.large", subnet_id=subnet, security_group_ids=[made.groups["app"]],
        is_instance_type_default=False)
    machine = reservation.instances[0]
    machine.launch_time = datetime.datetime.fromtimestamp(before(now, wanted["registered"]), datetime.UTC)
    if wanted["role"]:
        ec2.PROFILES[machine.id] = wanted["role"]
    ecs_instances.put(ecs_instances.Instance(
        identifier, whole["cluster"], machine.id, before(now, wanted["registered"]), wanted["connected"],
        wanted["architecture"], wanted["system"], wanted["agent"], zone))


def _speaking_of_this_world(whole: dict, part: str) -> dict | list:
    """A part of a scenario in which `{account}`, `{region}` and the like are filled in."""
    return json.loads(world_access.filled(json.dumps(whole[part]), whole))


def _event(event: dict, account: str, region: str, now: float) -> None:
    missing = [key for key in ("event_name", "source", "time") if not event[key]]
    if missing:
        raise ScenarioError(f"cloudtrail: {', '.join(missing)} missing")
    cloudtrail.add(account, event["region"] or region, name=event["event_name"], source=event["source"],
                   at=before(now, event["time"]), user=event["user"],
                   principal=event["principal"] or world_access.principal(event["user"]),
                   resources=event["resources"], request=event["request"], response=event["response"],
                   error=event["error"], message=event["message"], read_only=event["read_only"],
                   invoked_by=event["invoked_by"])
