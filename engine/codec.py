r"""Values and states as bytes, types kept: Decimal, dates, moments, durations, UUIDs. Independent of the order of keys.

A value that JSON does not know is written as {"\\u0001": [tag, text]}. A dict of a user that has such a key itself is
escaped, so no form can make a case unreadable.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any
from uuid import UUID

import orjson

from engine.feel import Months

_TAG = "\x01"
_TAG_BYTES = b"\\u0001"
_TAG_KEY = b'"\\u0001":'
_LEAVES = frozenset((str, int, bool, type(None), Decimal, date, datetime))
_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_PASSTHROUGH_DATACLASS


class _Shown(str):
    """The text of a UUID on its way to the encoder, which would take the UUID itself for plain text."""

    __slots__ = ()


def _tagged(value: Any) -> Any:
    for kind, tag, text in _WRITE:
        if isinstance(value, kind):
            return {_TAG: [tag, text(value)]}
    raise TypeError(f"变量的值不能是 {type(value).__name__} 类型")


_WRITE: list[tuple[type, str, Callable[[Any], Any]]] = [
    (Decimal, "n", str),
    (datetime, "m", lambda v: v.isoformat()),
    (date, "d", lambda v: v.isoformat()),
    (time, "t", lambda v: v.isoformat()),
    (timedelta, "s", lambda v: [v.days, v.seconds, v.microseconds]),
    (Months, "y", lambda v: v.months),
    (_Shown, "u", str.__str__),
    (tuple, "l", list),
    (set, "l", sorted),
    (frozenset, "l", sorted),
]
_READ: dict[str, Callable[[Any], Any]] = {
    "n": Decimal,
    "m": datetime.fromisoformat,
    "d": date.fromisoformat,
    "t": time.fromisoformat,
    "s": lambda v: timedelta(*v),
    "y": Months,
    "u": UUID,
    "l": list,
    "e": dict,
}


def _escape(value: Any) -> Any:
    if isinstance(value, dict):
        inner = {str(k): _escape(v) for k, v in value.items()}
        return {_TAG: ["e", list(inner.items())]} if _TAG in value else inner
    return [_escape(v) for v in value] if isinstance(value, (list, tuple)) else value


def _revive(value: Any) -> Any:
    if type(value) is dict:
        if len(value) == 1 and _TAG in value:
            tag, content = value[_TAG]
            return _READ[tag](_revive(content))
        return {k: _revive(v) for k, v in value.items()}
    return [_revive(v) for v in value] if type(value) is list else value


def mark(value: Any) -> Any:
    """The value with its UUIDs made visible to the encoder; the very same object where there are none."""
    kind = type(value)
    if kind is dict:
        return value if _unmarked(value.values()) else {key: mark(inner) for key, inner in value.items()}
    if kind is list or kind is tuple:
        return value if _unmarked(value) else [mark(inner) for inner in value]
    if kind is float and not isfinite(value):  # JSON knows no NaN; it would come back as null
        raise TypeError(f"变量的值不能是 {value}")
    return _Shown(value) if kind is UUID else value


def _unmarked(values: Iterable[Any]) -> bool:
    """Whether there is nothing to mark; nearly always so, and asked for every value of every step."""
    return all(type(inner) in _LEAVES or mark(inner) is inner for inner in values)


def encode(value: Any) -> bytes:
    """Bytes of a JSON-like value with typed leaves; raises TypeError for anything else."""
    return _encode(mark(value))


def encode_state(dump: dict[str, Any]) -> bytes:
    """The state of a machine; values of people stand only in the counters of repeated activities."""
    return _encode({**dump, "t": [(*row[:7], mark(row[7])) if row[7] else row for row in dump["t"]]})


def _encode(value: Any) -> bytes:
    tags = 0

    def tagged(leaf: Any) -> Any:
        nonlocal tags
        tags += 1
        return _tagged(leaf)

    content = orjson.dumps(value, default=tagged, option=_OPTIONS | orjson.OPT_NON_STR_KEYS)
    if content.count(_TAG_KEY) != tags:  # somebody's own key looks like ours
        content = orjson.dumps(_escape(value), default=_tagged, option=_OPTIONS)
    return content


def decode(content: bytes | str) -> Any:
    """The value that was encoded."""
    value = orjson.loads(content)
    raw = content.encode() if isinstance(content, str) else content
    return _revive(value) if _TAG_BYTES in raw else value


def sign(secret: bytes, instance_id: str, version: int, state: bytes) -> str:
    """HMAC-SHA256 over the state with its place, so that a state cannot be swapped or edited unnoticed."""
    return hmac.digest(secret, b"%s:%d:%s" % (instance_id.encode(), version, state), "sha256").hex()
