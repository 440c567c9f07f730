"""Disks for tests: an image as it lies in a folder, and the same behind a file system in user space whose sectors fail as those of a real drive do.

The kernel's protocol of FUSE is spoken here, over one file that is mounted on itself: no further package is needed, only the right to mount.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import stat
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Thread

from hardware.disk.floppy import SECTOR, SIZE, MtoolsDrive

LABEL = "SJBF200401"
GETATTR, SETATTR, OPEN, READ, WRITE, STATFS, RELEASE, FSYNC, FLUSH, INIT, INTERRUPT, FORGET, FORGETS = 3, 4, 14, 15, 16, 17, 18, 20, 25, 26, 36, 2, 42
ALWAYS_FROM_THE_DRIVE, KEPT_IN_MEMORY = 1, 2  # FOPEN_DIRECT_IO, FOPEN_KEEP_CACHE
MNT_DETACH = 2


class NoMount(Exception):
    """Nothing may be mounted here, or the kernel has no file systems in user space."""


def tools_missing() -> str:
    """What has to be installed, nothing if all is there."""
    found = {"mtools": "mcopy", "dosfstools": "mkfs.fat"}
    return " ".join(package for package, tool in found.items() if shutil.which(tool, path=f"{os.environ['PATH']}:/usr/sbin") is None)


class Floppy:
    """A disk as an image. What befalls it befalls the file."""

    def __init__(self, folder: Path) -> None:
        self.image = self.path = folder / "floppy.img"
        self.image.write_bytes(bytes(SIZE))

    def drive(self) -> MtoolsDrive:
        """The drive that it lies in."""
        return MtoolsDrive(self.path)

    def formatted(self) -> MtoolsDrive:
        """The same, with an empty disk."""
        found = self.drive()
        found.format(LABEL)
        return found

    def protect(self) -> None:
        """Opens the tab."""
        self.path.chmod(0o444)

    def take_out(self) -> None:
        """Takes it out of the drive."""
        self.image.rename(self.image.with_name("taken_out"))

    def change(self, content: bytes) -> None:
        """Changes one bit in the middle of this content where it stands on the disk."""
        raw = bytearray(self.image.read_bytes())
        raw[raw.index(content) + len(content) // 2] ^= 0x10
        self.image.write_bytes(raw)

    def said_by_fsck(self) -> int:
        """What another program says of its tables: 0 for nothing wrong."""
        return subprocess.run(["/usr/sbin/fsck.fat", "-n", str(self.image)], capture_output=True, check=False).returncode


@contextmanager
def looped(image: Path, *, read_only: bool = False) -> Iterator[Path]:
    """The image as a device of the kernel. Raises NoMount."""
    made = subprocess.run(["/usr/sbin/losetup", "--find", "--show", *(["--read-only"] if read_only else []), str(image)], capture_output=True, text=True, check=False)
    if made.returncode:
        raise NoMount(made.stderr.strip())
    device = Path(made.stdout.strip())
    try:
        yield device
    finally:
        subprocess.run(["/usr/sbin/losetup", "--detach", str(device)], check=True)


class FaultyFloppy(Floppy):
    """A disk in a drive that fails: `bad` sectors with an error of their own, others that `lose` what is written, gone after `left` sectors, `slow_s` for each
    command. `is_remembered`: the computer keeps in its memory what it has read and written.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.path = folder / "drive"
        self.path.touch()
        self.bad: dict[int, int] = {}
        self.lose: frozenset[int] = frozenset()
        self.left: int | None = None
        self.is_remembered = False
        self.touched, self.slow_s, self.is_protected = 0, 0.0, False
        self._kernel = self._image = -1

    @contextmanager
    def mounted(self) -> Iterator[FaultyFloppy]:
        """Serves it as long as the context lasts. Raises NoMount."""
        libc = ctypes.CDLL(None, use_errno=True)
        with ExitStack() as stack:
            try:
                self._kernel = os.open("/dev/fuse", os.O_RDWR)
            except OSError as error:
                raise NoMount(str(error)) from error
            stack.callback(os.close, self._kernel)
            self._image = os.open(self.image, os.O_RDWR)
            stack.callback(os.close, self._image)
            options = f"fd={self._kernel},rootmode=100644,user_id={os.getuid()},group_id={os.getgid()}"
            if libc.mount(b"floppy", os.fsencode(self.path), b"fuse", 0, options.encode()):
                raise NoMount(os.strerror(ctypes.get_errno()))
            server = Thread(target=self._serve, daemon=True)
            stack.callback(server.join, 5)
            stack.callback(libc.umount2, os.fsencode(self.path), MNT_DETACH)
            server.start()
            yield self

    def protect(self) -> None:
        self.is_protected = True

    def take_out(self) -> None:
        self.left = 0

    # --- the drive ---------------------------------------------------------------------------------------------------------

    def _serve(self) -> None:
        while True:
            try:
                request = os.read(self._kernel, 1 << 18)
            except OSError as error:
                if error.errno == errno.ENODEV:  # it is mounted no longer
                    return
                raise
            _length, command, unique = struct.unpack_from("=IIQ", request)
            if command in {FORGET, FORGETS, INTERRUPT}:
                continue
            try:
                answer, failed = self._done(command, request[40:]), 0
            except OSError as error:
                answer, failed = b"", error.errno or errno.EIO
            with suppress(FileNotFoundError):  # whoever asked has gone meanwhile, and the kernel knows the question no more
                os.write(self._kernel, struct.pack("=IiQ", 16 + len(answer), -failed, unique) + answer)

    def _done(self, command: int, given: bytes) -> bytes:
        if command == INIT:
            return struct.pack("=IIIIHHIIHHI28x", 7, 31, 0, 0, 0, 0, 1 << 17, 1, 0, 0, 0)
        if command in {GETATTR, SETATTR}:
            return self._attributes()
        if command == OPEN:
            (flags,) = struct.unpack_from("=I", given)
            if self.left == 0:
                raise OSError(errno.ENOMEDIUM, "open")
            if self.is_protected and flags & (os.O_WRONLY | os.O_RDWR):
                raise OSError(errno.EROFS, "open")
            return struct.pack("=QII", 1, KEPT_IN_MEMORY if self.is_remembered else ALWAYS_FROM_THE_DRIVE, 0)
        if command in {READ, WRITE}:
            _handle, offset, size = struct.unpack_from("=QQI", given)
            self._turn(offset, min(size, SIZE - offset))
            if command == READ:
                return os.pread(self._image, size, offset)
            for at in range(0, size, SECTOR):
                if (offset + at) // SECTOR not in self.lose:
                    os.pwrite(self._image, given[40 + at : 40 + min(at + SECTOR, size)], offset + at)
            return struct.pack("=II", size, 0)
        if command == STATFS:
            return bytes(80)
        if command in {RELEASE, FLUSH, FSYNC}:
            return b""
        raise OSError(errno.ENOSYS, str(command))

    def _attributes(self) -> bytes:
        mode = stat.S_IFREG | 0o644  # the drive says only when it is opened that the tab is open
        return struct.pack("=QII QQQQQQ IIIIIIIIII", 0, 0, 0, 1, SIZE, SIZE // SECTOR, 0, 0, 0, 0, 0, 0, mode, 1, os.getuid(), os.getgid(), 0, SECTOR, 0)

    def _turn(self, offset: int, size: int) -> None:
        time.sleep(self.slow_s)
        for sector in range(offset // SECTOR, -(-(offset + size) // SECTOR)):
            if self.left is not None:
                if not self.left:
                    raise OSError(errno.ENOMEDIUM, "taken out")
                self.left -= 1
            self.touched += 1
            if sector in self.bad:
                raise OSError(self.bad[sector], "bad sector")
