"""Migrations and tables say the same, on both databases; there is one head; a second run does nothing."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from db import migrate
from db.base import Base
from db.queue import is_ours, schema
from db.session import Database


def triggers(database: Database) -> set[str]:
    sql = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'" if database.is_sqlite
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )  # fmt: skip
    with database.engine.connect() as connection:
        return set(connection.execute(text(sql)).scalars())


def test_migrations_make_what_the_code_declares(empty: Database, tmp_path: Path) -> None:
    assert migrate.upgrade(empty) == (None, migrate.newest())
    with empty.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection, opts={"compare_type": False, "include_name": lambda name, kind, _: kind != "table" or is_ours(name)}), Base.metadata)

    assert differences == []
    declared = Database(f"sqlite:///{tmp_path}/declared.db")
    Base.metadata.create_all(declared.engine.execution_options(writes=True))
    assert triggers(declared) <= triggers(empty)
    declared.dispose()


@pytest.mark.parametrize("empty", ["postgres"], indirect=True)
def test_migrations_make_texts_as_long_as_the_code_declares(empty: Database) -> None:
    """`compare_metadata` is told to leave types alone, and SQLite keeps to no length; PostgreSQL refuses what is longer at run time."""
    migrate.upgrade(empty)
    with empty.engine.connect() as connection:
        rows = connection.execute(text("SELECT table_name, column_name, character_maximum_length FROM information_schema.columns WHERE table_schema = current_schema()"))
        made = {(table, column): length for table, column, length in rows}

    declared = {(t.name, c.name): getattr(c.type, "length", None) or getattr(getattr(c.type, "impl", None), "length", None) for t in Base.metadata.sorted_tables for c in t.columns}
    assert {place: (length, made[place]) for place, length in declared.items() if length != made[place]} == {}


def test_a_second_run_does_nothing(empty: Database) -> None:
    migrate.upgrade(empty)

    assert migrate.upgrade(empty) == (migrate.newest(), migrate.newest())


def test_the_schema_of_the_queue_is_the_one_that_the_migration_was_written_for() -> None:
    """A newer procrastinate brings another schema: it needs a migration of its own, and then this hash is changed."""
    assert hashlib.sha256(schema().encode()).hexdigest() == "c70ec4b400a60ad9592787653aae5ae77ae41bf801d56b5bd2712751a07f2009"
