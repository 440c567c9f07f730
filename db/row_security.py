"""Row-level security: which rows of a table a sight shows, declared once and made with the tables, on PostgreSQL alone.

It binds every role but the owner of the tables and superusers, so the role that `app.py harden` makes. Only reading is narrowed: a sight other
than everything writes nothing anyway, since it is that of a reading transaction.
"""

from __future__ import annotations

from sqlalchemy import Connection, MetaData, event

from db.base import Base

_FUNCTIONS: list[str] = []
_POLICIES: dict[str, str] = {}
POLICY = "sight"


def function(text: str) -> None:
    """Declares a function that policies use; CREATE OR REPLACE."""
    _FUNCTIONS.append(text.strip())


def secured(table: str, condition: str) -> None:
    """Declares that a sight which is not everything shows only the rows of a table for which this is true."""
    _POLICIES[table] = condition


def tables() -> list[str]:
    """The tables with a policy."""
    return sorted(_POLICIES)


def statements() -> list[str]:
    """What makes the functions and policies; run again, it does no harm."""
    made = list(_FUNCTIONS)
    for table, condition in sorted(_POLICIES.items()):
        made += [
            f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY', f'DROP POLICY IF EXISTS {POLICY} ON "{table}"',
            f'CREATE POLICY {POLICY} ON "{table}" USING (CASE WHEN (SELECT jinshui_sees_all()) THEN true ELSE {condition} END)',
        ]  # fmt: skip
    return made


def _install(_metadata: MetaData, connection: Connection, **_: object) -> None:
    if connection.dialect.name != "sqlite":
        for statement in statements():
            connection.exec_driver_sql(statement.replace("%", "%%"))


event.listen(Base.metadata, "after_create", _install)
