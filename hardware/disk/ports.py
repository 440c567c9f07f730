"""What the work at a counter needs of a drive: a disk that is formatted, written and read, and that is believed only when it was read back.

Every error says what `happened`: after "no" the disk is as it was and the work may be tried again, after "unknown" the disk must be read first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, Protocol

from hardware.ports import DeviceError

Happened = Literal["no", "unknown"]
LABEL = re.compile(r"[A-Z0-9_-]{1,11}")  # of the disks that are formatted here
DiskFault = Literal["absent", "protected", "full", "bad_sector", "unformatted", "corrupt", "no_tools"]


class DiskError(DeviceError):
    """Something that a drive or its disk does not do. Its text is Chinese, `en` English."""

    kind: DiskFault
    zh = ""
    english = ""

    def __init__(self, detail: str = "", *, happened: Happened = "no") -> None:
        super().__init__(self.zh + (f"（{detail}）" if detail else ""))
        self.en = self.english + (f" ({detail})" if detail else "")
        self.happened = happened


class DiskAbsent(DiskError):
    """No disk lies in the drive, or it was taken out."""

    kind, zh, english = "absent", "软驱中没有软盘", "there is no disk in the drive"


class DiskProtected(DiskError):
    """Its tab forbids writing."""

    kind, zh, english = "protected", "软盘已写保护", "the disk is write-protected"


class DiskFull(DiskError):
    """It takes no more."""

    kind, zh, english = "full", "软盘空间不足", "the disk is full"


class BadSector(DiskError):
    """The drive cannot read or write a place of it."""

    kind, zh, english = "bad_sector", "软盘有坏扇区，或软驱没有响应", "the disk has a bad sector, or the drive does not answer"


class NotFormatted(DiskError):
    """It is blank, or of another format than FAT12 with 1.44 MB."""

    kind, zh, english = "unformatted", "软盘未格式化，或不是 1.44 MB 的格式", "the disk is not formatted, or not with 1.44 MB"


class DiskCorrupt(DiskError):
    """What stands on it is not what its manifest says, or it has none: a write was cut off, or a sector has changed."""

    kind, zh, english = "corrupt", "软盘上的数据不完整", "what stands on the disk is incomplete"


class NoDiskTools(DiskError):
    """This computer lacks the programs that work disks."""

    kind, zh, english = "no_tools", "这台电脑没有安装软盘工具", "this computer lacks the tools for disks"


class FloppyDrive(Protocol):
    """One drive with the disk that lies in it just now. Every method raises DiskError."""

    def label(self) -> str:
        """What the disk was called when it was formatted: whose it is should be looked at before it is written over."""
        ...

    def is_blank(self) -> bool:
        """Whether nothing of anybody stands on it: no format at all, or one without any file. A disk with another format is not blank."""
        ...

    def format(self, label: str) -> None:
        """格式化: everything on the disk is gone after it; the label has at most 11 characters."""
        ...

    def write(self, files: Mapping[str, bytes]) -> None:
        """备份: puts these files, by names of 8.3 capital letters and digits, in the place of everything on the disk, and reads them back. Cut off in the
        middle it leaves neither. Raises ValueError for a name that is none.
        """
        ...

    def read(self) -> Mapping[str, bytes]:
        """校验: what was written last, each file compared with the manifest; no file from a disk that was formatted here and not written since."""
        ...
