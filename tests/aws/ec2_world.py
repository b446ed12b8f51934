"""The network of a world, built from moto's own models: VPC, subnets, routes, NAT, endpoints, groups and ACLs."""

import dataclasses
import datetime
import json

from ministack.core.responses import get_account_id, get_region
from moto.ec2.models import ec2_backends
from moto.moto_api._internal import mock_random

from . import names
from .scenario import ACL_ENTRY, GROUP, GROUP_RULE

SUBNETS = {"public-a": "10.0.0.0/24", "public-b": "10.0.1.0/24",
           "private-a": "10.0.10.0/24", "private-b": "10.0.11.0/24"}
LONG_AGO = datetime.datetime(2025, 2, 3, 9, 20, tzinfo=datetime.UTC)
"""When the network was made."""



@dataclasses.dataclass
class Network:
    """The identifiers of what was built, by the name that scenarios use."""

    vpc: str
    subnets: dict[str, str] = dataclasses.field(default_factory=dict)
    groups: dict[str, str] = dataclasses.field(default_factory=dict)
    tables: dict[str, str] = dataclasses.field(default_factory=dict)
    endpoints: dict[str, str] = dataclasses.field(default_factory=dict)
    acls: dict[str, str] = dataclasses.field(default_factory=dict)
    nat: str = ""
    igw: str = ""


def backend():
    """moto's EC2 of the account and region at hand."""
    return ec2_backends[get_account_id()][get_region()]


def build(wanted: dict) -> Network:
    """Builds the network that a scenario's `[network]` describes."""
    mock_random.seed(int(get_account_id()))
    ec2 = backend()
    vpc = ec2.create_vpc("10.0.0.0/16", tags=[{"Key": "Name", "Value": "prod"}])
    vpc.enable_dns_support = wanted["dns_support"]
    vpc.enable_dns_hostnames = wanted["dns_hostnames"]
    ec2.associate_dhcp_options(ec2.create_dhcp_options(
        domain_name_servers=wanted["dns_servers"] or ["AmazonProvidedDNS"],
        domain_name=[f"{get_region()}.compute.internal"]), vpc)
    made = Network(vpc.id)
    made.tables["main"] = next(table.id for table in ec2.route_tables.values()
                               if table.vpc_id == vpc.id and table.main_association_id)
    isolated = wanted["kind"] == "isolated"
    for name, cidr in SUBNETS.items():
        if isolated and name.startswith("public"):
            continue
        subnet = ec2.create_subnet(vpc.id, cidr, availability_zone=get_region() + name[-1])
        subnet.add_tag("Name", name)
        subnet.map_public_ip_on_launch = name.startswith("public")
        made.subnets[name] = subnet.id
    for kind in ("private",) if isolated else ("public", "private"):
        table = ec2.create_route_table(vpc.id, tags=[{"Key": "Name", "Value": kind}])
        made.tables[kind] = table.id
        for name, subnet in made.subnets.items():
            if name.startswith(kind) and name not in wanted["implicit_main"]:
                ec2.associate_route_table(table.id, subnet_id=subnet)
    if not isolated:
        _ways_out(ec2, made, wanted)
    _groups(ec2, made, wanted)
    _endpoints(ec2, made, wanted)
    _acls(ec2, made, wanted)
    for name, routes in wanted["routes"].items():
        table = ec2.route_tables[made.tables[name]]
        for cidr, target in routes.items():
            if target == "none":
                ec2.delete_route(table.id, cidr)
            else:
                _route(ec2, made, table.id, cidr, target)
    return made


def _ways_out(ec2, made: Network, wanted: dict) -> None:
    gateway = ec2.create_internet_gateway()
    ec2.attach_internet_gateway(gateway.id, made.vpc)
    made.igw = gateway.id
    ec2.create_route(made.tables["public"], "0.0.0.0/0", gateway_id=gateway.id)
    if wanted["nat"] == "none" or wanted["kind"] == "public":
        return
    address = ec2.allocate_address("vpc")
    nat = ec2.create_nat_gateway(made.subnets["public-a"], address.allocation_id)
    # moto's addresses are random and belong to no subnet.
    nat._eni.private_ip_address = nat.private_ip = nat.address_set[0]["privateIp"] = "10.0.0.7"
    nat.address_set[0]["publicIp"] = "203.0.113.7"
    made.nat = nat.id
    ec2.create_route(made.tables["private"], "0.0.0.0/0", nat_gateway_id=nat.id)
    nat.state = wanted["nat"]
    nat._created_at = LONG_AGO


def _route(ec2, made: Network, table: str, cidr: str, target: str) -> None:
    if any(route.destination_cidr_block == cidr for route in ec2.route_tables[table].routes):
        ec2.delete_route(table, cidr)
    if target == "nat":
        ec2.create_route(table, cidr, nat_gateway_id=made.nat)
    elif target == "igw":
        ec2.create_route(table, cidr, gateway_id=made.igw)
    elif target in ("tgw", "gone"):
        route = ec2.create_route(table, cidr, transit_gateway_id=ec2.create_transit_gateway("hub").id)
        route.gone = target == "gone"
    elif target == "eigw":
        gateway = ec2.create_egress_only_internet_gateway(made.vpc)
        ec2.create_route(table, None, destination_ipv6_cidr_block=cidr, egress_only_igw_id=gateway.id)
    elif target == "appliance":
        subnet = ec2.get_subnet(next(iter(made.subnets.values())))
        interface = ec2.create_network_interface(subnet, "10.0.0.9", description="nat instance")
        ec2.create_route(table, cidr, interface_id=interface.id)
    else:
        raise ValueError(f"route target `{target}` is none of nat, igw, eigw, tgw, appliance, gone, none")


def _groups(ec2, made: Network, wanted: dict) -> None:
    https = GROUP_RULE | {"cidr": "10.0.0.0/16", "from": 443, "to": 443}
    groups = {"app": GROUP, "endpoints": GROUP | {"ingress": [https]}} | wanted["groups"]
    # Rules name other groups: all of them are there before the first rule.
    for name in groups:
        made.groups[name] = ec2.create_security_group(f"prod-{name}", f"prod {name}", made.vpc).id
    for name, rules in groups.items():
        group = made.groups[name]
        if rules["egress"] is not None:
            ec2.revoke_security_group_egress(group, "-1", None, None, [{"CidrIp": "0.0.0.0/0"}])
        for direction in ("ingress", "egress"):
            for rule in rules[direction] or []:
                _rule(ec2, made, group, direction, rule)


def _rule(ec2, made: Network, group: str, direction: str, rule: dict) -> None:
    protocol = rule["protocol"]
    ports = (None, None) if protocol == "-1" else (rule["from"], rule["to"])
    authorise = getattr(ec2, f"authorize_security_group_{direction}")
    sources = [{"GroupId": made.groups[rule["group"]]}] if rule["group"] else []
    lists = [{"PrefixListId": prefix_list(ec2, rule["prefix_list"])}] if rule["prefix_list"] else []
    cidr = "CidrIpv6" if ":" in (rule["cidr"] or "") else "CidrIp"
    authorise(group, protocol, *ports, [{cidr: rule["cidr"]}] if rule["cidr"] else [],
              source_groups=sources, prefix_list_ids=lists)


def prefix_list(ec2, service: str) -> str:
    """The id of the AWS-managed prefix list of a service, such as `s3`."""
    wanted = f"com.amazonaws.{get_region()}.{service}"
    return next(one.id for one in ec2.managed_prefix_lists.values() if one.prefix_list_name == wanted)


def _endpoints(ec2, made: Network, wanted: dict) -> None:
    for one in wanted["endpoints"]:
        service = one["service"]
        gateway = (one["type"] or ("Gateway" if service in ("s3", "dynamodb") else "Interface")) == "Gateway"
        name = f"com.amazonaws.{get_region()}.{service}"
        policy = one["policy"]
        policy = json.dumps(policy) if isinstance(policy, dict) else policy
        if gateway:
            endpoint = ec2.create_vpc_endpoint(
                made.vpc, name, "Gateway", policy, [made.tables[table] for table in one["tables"]],
                subnet_ids=[], private_dns_enabled=False)
        else:
            subnets = [made.subnets[subnet] for subnet in one["subnets"]]
            endpoint = ec2.create_vpc_endpoint(
                made.vpc, name, "Interface", policy, [], subnets,
                security_group_ids=[made.groups[group] for group in one["groups"]],
                private_dns_enabled=one["private_dns"])
            dress_interfaces(ec2, endpoint)
        endpoint.state = one["state"]
        endpoint.creation_timestamp = LONG_AGO
        made.endpoints[service] = endpoint.id


def dress_interfaces(ec2, endpoint) -> None:
    """An endpoint's interfaces get an address of their subnet and the endpoint's groups: moto takes random ones."""
    for number, eni in enumerate(endpoint.network_interface_ids):
        interface = ec2.enis[eni]
        first = interface.subnet.cidr_block.rsplit(".", 1)[0]
        interface.private_ip_address = names.address(first, endpoint.id, number)
        interface.private_ip_addresses = [{"Primary": True, "PrivateIpAddress": interface.private_ip_address}]
        interface.interface_type, interface.status = "vpc_endpoint", "in-use"
        interface.description = f"VPC Endpoint Interface {endpoint.id}"
        interface._group_set = [ec2.get_security_group_from_id(group) for group in endpoint.security_group_ids]


def _acls(ec2, made: Network, wanted: dict) -> None:
    for name, one in wanted["acls"].items():
        acl = ec2.create_network_acl(made.vpc, tags=[{"Key": "Name", "Value": name}])
        made.acls[name] = acl.id
        for egress in (True, False):
            last = ACL_ENTRY | {"rule": 32767, "action": "deny", "protocol": "-1"}
            for entry in [*one["egress" if egress else "ingress"], last]:
                v6 = entry["cidr"] if ":" in entry["cidr"] else None
                ec2.create_network_acl_entry(acl.id, entry["rule"], str(entry["protocol"]), entry["action"], egress,
                                             None if v6 else entry["cidr"], None, None, entry["from"], entry["to"], v6)
        for subnet in one["subnets"]:
            association = next(association for other in ec2.network_acls.values()
                               for association, row in other._associations.items()
                               if row.subnet_id == made.subnets[subnet])
            ec2.replace_network_acl_association(association, acl.id)


def placed(subnet: str, task: str) -> tuple[str, str]:
    """The zone of a subnet, and an address in it for a task."""
    found = next((zones[subnet] for zones in backend().subnets.values() if subnet in zones), None)
    if found is None:
        return get_region() + "a", names.address("10.0.10", task)
    return found.availability_zone, names.address(found.cidr_block.rsplit(".", 1)[0], task)


def has_way_out(subnet: str, public: bool) -> bool:
    """Whether a subnet's route table leads out: to an available NAT gateway, or to an IGW for public addresses."""
    ec2 = backend()
    found = next((zones[subnet] for zones in ec2.subnets.values() if subnet in zones), None)
    if found is None:
        return False
    tables = [table for table in ec2.route_tables.values() if table.vpc_id == found.vpc_id]
    table = next((table for table in tables if subnet in table._associations.values()),
                 next(table for table in tables if table.main_association_id))
    for route in table.routes:
        if route.destination_cidr_block != "0.0.0.0/0":
            continue
        if route.nat_gateway is not None:
            return route.nat_gateway.state == "available"
        return route.gateway is not None and route.gateway.id.startswith("igw-") and public
    return False
