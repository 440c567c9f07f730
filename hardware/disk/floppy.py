"""A drive worked by mtools and mkfs.fat: FAT12, 1.44 MB, on an image or a device. Their word is believed only where it is a refusal; what stands on a disk is read back.

mcopy ends well on a disk that was cut short, too, with a short file: the manifest is the judge.

Source: Xicheng, 三(二)2, 三(二)3.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path

from hardware.disk.manifest import MANIFEST, entries, manifest, require_names, require_whole
from hardware.disk.ports import (
    LABEL,
    BadSector,
    DiskAbsent,
    DiskCorrupt,
    DiskError,
    DiskFull,
    DiskProtected,
    NoDiskTools,
    NotFormatted,
)

SECTOR, SIZE = 512, 1_474_560
ROOM, NAMES = 2847 * SECTOR, 224 - 2  # clusters of one sector; names of the first directory without the label's and the manifest's
PATIENCE_S = 180.0  # for one program; a whole disk of the time took a minute and a half
_LABEL_AT = slice(43, 54)
# Bytes 11 to 23 of the boot sector: 512 bytes a sector, 1 sector a cluster, 1 reserved, 2 tables, 224 names, 2880 sectors, medium F0, 9 sectors a table.
_GEOMETRY = slice(11, 24), bytes.fromhex("000201010002e000400bf00900")
_DIRECTORY = slice(19 * SECTOR, 33 * SECTOR)  # the first directory: entries of 32 bytes
_END, _DELETED, _ATTRIBUTES, _IS_LABEL = 0x00, 0xE5, 11, 0x08  # the label's own entry, and pieces of long names, which come with their files
_BLKROGET = 0x125E  # linux/fs.h
_TOOLS = ("mkfs.fat", "mcopy")
_ENVIRONMENT = {"PATH": f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin", "LC_ALL": "C", "MTOOLSRC": os.devnull}
_BY_ERRNO: Mapping[int, type[DiskError]] = {
    **dict.fromkeys((errno.ENOENT, errno.ENXIO, errno.ENODEV, errno.ENOMEDIUM), DiskAbsent),
    **dict.fromkeys((errno.EROFS, errno.EACCES, errno.EPERM), DiskProtected),
    errno.ENOSPC: DiskFull,
}
_BY_WORDS: Mapping[str, type[DiskError]] = {
    **{os.strerror(number): kind for number, kind in _BY_ERRNO.items()}, os.strerror(errno.EIO): BadSector,
    "Disk full": DiskFull, "No directory slots": DiskFull, "non DOS media": NotFormatted, " busy": BadSector,
    "failed whilst": BadSector,
}  # fmt: skip


def tools_missing() -> list[str]:
    """The programs that this computer lacks for disks."""
    return [tool for tool in _TOOLS if shutil.which(tool, path=_ENVIRONMENT["PATH"]) is None]


class MtoolsDrive:
    """The drive at a path. An image that nobody may write (chmod 444) is a disk whose tab forbids it, for root as well."""

    def __init__(self, path: Path, *, patience_s: float = PATIENCE_S) -> None:
        self._path, self._patience_s = path, patience_s

    def label(self) -> str:
        """What the disk was called when it was formatted."""
        return self._boot_sector()[_LABEL_AT].decode("ascii", "replace").rstrip()

    def is_blank(self) -> bool:
        first, _size = self._inserted()
        if len(set(first)) == 1:  # a disk of the shop: the same byte everywhere
            return True
        where, expected = _GEOMETRY
        if first[where] != expected or first[-2:] != b"\x55\xaa":
            return False
        directory = self._directory()
        named = takewhile(lambda entry: entry[0] != _END, (directory[at : at + 32] for at in range(0, len(directory), 32)))
        return all(entry[0] == _DELETED or entry[_ATTRIBUTES] & _IS_LABEL for entry in named)

    def format(self, label: str) -> None:
        if not LABEL.fullmatch(label):
            raise ValueError(f"expected a label of at most 11 capital letters and digits, but got {label!r}")
        self._inserted(for_writing=True)
        self._replaced(label, {})

    def write(self, files: Mapping[str, bytes]) -> None:
        require_names(files)
        needed = sum(-len(content) // SECTOR * -SECTOR for content in (*files.values(), manifest(files)))
        self._inserted(for_writing=True)
        label = self.label()
        if needed > ROOM or len(files) > NAMES:
            raise DiskFull
        self._replaced(label, files)

    def read(self) -> Mapping[str, bytes]:
        self._boot_sector()
        listed = entries(self._fetched([MANIFEST])[MANIFEST])
        found = self._fetched(listed)
        require_whole(listed, found)
        return found

    # --- the disk ----------------------------------------------------------------------------------------------------------

    def _replaced(self, label: str, files: Mapping[str, bytes]) -> None:
        """Puts these files in the place of everything on the disk; the manifest, by which they count, comes when they stand there."""
        named = ("-n", label) if LABEL.fullmatch(label) else ()  # another program may have given it one that ours does not take
        with tempfile.TemporaryDirectory() as folder:
            for name, content in {**files, MANIFEST: manifest(files)}.items():  # all of it lies ready before the disk is touched
                (Path(folder) / name).write_bytes(content)
            with _changing():
                self._run("mkfs.fat", "-F", "12", *named, str(self._path))
                if files:
                    self._put(*(str(Path(folder) / name) for name in files))
                self._put(str(Path(folder) / MANIFEST))
                if self.read() != files:
                    raise DiskCorrupt(MANIFEST)

    def _put(self, *ready: str) -> None:
        self._run("mcopy", "-i", str(self._path), "-D", "o", *ready, "::")
        self._settle()

    def _fetched(self, names: Mapping[str, object] | list[str]) -> Mapping[str, bytes]:
        if not names:
            return {}
        with tempfile.TemporaryDirectory() as folder:
            self._run("mcopy", "-i", str(self._path), "-n", *(f"::{name}" for name in names), folder)
            found = {name: Path(folder) / name for name in names}
            return {name: file.read_bytes() for name, file in found.items() if file.exists()}

    def _settle(self) -> None:
        """What was written is on the disk, and what is read next comes from there and not out of memory."""
        try:
            with self._path.open("r+b", buffering=0) as drive:
                os.fsync(drive)
                os.posix_fadvise(drive.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        except OSError as error:
            raise _refusal(error) from error

    def _boot_sector(self) -> bytes:
        first, size = self._inserted()
        where, expected = _GEOMETRY
        if first[where] != expected or first[-2:] != b"\x55\xaa":
            raise NotFormatted
        if size < SIZE:
            raise DiskCorrupt(f"{size} < {SIZE}")
        return first

    def _directory(self) -> bytes:
        try:
            with self._path.open("rb", buffering=0) as drive:
                drive.seek(_DIRECTORY.start)
                found = drive.read(_DIRECTORY.stop - _DIRECTORY.start)
        except OSError as error:
            raise _refusal(error) from error
        if len(found) != _DIRECTORY.stop - _DIRECTORY.start:
            raise DiskCorrupt(f"{len(found)} < {_DIRECTORY.stop - _DIRECTORY.start}")
        return found

    def _inserted(self, *, for_writing: bool = False) -> tuple[bytes, int]:
        """The first sector of the disk that lies there, and its size."""
        if missing := tools_missing():
            raise NoDiskTools(", ".join(missing))
        try:
            if for_writing and not self._path.stat().st_mode & 0o222:
                raise DiskProtected
            with self._path.open("r+b" if for_writing else "rb", buffering=0) as drive:
                if for_writing and _is_read_only(drive.fileno()):
                    raise DiskProtected
                first, size = drive.read(SECTOR), drive.seek(0, os.SEEK_END)
        except OSError as error:
            raise _refusal(error) from error
        if not size:  # a drive that is there without a disk
            raise DiskAbsent
        if for_writing and size != SIZE:
            raise NotFormatted(f"{size} != {SIZE}")
        return first, size

    def _run(self, *command: str) -> None:
        try:  # without a terminal: mtools asks questions at one
            done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=self._patience_s, env=_ENVIRONMENT, check=False)  # noqa: S603
        except subprocess.TimeoutExpired as late:
            raise BadSector(f"{self._patience_s:g} s") from late
        said = done.stderr.decode("ascii", "backslashreplace").strip().splitlines() or [command[0]]
        known = next((kind() for words, kind in _BY_WORDS.items() if any(words in line for line in said)), None)
        if known is not None:  # mcopy ends well on an error of the drive
            raise known
        if done.returncode:
            raise DiskCorrupt(said[-1][:100])


def _is_read_only(device: int) -> bool:
    """Whether the kernel takes nothing for a device, though it may be opened for writing."""
    try:
        return bool(int.from_bytes(fcntl.ioctl(device, _BLKROGET, bytes(4)), sys.byteorder))
    except OSError:
        return False  # an image


@contextmanager
def _changing() -> Iterator[None]:
    """Whatever fails from here on, the disk is not as it was."""
    try:
        yield
    except DiskError as error:
        error.happened = "unknown"
        raise


def _refusal(error: OSError) -> DiskError:
    number = error.errno or errno.EIO
    return _BY_ERRNO[number]() if number in _BY_ERRNO else BadSector(f"E{number}")
