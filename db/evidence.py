"""Rows that are evidence: declared beside their table, and written down for the chain by a trigger in the transaction that makes them.

A row becomes evidence when it is inserted, or when one of its columns is set for the first time (`set_by`). The trigger puts its name and key
into `unsealed`; `db.chain` seals what stands there. So nothing is missed, whoever writes and however late a transaction commits, and a step
pays one narrow row for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, FromClause, Integer, Table, event

_DECLARED: dict[str, Evidence] = {}
QUEUE = "unsealed"


@dataclass(frozen=True)
class Evidence:
    """What of a table is evidence.

    `columns` by version, the last one in force: a seal says by which it was made, so that a new column leaves old seals true.
    `moment`: the column that says when the row was made. `content`: a column whose bytes have the key as their SHA-256.
    """

    name: str
    table: str
    key: str
    columns: tuple[tuple[str, ...], ...]
    moment: str = ""
    set_by: str = ""
    content: str = ""
    whole_key: bool = False  # the key is a whole number
    at_once: int = 500  # rows that are read together

    @property
    def version(self) -> int:
        """The version that is in force."""
        return len(self.columns)

    @property
    def trigger(self) -> str:
        """The name of its trigger, and of the trigger's function on PostgreSQL."""
        return f"evidence_{self.name}"

    @property
    def condition(self) -> str:
        """Which rows of the table are evidence; empty for all."""
        return f'"{self.set_by}" IS NOT NULL' if self.set_by else ""

    def as_key(self, text: str) -> int | str:
        """A key as the table has it."""
        return int(text) if self.whole_key else text

    def create(self, dialect: str) -> list[str]:
        """The statements that make its trigger; running them twice does no harm."""
        when = f'OLD."{self.set_by}" IS NULL AND NEW."{self.set_by}" IS NOT NULL' if self.set_by else ""
        act = f'UPDATE OF "{self.set_by}"' if self.set_by else "INSERT"
        if dialect == "sqlite":
            entry = f"INSERT INTO {QUEUE} (evidence, key) VALUES ('{self.name}', CAST(NEW.\"{self.key}\" AS TEXT))"
            held = f" WHEN {when}" if when else ""
            return [f'CREATE TRIGGER IF NOT EXISTS "{self.trigger}" AFTER {act} ON "{self.table}" FOR EACH ROW{held} BEGIN {entry}; END']
        held = f" WHEN ({when})" if when else ""
        body = f"BEGIN INSERT INTO {QUEUE} (evidence, key) VALUES (''{self.name}'', NEW.\"{self.key}\"::text); RETURN NULL; END"
        return [
            f"CREATE OR REPLACE FUNCTION \"{self.trigger}\"() RETURNS trigger LANGUAGE plpgsql AS '{body}'",
            f'CREATE OR REPLACE TRIGGER "{self.trigger}" AFTER {act} ON "{self.table}" FOR EACH ROW{held} EXECUTE FUNCTION "{self.trigger}"()',
        ]

    @property
    def enqueue(self) -> str:
        """The statement by which a migration has rows sealed that are older than the chain."""
        where = f" WHERE {self.condition}" if self.condition else ""
        return f"INSERT INTO {QUEUE} (evidence, key) SELECT '{self.name}', CAST(\"{self.key}\" AS VARCHAR(160)) FROM \"{self.table}\"{where} ORDER BY \"{self.key}\""


def evidence(
    table: FromClause, name: str, columns: Sequence[str], *, moment: str = "", set_by: str = "", content: str = "", at_once: int = 500,
    former: Sequence[Sequence[str]] = (), key: str = "",
) -> Evidence:  # fmt: skip
    """Declares rows of a mapped table as evidence, so that whoever creates the table creates the trigger too; `former` versions of the columns first.

    `key`: a column that names a row by itself, of a table whose primary key is of several.
    """
    assert isinstance(table, Table)
    (by,) = (table.columns[key],) if key else table.primary_key.columns
    assert not moment or moment in columns
    versions = (*(tuple(some) for some in former), tuple(columns))
    made = Evidence(name, table.name, by.name, versions, moment, set_by, content, isinstance(by.type, Integer), at_once)
    _DECLARED[name] = made

    def install(_table: Table, connection: Connection, **_: object) -> None:
        for statement in made.create(connection.dialect.name):
            connection.exec_driver_sql(statement)

    event.listen(table, "after_create", install)
    return made


def declared() -> Mapping[str, Evidence]:
    """All evidence of the tables that have been imported, by name."""
    return _DECLARED
