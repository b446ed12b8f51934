"""What answers for names in a VPC: Route 53's private hosted zones and the Resolver DNS Firewall, as a scenario says.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHostedZonesByVPC.html,
https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_ListFirewallRules.html
"""

import re
import uuid
from xml.sax.saxutils import escape

from . import answers
from .callers import Caller
from .requests import Asked

ZONES: dict[str, list[dict]] = {}
"""Private hosted zones by account: `name`, `service`, `records`."""
RULES: dict[str, list[dict]] = {}
"""DNS firewall rules by account, in order: `name`, `action`, `domains`, `managed`."""


def put(account: str, zones: list[dict], rules: list[dict]) -> None:
    """What an account's VPC has."""
    ZONES[account], RULES[account] = zones, rules


def _xml(operation: str, inner: str) -> answers.Answer:
    body = (f'<?xml version="1.0"?>\n<{operation}Response xmlns="https://route53.amazonaws.com/doc/2013-04-01/">'
            f"{inner}</{operation}Response>")
    return answers.Answer(200, {"content-type": "text/xml", "x-amzn-requestid": str(uuid.uuid4())}, body.encode())


def _zones(asked: Asked, caller: Caller) -> answers.Answer:
    rows = []
    for number, zone in enumerate(ZONES.get(caller.account, [])):
        owner = (f"<OwningService>{escape(zone['service'])}</OwningService>" if zone["service"]
                 else f"<OwningAccount>{caller.account}</OwningAccount>")
        rows.append(f"<HostedZoneSummary><HostedZoneId>Z{number:07}</HostedZoneId><Name>{escape(zone['name'])}.</Name>"
                    f"<Owner>{owner}</Owner></HostedZoneSummary>")
    return _xml("ListHostedZonesByVPC", f"<HostedZoneSummaries>{''.join(rows)}</HostedZoneSummaries>"
                                        "<MaxItems>100</MaxItems>")


def _records(asked: Asked, caller: Caller) -> answers.Answer:
    identifier = re.search(r"/hostedzone/(Z\d+)/rrset", asked.url).group(1)
    zones = ZONES.get(caller.account, [])
    number = int(identifier[1:])
    if number >= len(zones):
        raise answers.AwsError("NoSuchHostedZone", f"No hosted zone found with ID: {identifier}", 404)
    zone = zones[number]
    own = [{"name": zone["name"], "type": "NS", "values": ["ns-0.awsdns-00.com."]},
           {"name": zone["name"], "type": "SOA", "values": ["ns-0.awsdns-00.com. hostmaster 1 7200 900 1209600 60"]}]
    rows = []
    for record in [*own, *zone["records"]]:
        values = "".join(f"<ResourceRecord><Value>{escape(value)}</Value></ResourceRecord>"
                         for value in record["values"])
        name = record["name"].replace("*", "\\052")
        rows.append(f"<ResourceRecordSet><Name>{escape(name)}.</Name><Type>{record['type']}</Type><TTL>60</TTL>"
                    f"<ResourceRecords>{values}</ResourceRecords></ResourceRecordSet>")
    return _xml("ListResourceRecordSets", f"<ResourceRecordSets>{''.join(rows)}</ResourceRecordSets>"
                                          "<IsTruncated>false</IsTruncated><MaxItems>300</MaxItems>")


def _associations(asked: Asked, caller: Caller) -> answers.Answer:
    one = {"Id": "rslvr-frgassoc-1", "FirewallRuleGroupId": "rslvr-frg-1", "VpcId": asked.parameters.get("VpcId"),
           "Name": "prod", "Priority": 101, "Status": "COMPLETE"}
    return answers.json_ok({"FirewallRuleGroupAssociations": [one] if RULES.get(caller.account) else []})


def _rules(asked: Asked, caller: Caller) -> answers.Answer:
    rows = []
    for number, rule in enumerate(RULES.get(caller.account, [])):
        row = {"FirewallRuleGroupId": "rslvr-frg-1", "FirewallDomainListId": f"rslvr-fdl-{number}",
               "Name": rule["name"], "Priority": 100 + number, "Action": rule["action"]}
        rows.append(row | ({"BlockResponse": "NXDOMAIN"} if rule["action"] == "BLOCK" else {}))
    return answers.json_ok({"FirewallRules": rows})


def _lists(asked: Asked, caller: Caller) -> answers.Answer:
    rows = [{"Id": f"rslvr-fdl-{number}", "Name": rule["name"],
             **({"ManagedOwnerName": "Route 53 Resolver DNS Firewall"} if rule["managed"] else {})}
            for number, rule in enumerate(RULES.get(caller.account, []))]
    return answers.json_ok({"FirewallDomainLists": rows})


def _domains(asked: Asked, caller: Caller) -> answers.Answer:
    number = int(asked.parameters["FirewallDomainListId"].rsplit("-", 1)[-1])
    rule = RULES[caller.account][number]
    if rule["managed"]:
        raise answers.AwsError("AccessDeniedException", "The domains of a managed list are not shown", 403)
    return answers.json_ok({"Domains": [f"{domain}." for domain in rule["domains"]]})


OPERATIONS = {"route53": {"ListHostedZonesByVPC": _zones, "ListResourceRecordSets": _records},
              "route53resolver": {"ListFirewallRuleGroupAssociations": _associations, "ListFirewallRules": _rules,
                                  "ListFirewallDomainLists": _lists, "ListFirewallDomains": _domains}}
