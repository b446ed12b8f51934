"""Services of which the product needs one answer that ministack does not give."""

import dataclasses
import json
import re
from xml.sax.saxutils import escape

from ministack.services import iam

from . import answers, behind, callers, world_keys
from .callers import Caller
from .requests import Asked, listed


def _health_events(asked: Asked, caller: Caller) -> answers.Answer:
    """The scenario's events, where it has any: then the account has a support plan."""
    events = world_keys.HEALTH.get("events")
    if events is None:
        return _no_support_plan(asked, caller)
    wanted = asked.parameters.get("filter") or {}
    found = [one for one in events if one["service"] in wanted.get("services", [one["service"]])
             and one["region"] in wanted.get("regions", [one["region"]])
             and one["statusCode"] in wanted.get("eventStatusCodes", [one["statusCode"]])]
    return answers.json_ok({"events": found})


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
            barred = action in (world_keys.ORGANIZED.get("refuses") or [])
            if barred:
                refused = refused or ("organization", True)
            decision = "allowed" if refused is None else "explicitDeny" if refused[1] else "implicitDeny"
            within = refused is None or refused[0] != "permissions boundary"
            detail = (f"<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>{str(within).lower()}"
                      "</AllowedByPermissionsBoundary></PermissionsBoundaryDecisionDetail>"
                      if role.get("PermissionsBoundary") else "")
            if barred:
                detail += ("<OrganizationsDecisionDetail><AllowedByOrganizations>false</AllowedByOrganizations>"
                           "</OrganizationsDecisionDetail>")
            rows.append(f"<member><EvalActionName>{escape(action)}</EvalActionName><EvalResourceName>{escape(resource)}"
                        f"</EvalResourceName><EvalDecision>{decision}</EvalDecision><MatchedStatements/>"
                        f"<MissingContextValues/>{detail}</member>")
    return answers.query_ok("iam", "SimulatePrincipalPolicy",
                            f"<EvaluationResults>{''.join(rows)}</EvaluationResults><IsTruncated>false</IsTruncated>")


def _of_organization(asked: Asked, caller: Caller) -> answers.Answer:
    """A member account may not look, unless the scenario makes it the one that manages the organization.

    https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListPoliciesForTarget.html
    """
    wanted = world_keys.ORGANIZED.get("policies")
    if wanted == "none":
        raise answers.AwsError("AWSOrganizationsNotInUseException",
                               "Your account is not a member of an organization.")
    if wanted is None:
        raise answers.AwsError("AccessDeniedException",
                               "You don't have permissions to access this resource.")
    given, levels = asked.parameters, world_keys.levels()
    full = {"Id": world_keys.FULL_ACCESS, "Name": "FullAWSAccess", "Type": "SERVICE_CONTROL_POLICY",
            "AwsManaged": True}
    if asked.operation == "ListPoliciesForTarget":
        own = dict(levels).get(given.get("TargetId"), [])
        return answers.json_ok({"Policies": [full, *(
            {"Id": identifier, "Name": one.get("name", identifier), "Type": "SERVICE_CONTROL_POLICY",
             "AwsManaged": False} for identifier, one in own)]})
    if asked.operation == "ListParents":
        targets = [target for target, _ in levels]
        at = targets.index(given["ChildId"]) + 1 if given.get("ChildId") in targets else len(targets)
        parent = targets[at] if at < len(targets) else "r-ab12"
        return answers.json_ok({"Parents": [{"Id": parent, "Type": "ROOT" if parent.startswith("r-")
                                             else "ORGANIZATIONAL_UNIT"}]})
    policies = {identifier: one for _, own in levels for identifier, one in own}
    found = policies.get(given.get("PolicyId", ""))
    if found is None:
        raise answers.AwsError("PolicyNotFoundException", "We can't find a policy with the PolicyId that you specified.")
    return answers.json_ok({"Policy": {"PolicySummary": {"Id": given["PolicyId"]},
                                       "Content": json.dumps(found["document"])}})


def _filter(asked: Asked, caller: Caller) -> answers.Answer:
    """Terms with a question mark, any of which is enough; ministack asks for all.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
    """
    terms = re.findall(r'\?(?:"([^"]+)"|(\S+))', asked.parameters.get("filterPattern", ""))
    if not terms:
        return behind.ministack(asked)
    body = json.dumps({key: value for key, value in asked.parameters.items() if key != "filterPattern"}).encode()
    answer = behind.ministack(dataclasses.replace(asked, body=body))
    if answer.status == 200:
        found = json.loads(answer.body)
        found["events"] = [event for event in found["events"]
                           if any((quoted or bare) in event["message"] for quoted, bare in terms)]
        answer.body = json.dumps(found).encode()
    return answer


_ORGANIZATION = ("ListPoliciesForTarget", "ListParents", "DescribePolicy")
_HEALTH = ("DescribeEvents", "DescribeEventDetails", "DescribeAffectedEntities", "DescribeEventAggregates")

OPERATIONS = {"logs": {"FilterLogEvents": _filter}, "iam": dict.fromkeys(_ROLE_READS, _role_in_aws_words) | {"SimulatePrincipalPolicy": _simulate},
              "organizations": dict.fromkeys(_ORGANIZATION, _of_organization),
              "health": dict.fromkeys(_HEALTH, _no_support_plan) | {"DescribeEvents": _health_events}}
