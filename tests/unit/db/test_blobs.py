"""Bytes under their hash: stored once, whoever brings them and when; read back only if they are still the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, func, select, update

from bench.soak.tampering import superuser
from db.blobs import Blob, BlobDamaged, get_blob, put_blob
from db.clock import ManualClock
from db.session import Database

PDF = "application/pdf"


@contextmanager
def told(database: Database, hear: Callable[[str], object]) -> Iterator[None]:
    """Each statement of the writers, before it is sent."""

    def before(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        hear(statement)

    event.listen(database._writer, "before_cursor_execute", before)
    try:
        yield
    finally:
        event.remove(database._writer, "before_cursor_execute", before)


def count(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Blob)) or 0


def test_the_same_bytes_twice_are_stored_once(any_database: Database, clock: ManualClock) -> None:
    hashes = set()
    for _ in range(2):
        with any_database.write() as session:
            hashes.add(put_blob(session, b"same", PDF, clock.now()))

    assert (len(hashes), count(any_database)) == (1, 1)
    with any_database.read() as session:
        assert get_blob(session, hashes.pop()) == b"same"


def test_whether_bytes_are_there_is_asked_without_reading_or_sending_them(any_database: Database, clock: ManualClock) -> None:
    said: list[str] = []
    with any_database.write() as session:
        put_blob(session, b"same", PDF, clock.now())

    with told(any_database, said.append), any_database.write() as session:
        put_blob(session, b"same", PDF, clock.now())

    assert len(said) == 1
    assert "blob.content" not in said[0]
    assert "INSERT" not in said[0]


def test_of_two_who_bring_the_same_at_the_same_moment_none_fails(postgres: Database, clock: ManualClock) -> None:
    """SQLite has one writer at a time; on PostgreSQL the other comes between the look and the storing."""
    others: list[str] = []

    def come_between(statement: str) -> None:
        if statement.startswith("INSERT INTO blob") and not others:
            others.append("comes")
            with postgres.write() as session:
                others.append(put_blob(session, b"same", PDF, clock.now()))

    with told(postgres, come_between), postgres.write() as session:
        mine = put_blob(session, b"same", PDF, clock.now())

    assert others == ["comes", mine]
    assert count(postgres) == 1


def test_bytes_that_were_changed_are_not_given_out(any_database: Database, clock: ManualClock) -> None:
    with any_database.write() as session:
        name = put_blob(session, b"same", PDF, clock.now())
    with superuser(any_database) as session:
        session.execute(update(Blob).values(content=b"other"))

    with any_database.read() as session, pytest.raises(BlobDamaged):
        get_blob(session, name)
