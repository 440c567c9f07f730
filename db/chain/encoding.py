"""How values become bytes before they are hashed: one way only, for ever, the same on both databases.

Each value says its kind and its length, so that no two different rows have the same bytes. Moments are written in UTC with microseconds and
dates in ISO form, as SQLite keeps them; a truth is 1 or 0.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from db.types import moment_text


def encoded(values: Iterable[Any]) -> bytes:
    """Values in their order; raises TypeError for what no table of ours holds."""
    parts: list[bytes] = []
    for value in values:
        kind = type(value)
        if kind is str:
            found = value.encode("utf-8", "surrogatepass")
            parts += (b"s%d:" % len(found), found)
        elif value is None:
            parts.append(b"n")
        elif kind is int or kind is bool:
            parts.append(b"i%d;" % value)
        else:
            parts.append(_rare(value))
    return b"".join(parts)


def _rare(value: Any) -> bytes:
    if isinstance(value, (bytes, bytearray, memoryview)):
        found, mark = bytes(value), b"b"
    elif isinstance(value, datetime):
        found, mark = moment_text(value).encode(), b"s"
    elif isinstance(value, date):
        found, mark = value.isoformat().encode(), b"s"
    elif isinstance(value, float):
        found, mark = repr(value).encode(), b"f"
    else:
        raise TypeError(f"expected a value of a table, but got {type(value).__name__}")
    return mark + b"%d:" % len(found) + found


def digest(values: Iterable[Any]) -> bytes:
    """SHA-256 of encoded values."""
    return hashlib.sha256(encoded(values)).digest()
