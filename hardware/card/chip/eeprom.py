"""The memory of a chip: what stays when the current goes. A file on disk to which every write is added, with its checksum, and flushed.

A write reaches the disk whole or not at all; a chip whose current is cut in the middle of a file (`cut_after`) keeps the bytes that came before.
"""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path
from typing import Any

Nested = dict[str, Any]


class PowerCut(Exception):
    """The current went in the middle of a write."""


class Eeprom:
    """What is kept: named values, and files as bytes. `made` fills a new one."""

    def __init__(self, path: Path, made: Nested | None = None) -> None:
        self.path = path
        self.values: Nested = {}
        self.files: dict[int, bytearray] = {}
        self.cut_after: int | None = None
        if path.exists():
            self._replay()
        else:
            self.values = dict(made or {})
        self._begin_anew()

    def keep(self, **values: Any) -> None:
        """Keeps values, all of them or none: the part of the memory that the chip writes through a journal. Raises PowerCut, nothing kept."""
        if self.cut_after is not None:
            self.cut_after = None
            raise PowerCut
        self.values.update(values)
        self._add({"values": values})

    def write(self, file: int, offset: int, data: bytes) -> None:
        """Writes into a file, which grows; the gap before it reads as FF. Raises PowerCut with a part of it written."""
        cut, self.cut_after = self.cut_after, None
        written = data if cut is None else data[:cut]
        self._put(file, offset, written)
        self._add({"file": file, "at": offset, "data": written.hex()})
        if cut is not None:
            raise PowerCut

    def _put(self, file: int, offset: int, data: bytes) -> None:
        content = self.files.setdefault(file, bytearray())
        if len(content) < offset:
            content.extend(b"\xff" * (offset - len(content)))
        content[offset : offset + len(data)] = data

    # --- on the disk -------------------------------------------------------------------------------------------------------

    def _begin_anew(self) -> None:
        """What is kept in one line, so that the file does not grow for ever."""
        draft = self.path.with_suffix(".draft")
        whole = {"values": self.values, "files": {str(file): content.hex() for file, content in self.files.items()}}
        with draft.open("wb") as out:
            out.write(_line(whole))
            out.flush()
            os.fsync(out.fileno())
        draft.replace(self.path)

    def _add(self, entry: Nested) -> None:
        with self.path.open("ab", buffering=0) as out:
            out.write(_line(entry))
            os.fdatasync(out.fileno())

    def _replay(self) -> None:
        for line in self.path.read_bytes().splitlines():
            entry = _read(line)
            if entry is None:
                return  # the process died while it wrote this line, and nothing stands behind it
            self.values.update(entry.get("values", {}))
            for file, content in entry.get("files", {}).items():
                self.files[int(file)] = bytearray.fromhex(content)
            if "file" in entry:
                self._put(entry["file"], entry["at"], bytes.fromhex(entry["data"]))


def _line(entry: Nested) -> bytes:
    text = json.dumps(entry, ensure_ascii=True, separators=(",", ":")).encode()
    return b"%08x%s\n" % (zlib.crc32(text), text)


def _read(line: bytes) -> Nested | None:
    try:
        return json.loads(line[8:]) if int(line[:8], 16) == zlib.crc32(line[8:]) else None
    except ValueError:
        return None
