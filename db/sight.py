"""What a reading transaction may see of cases on PostgreSQL, told to the server along with its BEGIN.

Row-level security is the second wall behind the conditions of our own queries (ADR 20). The engine's steps, the pump and commands see
everything; a page sees nothing until somebody is known, and then what this person may see. A server that was told nothing shows nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import orjson

SETTING = "jinshui.sight"


@dataclass(frozen=True)
class Sight:
    """The text of the setting: empty for nothing, `*` for everything, else JSON of a person with posts and paths (`engine/sight.py`)."""

    text: str

    @property
    def statement(self) -> tuple[str, tuple[str, ...]]:
        """Tells the server, for this transaction alone."""
        return f"SELECT set_config('{SETTING}', ?, true)", (self.text,)

    def naming(self, *records: str) -> Sight:
        """The same of a person, with the records that a case in sight names; nothing stays nothing, and everything is more already."""
        if self in {NOTHING, EVERYTHING}:
            return self
        return Sight(orjson.dumps({**orjson.loads(self.text), "named": [one for one in records if one]}).decode())


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
