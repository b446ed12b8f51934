"""Reading a scenario file: defaults filled in, unknown keys refused, times turned into seconds before now."""

import copy
import pathlib
import re
import tomllib

_UNIT = {"s": 1, "m": 60, "h": 3600, "d": 86400}

KINDS = ("private_nat", "public", "isolated")
"""Where services run: private subnets behind NAT, public ones with public addresses, or without a way out."""

TOP = {"title": "", "region": "eu-west-1", "cluster": "prod", "services": {}, "repositories": {}, "roles": {},
       "policies": {}, "network": {}, "registry": {}, "cloudtrail": [], "denied": [], "instances": [], "tasks": [],
       "logs": {}, "trail": "", "metrics": [], "keys": {}, "secrets": {}, "organization": {}, "health": [], "ask": {}, "expect": {}}
SERVICE = {"image": None, "previous_image": None, "revision": 42, "previous": 41, "desired": 2, "running": None,
           "previous_running": None, "launch_type": "FARGATE", "platform_version": "1.4.0",
           "role": "ecsTaskExecutionRole",
           "previous_role": None, "task_role": None, "subnets": None, "assign_public_ip": None, "groups": ["app"],
           "deployed": "-9m", "deployed_by": "ci-deploy", "announced": True, "circuit_breaker": False,
           "rollback": False,
           "controller": "ECS", "container": None, "definition": {}, "container_definition": {}, "sidecars": [],
           "state": None, "failure": None, "events": [], "repository": True, "tags": {}, "retry": 60, "exists": True,
           "pinned": None, "previous_pinned": None, "definition_status": "ACTIVE", "previous_definition": {},
           "previous_container_definition": {}}
FAILURE = {"reason": None, "headline": "Task failed to start", "where": "both", "stop_code": "TaskFailedToStart",
           "container": None, "attempts": 9, "first": "-8m30s", "last": "-20s", "heals_when": ["never"],
           "injected": None, "exit_code": None, "pulled": False, "reached_pull": True, "ran": 4, "subnets": None, "instances": None,
           "forgotten": 0}
REPOSITORY = {"tags": None, "images": [], "remove": [], "policy": None, "lifecycle": None, "exists": True,
              "immutable": False, "created": "-400d", "name": None, "account": None, "region": None, "encryption": "AES256",
              "key": None}
IMAGE = {"tags": [], "platforms": ["linux/amd64", "unknown/unknown"], "kind": "oci-index", "pushed": "-3h",
         "size": 48_211_904, "status": "ACTIVE", "by": "ci-deploy", "pulled": None, "children": True, "seed": "",
         "announced": False, "artifact": None, "media_type": None, "lost_layers": 0}
ROLE = {"path": "/", "attached": None, "inline": {}, "boundary": None, "trust": None, "exists": True}
NETWORK = {"kind": "private_nat", "implicit_main": [], "nat": "available", "endpoints": [], "groups": {}, "acls": {},
           "routes": {}, "dns_support": True, "dns_hostnames": True, "dns_servers": [], "block_public_access": "off",
           "shared": False, "ipv6_only": [], "zones": [], "dns_firewall": []}
EVENT = {"event_name": None, "source": None, "time": None, "user": "ci-deploy", "principal": None, "resources": [],
         "request": None, "response": None, "error": None, "message": None, "region": None, "read_only": False,
         "invoked_by": None}
INSTANCE = {"subnet": "private-a", "connected": True, "architecture": "x86_64", "system": "linux", "agent": "1.90.0",
            "role": "ecsInstanceRole", "registered": "-20d", "external": False}
KEY = {"state": "Enabled", "policy": None, "grants": [], "exists": True}
SECRET = {"value": '{"username":"robot","password":"stand-in"}', "key": None, "deleted": None, "current": True, "policy": None,
          "exists": True}
ORGANIZATION = {"levels": [], "none": False, "refuses": []}
HEALTH = {"service": "ECR", "code": "AWS_ECR_OPERATIONAL_ISSUE", "status": "open", "from": "-1h", "to": None}
TASK = {"family": None, "definition": {}, "container_definition": {}, "revision": 1, "image": None,
        "role": "ecsTaskExecutionRole", "created": "-5m", "failure": None, "subnet": "private-a", "started_by": None,
        "launch_type": "FARGATE", "id": None, "assign_public_ip": False, "overrides": {}}
ENDPOINT = {"service": None, "type": None, "policy": None, "private_dns": True, "groups": ["endpoints"],
            "subnets": ["private-a", "private-b"], "tables": ["private"], "state": "available"}
ZONE = {"name": None, "service": None, "records": []}
RECORD = {"name": None, "type": "A", "values": []}
DNS_RULE = {"name": None, "action": None, "domains": [], "managed": False}
GROUP = {"ingress": [], "egress": None}
GROUP_RULE = {"protocol": "tcp", "from": None, "to": None, "cidr": None, "group": None, "prefix_list": None}
ACL = {"subnets": [], "ingress": [], "egress": []}
ACL_ENTRY = {"rule": None, "action": None, "protocol": "6", "cidr": "0.0.0.0/0", "from": None, "to": None}
SERVICE_EVENT = {"time": None, "text": None}
DENIED = {"action": None, "message": None, "principal": "*", "resource": "*", "explicit": False, "times": None}
ASK = {"cluster": None, "task": None}
EXPECT = {"outcome": None, "headline_contains": [], "causes": [], "absent_causes": [], "ruled_out": [], "unknown": [],
          "confirmed": None, "fixes_with": None, "fixes_without": [], "steps": {}}
EXPECTED_CAUSE = {"cause": None, "confidence": None, "effect": None, "subject_contains": ""}
REGISTRY = {"policy": None, "pull_through_rules": [], "replication": None, "account_settings": {}}
METRIC = {"namespace": "AWS/ECR", "name": "RepositoryPullCount", "dimensions": {}, "values": [], "every": 300,
          "unit": "Count"}
LOGS = {"streams": {}, "retention": 30}


class ScenarioError(ValueError):
    """The file does not say what it may say."""


def read(folder: pathlib.Path, name: str) -> dict:
    """The scenario `NAME.toml` of a folder, complete."""
    path = folder / f"{name}.toml"
    if not re.fullmatch(r"[A-Za-z0-9_.-]+", name) or not path.is_file():
        raise ScenarioError(f"no scenario `{name}` in {folder}")
    return parse(path.read_text(encoding="utf-8"), name)


def parse(text: str, name: str) -> dict:
    """A scenario from its TOML."""
    return complete(tomllib.loads(text), name)


def complete(raw: dict, name: str) -> dict:
    """A scenario with every default filled in."""
    whole = _filled(raw, TOP, name)
    whole["services"].setdefault("payments", {})
    whole["services"].setdefault("web", {"deployed": "-3d"})
    whole["services"] = {key: _service(value, f"{name}: services.{key}")
                         for key, value in whole["services"].items()}
    whole["network"] = _filled(whole["network"], NETWORK, f"{name}: network")
    _network(whole["network"], f"{name}: network")
    whole["denied"] = [_filled(one, DENIED, f"{name}: denied") for one in whole["denied"]]
    _filled(whole["ask"], ASK, f"{name}: ask")
    for one in _filled(whole["expect"], EXPECT, f"{name}: expect")["causes"]:
        _filled(one, EXPECTED_CAUSE, f"{name}: expect.causes")
    if whole["network"]["kind"] not in KINDS:
        raise ScenarioError(f"{name}: network.kind is one of {', '.join(KINDS)}")
    whole["registry"] = _filled(whole["registry"], REGISTRY, f"{name}: registry")
    repositories = {key: {} for key, service in whole["services"].items() if service["repository"]}
    whole["repositories"] = {key: _repository(value, f"{name}: repositories.{key}")
                             for key, value in (repositories | whole["repositories"]).items()}
    whole["roles"] = {key: _filled(value, ROLE, f"{name}: roles.{key}")
                      for key, value in ({"ecsTaskExecutionRole": {}} | whole["roles"]).items()}
    whole["cloudtrail"] = [_filled(one, EVENT, f"{name}: cloudtrail") for one in whole["cloudtrail"]]
    whole["instances"] = [_filled(one, INSTANCE, f"{name}: instances") for one in whole["instances"]]
    whole["tasks"] = [_task(one, f"{name}: tasks") for one in whole["tasks"]]
    whole["metrics"] = [_filled(one, METRIC, f"{name}: metrics") for one in whole["metrics"]]
    whole["keys"] = {key: _filled(one, KEY, f"{name}: keys.{key}") for key, one in whole["keys"].items()}
    whole["secrets"] = {key: _filled(one, SECRET, f"{name}: secrets.{key}") for key, one in whole["secrets"].items()}
    whole["organization"] = _filled(whole["organization"], ORGANIZATION, f"{name}: organization")
    whole["health"] = [_filled(one, HEALTH, f"{name}: health") for one in whole["health"]]
    whole["logs"] = {key: _filled(one, LOGS, f"{name}: logs.{key}") for key, one in whole["logs"].items()}
    return whole


def _network(network: dict, where: str) -> None:
    network["endpoints"] = [_filled(one, ENDPOINT, f"{where}.endpoints") for one in network["endpoints"]]
    network["groups"] = {key: _filled(one, GROUP, f"{where}.groups.{key}") for key, one in network["groups"].items()}
    for key, group in network["groups"].items():
        for direction in ("ingress", "egress"):
            if group[direction] is not None:
                group[direction] = [_filled(one, GROUP_RULE, f"{where}.groups.{key}.{direction}")
                                    for one in group[direction]]
    network["zones"] = [_filled(one, ZONE, f"{where}.zones") for one in network["zones"]]
    for zone in network["zones"]:
        zone["records"] = [_filled(one, RECORD, f"{where}.zones.records") for one in zone["records"]]
    network["dns_firewall"] = [_filled(one, DNS_RULE, f"{where}.dns_firewall") for one in network["dns_firewall"]]
    network["acls"] = {key: _filled(one, ACL, f"{where}.acls.{key}") for key, one in network["acls"].items()}
    for key, acl in network["acls"].items():
        for direction in ("ingress", "egress"):
            acl[direction] = [_filled(one, ACL_ENTRY, f"{where}.acls.{key}.{direction}") for one in acl[direction]]


def _service(raw: dict, where: str) -> dict:
    service = _filled(raw, SERVICE, where)
    service["events"] = [_filled(one, SERVICE_EVENT, f"{where}.events") for one in service["events"]]
    if service["failure"] is not None:
        service["failure"] = _failure(service["failure"], where)
    return service


def _task(raw: dict, where: str) -> dict:
    task = _filled(raw, TASK, where)
    if task["failure"] is not None:
        task["failure"] = _failure(task["failure"], where)
    return task


def _failure(raw: dict, where: str) -> dict:
    failure = _filled(raw, FAILURE, f"{where}.failure")
    if not failure["reason"]:
        raise ScenarioError(f"{where}.failure: `reason` is missing")
    if failure["where"] not in ("task", "container", "both"):
        raise ScenarioError(f"{where}.failure: `where` is task, container or both")
    from .pulls import CONDITIONS

    for condition in failure["heals_when"]:
        if condition not in CONDITIONS and not condition.startswith("revision:"):
            raise ScenarioError(f"{where}.failure: heals_when `{condition}` is none of {', '.join(CONDITIONS)}")
    return failure


def _repository(raw: dict, where: str) -> dict:
    repository = _filled(raw, REPOSITORY, where)
    if repository["account"] not in (None, "other"):
        raise ScenarioError(f"{where}: `account` is \"other\", or is left out")
    repository["images"] = [_filled(one, IMAGE, f"{where}.images") for one in repository["images"]]
    return repository


def _filled(raw: object, defaults: dict, where: str) -> dict:
    if not isinstance(raw, dict):
        raise ScenarioError(f"{where}: a table is needed")
    unknown = sorted(set(raw) - set(defaults))
    if unknown:
        raise ScenarioError(f"{where}: unknown {', '.join(f'`{key}`' for key in unknown)}; "
                            f"known: {', '.join(sorted(defaults))}")
    return copy.deepcopy(defaults) | raw


def before(now: float, ago: str) -> float:
    """`-90s`, `-9m`, `-1h30m`, `-2d` before now, in Unix seconds."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(s|m|h|d)", ago)
    if not re.fullmatch(r"-(\d+(?:\.\d+)?[smhd])+", ago):
        raise ScenarioError(f"`{ago}` is no time such as -90s, -9m, -1h30m")
    return now - sum(float(number) * _UNIT[unit] for number, unit in parts)
