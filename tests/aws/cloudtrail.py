"""CloudTrail's event history: what scenarios say happened, and every write made through the stand-in.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
"""

import datetime
import json
import time

from . import answers, names
from .callers import Caller
from .calls import Call
from .requests import Asked

_EVENTS: dict[tuple[str, str], list[dict]] = {}
TRAILS: dict[str, tuple[str, str]] = {}
"""Region and name of the log group of an account's trail."""

_GLOBAL = {"iam", "sts"}
_TYPES = {"ecr": "AWS::ECR::Repository", "iam": "AWS::IAM::Role", "ecs": "AWS::ECS::Service"}
_ATTRIBUTES = {"EventId", "EventName", "ReadOnly", "Username", "ResourceType", "ResourceName", "EventSource",
               "AccessKeyId"}


def add(account: str, region: str, *, name: str, source: str, at: float, user: str, principal: str,
        resources: list[str], request: dict | None = None, response: dict | None = None, error: str | None = None,
        message: str | None = None, read_only: bool = False, key: str = "", invoked_by: str | None = None) -> None:
    """Adds an event; those of global services belong to us-east-1."""
    service = source.removesuffix(".amazonaws.com")
    region = "us-east-1" if service in _GLOBAL else region
    identity: dict = {"type": "AssumedRole" if ":assumed-role/" in principal else "IAMUser", "arn": principal,
                      "accountId": account, "principalId": f"AIDA{names.seeded(principal, length=16).upper()}"}
    if invoked_by:
        identity = {"type": "AWSService", "invokedBy": invoked_by}
    elif identity["type"] == "AssumedRole":
        role = principal.split("/")[-2]
        identity["sessionContext"] = {"sessionIssuer": {
            "type": "Role", "arn": f"arn:aws:iam::{account}:role/{role}", "accountId": account, "userName": role}}
    else:
        identity["userName"] = user
    identifier = names.uuid_of(account, name, at, user, resources)
    when = datetime.datetime.fromtimestamp(at, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    record = {"eventVersion": "1.11", "userIdentity": identity, "eventTime": when, "eventSource": source,
              "eventName": name, "awsRegion": region, "sourceIPAddress": invoked_by or "198.51.100.23",
              "userAgent": invoked_by or "aws-sdk", "requestParameters": request, "responseElements": response,
              "eventID": identifier, "readOnly": read_only, "eventType": "AwsApiCall", "managementEvent": True,
              "recipientAccountId": account, "eventCategory": "Management"}
    if error:
        record |= {"errorCode": error, "errorMessage": message or ""}
    _EVENTS.setdefault((account, region), []).append({
        "EventId": identifier, "EventName": name, "ReadOnly": str(read_only).lower(), "EventTime": float(int(at)),
        "EventSource": source, "Username": user, **({"AccessKeyId": key} if key else {}),
        "Resources": [{"ResourceType": _TYPES.get(service, "AWS::" + service.upper()), "ResourceName": one}
                      for one in resources],
        "CloudTrailEvent": json.dumps(record)})


def record(call: Call, asked: Asked) -> None:
    """Remembers a write that came over the wire."""
    if not call.account or call.service in ("monitoring", "logs"):
        return
    request = {name[:1].lower() + name[1:]: value for name, value in call.parameters.items()}
    add(call.account, call.region, name=call.operation, source=f"{call.service}.amazonaws.com", at=call.at,
        user=call.principal.rsplit("/", 1)[-1], principal=call.principal, resources=_resources(call.parameters),
        request=request, error=call.error, key=asked.key)


_NAMING = ("repositoryName", "RoleName", "PolicyArn", "PolicyName", "service", "cluster", "taskDefinition", "family",
           "RouteTableId", "VpcEndpointId", "GroupId", "NetworkAclId")


def _resources(parameters: dict) -> list[str]:
    return [parameters[name] for name in _NAMING if isinstance(parameters.get(name), str)]


def _lookup(asked: Asked, caller: Caller) -> answers.Answer:
    given = asked.parameters
    attributes = given.get("LookupAttributes") or []
    if len(attributes) > 1:
        raise answers.AwsError("InvalidLookupAttributesException", "You can only specify one lookup attribute.")
    start, end = given.get("StartTime", 0.0), given.get("EndTime", time.time() + 1)
    if start > end:
        raise answers.AwsError("InvalidTimeRangeException", "The start time must be before the end time.")
    size = given.get("MaxResults", 50)
    if not 1 <= size <= 50:
        raise answers.AwsError("InvalidMaxResultsException", "Max results must be between 1 and 50.")
    found = sorted(_EVENTS.get((caller.account, asked.region), []), key=lambda event: event["EventTime"], reverse=True)
    oldest = time.time() - 90 * 86400
    found = [event for event in found if max(start, oldest) <= event["EventTime"] <= end
             and all(_matches(event, one) for one in attributes)]
    try:
        first = int(given.get("NextToken") or 0)
    except ValueError:
        raise answers.AwsError("InvalidNextTokenException", "Invalid next token.") from None
    answer: dict = {"Events": found[first:first + size]}
    if first + size < len(found):
        answer["NextToken"] = str(first + size)
    return answers.json_ok(answer)


def _matches(event: dict, attribute: dict) -> bool:
    key, value = attribute["AttributeKey"], attribute["AttributeValue"]
    if key not in _ATTRIBUTES:
        raise answers.AwsError("InvalidLookupAttributesException", f"Invalid attribute key: {key}")
    if key.startswith("Resource"):
        return any(one[key] == value for one in event["Resources"])
    return event.get(key) == value


def reset(account: str | None = None) -> None:
    """Forgets one account's events, or all."""
    for scope in [scope for scope in _EVENTS if account in (None, scope[0])]:
        del _EVENTS[scope]
    for owner in [owner for owner in TRAILS if account in (None, owner)]:
        del TRAILS[owner]


def records(account: str) -> list[tuple[float, str]]:
    """All events of an account, of every region, as a trail writes them: time and record."""
    return sorted((event["EventTime"], event["CloudTrailEvent"])
                  for (owner, _), events in _EVENTS.items() if owner == account for event in events)


def _describe_trails(asked: Asked, caller: Caller) -> answers.Answer:
    """The scenario's trail, if it has one: of all regions, with a log group."""
    group = TRAILS.get(caller.account)
    trails = [] if group is None else [{
        "Name": "management", "S3BucketName": "trail", "HomeRegion": group[0], "IsMultiRegionTrail": True,
        "TrailARN": f"arn:aws:cloudtrail:{group[0]}:{caller.account}:trail/management",
        "CloudWatchLogsLogGroupArn": f"arn:aws:logs:{group[0]}:{caller.account}:log-group:{group[1]}:*"}]
    return answers.json_ok({"trailList": trails})


OPERATIONS = {"LookupEvents": _lookup, "DescribeTrails": _describe_trails}
