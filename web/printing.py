"""What takes long while somebody waits is done by few at once: the threads of a server are for everyone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

AT_ONCE = 2  # of the eight threads of a server
AGAIN_S = 30
FEW_ROWS = 5_000  # a workbook of so many is written in less than a second (measured: 0.8 s, 100,000 in 16 s)


class Busy(Exception):
    """As many as may print or take long lists away do so already."""


_printers = BoundedSemaphore(AT_ONCE)


@contextmanager
def at_the_printer() -> Iterator[None]:
    """Has the block done by AT_ONCE at most in this process; raises Busy at once instead of waiting in a thread that others need."""
    if not _printers.acquire(blocking=False):
        raise Busy
    try:
        yield
    finally:
        _printers.release()


@contextmanager
def taking_away(rows: int) -> Iterator[None]:
    """As `at_the_printer` for the workbook of a long list, which keeps a processor busy for as long; a short one is nobody's burden."""
    if rows <= FEW_ROWS:
        yield
        return
    with at_the_printer():
        yield
