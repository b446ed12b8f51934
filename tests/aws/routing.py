"""From a signed request to its answer: who calls, may they, which faults apply, and who answers."""

import threading
import time
import urllib.parse

from ministack.core.responses import set_request_account_id, set_request_region

from . import answers, behind, callers, calls, cloudtrail, ec2, ecr, ecs, faults, resources, small_mends, sts, vpc_names
from .requests import Asked, read

WORLD = threading.RLock()
"""Held while a call is answered, so that every call sees one consistent world."""

_MENDS = {"ecs": ecs.OPERATIONS, "ecr": ecr.OPERATIONS, "sts": sts.OPERATIONS, "ec2": ec2.OPERATIONS,
          "cloudtrail": cloudtrail.OPERATIONS, **small_mends.OPERATIONS, **vpc_names.OPERATIONS}


def handle(method: str, url: str, headers: dict[str, str], query: dict, body: bytes) -> answers.Answer | None:
    """The answer to one HTTP request; None means: hang up."""
    path = urllib.parse.urlsplit(url).path
    asked = read(method, url, headers, query, body)
    if asked is None:
        if method in ("GET", "HEAD") and path.startswith(ecr.BLOBS):
            return ecr.blob(path)
        refusal = answers.AwsError("MissingAuthenticationTokenException", "Missing Authentication Token", 403)
        return answers.error("unsigned", headers, refusal)
    began = time.time()
    call = calls.Call("", asked.service, asked.operation, asked.region, "", asked.parameters, began)
    try:
        answer = _answer(asked, call)
    except answers.AwsError as refusal:
        answer = answers.error(asked.service, headers, refusal)
    call.took = time.time() - began
    call.status = answer.status if answer else 0
    call.error = answer.error if answer else "dropped"
    calls.LOG.append(call)
    if answer is not None:
        answer.note = f"{asked.service}:{asked.operation} {answer.error or ''}"
        if call.writes:
            cloudtrail.record(call, asked)
    return answer


def _answer(asked: Asked, call: calls.Call) -> answers.Answer | None:
    caller = callers.of(asked.key, asked.service, asked.headers)
    call.account, call.principal = caller.account, caller.arn
    with WORLD:
        resource = resources.of(asked, caller.account)
    refusal = None
    for fault in faults.hits(caller.account, asked.action, caller.arn, resource):
        if fault.kind == "delay":
            time.sleep(fault.milliseconds / 1000)
        elif fault.kind == "drop":
            return None
        elif fault.kind == "throttle":
            refusal = refusal or answers.throttled(asked.service, asked.headers)
        elif fault.kind == "fail":
            refusal = refusal or answers.broken(asked.service, asked.headers)
        else:
            refusal = refusal or answers.denied(asked.service, asked.headers, caller.arn, asked.action,
                                                "" if resource == "*" else resource, explicit=fault.explicit)
            if fault.message:
                refusal.message = fault.message
    if refusal:
        raise refusal
    with WORLD:
        _authorise(asked, caller, resource)
        return answer_as(asked, caller)


def _authorise(asked: Asked, caller: callers.Caller, resource: str) -> None:
    wanted = [(asked.action, resource)]
    if asked.service == "ecs" and asked.operation in ("RegisterTaskDefinition", "RunTask"):
        given = asked.parameters | (asked.parameters.get("overrides") or {})
        wanted += [("iam:PassRole", given[role]) for role in ("executionRoleArn", "taskRoleArn") if given.get(role)]
    for action, target in wanted:
        if refused := callers.allowed(caller, action, target, asked.region):
            layer, explicit = refused
            raise answers.denied(asked.service, asked.headers, caller.arn, action,
                                 "" if target == "*" else target, explicit, layer)


def answer_as(asked: Asked, caller: callers.Caller) -> answers.Answer:
    """Answers without asking whether the caller may; `WORLD` is held."""
    set_request_account_id(caller.account)
    set_request_region(asked.region)
    mend = _MENDS.get(asked.service, {}).get(asked.operation)
    if mend is not None:
        return mend(asked, caller)
    if asked.service == "ec2":
        return ec2.moto(asked, caller)
    return behind.ministack(asked)
