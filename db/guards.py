"""Rows that nobody may change, not even by a slip of our own code: triggers that stand in the database itself.

A guard is declared beside its table and made with it, on SQLite and on PostgreSQL; migrations take the same statements from
`statements()`. A guarded change fails with an IntegrityError whose text is the guard's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, FromClause, Table, event

_MADE: list[Guard] = []


@dataclass(frozen=True)
class Guard:
    """Forbids changing `columns` (all, if empty) or deleting, of rows where `when` holds; `{old}` in it is the row."""

    name: str
    table: str
    columns: tuple[str, ...] = ()
    when: str = ""
    deletes: bool = True

    def create(self, dialect: str) -> list[str]:
        """The statements that make it; running them twice does no harm."""
        return self._sqlite() if dialect == "sqlite" else self._postgresql()

    def drop(self, dialect: str) -> list[str]:
        """The statements that take it away, for a migration that must rewrite the rows."""
        where = "" if dialect == "sqlite" else f' ON "{self.table}"'
        return [f'DROP TRIGGER IF EXISTS "{name}"{where}' for name in self.names(dialect)]

    def names(self, dialect: str) -> list[str]:
        """The names of its triggers."""
        return [f"{self.name}_{verb}" for verb in self._verbs(dialect)]

    def _verbs(self, dialect: str) -> list[str]:
        verbs = ["update", *(["delete"] if self.deletes else [])]
        return [*verbs, "truncate"] if self.deletes and dialect != "sqlite" else verbs

    def _act(self, verb: str) -> str:
        columns = ", ".join(f'"{column}"' for column in self.columns)
        return f"UPDATE OF {columns}" if verb == "update" and columns else verb.upper()

    def _sqlite(self) -> list[str]:
        when = f" WHEN {self.when.format(old='OLD')}" if self.when else ""
        return [
            f'CREATE TRIGGER IF NOT EXISTS "{self.name}_{verb}" BEFORE {self._act(verb)} ON "{self.table}" FOR EACH ROW{when} '
            f"BEGIN SELECT RAISE(ABORT, '{self.name}'); END"
            for verb in self._verbs("sqlite")
        ]

    def _postgresql(self) -> list[str]:
        body = f"BEGIN RAISE EXCEPTION ''{self.name}'' USING ERRCODE = ''check_violation''; END"
        made = [f"CREATE OR REPLACE FUNCTION \"{self.name}\"() RETURNS trigger LANGUAGE plpgsql AS '{body}'"]
        for verb in self._verbs("postgresql"):
            when = f" WHEN ({self.when.format(old='OLD')})" if self.when and verb != "truncate" else ""
            each = "STATEMENT" if verb == "truncate" else "ROW"
            made.append(
                f'CREATE OR REPLACE TRIGGER "{self.name}_{verb}" BEFORE {self._act(verb)} ON "{self.table}" FOR EACH {each}{when} '
                f'EXECUTE FUNCTION "{self.name}"()'
            )
        return made


def guard(table: FromClause, name: str, *, columns: Sequence[str] = (), when: str = "", deletes: bool = True) -> Guard:
    """Declares a guard for a mapped table, so that whoever creates the table creates it too."""
    assert isinstance(table, Table)
    made = Guard(name, table.name, tuple(columns), when, deletes)
    _MADE.append(made)

    def install(_table: Table, connection: Connection, **_: object) -> None:
        for statement in made.create(connection.dialect.name):
            connection.exec_driver_sql(statement)

    event.listen(table, "after_create", install)
    return made


def guards() -> tuple[Guard, ...]:
    """All guards of the tables that have been imported."""
    return tuple(_MADE)


def statements(dialect: str, tables: Sequence[str] = ()) -> list[str]:
    """What a migration runs after it has made the tables; all guarded tables, or those named."""
    return [s for made in _MADE if not tables or made.table in tables for s in made.create(dialect)]
