"""Services of which the product needs one answer that ministack does not give."""

from . import answers
from .callers import Caller
from .requests import Asked


def _no_support_plan(asked: Asked, caller: Caller) -> answers.Answer:
    """https://docs.aws.amazon.com/health/latest/APIReference/Welcome.html: Business Support or better."""
    raise answers.AwsError("SubscriptionRequiredException",
                           "Your account must have an AWS Business Support+, AWS Enterprise Support, or AWS Unified "
                           "Operations plan to use the AWS Health API.")


OPERATIONS = {"health": {name: _no_support_plan for name in (
    "DescribeEvents", "DescribeEventDetails", "DescribeAffectedEntities", "DescribeEventAggregates")}}
