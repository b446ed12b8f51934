"""Services of which the product needs one answer that ministack does not give."""

import re
from xml.sax.saxutils import escape

from ministack.services import iam

from . import answers, behind, callers
from .callers import Caller
from .requests import Asked, listed


def _no_support_plan(asked: Asked, caller: Caller) -> answers.Answer:
    """https://docs.aws.amazon.com/health/latest/APIReference/Welcome.html: Business Support or better."""
    raise answers.AwsError("SubscriptionRequiredException",
                           "Your account must have an AWS Business Support+, AWS Enterprise Support, or AWS Unified "
                           "Operations plan to use the AWS Health API.")


_ROLE_READS = ("GetRole", "ListAttachedRolePolicies", "ListRolePolicies", "GetRolePolicy", "AttachRolePolicy",
               "DetachRolePolicy", "DeleteRolePolicy", "PutRolePolicy", "DeleteRole", "UpdateAssumeRolePolicy")


def _role_in_aws_words(asked: Asked, caller: Caller) -> answers.Answer:
    """ministack says `Role x not found.` where IAM says `The role with name x cannot be found.`"""
    answer = behind.ministack(asked)
    answer.body = re.sub(rb"Role (\S+) not found\.", rb"The role with name \1 cannot be found.", answer.body)
    return answer


def _simulate(asked: Asked, caller: Caller) -> answers.Answer:
    """With the permissions boundary, which ministack leaves out.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
    """
    source = asked.parameters.get("PolicySourceArn", "")
    name = source.rsplit("/", 1)[-1]
    role = iam._roles.get(name)
    if role is None or role["Arn"] != source:
        raise answers.AwsError("NoSuchEntity", f"The role with name {name} cannot be found.", 404)
    rows = []
    for action in listed(asked.parameters, "ActionNames"):
        for resource in listed(asked.parameters, "ResourceArns") or ["*"]:
            refused = callers.role_refusal(caller.account, name, action, resource, asked.region)
            decision = "allowed" if refused is None else "explicitDeny" if refused[1] else "implicitDeny"
            within = refused is None or refused[0] != "permissions boundary"
            detail = (f"<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>{str(within).lower()}"
                      "</AllowedByPermissionsBoundary></PermissionsBoundaryDecisionDetail>"
                      if role.get("PermissionsBoundary") else "")
            rows.append(f"<member><EvalActionName>{escape(action)}</EvalActionName><EvalResourceName>{escape(resource)}"
                        f"</EvalResourceName><EvalDecision>{decision}</EvalDecision><MatchedStatements/>"
                        f"<MissingContextValues/>{detail}</member>")
    return answers.query_ok("iam", "SimulatePrincipalPolicy",
                            f"<EvaluationResults>{''.join(rows)}</EvaluationResults><IsTruncated>false</IsTruncated>")


_HEALTH = ("DescribeEvents", "DescribeEventDetails", "DescribeAffectedEntities", "DescribeEventAggregates")

OPERATIONS = {"iam": dict.fromkeys(_ROLE_READS, _role_in_aws_words) | {"SimulatePrincipalPolicy": _simulate},
              "health": dict.fromkeys(_HEALTH, _no_support_plan)}
