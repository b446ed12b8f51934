"""Faults on demand: an account's calls can be refused, throttled, delayed, broken or dropped.

A throttle with `per_second` refuses only what goes beyond that rate, as CloudTrail's two LookupEvents a second.
"""

import dataclasses
import fnmatch
import threading
import time

KINDS = ("deny", "throttle", "delay", "fail", "drop")


@dataclasses.dataclass
class Fault:
    """`action` is `service:Operation`, with `*` and `?`; `times` None means until it is taken away."""

    kind: str
    action: str = "*"
    milliseconds: int = 0
    times: int | None = None
    message: str | None = None
    principal: str = "*"
    resource: str = "*"
    explicit: bool = False
    per_second: int | None = None
    seen: list[float] = dataclasses.field(default_factory=list)


_lock = threading.Lock()
_faults: dict[str, list[Fault]] = {}


def add(account: str, wanted: dict) -> Fault:
    """Adds a fault; unknown keys and kinds are errors."""
    fault = Fault(**wanted)
    if fault.kind not in KINDS:
        raise ValueError(f"fault kind `{fault.kind}` is none of {', '.join(KINDS)}")
    with _lock:
        _faults.setdefault(account, []).append(fault)
    return fault


def clear(account: str | None = None) -> None:
    """Takes an account's faults away, or all."""
    with _lock:
        if account is None:
            _faults.clear()
        else:
            _faults.pop(account, None)


def _beyond(fault: Fault) -> bool:
    now = time.monotonic()
    fault.seen[:] = [at for at in fault.seen if now - at < 1.0]
    if len(fault.seen) >= fault.per_second:
        return True
    fault.seen.append(now)
    return False


def hits(account: str, action: str, principal: str, resource: str) -> list[Fault]:
    """The faults that this call runs into, each counted down."""
    found = []
    with _lock:
        for fault in _faults.get(account, []):
            if fault.times == 0 or not fnmatch.fnmatch(action.lower(), fault.action.lower()):
                continue
            if not fnmatch.fnmatch(principal, fault.principal) or not fnmatch.fnmatch(resource, fault.resource):
                continue
            if fault.per_second is not None and not _beyond(fault):
                continue
            if fault.times is not None:
                fault.times -= 1
            found.append(fault)
    return found
