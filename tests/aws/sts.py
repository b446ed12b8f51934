"""STS: trust policies with their external id, session policies that later calls obey, and callers with names."""

import json

from ministack.core import iam_evaluator
from ministack.services import iam

from . import answers, behind
from .callers import Caller
from .requests import Asked


def _assume_role(asked: Asked, caller: Caller) -> answers.Answer:
    given = asked.parameters
    arn = given.get("RoleArn", "")
    refusal = answers.AwsError(
        "AccessDenied", f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}", 403)
    parts = arn.split(":", 5)
    if len(parts) != 6 or not parts[5].startswith("role/"):
        raise answers.AwsError("ValidationError", f"{arn} is invalid")
    role = iam._roles.get_scoped(parts[4], None, parts[5].rsplit("/", 1)[-1])
    if role is None or role["Arn"] != arn:
        raise refusal
    context = iam_evaluator.EvalContext(
        principal_arn=caller.arn, principal_type="AssumedRole" if caller.session else "User",
        principal_account=caller.account, action="sts:AssumeRole", resource_arn=arn, region=asked.region,
        service_context={"sts:externalid": given.get("ExternalId"), "sts:rolesessionname": given.get("RoleSessionName"),
                         "sts:sourceidentity": given.get("SourceIdentity")})
    if not iam_evaluator.evaluate_trust_policy(role["AssumeRolePolicyDocument"], caller.arn, context):
        raise refusal
    policy = given.get("Policy")
    if policy is not None:
        if len(policy) > 2048:
            raise answers.AwsError(
                "ValidationError", "1 validation error detected: Value at 'policy' failed to satisfy constraint: "
                                   "Member must have length less than or equal to 2048")
        try:
            json.loads(policy)
            problem = iam_evaluator.validate_policy_document(policy)
        except ValueError:
            problem = "This policy contains invalid Json"
        if problem:
            raise answers.AwsError("MalformedPolicyDocument", problem)
    return behind.ministack(asked)


def _get_caller_identity(asked: Asked, caller: Caller) -> answers.Answer:
    return answers.query_ok("sts", "GetCallerIdentity",
                            f"<Arn>{caller.arn}</Arn><UserId>{caller.user_id}</UserId>"
                            f"<Account>{caller.account}</Account>")


OPERATIONS = {"AssumeRole": _assume_role, "GetCallerIdentity": _get_caller_identity}
