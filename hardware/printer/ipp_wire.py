"""What goes over the wire of IPP 2.0: one operation with its attributes, one answer with its groups (RFC 8010).

Only what a client that prints needs: collections are passed over, and a value of a kind that is not read here stays bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

PRINT_JOB, CANCEL_JOB, GET_JOB, GET_JOBS, GET_PRINTER = 0x0002, 0x0008, 0x0009, 0x000A, 0x000B
OPERATION, JOB, END, PRINTER = 0x01, 0x02, 0x03, 0x04
INTEGER, BOOLEAN, ENUM, RANGE, TEXT, NAME, KEYWORD, URI, CHARSET, LANGUAGE, MEDIA_TYPE = 0x21, 0x22, 0x23, 0x33, 0x41, 0x42, 0x44, 0x45, 0x47, 0x48, 0x49
LAST_SUCCESS = 0x00FF  # of status codes
_BEGIN, _END_OF = 0x34, 0x37  # of a collection
_STRINGS = range(0x40, 0x50)
_WITH_LANGUAGE = (0x35, 0x36)

Value = int | bool | str | bytes | tuple[int, int]
Attribute = tuple[int, str, Value | Sequence[str]]  # tag, name, value or several words
Group = Mapping[str, Sequence[Value]]


class IppGarbled(Exception):
    """The other side speaks something else."""


@dataclass(frozen=True)
class Answer:
    """Status and groups of an answer, each group with the tag that began it."""

    status: int
    groups: Sequence[tuple[int, Group]]

    def of(self, tag: int) -> Sequence[Group]:
        """The groups of one kind."""
        return [group for found, group in self.groups if found == tag]

    @property
    def message(self) -> str:
        """What the printer says in words."""
        return next((str(word) for group in self.of(OPERATION) for word in group.get("status-message", ())), "")


def encoded(operation: int, number: int, attributes: Sequence[Attribute], for_job: Sequence[Attribute] = ()) -> bytes:
    """The bytes of an operation, behind which the document may follow."""
    first = [(CHARSET, "attributes-charset", "utf-8"), (LANGUAGE, "attributes-natural-language", "zh-cn"), *attributes]
    out = [struct.pack(">BBHI", 2, 0, operation, number), bytes([OPERATION]), *map(_attribute, first)]
    if for_job:
        out += [bytes([JOB]), *map(_attribute, for_job)]
    return b"".join([*out, bytes([END])])


def _attribute(attribute: Attribute) -> bytes:
    tag, name, value = attribute
    several = [value] if isinstance(value, int | str | bytes) or tag == RANGE else list(value)
    out, called = b"", name.encode("ascii")
    for one in several:
        raw = _raw(tag, one)
        out += struct.pack(">BH", tag, len(called)) + called + struct.pack(">H", len(raw)) + raw
        called = b""  # a further value of the same attribute has no name
    return out


def _raw(tag: int, value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("utf-8")
    if tag == BOOLEAN:
        return bytes([bool(value)])
    if isinstance(value, int):
        return struct.pack(">i", value)
    raise TypeError(f"no value of IPP: {value!r}")


def decoded(raw: bytes) -> tuple[int, Answer]:
    """Number of the operation that is answered, and the answer. Raises IppGarbled."""
    try:
        return _decoded(raw)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise IppGarbled(f"{len(raw)} bytes: {raw[:16].hex()}") from error


def _decoded(raw: bytes) -> tuple[int, Answer]:
    _major, _minor, status, number = struct.unpack_from(">BBHI", raw)
    groups: list[tuple[int, dict[str, list[Value]]]] = []
    at, depth, name = 8, 0, ""
    while (tag := raw[at]) != END:
        at += 1
        if tag < 0x10:
            groups.append((tag, {}))
            continue
        called, at = _counted(raw, at)
        content, at = _counted(raw, at)
        depth += (tag == _BEGIN) - (tag == _END_OF)
        if not depth and tag != _END_OF:
            name = called.decode("ascii") or name
            groups[-1][1].setdefault(name, []).append(_value(tag, content))
    return number, Answer(status, groups)


def _counted(raw: bytes, at: int) -> tuple[bytes, int]:
    (size,) = struct.unpack_from(">H", raw, at)
    if at + 2 + size > len(raw):
        raise IndexError(size)
    return raw[at + 2 : at + 2 + size], at + 2 + size


def _value(tag: int, content: bytes) -> Value:
    if tag in {INTEGER, ENUM}:
        return int(struct.unpack(">i", content)[0])
    if tag == BOOLEAN:
        return content != b"\0"
    if tag == RANGE:
        low, high = struct.unpack(">ii", content)
        return low, high
    if tag in _STRINGS:
        return content.decode("utf-8", "replace")
    if tag in _WITH_LANGUAGE:  # language, then the words
        _language, at = _counted(content, 0)
        return _counted(content, at)[0].decode("utf-8", "replace")
    return content
