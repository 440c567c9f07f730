"""All nodes of one database hold the same key."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db.installation import Agreement, adopt_key, agree_on_secret
from db.keys import bring, read_key
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


OURS, THEIRS = b"5a" * 32, b"a5" * 32  # as the file holds them


@pytest.mark.parametrize(("database_of", "waiting", "wanted"), [
    (THEIRS, THEIRS, THEIRS), (OURS, THEIRS, OURS), (None, THEIRS, OURS), (THEIRS, THEIRS[:-2], OURS), (THEIRS, b"", OURS), (THEIRS, None, OURS),
], ids=["is in place", "is not in place", "says nothing", "half a key", "an empty file", "nothing waits"])  # fmt: skip
def test_a_key_that_waits_is_taken_where_the_database_is_of_it(
    any_database: Database, tmp_path: Path, database_of: bytes | None, waiting: bytes | None, wanted: bytes
) -> None:
    (tmp_path / "secret").write_bytes(OURS)
    if database_of is not None:
        agree_on_secret(any_database, bytes.fromhex(database_of.decode()))
    if waiting is not None:
        bring(tmp_path, waiting)

    assert adopt_key(any_database, tmp_path) is (wanted == THEIRS)

    assert read_key(tmp_path / "secret") == bytes.fromhex(wanted.decode())
    assert (tmp_path / "secret.restoring").exists() is (wanted == OURS and waiting is not None)


def test_a_key_that_waits_beside_a_database_without_tables_stays(tmp_path: Path) -> None:
    bring(tmp_path, THEIRS)
    empty = Database(f"sqlite:///{tmp_path}/empty.db")

    assert not adopt_key(empty, tmp_path)

    empty.dispose()
    assert (tmp_path / "secret.restoring").stat().st_mode & 0o777 == 0o600
