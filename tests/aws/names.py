"""Identifiers: made from a seed where a scenario has to be the same each time, else at random."""

import hashlib
import itertools
import uuid

_counter = itertools.count(1)


def fresh(length: int = 32) -> str:
    """Hexadecimal digits that nothing else has."""
    return (uuid.uuid4().hex * 2)[:length]


def seeded(*parts: object, length: int = 32) -> str:
    """Hexadecimal digits that depend on `parts` alone."""
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()[:length]


def uuid_of(*parts: object) -> str:
    """A UUID that depends on `parts` alone."""
    return str(uuid.UUID(seeded(*parts)))


def number(*parts: object) -> str:
    """Nineteen decimal digits, as in `ecs-svc/…`; seeded by `parts`, else fresh."""
    text = seeded(*parts) if parts else fresh()
    return str(10**18 + int(text, 16) % (9 * 10**18))


def address(network: str, *parts: object) -> str:
    """An address inside a /24, `network` being its first three numbers."""
    return f"{network}.{16 + (int(seeded(*parts), 16) if parts else next(_counter)) % 220}"
