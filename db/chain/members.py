"""Which rows a seal holds, with the digest of each, packed: some 40 bytes for a row instead of a row of its own with its index.

1 byte format · for each kind of evidence: name, version of its columns, number of rows · for each row: length of key (2 bytes), key, SHA-256
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

FORMAT = b"\x01"
_DIGEST = 32
_GROUP = struct.Struct(">BBI")  # length of the name, version, number of rows
_LENGTH = struct.Struct(">H")
GONE = b"\0" * _DIGEST  # of a row that was written down and was not there when it was to be sealed

Member = tuple[str, bytes]  # key, digest


class Unreadable(ValueError):
    """Bytes that no sealer of ours has packed."""


@dataclass(frozen=True)
class Group:
    """The rows of one kind of evidence in a seal."""

    name: str
    version: int
    rows: Sequence[Member]


def packed(groups: Mapping[tuple[str, int], Sequence[Member]]) -> bytes:
    """The bytes of all groups, in the order of their names."""
    parts = [FORMAT]
    for (name, version), rows in sorted(groups.items()):
        short = name.encode()
        parts += (_GROUP.pack(len(short), version, len(rows)), short)
        for key, found in rows:
            text = key.encode("utf-8", "surrogatepass")
            parts += (_LENGTH.pack(len(text)), text, found)
    return b"".join(parts)


def unpacked(content: bytes) -> Iterator[Group]:
    """The groups again; raises Unreadable."""
    if content[:1] != FORMAT:
        raise Unreadable("format")
    at = 1
    try:
        while at < len(content):
            length, version, count = _GROUP.unpack_from(content, at)
            at += _GROUP.size
            name = content[at : at + length].decode()
            at += length
            rows: list[Member] = []
            for _ in range(count):
                begin = at + _LENGTH.size
                end = begin + _LENGTH.unpack_from(content, at)[0]
                at = end + _DIGEST
                if at > len(content):
                    raise Unreadable("length")
                rows.append((content[begin:end].decode("utf-8", "surrogatepass"), content[end:at]))
            yield Group(name, version, rows)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise Unreadable("content") from error
