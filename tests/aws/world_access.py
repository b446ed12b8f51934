"""The IAM of a world: execution roles as the scenario says, and the roles that the product itself assumes."""

import json
import re

from ministack.core.responses import get_account_id, get_region
from ministack.services import iam

from . import names
from .scenario import ROLE

LONG_AGO = "2025-02-03T09:14:22Z"
"""When roles and policies were made: nothing about them is news unless a scenario says so."""

READ_ROLE = "ecs-pull-why-read"
REMEDIATION_ROLE = "ecs-pull-why-remediation"
AWS_MANAGED = "arn:aws:iam::aws:policy/service-role/"

_ECS_TASKS = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
_EC2 = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
_MANAGED = {
    # https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonECSTaskExecutionRolePolicy.html
    "AmazonECSTaskExecutionRolePolicy": [
        "ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer",
        "ecr:BatchGetImage", "logs:CreateLogStream", "logs:PutLogEvents"],
    # https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEC2ContainerServiceforEC2Role.html
    "AmazonEC2ContainerServiceforEC2Role": [
        "ec2:DescribeTags", "ecs:CreateCluster", "ecs:DeregisterContainerInstance", "ecs:DiscoverPollEndpoint",
        "ecs:Poll", "ecs:RegisterContainerInstance", "ecs:StartTelemetrySession", "ecs:UpdateContainerInstancesState",
        "ecs:Submit*", "ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer",
        "ecr:BatchGetImage", "logs:CreateLogStream", "logs:PutLogEvents"]}
_READS = ["ecs:Describe*", "ecs:List*", "ecr:Describe*", "ecr:List*", "ecr:Get*", "ecr:BatchGet*", "ecr:BatchCheck*",
          "ecr:Validate*", "iam:Get*", "iam:List*", "iam:Simulate*", "ec2:Describe*", "ec2:Get*", "cloudtrail:Lookup*", "cloudtrail:Describe*",
          "cloudwatch:Get*", "cloudwatch:List*", "logs:Describe*", "logs:Filter*", "logs:Get*", "logs:StartQuery",
          "health:Describe*", "kms:Describe*", "kms:List*", "kms:Get*", "secretsmanager:Describe*",
          "secretsmanager:GetResourcePolicy", "route53:List*",
          "route53resolver:List*", "organizations:Describe*", "organizations:List*", "elasticloadbalancing:Describe*"]
_WRITES = ["iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:GetRolePolicy", "iam:GetRole", "iam:ListRolePolicies",
           "iam:ListAttachedRolePolicies", "iam:AttachRolePolicy", "iam:DetachRolePolicy", "iam:PassRole",
           "iam:UpdateAssumeRolePolicy", "ecs:UpdateService", "ecs:RegisterTaskDefinition",
           "ecs:DeregisterTaskDefinition", "ecs:TagResource", "ecs:RunTask", "ecs:StopTask", "ecs:Describe*",
           "ecs:List*",
           "ecr:SetRepositoryPolicy", "ecr:DeleteRepositoryPolicy", "ecr:PutImage", "ecr:BatchGetImage",
           "ecr:BatchDeleteImage", "ecr:Describe*", "ecr:Get*", "ecr:UpdateImageStorageClass",
           "ec2:ModifyVpcEndpoint", "ec2:CreateRoute", "ec2:DeleteRoute", "ec2:ReplaceRoute",
           "ec2:AuthorizeSecurityGroup*", "ec2:RevokeSecurityGroup*", "ec2:CreateNetworkAclEntry",
           "ec2:DeleteNetworkAclEntry", "ec2:AssociateRouteTable", "ec2:DisassociateRouteTable",
           "ec2:ReplaceRouteTableAssociation", "ec2:ModifyVpcAttribute", "ec2:Describe*"]


def external_id(account: str) -> str:
    """What the product's roles ask for, where a scenario's test switches it on: see `require_external_id`."""
    return f"pull-why-{account}"


def principal(user: str) -> str:
    """The ARN of somebody whom events name: an email is a session of the engineers' role, the rest are users."""
    account = get_account_id()
    if "@" in user:
        return f"arn:aws:sts::{account}:assumed-role/engineer/{user}"
    return f"arn:aws:iam::{account}:user/{user}"


def _document(actions: list[str]) -> dict:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}


def managed_policies() -> None:
    """AWS's own policies, with their own documents: ministack's are close, not equal."""
    for name, actions in _MANAGED.items():
        arn = AWS_MANAGED + name
        text = json.dumps(_document(actions))
        iam._aws_managed_policies[arn] = iam._make_aws_managed_record("service-role/" + name, text)


def build(whole: dict, account: str) -> None:
    """Roles and policies of the account at hand."""
    managed_policies()
    for name, document in whole["policies"].items():
        text = document if isinstance(document, str) else json.dumps(document)
        iam._create_policy({"PolicyName": [name], "PolicyDocument": [filled(text, whole)]})
        record = iam._policies[_policy_arn(name)]
        record |= {"CreateDate": LONG_AGO, "UpdateDate": LONG_AGO}
        record["Versions"]["v1"]["CreateDate"] = LONG_AGO
    on_instances = sorted({one["role"] for one in whole["instances"] if one["role"] and not one["external"]})
    for name in on_instances:
        whole["roles"].setdefault(name, dict(ROLE, attached=["AmazonEC2ContainerServiceforEC2Role"]))
    for name, role in whole["roles"].items():
        if role["exists"]:
            _role(name, role | ({"trust": role["trust"] or _EC2} if name in on_instances else {}), whole)
    for name in on_instances:
        iam._create_instance_profile({"InstanceProfileName": [name]})
        iam._add_role_to_instance_profile({"InstanceProfileName": [name], "RoleName": [name]})
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
         "Action": ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]}]}
    role_of(READ_ROLE, trust, [], {"read": _document(_READS)})
    role_of(REMEDIATION_ROLE, trust, [], {"remediation": _document(_WRITES)})


def require_external_id(account: str) -> str:
    """From now on the product's roles may only be assumed with the external id, which is returned."""
    wanted = external_id(account)
    for name in (READ_ROLE, REMEDIATION_ROLE):
        role = iam._roles.get_scoped(account, None, name)
        trust = json.loads(role["AssumeRolePolicyDocument"])
        trust["Statement"][0]["Condition"] = {"StringEquals": {"sts:ExternalId": wanted}}
        role["AssumeRolePolicyDocument"] = json.dumps(trust)
    return wanted


def _role(name: str, wanted: dict, whole: dict) -> None:
    attached = [AWS_MANAGED + "AmazonECSTaskExecutionRolePolicy"] if wanted["attached"] is None else [
        _policy_arn(one) for one in wanted["attached"]]
    trust = json.loads(filled(json.dumps(wanted["trust"] or _ECS_TASKS), whole))
    role_of(name, trust, attached,
            {key: filled(text if isinstance(text, str) else json.dumps(text), whole)
             for key, text in wanted["inline"].items()}, wanted["path"],
            _policy_arn(wanted["boundary"]) if wanted["boundary"] else None)


def _policy_arn(name: str) -> str:
    if name.startswith("arn:"):
        return name
    if name.startswith("Amazon"):
        return AWS_MANAGED + name
    return f"arn:aws:iam::{get_account_id()}:policy/{name}"


def role_of(name: str, trust: dict | str, attached: list[str], inline: dict | None = None, path: str = "/",
            boundary: str | None = None) -> None:
    """Creates a role through ministack's own IAM."""
    members = {"RoleName": [name], "Path": [path],
               "AssumeRolePolicyDocument": [trust if isinstance(trust, str) else json.dumps(trust)]}
    if boundary:
        members["PermissionsBoundary"] = [boundary]
    iam._create_role(members)
    iam._roles[name]["CreateDate"] = LONG_AGO
    for arn in attached:
        iam._attach_role_policy({"RoleName": [name], "PolicyArn": [arn]})
    for policy, document in (inline or {}).items():
        text = document if isinstance(document, str) else json.dumps(document)
        iam._put_role_policy({"RoleName": [name], "PolicyName": [policy], "PolicyDocument": [text]})


def filled(text: str, whole: dict) -> str:
    """`{account}` and `{region}` in a document."""
    return named(text.replace("{account}", get_account_id()).replace("{region}", whole["region"]))


def named(text: str) -> str:
    """`{other}`, `{key.NAME}` and `{secret.NAME}`."""
    text = text.replace("{other}", other(get_account_id()))
    text = re.sub(r"\{key\.([^}]+)\}", lambda found: key_arn(found.group(1)), text)
    return re.sub(r"\{secret\.([^}]+)\}", lambda found: secret_arn(found.group(1)), text)


def key_id(name: str) -> str:
    """The id of the key that a scenario calls so."""
    return names.uuid_of(get_account_id(), "key", name)


def key_arn(name: str) -> str:
    """The ARN of the key that a scenario calls so: `{key.NAME}`."""
    return f"arn:aws:kms:{get_region()}:{get_account_id()}:key/{key_id(name)}"


def secret_arn(name: str) -> str:
    """The ARN of the secret of this name: `{secret.NAME}`."""
    suffix = names.seeded(get_account_id(), "secret", name, length=6)
    return f"arn:aws:secretsmanager:{get_region()}:{get_account_id()}:secret:{name}-{suffix}"


def other(account: str) -> str:
    """The account next door, in which a scenario may put repositories (`account = "other"`)."""
    return f"{int(account) + 1:012d}"
