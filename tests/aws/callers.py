"""Who signs a call: a 12-digit key is a user of that account, a session key is the role that STS gave it to."""

import dataclasses
import re
import time

from ministack.core import iam_evaluator
from ministack.services import iam, sts

from . import answers

_ACCOUNT = re.compile(r"\d{12}")


@dataclasses.dataclass(frozen=True)
class Caller:
    """A principal. `session` is STS's record where the key is temporary."""

    account: str
    arn: str
    user_id: str
    session: dict | None = None

    @property
    def name(self) -> str:
        """The user's or the role session's name, as CloudTrail lists it."""
        return self.arn.rsplit("/", 1)[-1]


def of(key: str, service: str, headers: dict[str, str]) -> Caller:
    """The caller behind an access key; AWS's own refusal where there is none."""
    if _ACCOUNT.fullmatch(key):
        return Caller(key, f"arn:aws:iam::{key}:user/ecs-pull-why", "AIDA" + key + "PULLWHYX"[:5])
    session = sts._sessions.get(key)
    protocol = answers.protocol(service, headers)
    if session is None or headers.get("x-amz-security-token") not in (None, session["SessionToken"]):
        if protocol == "ec2":
            raise answers.AwsError("AuthFailure",
                                   "AWS was not able to validate the provided access credentials", 401)
        code = "InvalidClientTokenId" if protocol == "query" else "UnrecognizedClientException"
        raise answers.AwsError(code, "The security token included in the request is invalid.",
                               403 if protocol == "query" else 400)
    if time.time() > session["Expiration"]:
        if protocol == "ec2":
            raise answers.AwsError("RequestExpired", "Request has expired.", 400)
        code = "ExpiredToken" if protocol == "query" else "ExpiredTokenException"
        raise answers.AwsError(code, "The security token included in the request is expired",
                               403 if protocol == "query" else 400)
    return Caller(session["AccountId"], session["Arn"], session["UserId"], session)


def allowed(caller: Caller, action: str, resource: str, region: str) -> tuple[str, bool] | None:
    """None where the caller may; else the layer that refuses, and whether a Deny says so.

    Users may do everything: what they may not is a fault that the test declares. A role's session may do what the
    role's policies, its boundary and the session policy allow together.
    """
    if caller.session is None or action == "sts:GetCallerIdentity":
        return None
    role = caller.arn.split(":", 5)[5].split("/")[1]
    context = iam_evaluator.EvalContext(
        principal_arn=caller.arn, principal_type="AssumedRole", principal_account=caller.account, action=action,
        resource_arn=resource or "*", region=region)
    layers = [("identity-based policy", iam_evaluator._gather_role_policies(role, caller.account))]
    layers += [("permissions boundary", limit)
               for limit in iam_evaluator._permissions_boundary(iam._roles, role, caller.account)]
    layers += [("session policy", limit)
               for limit in iam_evaluator._session_policy_limits(caller.session, caller.account)]
    for layer, policies in layers:
        verdict = iam_evaluator.evaluate(context, policies)
        if verdict.decision != "Allow":
            return layer, verdict.decision == "Deny"
    return None


def role_may(account: str, role: str, action: str, resource: str, region: str) -> bool:
    """Whether a role's own policies and boundary allow an action: what decides a simulated pull."""
    return iam._roles.get_scoped(account, None, role) is not None and \
        role_refusal(account, role, action, resource, region) is None


def role_refusal(account: str, role: str, action: str, resource: str, region: str) -> tuple[str, bool] | None:
    """What `allowed` says of a role without a session policy."""
    arn = f"arn:aws:sts::{account}:assumed-role/{role}/pull"
    return allowed(Caller(account, arn, "", {}), action, resource, region)
