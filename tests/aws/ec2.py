"""EC2 from moto, mended where it forgets what AWS says.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Operations.html
"""

import json

from moto.core.request import Request
from moto.ec2.models.route_tables import Route
from moto.ec2.models.vpcs import VPCEndPoint
from moto.ec2.responses import EC2Response

from . import answers, ec2_world, world_access
from .callers import Caller
from .requests import Asked, filters, listed


def moto(asked: Asked, caller: Caller) -> answers.Answer:
    """What moto answers, in the caller's account."""
    headers = dict(asked.headers) | {"x-moto-account-id": caller.account}
    url = f"https://ec2.{asked.region}.amazonaws.com/"
    body = asked.body
    request = Request.from_primitives(asked.method, url, headers, body)
    try:
        status, headers, body = EC2Response.dispatch(request)
    except NotImplementedError as missing:
        raise answers.AwsError("InvalidAction", str(missing)) from None
    body = body.encode() if isinstance(body, str) else body
    headers = {name.lower(): value for name, value in headers.items()
               if name.lower() not in ("status", "content-length")}
    error = None
    if status >= 400:
        error = body.split(b"<Code>")[1].split(b"</Code>")[0].decode() if b"<Code>" in body else "UnknownError"
    return answers.Answer(status, headers, body, error)


def _state(route: Route) -> str:
    """`blackhole` where the target is gone: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Route.html"""
    if getattr(route, "gone", False):
        return "blackhole"
    # "The target is gone": a gateway that failed is still there.
    if route.nat_gateway is not None and route.nat_gateway.state in ("deleted", "deleting"):
        return "blackhole"
    gateway = route.gateway
    if gateway is not None and gateway.id.startswith("igw-"):
        attached = route.route_table.ec2_backend.internet_gateways.get(gateway.id)
        return "active" if attached is not None and attached.vpc else "blackhole"
    if gateway is not None and gateway.id.startswith("vpce-"):
        return "active" if gateway.id in route.route_table.ec2_backend.vpc_end_points else "blackhole"
    return "active"


Route.state = property(_state)
_endpoint_filter = VPCEndPoint.get_filter_value


def _filter_value(self: VPCEndPoint, name: str, method: str | None = None) -> object:
    if name in ("service-name", "vpc-id", "vpc-endpoint-id"):
        return {"service-name": self.service_name, "vpc-id": self.vpc_id, "vpc-endpoint-id": self.id}[name]
    return _endpoint_filter(self, name, method)


VPCEndPoint.get_filter_value = _filter_value
VPCEndPoint.ip_address_type = "ipv4"
VPCEndPoint.requester_managed = False


def _create_endpoint(asked: Asked, caller: Caller) -> answers.Answer:
    before = set(ec2_world.backend().vpc_end_points)
    answer = moto(asked, caller)
    for made in set(ec2_world.backend().vpc_end_points) - before:
        endpoint = ec2_world.backend().vpc_end_points[made]
        if endpoint.vpc_endpoint_type == "Interface":
            ec2_world.dress_interfaces(ec2_world.backend(), endpoint)
    return answer


def _modify_endpoint(asked: Asked, caller: Caller) -> answers.Answer:
    """moto forgets PrivateDnsEnabled, ResetPolicy and the routes of a gateway endpoint."""
    given = asked.parameters
    ec2 = ec2_world.backend()
    endpoint = ec2.vpc_end_points.get(given.get("VpcEndpointId", ""))
    if endpoint is None:
        raise answers.AwsError("InvalidVpcEndpointId.NotFound",
                               f"The VpcEndPoint ID '{given.get('VpcEndpointId')}' does not exist")
    answer = moto(asked, caller)
    if "PrivateDnsEnabled" in given:
        endpoint.private_dns_enabled = given["PrivateDnsEnabled"].lower() == "true"
    if given.get("ResetPolicy", "").lower() == "true":
        endpoint.policy_document = json.dumps(VPCEndPoint.DEFAULT_POLICY)
    if endpoint.destination_prefix_list_id:
        for table in listed(given, "AddRouteTableId"):
            ec2.create_route(table, None, gateway_id=endpoint.id,
                             destination_prefix_list_id=endpoint.destination_prefix_list_id)
        for table in listed(given, "RemoveRouteTableId"):
            ec2.delete_route(table, None, destination_prefix_list_id=endpoint.destination_prefix_list_id)
    return answer


def _block_public_access(asked: Asked, caller: Caller) -> answers.Answer:
    mode = BLOCKED.get((caller.account, asked.region), "off")
    state = "default-state" if mode == "off" else "update-complete"
    return answers.ec2_ok("DescribeVpcBlockPublicAccessOptions",
                          f"<vpcBlockPublicAccessOptions><awsAccountId>{caller.account}</awsAccountId>"
                          f"<awsRegion>{asked.region}</awsRegion><state>{state}</state>"
                          f"<internetGatewayBlockMode>{mode}</internetGatewayBlockMode>"
                          "<exclusionsAllowed>allowed</exclusionsAllowed><managedBy>account</managedBy>"
                          "</vpcBlockPublicAccessOptions>")


BLOCKED: dict[tuple[str, str], str] = {}
"""VPC Block Public Access by (account, region): `off`, `block-bidirectional` or `block-ingress`."""


def _block_exclusions(asked: Asked, caller: Caller) -> answers.Answer:
    return answers.ec2_ok("DescribeVpcBlockPublicAccessExclusions", "<vpcBlockPublicAccessExclusionSet/>")


def _prefix_lists(asked: Asked, caller: Caller) -> answers.Answer:
    chosen = filters(asked.parameters)
    wanted = listed(asked.parameters, "PrefixListId")
    rows = []
    for one in ec2_world.backend().managed_prefix_lists.values():
        if (wanted and one.id not in wanted or one.owner_id == caller.account
                or not one.prefix_list_name.startswith(f"com.amazonaws.{asked.region}")
                or chosen.get("prefix-list-name", [one.prefix_list_name]) != [one.prefix_list_name]
                or one.id not in chosen.get("prefix-list-id", [one.id])):
            continue
        cidrs = "".join(f"<item>{entry['Cidr']}</item>" for entry in (list(one.entries.values()) or [[]])[-1])
        rows.append(f"<item><prefixListId>{one.id}</prefixListId><prefixListName>{one.prefix_list_name}"
                    f"</prefixListName><cidrSet>{cidrs}</cidrSet></item>")
    return answers.ec2_ok("DescribePrefixLists", f"<prefixListSet>{''.join(rows)}</prefixListSet>")


SHARED: set[str] = set()
"""Accounts whose VPC is another account's, shared with them."""


def dress(account: str, network: dict, made: ec2_world.Network) -> None:
    """What moto cannot say of a network."""
    if network["shared"]:
        SHARED.add(account)
    for subnet in _subnets():
        if subnet.id in [made.subnets[name] for name in network["ipv6_only"]]:
            subnet.ipv6_native = True


def _subnets() -> list:
    return [subnet for zone in ec2_world.backend().subnets.values() for subnet in zone.values()]


def undress(account: str) -> None:
    """The account owns its VPC again."""
    SHARED.discard(account)


def _owned_by_another(asked: Asked, caller: Caller) -> answers.Answer:
    """A shared VPC names its owner; a participant is shown neither its endpoints nor its gateways.

    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing-share-subnet-working-with.html
    """
    answer = moto(asked, caller)
    if caller.account in SHARED:
        owner = f"<ownerId>{world_access.other(caller.account)}</ownerId>".encode()
        answer.body = answer.body.replace(f"<ownerId>{caller.account}</ownerId>".encode(), owner)
    for subnet in _subnets():
        if subnet.ipv6_native:
            answer.body = answer.body.replace(f"<cidrBlock>{subnet.cidr_block}</cidrBlock>".encode(), b"")
    return answer


_HIDDEN = {"DescribeVpcEndpoints": "vpcEndpointSet", "DescribeNatGateways": "natGatewaySet",
           "DescribeInternetGateways": "internetGatewaySet"}


def _not_shown(asked: Asked, caller: Caller) -> answers.Answer:
    if caller.account in SHARED:
        return answers.ec2_ok(asked.operation, f"<{_HIDDEN[asked.operation]}/>")
    return moto(asked, caller)


PROFILES: dict[str, str] = {}
"""The instance profile (and role) by instance id: moto would look for it in its own IAM."""


def _instances(asked: Asked, caller: Caller) -> answers.Answer:
    answer = moto(asked, caller)
    for instance, role in PROFILES.items():
        here = f"<instanceId>{instance}</instanceId>".encode()
        profile = (f"<iamInstanceProfile><arn>arn:aws:iam::{caller.account}:instance-profile/{role}</arn>"
                   f"<id>AIPA{instance[2:].upper()}</id></iamInstanceProfile>").encode()
        answer.body = answer.body.replace(here, here + profile, 1)
    return answer


OPERATIONS = {**dict.fromkeys(_HIDDEN, _not_shown), "DescribeSubnets": _owned_by_another,
              "DescribeVpcs": _owned_by_another, "DescribeInstances": _instances, "CreateVpcEndpoint": _create_endpoint,
              "ModifyVpcEndpoint": _modify_endpoint,
              "DescribeVpcBlockPublicAccessOptions": _block_public_access,
              "DescribeVpcBlockPublicAccessExclusions": _block_exclusions, "DescribePrefixLists": _prefix_lists}
