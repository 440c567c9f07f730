"""Rows that people are told of: declared beside their table, and written down for the follower by a trigger in the transaction that makes them.

A position would not do: a transaction that commits late has a small number, and whoever has read past it never comes back. The trigger puts
(source, key) into `untold`; the follower takes a row away in the transaction that tells it, so that nothing is lost and nothing told twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Connection, FromClause, Integer, String, Table, event
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base
from db.types import Moment

QUEUE = "untold"


class Untold(Base):
    """A row that the follower has not read yet; `attempts` and `due_at` of one that it could not."""

    __tablename__ = QUEUE

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    source: Mapped[str] = mapped_column(String(16))
    key: Mapped[str] = mapped_column(String(64))
    attempts: Mapped[int] = mapped_column(Integer, server_default="0")
    due_at: Mapped[datetime | None] = mapped_column(Moment)


@dataclass(frozen=True)
class Followed:
    """Which rows of a table are followed under which name: those for which `when` holds after the act."""

    source: str
    table: str
    key: str
    act: str = "INSERT"
    when: str = ""

    @property
    def trigger(self) -> str:
        """The name of its trigger, and of the trigger's function on PostgreSQL."""
        return f"followed_{self.source}_{self.act.partition(' ')[0].lower()}"

    def create(self, dialect: str) -> list[str]:
        """The statements that make its trigger; running them twice does no harm."""
        if dialect == "sqlite":
            entry = f"INSERT INTO {QUEUE} (source, key) VALUES ('{self.source}', CAST(NEW.\"{self.key}\" AS TEXT))"
            held = f" WHEN {self.when}" if self.when else ""
            return [f'CREATE TRIGGER IF NOT EXISTS "{self.trigger}" AFTER {self.act} ON "{self.table}" FOR EACH ROW{held} BEGIN {entry}; END']
        held = f" WHEN ({self.when})" if self.when else ""
        body = f"BEGIN INSERT INTO {QUEUE} (source, key) VALUES (''{self.source}'', NEW.\"{self.key}\"::text); RETURN NULL; END"
        return [
            f"CREATE OR REPLACE FUNCTION \"{self.trigger}\"() RETURNS trigger LANGUAGE plpgsql AS '{body}'",
            f'CREATE OR REPLACE TRIGGER "{self.trigger}" AFTER {self.act} ON "{self.table}" FOR EACH ROW{held} EXECUTE FUNCTION "{self.trigger}"()',
        ]


def followed(table: FromClause, source: str, *, act: str = "INSERT", when: str = "") -> Followed:
    """Declares rows of a mapped table as followed, so that whoever creates the table creates the trigger too."""
    assert isinstance(table, Table)
    (key,) = table.primary_key.columns
    made = Followed(source, table.name, key.name, act, when)

    def install(_table: Table, connection: Connection, **_: object) -> None:
        for statement in made.create(connection.dialect.name):
            connection.exec_driver_sql(statement)

    event.listen(table, "after_create", install)
    return made
