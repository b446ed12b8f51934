"""Services of which the product needs one answer that ministack does not give."""

import re

from . import answers, behind
from .callers import Caller
from .requests import Asked


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


OPERATIONS = {"iam": dict.fromkeys(_ROLE_READS, _role_in_aws_words), "health": {name: _no_support_plan for name in (
    "DescribeEvents", "DescribeEventDetails", "DescribeAffectedEntities", "DescribeEventAggregates")}}
