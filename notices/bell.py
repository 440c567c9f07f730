"""Tells whoever listens that something changed for these people: notices came, were read, or a session of theirs has ended.

Rung inside a transaction and heard after its commit: in every process of one PostgreSQL by NOTIFY, within the one process of an embedded database.
A ring says for whom, never what; whoever hears it asks the database. One that is lost costs time, no notice: listeners look around anyhow.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.session import after_commit

CHANNEL = "jinshui_bell"
EVERYBODY = "*"
_LONGEST = 7_900  # bytes that PostgreSQL carries with one ring
Listener = Callable[[str], None]  # person ids with commas between, or EVERYBODY

_listeners: list[Listener] = []  # of this process: all its databases are one, as far as somebody listens


def listen(listener: Listener) -> Callable[[], None]:
    """Has a listener of this process told of rings of an embedded database; the answer ends that."""
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)


def ring(session: Session, people: Collection[str]) -> None:
    """Has the listeners told once the transaction is stored."""
    if not people:
        return
    for_whom = ",".join(sorted(people))
    if len(for_whom) > _LONGEST:
        for_whom = EVERYBODY
    if session.get_bind().dialect.name == "sqlite":
        for listener in _listeners:
            after_commit(session, lambda listener=listener: listener(for_whom))  # type: ignore[misc]
    else:
        session.execute(text("SELECT pg_notify(:channel, :whom)"), {"channel": CHANNEL, "whom": for_whom})
