"""One thread that writes to all open streams: no thread waits for any of them, and one that does not read holds up no other."""

from __future__ import annotations

import logging
import selectors
import socket
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic

HEARTBEAT_S = 20.0  # a line that says nothing: proxies close what is silent, and a reader who has gone is found out
SLOW_BYTES = 65_536  # whoever has not read so much reads nothing any more
BEAT = b":\n\n"
log = logging.getLogger("jinshui")
Ended = Callable[["Line"], None]


@dataclass(eq=False)
class Line:
    """An open connection with what is still to be written to it."""

    socket: socket.socket
    person_id: str
    session: str
    said: tuple[int, int]  # the newest notice that the page knows, and how many were unread; -1: it must be told
    case: str = ""  # the one that the page shows
    buffer: bytearray = field(default_factory=bytearray)
    is_over: bool = False  # is closed when the buffer is empty


class Writer:
    """Takes lines and what is to be written from any thread; `ended` is called, in its own thread, for each line that is closed."""

    def __init__(self, ended: Ended, heartbeat_s: float = HEARTBEAT_S) -> None:
        self._ended, self._heartbeat_s = ended, heartbeat_s
        self._acts: deque[Callable[[], None]] = deque()
        self._selector = selectors.DefaultSelector()
        self._wake_in, self._wake_out = socket.socketpair()
        self._lines: set[Line] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="streams", daemon=True)
        for end in (self._wake_in, self._wake_out):
            end.setblocking(False)
        self._selector.register(self._wake_out, selectors.EVENT_READ)

    def start(self) -> None:
        """Begins to write."""
        self._thread.start()

    def stop(self) -> None:
        """Closes every line."""
        self._stopping.set()
        self._wake()
        if self._thread.is_alive():
            self._thread.join(2)

    def add(self, line: Line, first: bytes) -> None:
        """Holds a line from now on."""
        self._do(lambda: self._begin(line, first))

    def say(self, line: Line, content: bytes, *, and_end: bool = False) -> None:
        """Writes to a line, as much as it takes at once and the rest when it can; and closes it then."""
        self._do(lambda: self._put(line, content, and_end=and_end))

    def _do(self, act: Callable[[], None]) -> None:
        self._acts.append(act)
        self._wake()

    def _wake(self) -> None:
        with suppress(BlockingIOError, OSError):  # it is awake already, or gone
            self._wake_in.send(b"\0")

    # --- in the thread of the writer -----------------------------------------------------------------------------------------

    def _run(self) -> None:
        beat = monotonic() + self._heartbeat_s
        while not self._stopping.is_set():
            for key, events in self._selector.select(max(0.0, beat - monotonic())):
                self._attend(key.data, events)
            while self._acts:
                self._acts.popleft()()
            if monotonic() >= beat:
                beat = monotonic() + self._heartbeat_s
                for line in list(self._lines):
                    self._put(line, BEAT)
        for line in list(self._lines):
            self._close(line)
        self._selector.close()
        self._wake_in.close()
        self._wake_out.close()

    def _attend(self, line: Line | None, events: int) -> None:
        if line is None:
            with suppress(BlockingIOError):
                self._wake_out.recv(4096)
            return
        if line in self._lines and events & selectors.EVENT_READ:
            self._hear(line)
        if line in self._lines and events & selectors.EVENT_WRITE:
            self._flush(line)

    def _begin(self, line: Line, first: bytes) -> None:
        line.socket.setblocking(False)
        self._lines.add(line)
        self._selector.register(line.socket, selectors.EVENT_READ, line)
        self._put(line, first)

    def _hear(self, line: Line) -> None:
        """A page says nothing on its stream: what is read is that it has gone, or nothing that anybody waits for."""
        try:
            if line.socket.recv(4096):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._close(line)

    def _put(self, line: Line, content: bytes, *, and_end: bool = False) -> None:
        if line not in self._lines or line.is_over:
            return
        line.buffer += content
        line.is_over = and_end
        if len(line.buffer) > SLOW_BYTES:
            self._close(line)
        else:
            self._flush(line)

    def _flush(self, line: Line) -> None:
        try:
            while line.buffer:
                del line.buffer[: line.socket.send(line.buffer)]
        except BlockingIOError:
            pass
        except OSError:
            self._close(line)
            return
        if not line.buffer and line.is_over:
            self._close(line)
            return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if line.buffer else 0)
        if self._selector.get_key(line.socket).events != wanted:
            self._selector.modify(line.socket, wanted, line)

    def _close(self, line: Line) -> None:
        self._lines.discard(line)
        with suppress(KeyError, ValueError):
            self._selector.unregister(line.socket)
        line.socket.close()
        self._ended(line)
