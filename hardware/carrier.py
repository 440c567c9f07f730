"""The fixed carrier (固定的数据载体) on which the data of a billing system are kept before its upgrade: a folder of the computer at the counter.

A backup stands there whole or not at all, is read back before it counts, and is never written over.

Source: Xicheng, 三(二)3.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from hardware.disk.manifest import MANIFEST, Entry, entries, manifest, require_names, require_whole
from hardware.disk.ports import DiskCorrupt
from hardware.ports import DeviceError

NAME = re.compile(r"[0-9A-Za-z][\w-]{0,63}", re.ASCII)
_WHY: Mapping[int, tuple[str, str]] = {
    errno.ENOSPC: ("数据载体空间不足，请清理后再办", "the carrier is full: make room on it"),
    errno.EDQUOT: ("数据载体空间不足，请清理后再办", "the carrier is full: make room on it"),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), ("数据载体不允许写入，请技术人员查看文件夹的权限", "the carrier may not be written: look at the rights of the folder")),
}


class CarrierError(DeviceError):
    """Something that the carrier does not do; nothing has changed on it then."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(zh)
        self.en = en


class CarrierAbsent(CarrierError):
    """It is not connected."""


@dataclass(frozen=True)
class Kept:
    """A backup on the carrier: where, how many bytes, the SHA-256 of its manifest, when it was made."""

    place: str
    size: int
    sha256: str
    at: datetime


class Carrier(Protocol):
    """One carrier. Raises CarrierError."""

    def keep(self, name: str, files: Mapping[str, bytes], at: datetime) -> Kept:
        """Keeps these files (names of 8.3) under this name. With what stands there already it answers as it did then; other content is refused."""
        ...


class FolderCarrier:
    """A folder: of a second disk, of a server, of a stick."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, name: str, files: Mapping[str, bytes], at: datetime) -> Kept:
        require_names(files)
        if not NAME.fullmatch(name):
            raise ValueError(f"expected a name of letters, digits, _ and -, but got {name[:80]!r}")
        if not self.folder.is_dir():
            raise CarrierAbsent(f"数据载体 {self.folder} 没有接上", f"the carrier {self.folder} is not connected")
        place = self.folder / name
        with _refusals(name):
            if not place.exists():
                self._write(place, files, at)
            if _read(place) != files:
                raise CarrierError(f"数据载体上已有名为 {name} 的另一份备份，不能覆盖", f"another backup of the name {name} stands on the carrier and is not written over")
            made = datetime.fromtimestamp((place / MANIFEST).stat().st_mtime, UTC)
        return Kept(str(place), sum(map(len, files.values())), Entry.of(manifest(files)).sha256, made)

    def _write(self, place: Path, files: Mapping[str, bytes], at: datetime) -> None:
        for left in self.folder.glob(f".{place.name}.*"):  # by somebody who was cut off
            shutil.rmtree(left)
        draft = self.folder / f".{place.name}.{os.getpid()}"
        try:
            draft.mkdir()
            for name, content in {**files, MANIFEST: manifest(files)}.items():
                with (draft / name).open("wb") as out:
                    out.write(content)
                    out.flush()
                    os.fsync(out.fileno())
            os.utime(draft / MANIFEST, (at.timestamp(), at.timestamp()))
            _settle(draft)
            draft.rename(place)
            _settle(self.folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)  # there is none where all went well


def _read(place: Path) -> Mapping[str, bytes]:
    """The files of a backup; raises DiskCorrupt, OSError."""
    if not (place / MANIFEST).is_file():
        raise DiskCorrupt(MANIFEST)
    listed = entries((place / MANIFEST).read_bytes())
    found = {name: (place / name).read_bytes() for name in listed if (place / name).is_file()}
    require_whole(listed, found)
    return found


def _settle(folder: Path) -> None:
    """The names in a folder are on the disk as well."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _refusals(name: str) -> Iterator[None]:
    try:
        yield
    except DiskCorrupt as error:
        raise CarrierError(f"数据载体上的备份 {name} 不完整", f"the backup {name} on the carrier is not whole") from error
    except OSError as error:
        number = error.errno or errno.EIO
        zh, en = _WHY.get(number, (f"数据载体读写出错（系统错误 {number}）", f"the carrier cannot be read or written ({os.strerror(number)})"))
        raise CarrierError(zh, en) from error
