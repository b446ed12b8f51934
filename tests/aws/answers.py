"""What goes back over the wire: success and errors in each of AWS's protocols.

Error shapes: https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html,
https://smithy.io/2.0/aws/protocols/aws-query-protocol.html,
https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
"""

import dataclasses
import json
import uuid
from xml.sax.saxutils import escape

_QUERY_NAMESPACE = {
    "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
    "monitoring": "http://monitoring.amazonaws.com/doc/2010-08-01/",
}
_REST = {"s3", "eks", "lambda", "route53"}


@dataclasses.dataclass
class Answer:
    """One HTTP answer. `error` is AWS's code where the call failed."""

    status: int
    headers: dict[str, str]
    body: bytes
    error: str | None = None
    note: str = ""


class AwsError(Exception):
    """A refusal that `error` turns into the wire shape of the service that was asked."""

    def __init__(self, code: str, message: str, status: int = 400, **members: object):
        super().__init__(message)
        self.code, self.message, self.status, self.members = code, message, status, members


def protocol(service: str, headers: dict[str, str]) -> str:
    """`json`, `query`, `ec2`, `cbor` or `rest`."""
    if service == "ec2":
        return "ec2"
    if "cbor" in headers.get("smithy-protocol", "") or "cbor" in headers.get("content-type", ""):
        return "cbor"
    if headers.get("x-amz-target"):
        return "json"
    if service in _QUERY_NAMESPACE:
        return "query"
    return "rest" if service in _REST else "json"


def json_ok(members: dict) -> Answer:
    """AWS JSON 1.1 success."""
    return Answer(200, {"content-type": "application/x-amz-json-1.1", "x-amzn-requestid": str(uuid.uuid4())},
                  json.dumps(members).encode())


def ec2_ok(operation: str, inner: str) -> Answer:
    """EC2 query success; `inner` is the XML inside the result."""
    request = str(uuid.uuid4())
    body = (f'<?xml version="1.0" encoding="UTF-8"?>\n<{operation}Response '
            f'xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>{request}</requestId>{inner}'
            f"</{operation}Response>")
    return Answer(200, {"content-type": "text/xml;charset=UTF-8", "x-amzn-requestid": request}, body.encode())


def query_ok(service: str, operation: str, inner: str) -> Answer:
    """AWS query success; `inner` is the XML inside `<OperationResult>`."""
    request = str(uuid.uuid4())
    body = (f'<{operation}Response xmlns="{_QUERY_NAMESPACE[service]}"><{operation}Result>{inner}'
            f"</{operation}Result><ResponseMetadata><RequestId>{request}</RequestId></ResponseMetadata>"
            f"</{operation}Response>")
    return Answer(200, {"content-type": "text/xml", "x-amzn-requestid": request}, body.encode())


def error(service: str, headers: dict[str, str], refusal: AwsError) -> Answer:
    """A refusal in the shape that the service's clients parse."""
    request = str(uuid.uuid4())
    kind = protocol(service, headers)
    code, message, status = refusal.code, refusal.message, refusal.status
    answer_headers = {"x-amzn-requestid": request}
    if kind == "ec2":
        answer_headers["content-type"] = "text/xml;charset=UTF-8"
        body = (f'<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>{escape(code)}</Code>'
                f"<Message>{escape(message)}</Message></Error></Errors><RequestID>{request}</RequestID></Response>")
    elif kind == "query":
        answer_headers["content-type"] = "text/xml"
        side = "Receiver" if status >= 500 else "Sender"
        body = (f'<ErrorResponse xmlns="{_QUERY_NAMESPACE[service]}"><Error><Type>{side}</Type>'
                f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
                f"<RequestId>{request}</RequestId></ErrorResponse>")
    elif kind == "rest" and service == "s3":
        answer_headers["content-type"] = "application/xml"
        body = f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
    elif kind == "cbor":
        import cbor2

        answer_headers |= {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        return Answer(status, answer_headers, cbor2.dumps({"__type": code, "message": message}), code)
    else:
        answer_headers |= {"content-type": "application/x-amz-json-1.1", "x-amzn-errortype": code}
        body = json.dumps({"__type": code, "message": message, **refusal.members})
    return Answer(status, answer_headers, body.encode(), code)


_DENIED = {"query": ("AccessDenied", 403), "ec2": ("UnauthorizedOperation", 403), "rest": ("AccessDenied", 403)}
_THROTTLED = {"query": ("Throttling", 400), "ec2": ("RequestLimitExceeded", 503), "rest": ("SlowDown", 503)}
_BROKEN = {"query": "InternalFailure", "ec2": "InternalError", "rest": "InternalError"}
_SERVER_FAULT = {"ecs": "ServerException", "ecr": "ServerException", "logs": "ServiceUnavailableException"}


def denied(service: str, headers: dict[str, str], principal: str, action: str, resource: str,
           explicit: bool = False, layer: str = "identity-based policy") -> AwsError:
    """The refusal that AWS writes for an action which a policy does not allow.

    Formats: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    code, status = _DENIED.get(protocol(service, headers), ("AccessDeniedException", 400))
    tail = f"with an explicit deny in a{'n' if layer[0] in 'aeiou' else ''} {layer}" if explicit else \
        f"because no {layer} allows the {action} action"
    where = f" on resource: {resource}" if resource else ""
    message = f"User: {principal} is not authorized to perform: {action}{where} {tail}"
    if service == "ec2":
        message = f"You are not authorized to perform this operation. {message}"
    return AwsError(code, message, status)


def throttled(service: str, headers: dict[str, str]) -> AwsError:
    """The refusal of a caller who asks too often."""
    code, status = _THROTTLED.get(protocol(service, headers), ("ThrottlingException", 400))
    message = "Request limit exceeded." if service == "ec2" else "Rate exceeded"
    return AwsError(code, message, status)


def broken(service: str, headers: dict[str, str]) -> AwsError:
    """A fault on AWS's side."""
    code = _BROKEN.get(protocol(service, headers)) or _SERVER_FAULT.get(service, "InternalServerError")
    return AwsError(code, "We encountered an internal error. Please try again.", 500)
