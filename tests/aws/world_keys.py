"""Keys, registries' secrets, the organization and AWS Health of a world."""

import json
import time

from ministack.core.responses import AccountScopedDict, get_account_id, get_region
from ministack.services import kms, organizations, secretsmanager

from . import names, world_access
from .scenario import before

ORGANIZED = AccountScopedDict()
"""`policies`: what the organization limits the account to, where this account may read that."""

HEALTH = AccountScopedDict()
"""`events`: what AWS Health reports, where the account's support plan has it."""


def build(whole: dict, now: float) -> None:
    """Builds what `[keys]`, `[secrets]`, `[organization]` and `[[health]]` describe."""
    for name, wanted in whole["keys"].items():
        _key(name, wanted, whole, now)
    for name, wanted in whole["secrets"].items():
        _secret(name, wanted, whole, now)
    if whole["organization"]["refuses"]:
        ORGANIZED["refuses"] = whole["organization"]["refuses"]
    if whole["organization"]["levels"] or whole["organization"]["none"]:
        ORGANIZED["policies"] = "none" if whole["organization"]["none"] else [
            [json.loads(world_access.filled(json.dumps(one), whole)) for one in level]
            for level in whole["organization"]["levels"]]
    if whole["health"]:
        HEALTH["events"] = [_event(one, now) for one in whole["health"]]


def _key(name: str, wanted: dict, whole: dict, now: float) -> None:
    if not wanted["exists"]:
        return
    kms._create_key({"Description": name})
    made = next(reversed(list(kms._keys.values())))
    old, new = made["KeyId"], world_access.key_id(name)
    made |= {"KeyId": new, "Arn": world_access.key_arn(name), "KeyState": wanted["state"],
             "Enabled": wanted["state"] == "Enabled"}
    if wanted["state"] == "PendingDeletion":
        made["DeletionDate"] = int(now + 12 * 86400)
    if wanted["policy"] is not None:
        made["Policy"] = world_access.filled(json.dumps(wanted["policy"]), whole)
    del kms._keys[old]
    kms._keys[new] = made
    for number, repository in enumerate(wanted["grants"]):
        identifier = names.seeded(get_account_id(), name, number, length=64)
        kms._grants[identifier] = {
            "GrantId": identifier, "KeyId": made["Arn"], "CreationDate": int(now - 86400), "Name": repository,
            "GranteePrincipal": f"ecr.{get_region()}.amazonaws.com",
            "RetiringPrincipal": f"ecr.{get_region()}.amazonaws.com",
            "IssuingAccount": f"arn:aws:iam::{get_account_id()}:root",
            "Operations": ["Decrypt", "GenerateDataKey", "DescribeKey", "RetireGrant"],
            "Constraints": {"EncryptionContextSubset": {
                "aws:ecr:arn": f"arn:aws:ecr:{get_region()}:{get_account_id()}:repository/{repository}"}}}


def _secret(name: str, wanted: dict, whole: dict, now: float) -> None:
    if not wanted["exists"]:
        return
    key = world_access.key_arn(wanted["key"]) if wanted["key"] else None
    secretsmanager._store_new_secret(name, secret_string=wanted["value"], kms_key_id=key)
    made = secretsmanager._secrets[name]
    made["ARN"] = world_access.secret_arn(name)
    if wanted["deleted"]:
        made["DeletedDate"] = int(before(now, wanted["deleted"]))
    if not wanted["current"]:
        for version in made["Versions"].values():
            version["Stages"] = ["AWSPREVIOUS"]
    if wanted["policy"] is not None:
        secretsmanager._resource_policies[made["ARN"]] = world_access.filled(json.dumps(wanted["policy"]), whole)


def levels() -> list[tuple[str, list[tuple[str, dict]]]]:
    """The levels of the organization above the account: the target, and its policies by id. Full access is attached too."""
    wanted = ORGANIZED.get("policies") or []
    targets = [get_account_id(), *(f"ou-ab12-{names.seeded('ou', at, length=8)}" for at in range(1, len(wanted) - 1)),
               "r-ab12"][:max(len(wanted), 1)]
    if len(wanted) > 1:
        targets[-1] = "r-ab12"
    found = []
    for at, target in enumerate(targets):
        own = [(f"p-{names.seeded(target, number, length=8)}", one)
               for number, one in enumerate(wanted[at] if at < len(wanted) else [])]
        found.append((target, own))
    return found


FULL_ACCESS = organizations.FULL_ACCESS_POLICY_ID


def _event(wanted: dict, now: float) -> dict:
    region = get_region()
    start = before(now, wanted["from"])
    event = {"arn": f"arn:aws:health:{region}::event/{wanted['service']}/{wanted['code']}/{wanted['code']}_{int(start)}",
             "service": wanted["service"], "eventTypeCode": wanted["code"], "eventTypeCategory": "issue",
             "region": region, "startTime": start, "lastUpdatedTime": time.time(), "statusCode": wanted["status"],
             "eventScopeCode": "PUBLIC"}
    if wanted["to"]:
        event["endTime"] = before(now, wanted["to"])
    return event
