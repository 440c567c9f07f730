"""What a reading transaction may see of cases on PostgreSQL, told to the server along with its BEGIN.

Row-level security is the second wall behind the conditions of our own queries (ADR 20). The engine's steps, the pump and commands see
everything; a page sees nothing until somebody is known, and then what this person may see. A server that was told nothing shows nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

SETTING = "jinshui.sight"


@dataclass(frozen=True)
class Sight:
    """The text of the setting: empty for nothing, `*` for everything, else JSON of a person with posts and paths (`engine/sight.py`)."""

    text: str

    @property
    def statement(self) -> tuple[str, tuple[str, ...]]:
        """Tells the server, for this transaction alone."""
        return f"SELECT set_config('{SETTING}', ?, true)", (self.text,)


NOTHING, EVERYTHING = Sight(""), Sight("*")
_current: ContextVar[Sight] = ContextVar("sight", default=EVERYTHING)


def current() -> Sight:
    """What reading transactions that begin here see."""
    return _current.get()


def see(sight: Sight) -> None:
    """Has the reading transactions of this thread see so much from now on."""
    _current.set(sight)


@contextmanager
def seeing(sight: Sight) -> Iterator[None]:
    """The same for a block: for what an administrator is told of all cases without seeing one."""
    token = _current.set(sight)
    try:
        yield
    finally:
        _current.reset(token)
