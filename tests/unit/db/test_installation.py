"""All nodes of one database hold the same key."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db.installation import Agreement, agree_on_secret
from db.selfcheck import DatabaseUnfit
from db.session import Database


def test_a_second_machine_with_the_same_key_is_welcome(any_database: Database) -> None:
    agree_on_secret(any_database, b"one key")
    agree_on_secret(any_database, b"one key")

    with any_database.read() as session:
        assert len(session.scalars(select(Agreement)).all()) == 1


def test_a_machine_with_another_key_is_told_to_copy_the_file(any_database: Database) -> None:
    agree_on_secret(any_database, b"one key")

    with pytest.raises(DatabaseUnfit, match="copy it from the first machine"):
        agree_on_secret(any_database, b"another key")


@pytest.mark.parametrize("key", [b"one key", b"another key"])
def test_of_two_machines_that_come_first_the_late_one_takes_what_is_noted(
    any_database: Database, monkeypatch: pytest.MonkeyPatch, key: bytes
) -> None:
    def write() -> AbstractContextManager[Session]:
        """The other machine is quicker, after ours has looked."""
        monkeypatch.undo()
        agree_on_secret(any_database, b"one key")
        return any_database.write()

    monkeypatch.setattr(any_database, "write", write)

    with pytest.raises(DatabaseUnfit) if key != b"one key" else nullcontext():
        agree_on_secret(any_database, key)
