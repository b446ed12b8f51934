"""The log of calls, for tests that count, order or forbid them."""

import collections
import dataclasses

_READS = ("Describe", "List", "Get", "BatchGet", "BatchCheck", "Lookup", "Filter", "Search", "Simulate", "Validate",
          "Start Query", "Head")
# They start with a reading verb's opposite and change nothing that anybody would miss.
_HARMLESS = {"AssumeRole", "StartQuery", "StopQuery", "TestMetricFilter", "DecodeAuthorizationMessage"}


@dataclasses.dataclass
class Call:
    """One call as AWS would have seen it. Times are Unix seconds, `took` is seconds."""

    account: str
    service: str
    operation: str
    region: str
    principal: str
    parameters: dict
    at: float
    status: int = 0
    error: str | None = None
    took: float = 0.0

    @property
    def writes(self) -> bool:
        """Whether the operation changes something."""
        return is_write(self.operation)


def is_write(operation: str) -> bool:
    """Whether an operation of that name changes something."""
    return not operation.startswith(_READS) and operation not in _HARMLESS


LOG: collections.deque[Call] = collections.deque(maxlen=20_000)


def listed(account: str | None, writes: bool, since: float = 0.0) -> list[dict]:
    """The calls, oldest first."""
    return [dataclasses.asdict(call) | {"writes": call.writes} for call in list(LOG)
            if (account is None or call.account == account) and (call.writes or not writes) and call.at >= since]


def forget(account: str | None = None) -> None:
    """Empties the log, or one account's part of it."""
    kept = [] if account is None else [call for call in LOG if call.account != account]
    LOG.clear()
    LOG.extend(kept)
