"""A plain line to a printer that takes bytes: a socket (port 9100 of most) or a device of this computer (/dev/usb/lp0). It says nothing of paper; all it tells is
whether the printer goes on taking.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from hardware.printer.ports import Alive, PrinterError, is_wanted

PORT = 9100
CONNECTS_WITHIN_S = 10.0
LOOKS_WITHIN_S = 3.0  # at the start of a station
LOOK_S = 0.5
HURRIED_S = 10.0  # without a byte taken, for a document that is wanted no more
_AT_ONCE = 65536
_ABSENT = {errno.ENOENT, errno.ENODEV, errno.EISDIR, errno.ENOTDIR}


class Stalled(Exception):
    """The printer has taken nothing for as long as patience lasts or the document is wanted, or the line is gone."""


@dataclass
class Line:
    """An open line. `alive` is called at every look."""

    number: int
    patience_s: float
    alive: Alive
    is_socket: bool

    def send(self, content: bytes) -> None:
        """Writes all of it, as fast as the printer takes it. Raises Stalled."""
        rest, since = memoryview(content), time.monotonic()
        while rest:
            patience_s = self._patience()
            _reads, ready, _errors = select.select([], [self.number], [], LOOK_S)
            try:
                taken = os.write(self.number, rest[:_AT_ONCE]) if ready else 0
            except BlockingIOError:
                taken = 0
            except OSError as error:
                raise Stalled from error
            if taken:
                rest, since = rest[taken:], time.monotonic()
            elif time.monotonic() - since >= patience_s:
                raise Stalled

    def _patience(self) -> float:
        return self.patience_s if is_wanted(self.alive) else min(self.patience_s, HURRIED_S)

    def heard(self, wait_s: float) -> bytes | None:
        """What the printer says within this time: nothing where it has hung up, None where it stays silent, as over a device."""
        if not self.is_socket:
            return None
        ready, _writes, _errors = select.select([self.number], [], [], wait_s)
        try:
            return os.read(self.number, _AT_ONCE) if ready else None
        except OSError as error:
            raise Stalled from error

    def taken(self) -> None:
        """Says that no more will come and waits until the printer has taken what was underway and hangs up. Raises Stalled."""
        if not self.is_socket:
            return
        with socket.socket(fileno=os.dup(self.number)) as line:
            line.shutdown(socket.SHUT_WR)
        since = time.monotonic()
        while self.heard(LOOK_S) != b"":
            if time.monotonic() - since >= self._patience():
                raise Stalled


def require_address(uri: str, scheme: str) -> None:
    """Raises ValueError for what is no address of this scheme."""
    parts = urlsplit(uri)
    if parts.scheme != scheme or not (parts.hostname or parts.path.startswith("/")) or (parts.hostname and parts.path not in {"", "/"}):
        raise ValueError(f"expected {scheme}://HOST[:PORT] or {scheme}:///dev/…, but got {uri!r}")


@contextmanager
def opened(uri: str, patience_s: float, alive: Alive) -> Iterator[Line]:
    """The line to an address. Raises PrinterError where nobody is there: nothing has happened then."""
    parts = urlsplit(uri)
    if parts.hostname:
        try:
            joined = socket.create_connection((parts.hostname, parts.port or PORT), min(CONNECTS_WITHIN_S, patience_s))
        except OSError as error:
            raise _away(f"{parts.hostname}:{parts.port or PORT}", is_absent=isinstance(error, socket.gaierror)) from error
        with joined:
            joined.setblocking(False)
            yield Line(joined.fileno(), patience_s, alive, is_socket=True)
        return
    try:
        number = os.open(parts.path, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        raise _away(parts.path, is_absent=error.errno in _ABSENT) from error
    try:
        yield Line(number, patience_s, alive, is_socket=False)
    finally:
        os.close(number)


def _away(where: str, *, is_absent: bool) -> PrinterError:
    if is_absent:
        return PrinterError(f"没有找到打印机 {where}", f"there is no printer at {where}", kind="absent")
    return PrinterError(f"打印机没有响应（{where}），请检查电源和连线", f"the printer does not answer ({where})", kind="offline")
