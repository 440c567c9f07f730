"""The list by which a disk is judged: name, size and SHA-256 of each file, and a last line with the SHA-256 of the lines before. It is written after all files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from hardware.disk.ports import DiskCorrupt

MANIFEST = "MANIFEST.TXT"
_NAME = re.compile(r"[A-Z0-9_-]{1,8}(?:\.[A-Z0-9_-]{1,3})?")
_RESERVED = re.compile(r"(CON|PRN|AUX|NUL|COM\d|LPT\d)(\..*)?")  # names of devices in DOS: no file can have one
_LINE = re.compile(rf"({_NAME.pattern}) (\d+) ([0-9a-f]{{64}})")


@dataclass(frozen=True)
class Entry:
    """What a file must be."""

    size: int
    sha256: str

    @classmethod
    def of(cls, content: bytes) -> Entry:
        """That of a content."""
        return cls(len(content), hashlib.sha256(content).hexdigest())


def require_names(names: Mapping[str, object]) -> None:
    """Raises ValueError for a name that a disk of the time does not hold, or that is the manifest's own."""
    for name in names:
        if not _NAME.fullmatch(name) or _RESERVED.fullmatch(name) or name == MANIFEST:
            raise ValueError(f"expected a name of 8.3 capital letters and digits, but got {name!r}")


def manifest(files: Mapping[str, bytes]) -> bytes:
    """The manifest of these files."""
    lines = "".join(f"{name} {entry.size} {entry.sha256}\r\n" for name, entry in sorted((name, Entry.of(content)) for name, content in files.items()))
    return f"{lines}* {len(files)} {hashlib.sha256(lines.encode()).hexdigest()}\r\n".encode()


def entries(content: bytes) -> Mapping[str, Entry]:
    """What a manifest lists; raises DiskCorrupt for one that is not whole."""
    lines, _, last = content.decode("ascii", "replace").removesuffix("\r\n").rpartition("\r\n")
    lines += "\r\n" if lines else ""
    found = [_LINE.fullmatch(line) for line in lines.splitlines()]
    listed = {match[1]: Entry(int(match[2]), match[3]) for match in found if match}
    if last != f"* {len(found)} {hashlib.sha256(lines.encode()).hexdigest()}" or len(listed) != len(found):
        raise DiskCorrupt(MANIFEST)
    return listed


def require_whole(listed: Mapping[str, Entry], files: Mapping[str, bytes]) -> None:
    """Raises DiskCorrupt for a file that is missing or is not what its entry says."""
    for name, entry in listed.items():
        if name not in files or Entry.of(files[name]) != entry:
            raise DiskCorrupt(name)
