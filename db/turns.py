"""Whose turn it is to write, within one process.

SQLite has one writer, and whoever waits for it asks again after a pause: under load the same one may find it taken each time. So the
writers of a process queue here first, in the order in which they came; SQLite's own waiting is left for other processes.
"""

from __future__ import annotations

from collections import deque
from threading import Lock, get_ident


class NestedWrite(RuntimeError):
    """A transaction that writes was begun inside another one of the same thread, which could only wait for itself."""


class TurnMissed(Exception):
    """Whoever was before did not end in time."""


class Turns:
    """A lock that is handed on in the order of asking; it is not held twice by one thread."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._holder: int | None = None
        self._waiting: deque[tuple[int, Lock]] = deque()

    def take(self, patience_s: float) -> None:
        """Waits for the turn of this thread; raises NestedWrite, TurnMissed."""
        me = get_ident()
        with self._guard:
            if self._holder == me:
                raise NestedWrite("write() inside write() in one thread: give the inner one the session of the outer one")
            if self._holder is None:
                self._holder = me
                return
            gate = Lock()
            gate.acquire()
            self._waiting.append((me, gate))
        try:
            was_called = gate.acquire(timeout=patience_s)
        except BaseException:  # a signal in the main thread: the turn must not go to one who is gone
            if not self._withdraw(me, gate):
                self.give()
            raise
        if not was_called and self._withdraw(me, gate):
            raise TurnMissed

    def give(self) -> None:
        """Hands the turn to whoever has waited longest."""
        with self._guard:
            self._holder = None
            if self._waiting:
                self._holder, gate = self._waiting.popleft()
                gate.release()

    def _withdraw(self, me: int, gate: Lock) -> bool:
        """Waits no longer; False where the turn had come in that very moment."""
        with self._guard:
            if (me, gate) not in self._waiting:
                return False
            self._waiting.remove((me, gate))
            return True
