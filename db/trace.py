"""What the work of this thread is about (case, task, operation), so that every line of the log can say it.

It stands at the bottom of the house because every room may add to it; only `monitoring/logs.py` reads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_NOTHING: dict[str, str] = {}
_about: ContextVar[dict[str, str]] = ContextVar("about", default=_NOTHING)


@contextmanager
def work(**known: str) -> Iterator[None]:
    """Until the end of the block, lines of the log carry these; empty values are left out."""
    before = _about.set({**_about.get(), **{name: value for name, value in known.items() if value}})
    try:
        yield
    finally:
        _about.reset(before)


def learned(**found: str) -> None:
    """Adds what became known on the way to the work of the innermost block; outside of any it is dropped."""
    about = _about.get()
    if about is not _NOTHING:
        about.update(found)


def about() -> dict[str, str]:
    """What is known now."""
    return _about.get()
