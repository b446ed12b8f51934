"""What an HTTP request says: which service, operation, region and key it was signed for, and its parameters."""

import dataclasses
import json
import re
import urllib.parse

_SCOPE = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
_REST = {"route53": [(re.compile(r"GET /2013-04-01/hostedzonesbyvpc$"), "ListHostedZonesByVPC"),
                     (re.compile(r"GET /2013-04-01/hostedzone/[^/]+/rrset$"), "ListResourceRecordSets")]}
"""Operations of services whose requests name them by method and path."""
_CBOR = re.compile(r"^/service/([^/]+)/operation/([^/]+)$")


@dataclasses.dataclass
class Asked:
    """One signed request."""

    method: str
    url: str
    headers: dict[str, str]
    query: dict[str, list[str]]
    body: bytes
    key: str
    region: str
    service: str
    operation: str
    parameters: dict

    @property
    def action(self) -> str:
        """As IAM names it: `monitoring` and `cloudwatch` differ."""
        prefix = {"monitoring": "cloudwatch"}.get(self.service, self.service)
        return f"{prefix}:{self.operation}"


def read(method: str, url: str, headers: dict[str, str], query: dict[str, list[str]], body: bytes) -> Asked | None:
    """None where no signature names a service."""
    scope = _SCOPE.search(headers.get("authorization", ""))
    if scope is None:
        return None
    key, region, service = scope.groups()
    path = urllib.parse.urlsplit(url).path
    parameters: dict = {}
    if target := headers.get("x-amz-target"):
        operation = target.rsplit(".", 1)[-1]
        parameters = _json(body)
    elif cbor := _CBOR.match(path):
        operation = cbor.group(2)
        import cbor2

        parameters = cbor2.loads(body) if body else {}
    else:
        form = dict(query)
        if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            form |= urllib.parse.parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
        parameters = {name: values[0] for name, values in form.items()}
        operation = parameters.pop("Action", "") or f"{method} {path}"
        operation = next((name for form, name in _REST.get(service, []) if form.match(operation)), operation)
        parameters.pop("Version", None)
    return Asked(method, url, headers, query, body, key, region, service, operation, parameters)


def listed(parameters: dict, name: str) -> list[str]:
    """`Name.1`, `Name.2` … of a query-protocol request, also in its `Name.member.1` form."""
    found = []
    for number in range(1, 1001):
        value = parameters.get(f"{name}.{number}", parameters.get(f"{name}.member.{number}"))
        if value is None:
            return found
        found.append(value)
    return found


def filters(parameters: dict) -> dict[str, list[str]]:
    """EC2's `Filter.1.Name`, `Filter.1.Value.1` …"""
    found = {}
    for number in range(1, 201):
        name = parameters.get(f"Filter.{number}.Name")
        if name is None:
            return found
        found[name] = listed(parameters, f"Filter.{number}.Value")
    return found


def _json(body: bytes) -> dict:
    try:
        parsed = json.loads(body or b"{}")
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
