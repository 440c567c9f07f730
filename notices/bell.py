"""Tells whoever listens that something changed: for these people (notices came, were read, or a session of theirs has ended), for those who look at
a case whose work at a counter goes on, and for the counters that may take a job.

Rung inside a transaction and heard after its commit: in every process of one PostgreSQL by NOTIFY, within the one process of an embedded database.
A ring says for whom, never what; whoever hears it asks the database. One that is lost costs time, no notice: listeners look around anyhow.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.session import after_commit

CHANNEL = "jinshui_bell"
EVERYBODY = "*"
CASE, JOB = "case:", "job:"  # before the id of a case, and before the topic and the post of a job
_LONGEST = 7_900  # bytes that PostgreSQL carries with one ring
Listener = Callable[[str], None]  # person ids, cases and jobs with commas between, or EVERYBODY

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


def job(topic: str, post: str) -> str:
    """How a job is named that a counter of the post may take."""
    return f"{JOB}{topic}:{post}"


def ring_counters(session: Session, instance_id: str | None, called: Sequence[tuple[str, str]]) -> None:
    """Tells who looks at the case, and the counters that work these (topic, post)."""
    jobs = [job(topic, post) for topic, post in called if post and "," not in post]
    ring(session, [*([CASE + instance_id] if instance_id else []), *jobs])
