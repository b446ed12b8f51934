"""The library behind the mends: ministack's handlers, called in this process."""

import asyncio
import re
import urllib.parse
import uuid

from ministack import app
from ministack.core.responses import fix_error_content_type, fix_success_content_type

from . import answers
from .requests import Asked


def ministack(asked: Asked) -> answers.Answer:
    """What ministack answers. It has no EC2 here: that is moto's."""
    handler = app.SERVICE_HANDLERS.get(asked.service)
    if handler is None:
        raise answers.AwsError("UnknownOperationException", f"no stand-in for {asked.service}", 400)
    path = urllib.parse.urlsplit(asked.url).path
    status, headers, body = asyncio.run(handler(asked.method, path, asked.headers, asked.body, asked.query))
    fix_error_content_type(asked.service, status, headers)
    fix_success_content_type(asked.service, status, headers)
    headers = {name.lower(): value for name, value in headers.items()}
    headers.pop("content-length", None)
    headers.setdefault("x-amzn-requestid", str(uuid.uuid4()))
    body = body.encode() if isinstance(body, str) else body or b""
    return answers.Answer(status, headers, body, _error_code(body) if status >= 400 else None)


def _error_code(body: bytes) -> str:
    found = re.search(rb'"__type":\s*"([^"]+)"|<Code>([^<]+)</Code>', body)
    return (found.group(1) or found.group(2)).decode().rsplit("#", 1)[-1] if found else "UnknownError"
