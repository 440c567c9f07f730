"""Brings a database to the newest revision, and says which one it has.

A database is migrated in one transaction: a failure leaves the schema as it was. Two nodes that start together
do it once, since the second waits for the first (BEGIN IMMEDIATE on SQLite, an advisory lock on PostgreSQL).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from db import connections
from db.session import Database
from db.timeouts import LONG

FOLDER = Path(__file__).parent / "migrations"
_LOCK = 7_316_201  # any number, as long as every node takes the same


class NewerDatabase(Exception):
    """The database was migrated by newer code; it is left alone, since older code would spoil it."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"数据库的版本 {revision} 比程序新（程序到 {newest()}），请安装更新的程序；没有改动任何数据"
            f" / the database has revision {revision}, newer than this code ({newest()}); install newer code, nothing was changed"
        )


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


@contextmanager
def _alone(database: Database) -> Iterator[Connection]:
    with database.engine.execution_options(writes=True).begin() as connection:
        if not database.is_sqlite:
            connections.be_patient(connection.connection, LONG)
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        yield connection


@cache
def newest() -> str:
    """The revision that this code expects; its files are read once, for a probe asks every few seconds."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def knows(revision: str) -> bool:
    """Whether this code has a revision: a database that was migrated by newer code has one that it does not know."""
    return any(script.revision == revision for script in ScriptDirectory.from_config(_config()).walk_revisions())


def current(database: Database) -> str | None:
    """The revision that the database has; None for an empty one."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(database: Database, to: str = "") -> tuple[str | None, str]:
    """Migrates to a revision, the newest unless said otherwise; returns those before and after (equal if nothing was to do).

    Everything happens in one transaction, on SQLite too: what is interrupted leaves the former revision, and is simply run again.
    Raises NewerDatabase.
    """
    before = current(database)
    if before is not None and not knows(before):
        raise NewerDatabase(before)
    wanted = to or newest()
    if before != wanted:
        with _alone(database) as connection:
            command.upgrade(_config(connection), wanted)
    return before, wanted


def revision(database: Database, message: str) -> Path:
    """Writes a new revision from the difference between the tables of the code and the database; returns its file."""
    with _alone(database) as connection:
        script = command.revision(
            _config(connection), message=message, autogenerate=True, rev_id=f"{len(list(FOLDER.glob('versions/*.py'))) + 1:04d}"
        )
    assert script is not None and not isinstance(script, list)
    return Path(script.path)
