"""The `/_control/` side: loading scenarios, faults, the log of calls, and seeding from tests."""

import itertools
import json
import pathlib
import time
import urllib.parse

import botocore.session
from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError
from ministack.core.responses import request_scope
from ministack.services import ecs as ecs_store

from . import (
    answers,
    callers,
    calls,
    cloudtrail,
    ecr_images,
    ecs_instances,
    ecs_rollout,
    faults,
    pulls,
    routing,
    world,
    world_access,
)
from . import scenario as scenarios
from .requests import Asked, read

_accounts = itertools.count(210_000_000_001, 37)
LOADED: dict[str, dict] = {}
"""What loading a scenario answered, by account."""


def handle(folder: pathlib.Path, method: str, path: str, query: dict, body: bytes) -> answers.Answer:
    """Answers one control request; a wrong one gets 400 and says why."""
    name = path.removeprefix("/_control/").strip("/")
    given = {key: values[0] for key, values in query.items()}
    if body:
        given |= json.loads(body)
    operation = _OPERATIONS.get(name)
    if operation is None:
        return _json(404, {"error": f"no control `{name}`; known: {', '.join(sorted(_OPERATIONS))}"})
    try:
        with routing.WORLD:
            return _json(200, operation(folder, given))
    except (ValueError, KeyError, TypeError) as wrong:
        return _json(400, {"error": f"{type(wrong).__name__}: {wrong}"})


def _json(status: int, members: object) -> answers.Answer:
    return answers.Answer(status, {"content-type": "application/json"}, json.dumps(members, default=str).encode())


def load_scenario(folder: pathlib.Path, given: dict) -> dict:
    """Reads `name` (or `toml`, a scenario's own text) and builds its world in `account`, replacing what was there.

    Where no account is given, a fresh one is taken.
    """
    name = given.get("name", "inline")
    whole = scenarios.parse(given["toml"], name) if "toml" in given else scenarios.read(folder, name)
    account = given.get("account") or str(next(_accounts))
    if len(account) != 12 or not account.isdigit():
        raise ValueError(f"account `{account}` is not twelve digits")
    _forget(account)
    _forget(world_access.other(account))
    with request_scope(account, whole["region"]):
        LOADED[account] = world.build(whole) | {"scenario": name}
    calls.forget(account)
    return LOADED[account]


def _reset(folder: pathlib.Path, given: dict) -> dict:
    for account in [given["account"]] if given.get("account") else list(LOADED):
        _forget(account)
        LOADED.pop(account, None)
    calls.forget(given.get("account"))
    return {}


def _forget(account: str) -> None:
    from ministack.core import responses
    from ministack.services import cloudwatch, cloudwatch_logs, ecr, iam, kms, secretsmanager
    from moto.ec2.models import ec2_backends

    from . import ec2, vpc_names
    from . import ecr as ecr_mends
    from . import world_keys

    scoped = (responses.AccountScopedDict, responses.AccountRegionScopedDict)
    for module in (ecs_store, ecr, iam, kms, secretsmanager, cloudwatch, cloudwatch_logs, ecr_mends, ecr_images,
                   ecs_instances, world_keys):
        for held in vars(module).values():
            if isinstance(held, scoped):
                for key in [key for key in held._data if key[0] == account]:
                    del held._data[key]
    for key in [key for key in pulls.FAULTS if key[0] == account]:
        del pulls.FAULTS[key]
    cloudtrail.reset(account)
    faults.clear(account)
    if account in ec2_backends:
        del ec2_backends[account]
    for key in [key for key in ec2.BLOCKED if key[0] == account]:
        del ec2.BLOCKED[key]
    ec2.undress(account)
    vpc_names.put(account, [], [])


def _calls(folder: pathlib.Path, given: dict) -> dict:
    return {"calls": calls.listed(given.get("account"), given.get("writes") in ("1", "true", True),
                                  float(given.get("since") or 0))}


def _forget_calls(folder: pathlib.Path, given: dict) -> dict:
    calls.forget(given.get("account"))
    return {}


def _faults(folder: pathlib.Path, given: dict) -> dict:
    account = given["account"]
    if given.get("clear"):
        faults.clear(account)
    for wanted in given.get("faults", []):
        faults.add(account, wanted)
    return {"faults": given.get("faults", [])}


def _scope(given: dict):
    loaded = LOADED[given["account"]]
    return request_scope(given["account"], given.get("region") or loaded["region"])


def _push_image(folder: pathlib.Path, given: dict) -> dict:
    with _scope(given):
        image = ecr_images.put(given["repository"], given.get("tags") or [given["tag"]],
                               platforms=tuple(given.get("platforms") or ("linux/amd64",)),
                               kind=given.get("kind", "oci"), seed=given.get("seed", str(time.time())))
    return {"digest": image["imageDigest"]}


def _delete_image(folder: pathlib.Path, given: dict) -> dict:
    return _call(given, "ecr", "BatchDeleteImage", {
        "repositoryName": given["repository"], "imageIds": [
            {"imageTag": given["tag"]} if given.get("tag") else {"imageDigest": given["digest"]}]})


def _aws(folder: pathlib.Path, given: dict) -> dict:
    return _call(given, given["service"], given["operation"], given.get("params") or {})


def _call(given: dict, service: str, operation: str, parameters: dict) -> dict:
    """Makes one call as the account's own user, outside log, faults and CloudTrail, through botocore's own models."""
    account, region = given["account"], given.get("region") or LOADED[given["account"]]["region"]
    client = botocore.session.get_session().create_client(
        {"monitoring": "cloudwatch"}.get(service, service), region_name=region, aws_access_key_id=account,
        aws_secret_access_key="stand-in", endpoint_url="http://127.0.0.1:1",
        config=Config(retries={"total_max_attempts": 1}))

    def answer(request, **_: object):
        headers = {name.lower(): value.decode() if isinstance(value, bytes) else value
                   for name, value in request.headers.items()}
        url = urllib.parse.urlsplit(request.url)
        body = request.body or b""
        asked: Asked = read(request.method, url.path or "/", headers, urllib.parse.parse_qs(url.query),
                            body.encode() if isinstance(body, str) else body)
        try:
            got = routing.answer_as(asked, callers.of(asked.key, asked.service, headers))
        except answers.AwsError as refusal:
            got = answers.error(asked.service, headers, refusal)

        class Raw:
            def stream(self, *_: object, **__: object):
                yield got.body

        return AWSResponse(request.url, got.status, got.headers, Raw())

    client.meta.events.register_first("before-send", answer)

    try:
        return _plain(getattr(client, xform_name(operation))(**parameters))
    except ClientError as error:
        raise ValueError(str(error)) from None


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if key != "ResponseMetadata"}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def _tick(folder: pathlib.Path, given: dict) -> dict:
    """Lets every service try at once what it would try later."""
    now = time.time()
    with _scope(given):
        for service in list(ecs_store._services.values()):
            if service.deployments:
                service.deployments[0].next_attempt = 0.0
        ecs_rollout.advance_all(now)
    return {}


def _state(folder: pathlib.Path, given: dict) -> dict:
    account = given["account"]
    now = time.time()
    from . import ecs_tasks

    with _scope(given):
        return {"loaded": LOADED[account],
                "services": {one.name: ecs_rollout.shape(one, now) for one in ecs_store._services.values()},
                "tasks": [ecs_tasks.shape(task, now) for task in ecs_tasks.of_account()]}


def _external_id(folder: pathlib.Path, given: dict) -> dict:
    return {"external_id": world_access.require_external_id(given["account"])}


_OPERATIONS = {"scenario": load_scenario, "reset": _reset, "calls": _calls, "forget_calls": _forget_calls,
               "faults": _faults, "push_image": _push_image, "delete_image": _delete_image, "aws": _aws,
               "tick": _tick, "state": _state, "require_external_id": _external_id,
               "ready": lambda folder, given: {"ready": True}}
