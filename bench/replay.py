"""The same SQL once more without the engine: what the database costs whoever writes these rows, with the product's own settings.

Statements and values are recorded while the engine works, and played through Python's `sqlite3` on a copy of the database as it was.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from db.session import Database
from engine.link import Link

Statement = tuple[bool, str, Any]  # whether for many rows, SQL, values


@dataclass
class Recording:
    """The statements of each transaction, and whether its time counts."""

    transactions: list[tuple[bool, list[Statement]]] = field(default_factory=list)

    def begin(self, *, counts: bool) -> None:
        """What follows belongs to a new transaction."""
        self.transactions.append((counts, []))

    @contextmanager
    def running(self) -> Iterator[None]:
        """Listens to every link."""
        execute, many = Link._execute, Link._execute_many

        def recorded(link: Link, sql: str, values: Any) -> None:
            self.transactions[-1][1].append((False, sql, values))
            execute(link, sql, values)

        def recorded_many(link: Link, sql: str, rows: Any) -> None:
            self.transactions[-1][1].append((True, sql, rows))
            many(link, sql, rows)

        Link._execute, Link._execute_many = recorded, recorded_many  # type: ignore[method-assign]
        try:
            yield
        finally:
            Link._execute, Link._execute_many = execute, many  # type: ignore[method-assign]

    def counted(self) -> list[list[Statement]]:
        """The statements of every transaction whose time counts."""
        return [statements for counts, statements in self.transactions if counts]


class Copy:
    """A copy of a database as it is now, and a bare connection to it that is set up as the product does."""

    def __init__(self, database: Database, path: Path) -> None:
        self._copy = Database(f"sqlite:///{path}")
        self._held = self._copy.engine.raw_connection()
        self.connection: Any = self._held.driver_connection
        source = database.engine.raw_connection()
        source.driver_connection.backup(self.connection)  # type: ignore[union-attr]
        source.close()

    def replay(self, recording: Recording) -> list[tuple[float, float]]:
        """(CPU ms, wall ms) of every transaction that counts."""
        found = []
        for counts, statements in recording.transactions:
            cpu, wall = time.process_time(), time.perf_counter()
            self._play(statements)
            if counts:
                found.append(((time.process_time() - cpu) * 1000, (time.perf_counter() - wall) * 1000))
        return found

    def _play(self, statements: list[Statement]) -> None:
        cursor = self.connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        for many, sql, values in statements:
            if many:
                cursor.executemany(sql, values)
            else:
                cursor.execute(sql, values)
                if sql.startswith("SELECT"):
                    cursor.fetchall()
        self.connection.commit()

    def close(self) -> None:
        """Lets go of the copy."""
        self._held.close()
        self._copy.dispose()
